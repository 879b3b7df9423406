"""A page in two languages: each translation below its source, or beside it in a second column."""

from __future__ import annotations

from lmstudio_lite.documents.rewriting.markup.edits import Edit, pieces_of
from lmstudio_lite.documents.rewriting.markup.file import MarkupFile
from lmstudio_lite.documents.rewriting.markup.found import FoundText, MarkSource, Piece
from lmstudio_lite.documents.rewriting.markup.runs import LINE_LEAD
from lmstudio_lite.documents.rewriting.markup.tokens import Token, attributes, escaped, escaped_value
from lmstudio_lite.domain.languages import RIGHT_TO_LEFT
from lmstudio_lite.domain.units import BilingualLayout, UnitText, WriteUnitsOptions

_TEXT_ONLY = frozenset(("title", "option", "optgroup"))
_WHOLE = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6"))
"""Elements that a column can hold whole."""
_ROOMS = frozenset(
    ("li", "td", "th", "dd", "div", "body", "section", "article", "main", "aside", "blockquote", "figcaption")
)
"""Elements in which a table may stand."""
_PICTURES = ("<img", "<svg", "<math", "<picture")
_ONE_OF_A_KIND = ("id", "name", "xml:id", "epub:type", "role")
_COLUMN = ' style="width:50%;vertical-align:top"'


def side_by_side(file: MarkupFile, found: FoundText, text: UnitText, wanted: WriteUnitsOptions) -> list[Edit]:
    """Return the edits that put a translation to its source."""
    element = found.element
    name = element.name if element else "body"
    pieces = pieces_of(found, text, file.vocabulary.written, lambda source: _is_repeated(file, source))
    if name in _TEXT_ONLY or (element and element.state.scope):
        return [_insertion(found.end, " / ", escaped(text.text))]
    is_closed = element is not None and element.close is not None
    is_whole = is_closed and name in _WHOLE and _fills(file, found)
    lang = _language(wanted)
    if element is not None and element.close is not None and is_whole:
        copy: list[Piece] = [_copied_tag(file, element.open, lang), *pieces, f"</{name}>"]
        start, end = element.open.start, element.close.end
        if wanted.layout is BilingualLayout.BESIDE:
            return [
                _insertion(start, f"<table{_WIDE}><tr><td{_COLUMN}>"),
                _insertion(end, f"</td><td{_COLUMN}>", *copy, "</td></tr></table>"),
            ]
        if name == "p":
            return [_insertion(end, *copy)]
    if wanted.layout is BilingualLayout.BESIDE and name in _ROOMS and not _has_lone_tags(file, found):
        return [
            _insertion(found.start, f"<table{_WIDE}><tr><td{_COLUMN}>"),
            _insertion(found.end, f"</td><td{_COLUMN}{lang}>", *pieces, "</td></tr></table>"),
        ]
    return [_insertion(found.end, f"<br/><span{lang}>", *pieces, "</span>")]


_WIDE = ' role="presentation" style="width:100%"'


def _insertion(place: int, *pieces: Piece) -> Edit:
    return Edit(place, place, pieces)


def _language(wanted: WriteUnitsOptions) -> str:
    direction = "rtl" if wanted.target in RIGHT_TO_LEFT else "ltr"
    is_turned = wanted.target in RIGHT_TO_LEFT or wanted.source in RIGHT_TO_LEFT
    return f' lang="{wanted.target}"' + (f' dir="{direction}"' if is_turned else "")


def _fills(file: MarkupFile, found: FoundText) -> bool:
    """Tell whether a unit's run is all that its element holds."""
    element = found.element
    if element is None or element.close is None:
        return False
    return found.run == (element.open.end, element.close.start)


def _has_lone_tags(file: MarkupFile, found: FoundText) -> bool:
    """Tell whether tags without their partners stand in the run: a table would tear them apart."""
    start, end = found.run
    return (
        any(
            file.text.startswith("<", source.opens[0][0]) and _is_lone(file.text, source)
            for source in found.sources
        )
        or (found.start - start > 0 and "<" in file.text[start : found.start])
        or "<" in file.text[found.end : end]
    )


def _is_lone(text: str, source: MarkSource) -> bool:
    start, end = source.opens[0]
    tag = text[start:end]
    return not source.closes and not source.is_fixed and tag.count("<") == 1 and not tag.endswith("/>")


def _copied_tag(file: MarkupFile, tag: Token, lang: str) -> str:
    """Return an opening tag for the translation: what may be there only once is left out."""
    kept = "".join(
        f" {each.name}" + ("" if each.start is None else f"={_quoted(each.value)}")
        for each in attributes(file.text, tag)
        if each.name.lower() not in (*_ONE_OF_A_KIND, "lang", "xml:lang", "dir")
    )
    return f"<{tag.name}{lang}{kept}>"


def _quoted(value: str) -> str:
    return f'"{escaped_value(value, chr(34))}"'


def _is_repeated(file: MarkupFile, source: MarkSource) -> bool:
    """Tell whether a thing stands in the translation too: pictures and breaks do, anchors do not."""
    start, end = source.opens[0]
    return source.lead == LINE_LEAD or file.text[start:end].lower().startswith(_PICTURES)
