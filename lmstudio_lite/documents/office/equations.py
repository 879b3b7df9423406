"""Equations as one line of text: Office's (OMML, ISO 29500-1 §22.1) and MathML, as OpenDocument has it.

The form is that of Unicode's nearly plain text for mathematics (UTN 28): ``(a+b)/c``, ``x^2``, ``√(x)``,
``∑_(i=1)^n i``: a reader and a model understand it, and no symbol is lost.
"""

from __future__ import annotations

import re

from lmstudio_lite.documents.containers.office_xml import Element, find_inner, is_too_deep, take_text

_SIMPLE = re.compile(r"[\w.,′∞]*")


def equation_text(element: Element) -> str:
    """Return the equation in ``m:oMath`` or ``math:math`` and take its symbols from the tree."""
    return " ".join(_linear(element, 0).split())


def _linear(element: Element, depth: int) -> str:
    """Return an element's symbols; what is not known is read as its children, one after the other."""
    if is_too_deep(depth):
        return "".join(take_text(each) for each in element.iter() if each.tag in _LEAVES)
    if element.tag in _LEAVES:
        return take_text(element)
    form = _FORMS.get(element.tag)
    if form is not None:
        return form(element, depth + 1)
    text = ""
    for child in element:
        found = _linear(child, depth + 1)
        is_word = child.tag == "math:mi" and len(found) > 1 and found.isalpha()
        text += f" {found} " if is_word else found
    return text


def _child(element: Element, name: str, depth: int) -> str:
    found = element.find(f"m:{name}")
    return _linear(found, depth) if found is not None else ""


def _value(element: Element, properties: str, name: str, default: str) -> str:
    found = find_inner(element, f"m:{properties}/m:{name}")
    return found.get("m:val", "") if found is not None else default


def _grouped(text: str) -> str:
    text = text.strip()
    return text if _SIMPLE.fullmatch(text) or len(text) == 1 else f"({text})"


def _scripted(base: str, below: str, above: str) -> str:
    below = f"_{_grouped(below)}" if below.strip() else ""
    above = f"^{_grouped(above)}" if above.strip() else ""
    return f"{base}{below}{above}"


def _fraction(element: Element, depth: int) -> str:
    top, bottom = _child(element, "num", depth), _child(element, "den", depth)
    return f"{_grouped(top)}/{_grouped(bottom)}"


def _scripts(element: Element, depth: int) -> str:
    base = _child(element, "e", depth)
    return _scripted(base, _child(element, "sub", depth), _child(element, "sup", depth))


def _scripts_before(element: Element, depth: int) -> str:
    scripts = _scripted("", _child(element, "sub", depth), _child(element, "sup", depth))
    return scripts + _child(element, "e", depth)


def _root(element: Element, depth: int) -> str:
    degree, inner = _child(element, "deg", depth).strip(), _child(element, "e", depth)
    return f"√({degree}&{inner})" if degree else f"√({inner})"


def _operator(element: Element, depth: int) -> str:
    sign = _value(element, "naryPr", "chr", "∫")
    sub, sup = _child(element, "sub", depth), _child(element, "sup", depth)
    return f"{_scripted(sign, sub, sup)} {_child(element, 'e', depth)}"


def _delimited(element: Element, depth: int) -> str:
    before = _value(element, "dPr", "begChr", "(")
    after = _value(element, "dPr", "endChr", ")")
    between = _value(element, "dPr", "sepChr", "|")
    return before + between.join(_linear(each, depth) for each in element.findall("m:e")) + after


def _function(element: Element, depth: int) -> str:
    return f"{_child(element, 'fName', depth)} {_child(element, 'e', depth)}"


def _limit(element: Element, depth: int) -> str:
    base, limit = _child(element, "e", depth), _child(element, "lim", depth)
    return _scripted(base, limit, "") if element.tag == "m:limLow" else _scripted(base, "", limit)


def _accented(element: Element, depth: int) -> str:
    return _child(element, "e", depth) + _value(element, "accPr", "chr", "\u0302")


def _rows(element: Element, depth: int) -> str:
    if element.tag == "m:eqArr":
        return "; ".join(_linear(each, depth) for each in element.findall("m:e"))
    rows = (", ".join(_linear(each, depth) for each in row) for row in element.findall("m:mr"))
    return f"[{'; '.join(rows)}]"


def _math_parts(element: Element, depth: int) -> list[str]:
    return [_linear(child, depth) for child in element] + [""] * 3


def _math_fraction(element: Element, depth: int) -> str:
    top, bottom, *_ = _math_parts(element, depth)
    return f"{_grouped(top)}/{_grouped(bottom)}"


def _math_scripts(element: Element, depth: int) -> str:
    base, first, second, *_ = _math_parts(element, depth)
    if element.tag in ("math:msup", "math:mover"):
        return _scripted(base, "", first)
    return _scripted(base, first, second)


def _math_root(element: Element, depth: int) -> str:
    parts = _math_parts(element, depth)
    if element.tag == "math:mroot" and parts[1]:
        return f"√({parts[1]}&{parts[0]})"
    return f"√({''.join(parts)})"


def _math_table(element: Element, depth: int) -> str:
    rows = (", ".join(_linear(cell, depth) for cell in row) for row in element)
    return f"[{'; '.join(rows)}]"


def _nothing(element: Element, depth: int) -> str:
    """Return nothing for an annotation: it repeats the equation in another language."""
    del depth
    for each in element.iter():
        each.text = None
    return ""


_LEAVES = frozenset(("m:t", "w:t", "a:t", "math:mi", "math:mn", "math:mo", "math:mtext", "math:ms"))
_FORMS = {
    "m:f": _fraction,
    "m:sSub": _scripts,
    "m:sSup": _scripts,
    "m:sSubSup": _scripts,
    "m:sPre": _scripts_before,
    "m:rad": _root,
    "m:nary": _operator,
    "m:d": _delimited,
    "m:func": _function,
    "m:limLow": _limit,
    "m:limUpp": _limit,
    "m:acc": _accented,
    "m:m": _rows,
    "m:eqArr": _rows,
    "math:mfrac": _math_fraction,
    "math:msub": _math_scripts,
    "math:msup": _math_scripts,
    "math:msubsup": _math_scripts,
    "math:munder": _math_scripts,
    "math:mover": _math_scripts,
    "math:munderover": _math_scripts,
    "math:msqrt": _math_root,
    "math:mroot": _math_root,
    "math:mtable": _math_table,
    "math:annotation": _nothing,
    "math:annotation-xml": _nothing,
}
