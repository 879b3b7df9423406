"""Headings: which blocks are any, and what the telling ones say of the part below them."""

from __future__ import annotations

import regex

from lmstudio_lite.domain.documents import Block, BlockKind, Document, StretchKind

LONGEST_LABEL = 80
"""In characters."""


def _titles(text: str) -> frozenset[str]:
    return frozenset(title.strip() for title in text.replace("\n", "|").split("|") if title.strip())


_TITLES: dict[StretchKind, frozenset[str]] = {
    StretchKind.REFERENCES: _titles("""
        references | bibliography | works cited | literature cited | external links | see also
        further reading | notes and references | footnotes | citations
        literatur | literaturverzeichnis | quellen | quellenverzeichnis | einzelnachweise | weblinks
        siehe auch | références | bibliographie | liens externes | notes et références
        referencias | bibliografía | enlaces externos | riferimenti | bibliografia | collegamenti esterni
        referências | ligações externas | bronnen | referenties | literatuur
        литература | примечания | ссылки | источники
        参考文献 | 参考资料 | 外部链接 | 外部リンク | 脚注
    """),
    StretchKind.CONTENTS: _titles("""
        contents | table of contents | list of figures | list of tables
        inhalt | inhaltsverzeichnis | abbildungsverzeichnis | tabellenverzeichnis
        sommaire | table des matières | índice | contenido | indice | sommario | sumário
        inhoud | inhoudsopgave | содержание | оглавление | 目录 | 目次
    """),
    StretchKind.INDEX: _titles("""
        index | subject index | stichwortverzeichnis | sachregister | register | personenregister | 索引
    """),
}
_KIND_OF_TITLE = {title: kind for kind, titles in _TITLES.items() for title in titles}
_APPENDIX = regex.compile(
    r"(?:appendix|anhang|annexe?|apéndice|appendice|приложение|附录|付録)\b", regex.IGNORECASE
)
_NUMBER_BEFORE = regex.compile(r"\A[\s#*_]*(?:(?:\d+|[A-Z])(?:\.\d+)*\.?\s+)?")
_NUMBERED_HEADING = regex.compile(
    r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[A-Z]\.|(?:chapter|kapitel|chapitre|part|teil)\s+\w+)\s+\p{Lu}[^.!?]{2,80}\Z",
    regex.IGNORECASE,
)


def is_heading(document: Document, block: Block) -> bool:
    """Tell whether a block is marked as a heading, or begins with a numbered one."""
    if block.kind is BlockKind.HEADING:
        return True
    is_short = block.end - block.start <= 2 * LONGEST_LABEL
    first_line = document.text[block.start : block.end].partition("\n")[0] if is_short else ""
    return block.kind is not BlockKind.TABLE and _NUMBERED_HEADING.match(first_line.strip()) is not None


def kind_of_title(text: str) -> StretchKind | None:
    """Return what the heading ``text`` says of the part below it, None for most."""
    if not text or len(text) > LONGEST_LABEL:
        return None
    number = _NUMBER_BEFORE.match(text)
    title = text[number.end() if number else 0 :].partition("\n")[0].strip(" #*_:.").casefold()
    return _KIND_OF_TITLE.get(title)


def is_appendix(line: str) -> bool:
    """Tell whether a line begins an appendix."""
    return _APPENDIX.match(line.strip()) is not None
