"""Word files (WordprocessingML): what of them is translated, and what they say of their language.

Body, headers, footers, notes, comments, boxes, charts, diagrams, alternative texts and the title. Building
blocks, forms' lists, embedded files and data that is bound to controls stay.
"""

from __future__ import annotations

from lmstudio_lite.documents.containers.office_xml import parse_xml
from lmstudio_lite.documents.office.drawing_text import is_file_name
from lmstudio_lite.documents.office.word_styles import Styles
from lmstudio_lite.documents.rewriting.office.drawing_parts import add_drawing_parts
from lmstudio_lite.documents.rewriting.office.open_xml import OpenXmlForm, Relations, add_title
from lmstudio_lite.documents.rewriting.office.sites import ParagraphSite, Site, ValueSite
from lmstudio_lite.documents.rewriting.office.survey import Entry, Survey
from lmstudio_lite.documents.rewriting.office.twins import join_alternatives
from lmstudio_lite.documents.rewriting.office.word_dialect import WordDialect
from lmstudio_lite.documents.rewriting.office.word_labels import add_labels
from lmstudio_lite.documents.rewriting.office.word_language import (
    declared_language,
    set_default_language,
    turn_pages,
)
from lmstudio_lite.documents.rewriting.office.word_paragraphs import LEAVES, WordParagraphs
from lmstudio_lite.documents.rewriting.office.word_tree import Found, find_texts
from lmstudio_lite.domain.units import BilingualLayout, ReadUnitsOptions, UnitKind, WriteUnitsOptions
from lmstudio_lite.errors import DocumentDamagedError, DocumentUnsupportedError

_PARTS = (
    ("header", UnitKind.HEADER),
    ("footer", UnitKind.FOOTER),
    ("footnotes", UnitKind.FOOTNOTE),
    ("endnotes", UnitKind.ENDNOTE),
    ("comments", UnitKind.COMMENT),
)

_BINDINGS = frozenset(("w:dataBinding",))


class WordForm(OpenXmlForm):
    suffixes = frozenset((".docx", ".docm", ".dotx", ".dotm"))
    main_part = "word/document.xml"
    layouts = frozenset((BilingualLayout.BELOW, BilingualLayout.BESIDE))

    def survey(self, survey: Survey, relations: Relations, main: str, options: ReadUnitsOptions) -> None:
        root = survey.main_source(main, LEAVES).root
        if root.tag != "w:document":
            raise DocumentUnsupportedError(path=str(survey.package.path), mime_type="application/zip")
        add_title(survey, relations)
        styles = _styles(survey, relations, main)
        reader = _WordReader(survey, styles)
        parts = _parts(relations, main)
        for part, kind in parts.items():
            reader.add_part(part, kind)
        for part in parts:
            add_drawing_parts(survey, relations, part)
        add_labels(survey, relations, main)
        survey.kept["hidden_text"] += reader.paragraphs.num_hidden
        survey.language = declared_language(survey, relations, main)

    def localize(self, survey: Survey, relations: Relations, main: str, wanted: WriteUnitsOptions) -> None:
        if wanted.layout is BilingualLayout.NONE:
            _cut_bindings(survey, list(_parts(relations, main)))
            set_default_language(survey, relations, main, wanted.target)
            turn_pages(survey, relations, main, wanted.target)


def _parts(relations: Relations, main: str) -> dict[str, UnitKind]:
    """Return the parts with paragraphs in the order in which they are read."""
    found = {main: UnitKind.BODY}
    for kind_of_relation, kind in _PARTS:
        for part in relations.targets(main, kind_of_relation):
            found.setdefault(part, kind)
    return found


class _WordReader:
    def __init__(self, survey: Survey, styles: Styles) -> None:
        self._survey = survey
        self._styles = styles
        self.paragraphs = WordParagraphs()
        self._dialect = WordDialect()

    def add_part(self, part: str, kind: UnitKind) -> None:
        """Add the texts of one part."""
        source = self._survey.source(part, LEAVES)
        if source is None:
            return
        tree = find_texts(source.root, kind)
        self._survey.kept["formula"] += tree.num_formulas
        self._survey.kept["deleted"] += tree.num_deleted
        branches = []
        for found in tree.found:
            entry = self._add(found, part)
            if entry is not None and found.alternatives:
                around = tuple((each.holder, each.number) for each in found.alternatives)
                branches.append((entry, around))
        join_alternatives(self._survey, branches)

    def _add(self, found: Found, part: str) -> Entry | None:
        node = found.node
        if found.name:
            if is_file_name(node.get(found.name)):
                return None
            return self._survey.add(ValueSite(node, found.name), found.kind, part)
        inline, content = self.paragraphs.read(node, found.text)
        if not inline.has_words:
            return None
        site: Site = ParagraphSite(node, inline, content, self._dialect)
        return self._survey.add(site, self._kind(found), part)

    def _kind(self, found: Found) -> UnitKind:
        if found.kind is not UnitKind.BODY and found.kind is not UnitKind.CELL:
            return found.kind
        properties = found.node.find("w:pPr")
        style = properties.find("w:pStyle") if properties is not None else None
        name = style.get("w:val") if style is not None else self._styles.default_paragraph
        outline = properties.find("w:outlineLvl") if properties is not None else None
        is_heading = self._styles.heading_level(name) > 0
        if outline is not None:
            is_heading = outline.get("w:val") != "9"
        return UnitKind.HEADING if is_heading else found.kind


def _styles(survey: Survey, relations: Relations, main: str) -> Styles:
    for part in relations.targets(main, "styles"):
        try:
            return Styles(parse_xml(survey.package.read(part)))
        except (ValueError, DocumentDamagedError):
            survey.kept["damaged_part"] += 1
    return Styles(None)


def _cut_bindings(survey: Survey, parts: list[str]) -> None:
    """Take translated controls from the data that they show: Word would put the old words back.

    The title is data that is translated too.
    """
    for part in parts:
        source = survey.source(part, LEAVES)
        for node in source.root.iter_tags(_BINDINGS) if source is not None else ():
            properties = node.parent
            control = properties.parent if properties is not None else None
            content = control.find("w:sdtContent") if control is not None else None
            if content is None or "title" in node.get("w:xpath").rpartition("/")[2].casefold():
                continue
            if survey.splices(part).touches(content.stretch):
                survey.splices(part).replace(node.stretch, b"")
                survey.told.add("bindings_cut")
