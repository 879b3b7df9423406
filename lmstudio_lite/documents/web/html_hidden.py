"""What of a page a browser does not show, as far as its elements say so: style sheets are not read."""

from __future__ import annotations

import regex
from lxml import etree

from lmstudio_lite.documents.web.html_tree import Element, attribute, name_of

_HIDING_STYLE = regex.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", regex.IGNORECASE)
_NO_PROSE = frozenset(("script", "style", "template", "a", "option", "button", "svg", "math"))
_SHORTEST_PROSE = 200


def is_hidden(element: Element, name: str) -> bool:
    """Tell whether a browser shows nothing of ``element``."""
    if element.get("hidden", "until-found") != "until-found":
        return "note" not in f"{attribute(element, 'type')} {element.get('role', '')}"  # shown on a tap
    if name == "dialog" and element.get("open") is None:
        return True
    if name == "input" and (element.get("type") or "").lower() == "hidden":
        return True
    style = element.get("style")
    if style and _HIDING_STYLE.search(style):
        return True
    # KaTeX writes each formula twice: for eyes, hidden from screen readers, and as MathML.
    return element.get("aria-hidden") == "true" and "katex-html" in (element.get("class") or "")


def length_of_prose(element: Element) -> int:
    """Return how many characters of running text ``element`` hides, 0 for a word or two and for menus."""
    length = 0
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, each in walk:
        if event == "end":
            length += len((each.tail or "").strip()) if each is not element else 0
        elif name_of(each) in _NO_PROSE:
            walk.skip_subtree()
        else:
            length += len((each.text or "").strip())
    return length if length >= _SHORTEST_PROSE else 0


def is_small(element: Element, largest: int) -> bool:
    """Tell whether a picture or frame says that it is at most ``largest`` pixels wide or high."""
    sizes = (element.get("width") or "", element.get("height") or "")
    numbers = (size.strip().removesuffix("px") for size in sizes)
    return any(number.isascii() and number.isdigit() and int(number) <= largest for number in numbers)
