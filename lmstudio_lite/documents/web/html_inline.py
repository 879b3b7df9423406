"""What stands in a line of a page beside its words: links, marks of notes, raised numbers, formulas."""

from __future__ import annotations

import regex

from lmstudio_lite.documents.web.html_blocks import Mark, Writer
from lmstudio_lite.documents.web.html_tree import Element, attribute, name_of

_NOTE_MARK = regex.compile(r"[\[(]?\s*(\w{1,4}|[*†‡§]{1,3})\s*[\])]?")
_BRACKETED = regex.compile(r"\s*\[\s*\w{1,4}\s*\]\s*")
_NOTE_CLASS = regex.compile(r"note|ref|cite", regex.IGNORECASE)
_EXPONENT = regex.compile(r"[+\-−]?\d+")
_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_LEFT_OVER = frozenset(("[]", "()", ","))
_LONGEST_MARK = 12
_BETWEEN = {"mfrac": "/", "msup": "^", "msub": "_"}


class Inline:
    """Opens and closes what stands in a line.

    Marks of footnotes are left out, or kept as "[1]" with ``keeps_note_marks``.
    """

    def __init__(self, writer: Writer, *, keeps_note_marks: bool) -> None:
        self._writer = writer
        self._keeps_note_marks = keeps_note_marks
        self._links: list[Mark] = []
        self._raised: list[Mark] = []

    def open_link(self, _element: Element) -> None:
        self._writer.num_links += 1
        self._links.append(self._writer.mark())

    def close_link(self, element: Element) -> None:
        self._writer.num_links -= 1
        mark = self._links.pop()
        text = self._writer.since(mark)
        words = text.split() if text is not None else []
        half = len(words) // 2
        if half and words[:half] == words[half:] and any(name_of(each) == "img" for each in element.iter()):
            self._writer.replace(mark, " ".join(words[:half]))  # a picture's text beside the same words
            return
        if text is None or len(text) > _LONGEST_MARK:
            return
        found = _NOTE_MARK.fullmatch(text.strip())
        is_within = attribute(element, "href").startswith("#")
        if found and (is_within or self._keeps_note_marks) and self._is_note_mark(element, text):
            self._writer.replace(mark, f"[{found[1]}]" if self._keeps_note_marks else "")
        elif is_within and not found and not any(map(str.isalnum, text)):
            self._writer.replace(mark, "")  # an arrow back from a footnote

    def _is_note_mark(self, element: Element, text: str) -> bool:
        if "noteref" in f"{attribute(element, 'type')} {element.get('role') or ''}":
            return True
        if _BRACKETED.fullmatch(text) or _NOTE_CLASS.search(element.get("class") or ""):
            return True
        return bool(self._raised) or any(name_of(each) == "sup" for each in element)

    def open_raised(self, _element: Element) -> None:
        self._raised.append(self._writer.mark())

    def close_raised(self, _element: Element) -> None:
        """Keep 10 to the power of 6 from becoming 106."""
        mark = self._raised.pop()
        text = (self._writer.since(mark) or "").strip()
        if _EXPONENT.fullmatch(text):
            self._writer.replace(mark, text.translate(_RAISED))
        elif "".join(text.split()) in _LEFT_OVER:
            self._writer.replace(mark, "")

    def add_struck(self, _element: Element) -> None:
        self._writer.add("~~")

    def open_quotation(self, _element: Element) -> None:
        self._writer.add("“")

    def close_quotation(self, _element: Element) -> None:
        self._writer.add("”")

    def break_line(self, _element: Element) -> None:
        self._writer.break_line()

    def open_reading(self, _element: Element) -> None:
        self._writer.num_ruby += 1

    def close_reading(self, _element: Element) -> None:
        self._writer.num_ruby -= 1

    def close_ruby(self, _element: Element) -> None:
        self._writer.close_ruby()

    def open_formula_row(self, element: Element) -> None:
        if _is_compound_operand(element):
            self._writer.add("(")

    def close_formula_row(self, element: Element) -> None:
        if _is_compound_operand(element):
            self._writer.add(")")

    def close_operand(self, element: Element) -> None:
        """Write what stands between the two parts of a fraction or power, behind its first one."""
        parent = element.getparent()
        between = _BETWEEN.get(name_of(parent)) if parent is not None else None
        if between and element.getnext() is not None:
            self._writer.add(between)


def _is_compound_operand(element: Element) -> bool:
    parent = element.getparent()
    return len(element) > 1 and parent is not None and name_of(parent) in _BETWEEN
