"""A formula as MathML, which browsers draw by themselves and screen readers read.

latex2mathml puts the text of a formula into its XML as it is, and knows links: what it makes is read again
and only elements and attributes of a list are kept. A formula that it does not know, or that is nested too
deep, has no MathML; its source stands there then.
"""

from __future__ import annotations

import re
from html import escape
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring

from lmstudio_lite.domain.formulas import FORMULA_CHARS, Formula

MAX_NESTING = 9
"""Braces within braces; drawing takes three times as long with each."""
_NUM_CELLS = 160
_DEFINES = re.compile(
    r"\\(?:re)?(?:newcommand|def|let|href|url|includegraphics|input|require|csname)(?![A-Za-z])"
)
_ALIGNED = re.compile(r"\{(?:aligned|split|gathered|gather\*?|multline\*?|equation\*?)\}")
_MATHML = "{http://www.w3.org/1998/Math/MathML}"
_ELEMENTS = frozenset((
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup",
    "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd", "mpadded", "mphantom",
    "menclose", "mstyle", "mmultiscripts", "mprescripts", "none",
))  # fmt: skip
_ATTRIBUTES = frozenset((
    "display", "mathvariant", "stretchy", "fence", "form", "separator", "lspace", "rspace", "minsize",
    "maxsize", "movablelimits", "accent", "accentunder", "linethickness", "columnalign", "rowspacing",
    "columnspacing", "columnlines", "rowlines", "displaystyle", "scriptlevel", "width", "height",
    "depth", "notation", "largeop", "symmetric", "mathsize", "mathcolor",
))  # fmt: skip
_VALUE = re.compile(r"[\w#.%+\- ]{0,64}")


def is_within_bounds(tex: str) -> bool:
    """Whether it may be drawn at all: bounded in length, nesting and cells, and defining nothing."""
    return (
        0 < len(tex.strip()) <= FORMULA_CHARS
        and _nesting(tex) <= MAX_NESTING
        and tex.count("&") + tex.count(r"\\") <= _NUM_CELLS
        and _DEFINES.search(tex) is None
    )


def with_known_environments(tex: str) -> str:
    """Return ``tex`` with environments that latex2mathml knows in place of others that look the same."""
    return _ALIGNED.sub("{align*}", tex)


def _nesting(tex: str) -> int:
    deepest = depth = 0
    for found in re.finditer(r"\\left(?![a-z])|\\right(?![a-z])|\\begin|\\end|\\[\s\S]|[{}]|[\^_]", tex):
        match found[0]:
            case "{" | r"\left" | r"\begin":
                depth += 1
            case "}" | r"\right" | r"\end":
                depth -= 1
            case _:
                pass
        deepest = max(deepest, depth)
    return deepest


def to_mathml(formula: Formula) -> str:
    """Return ``formula`` as an element of a page, "" if there is no such thing."""
    root = mathml_of(formula)
    if root is None:
        return ""
    semantics = Element("semantics")
    row = SubElement(semantics, "mrow")
    row.extend(root)
    SubElement(semantics, "annotation", {"encoding": "application/x-tex"}).text = formula.tex
    inner = tostring(semantics, "unicode")
    display = ' display="block"' if formula.is_display else ""
    return f'<math{display} alttext="{escape(formula.tex)}">{inner}</math>'


def mathml_of(formula: Formula) -> Element | None:
    """Return the formula's element without name spaces; None if it can't be made of what is known."""
    from latex2mathml.converter import convert

    tex = with_known_environments(formula.tex)
    if not is_within_bounds(tex):
        return None
    try:
        root = fromstring(
            convert(tex.replace("&amp;", "&"), display="block" if formula.is_display else "inline")
        )
    except (ParseError, RecursionError, ValueError, LookupError, AttributeError, TypeError):
        return None
    except Exception as error:  # latex2mathml's own, which have no common kind
        if type(error).__module__.startswith("latex2mathml"):
            return None
        raise
    return _cleaned(root)


def _cleaned(element: Element) -> Element | None:
    """Return ``element`` with what is known of it; None where it holds something else."""
    name = element.tag.removeprefix(_MATHML)
    if name not in _ELEMENTS or _is_unknown(element.text) or (element.tail or "").strip():
        return None
    attributes = {
        key: value
        for key, value in element.attrib.items()
        if key in _ATTRIBUTES and _VALUE.fullmatch(value) and "href" not in key
    }
    kept = Element(name, attributes)
    kept.text = element.text
    for child in element:
        inner = _cleaned(child)
        if inner is None:
            return None
        kept.append(inner)
    return kept


def _is_unknown(text: str | None) -> bool:
    r"""Whether a command was left as it is; of ``\backslash`` a sign alone is left."""
    return text is not None and re.match(r"\\[A-Za-z]", text) is not None
