"""A Word paragraph's text as it reads once every tracked change is accepted, without what is hidden.

What hangs on a paragraph but stands elsewhere on the page (notes, comments, text boxes, charts) is collected
beside the text, in ``attached``, for whoever puts the paragraphs together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lmstudio_lite.documents.containers.office_parts import PartUnreadError, Relation
from lmstudio_lite.documents.containers.office_xml import (
    Element,
    children,
    find_inner,
    is_on,
    is_too_deep,
    number_of,
    take_flat,
    take_text,
)
from lmstudio_lite.documents.office.drawing_text import (
    alternative_text,
    chart_text,
    diagram_text,
    is_decorative,
)
from lmstudio_lite.documents.office.equation_fields import equation_field_text
from lmstudio_lite.documents.office.equations import equation_text
from lmstudio_lite.documents.office.symbol_fonts import symbol, with_symbols
from lmstudio_lite.documents.office.word_file import PARAGRAPHS, TEXT_LEAVES, WordFile
from lmstudio_lite.documents.structure.passages import Passage, cleaned, raised
from lmstudio_lite.domain.inventory import PartKind

_NO_TEXT = frozenset(("w:pPr", "w:rPr", "w:sectPr", "w:sdtPr", "w:sdtEndPr", "w:delText", "w:delInstrText"))
_MARKS = {
    "w:tab": " ",
    "w:ptab": " ",
    "w:br": "\n",
    "w:cr": "\n",
    "w:noBreakHyphen": "-",
    "w:footnoteRef": "",
    "w:endnoteRef": "",
}


@dataclass(frozen=True, slots=True)
class Attached:
    """Blocks that stand apart from the paragraph they hang on, framed by ``before`` and ``after``."""

    kind: PartKind
    element: Element
    source: str
    number: int = 0
    before: str = ""
    after: str = ""


@dataclass(slots=True)
class Runs:
    """Reads the paragraphs of the part ``source`` one after the other; fields reach over several."""

    file: WordFile
    source: str
    attached: list[Attached | Passage] = field(default_factory=list)
    _fields: list[bool] = field(default_factory=list)
    """For each open field whether its code is being read, which is not shown."""
    _out: list[str] = field(default_factory=list)
    _instructions: list[str] = field(default_factory=list)
    """The code of the innermost field."""
    _codes: list[str] = field(default_factory=list)
    """Text within the codes of fields that are still open."""

    def text(self, paragraph: Element, *, is_hidden: bool) -> str:
        """Return the paragraph's text, with a line end for each line break."""
        self._out = []
        self._inline(paragraph, is_hidden, 0)
        return cleaned("".join(self._out))

    def unended(self) -> str:
        """Return what was taken for the code of a field that never ends, as a damaged file may have it."""
        codes, self._codes, self._fields = self._codes, [], []
        return cleaned(" ".join(codes))

    def _emit(self, text: str, is_hidden: bool) -> None:
        if any(self._fields):
            self._codes.append(text)
            return
        if is_hidden:
            self.file.num_hidden += len(text.strip())
        else:
            self._out.append(text)

    def _emit_apart(self, text: str, is_hidden: bool) -> None:
        is_begun = bool(self._out) and not self._out[-1].endswith((" ", "\n"))
        self._emit(f" {text} " if is_begun else f"{text} ", is_hidden)

    def _inline(self, element: Element, is_hidden: bool, depth: int) -> None:
        for child in element:
            tag = child.tag
            if tag == "w:r":
                self._run(child, self._is_hidden(child, is_hidden), depth)
            elif tag == "m:oMath":
                self._emit(equation_text(child), is_hidden)
            elif tag == "m:oMathPara":
                self._emit(f"\n{equation_text(child)}\n", is_hidden)
            elif tag == "w:fldSimple" or (tag not in _NO_TEXT and not is_too_deep(depth)):
                self._inline(child, is_hidden, depth + 1)

    def _run(self, run: Element, is_hidden: bool, depth: int) -> None:
        properties = run.find("w:rPr")
        position = properties.find("w:vertAlign") if properties is not None else None
        fonts = properties.find("w:rFonts") if properties is not None else None
        font = fonts.get("w:ascii", "") if fonts is not None else ""
        for child in run:
            tag = child.tag
            if tag == "w:t":
                text = with_symbols(take_text(child), font)
                is_raised = position is not None and position.get("w:val") == "superscript"
                self._emit(raised(text) if is_raised else text, is_hidden)
            elif tag in _MARKS:
                self._emit(_MARKS[tag], is_hidden)
            elif tag == "w:sym":
                code = child.get("w:char", "")
                is_code = len(code) <= 6 and all(each in "0123456789abcdefABCDEF" for each in code)
                self._emit(symbol(int(code or "0", 16) if is_code else 0, child.get("w:font", "")), is_hidden)
            elif tag == "w:instrText":
                self._instructions.append(take_text(child))
            elif tag == "w:fldChar":
                self._field(child, is_hidden)
            elif tag in ("w:footnoteReference", "w:endnoteReference"):
                self._note(child, is_hidden)
            elif tag == "w:commentReference":
                self._comment(child)
            elif tag in ("w:drawing", "w:pict", "w:object"):
                self._graphic(child, is_hidden)
            elif tag == "w:ruby":
                self._ruby(child, is_hidden, depth)
            elif tag not in _NO_TEXT and not is_too_deep(depth):
                self._run(child, is_hidden, depth + 1)

    def _is_hidden(self, run: Element, is_inherited: bool) -> bool:
        """Whether the run is hidden: it says so itself, else its style or its paragraph does."""
        properties = run.find("w:rPr")
        if properties is None:
            return is_inherited
        vanish = properties.find("w:vanish")
        if vanish is not None:
            return is_on(vanish)
        style = properties.find("w:rStyle")
        return is_inherited or (style is not None and self.file.styles.is_hidden(style.get("w:val", "")))

    def _field(self, mark: Element, is_hidden: bool) -> None:
        match mark.get("w:fldCharType"):
            case "begin":
                self._emit(_form_value(mark), is_hidden)
                self._fields.append(True)
                self._instructions = []
            case "separate" if self._fields:
                self._fields[-1] = False
            case "end" if self._fields:
                if self._fields.pop():
                    self._emit(equation_field_text("".join(self._instructions)), is_hidden)
                if not any(self._fields):
                    self._codes = []

    def _ruby(self, ruby: Element, is_hidden: bool, depth: int) -> None:
        """Read a word with its pronunciation, which is set above it: "漢字(かんじ)"."""
        for name, before, after in (("w:rubyBase", "", ""), ("w:rt", "(", ")")):
            found = ruby.find(name)
            if found is not None:
                self._emit(before, is_hidden)
                self._inline(found, is_hidden, depth + 1)
                self._emit(after, is_hidden)

    def _note(self, mark: Element, is_hidden: bool) -> None:
        is_footnote = mark.tag == "w:footnoteReference"
        found = self.file.take_note(is_footnote, mark.get("w:id", ""))
        if found is None:
            return
        if is_hidden or any(self._fields):
            self.file.num_hidden += sum(map(len, take_flat(found.element, TEXT_LEAVES, PARAGRAPHS)))
            return
        self._emit(f"[^{found.label}]", is_hidden)
        kind = PartKind.FOOTNOTES if is_footnote else PartKind.ENDNOTES
        self.attached.append(Attached(kind, found.element, found.source, before=f"[^{found.label}]: "))

    def _comment(self, mark: Element) -> None:
        found = self.file.comments.pop(mark.get("w:id", ""), None)
        if found is not None:
            self.attached.append(
                Attached(PartKind.COMMENTS, found.element, found.source, before=found.before, after="]")
            )

    def _graphic(self, graphic: Element, is_hidden: bool) -> None:
        """Read a drawing, an old shape (VML) or an embedded object: its words, and what it is named for."""
        holdings = self.file.holdings
        frame = next((each for each in graphic.iter("wp:docPr")), None)
        alternative = alternative_text(frame)
        if alternative:
            self._emit_apart(f"[{alternative}]", is_hidden)
        shape: Element | None = None
        for each in _outside_boxes(graphic):
            match each.tag:
                case "w:txbxContent":
                    number = holdings.next_number(PartKind.TEXT_BOX)
                    self.attached.append(Attached(PartKind.TEXT_BOX, each, self.source, number))
                case "pic:cNvPr":
                    shape = each
                case "a:blip":
                    own = alternative_text(shape)
                    if own and own != alternative:
                        self._emit_apart(f"[{own}]", is_hidden)
                    relation = self._relation(each.get("r:embed") or each.get("r:link"))
                    holdings.add_picture(
                        relation,
                        own or alternative,
                        is_decorative=is_decorative(frame) or is_decorative(shape),
                    )
                case "v:shape" | "v:rect" if alt := " ".join(each.get("alt", "").split()):
                    self._emit_apart(f"[{alt}]", is_hidden)
                case "v:imagedata" if graphic.tag != "w:object":
                    holdings.add_picture(self._relation(each.get("r:id")), each.get("o:title", ""))
                case "v:textpath" if string := each.get("string", "").strip():
                    number = holdings.next_number(PartKind.TEXT_BOX)
                    self.attached.append(Passage(string, PartKind.TEXT_BOX, number))
                case "c:chart" | "cx:chart":
                    self._object(each.get("r:id"), PartKind.CHART)
                case "dgm:relIds":
                    self._object(each.get("r:dm"), PartKind.DIAGRAM)
                case "o:OLEObject":
                    passage = holdings.read_embedded(self._relation(each.get("r:id")), each.get("ProgID", ""))
                    self.attached += [passage] if passage is not None else []

    def _object(self, key: str | None, kind: PartKind) -> None:
        relation = self._relation(key)
        holdings = self.file.holdings
        try:
            root = self.file.parts.xml(relation.target if relation is not None else "")
        except PartUnreadError as error:
            holdings.name(kind, "", error.why)
            return
        text = chart_text(root) if kind is PartKind.CHART else diagram_text(root)
        self.attached.append(Passage(text, kind, holdings.next_number(kind)))

    def _relation(self, key: str | None) -> Relation | None:
        return self.file.parts.relations(self.source).get(key or "")


def _outside_boxes(graphic: Element) -> Iterator[Element]:
    """Yield what is in a graphic in its order, but nothing of what is in its text boxes."""
    waiting = [graphic]
    while waiting:
        element = waiting.pop()
        yield element
        if element.tag != "w:txbxContent":
            waiting += reversed(element)


def _form_value(mark: Element) -> str:
    """Return what a form's old kind of check box or list shows; its text fields have results as others do."""
    box = find_inner(mark, "w:ffData/w:checkBox")
    if box is not None:
        checked = box.find("w:checked")
        return "☒" if is_on(checked if checked is not None else box.find("w:default")) else "☐"
    choices = find_inner(mark, "w:ffData/w:ddList")
    if choices is not None:
        result = choices.find("w:result")
        chosen = number_of(result.get("w:val")) if result is not None else 0
        entries = [each.get("w:val", "") for each in children(choices, "w:listEntry")]
        return entries[chosen] if 0 <= chosen < len(entries) else ""
    return ""
