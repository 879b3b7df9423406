"""Word files (WordprocessingML): what of them is translated, and what they say of their language.

Body, headers, footers, notes, comments, boxes, charts, diagrams, alternative texts and the title. Building
blocks, forms' lists, embedded files and data that is bound to controls stay.
"""

from __future__ import annotations

from lmstudio_lite.documents.containers.office_xml import parse_xml
from lmstudio_lite.documents.office.drawing_text import is_file_name
from lmstudio_lite.documents.office.word_styles import Styles
from lmstudio_lite.documents.rewriting.locales import EAST_ASIAN, is_right_to_left, language_of
from lmstudio_lite.documents.rewriting.office.drawing_parts import add_drawing_parts
from lmstudio_lite.documents.rewriting.office.open_xml import OpenXmlForm, Relations, add_title
from lmstudio_lite.documents.rewriting.office.sites import ParagraphSite, Site, ValueSite
from lmstudio_lite.documents.rewriting.office.survey import Entry, Survey
from lmstudio_lite.documents.rewriting.office.twins import join_alternatives
from lmstudio_lite.documents.rewriting.office.word_dialect import WordDialect, is_on, language_attributes
from lmstudio_lite.documents.rewriting.office.word_paragraphs import LEAVES, WordParagraphs
from lmstudio_lite.documents.rewriting.office.word_tree import Found, find_texts
from lmstudio_lite.documents.rewriting.xml_source import Splices, XmlNode
from lmstudio_lite.domain.units import BilingualLayout, ReadUnitsOptions, UnitKind, WriteUnitsOptions
from lmstudio_lite.errors import DocumentDamagedError, DocumentUnsupportedError

_PARTS = (
    ("header", UnitKind.HEADER),
    ("footer", UnitKind.FOOTER),
    ("footnotes", UnitKind.FOOTNOTE),
    ("endnotes", UnitKind.ENDNOTE),
    ("comments", UnitKind.COMMENT),
)
_BEHIND_SECTION_DIRECTION = frozenset(("w:rtlGutter", "w:docGrid", "w:printerSettings", "w:sectPrChange"))
_BEHIND_TABLE_DIRECTION = frozenset(
    f"w:{name}"
    for name in (
        *("tblStyleRowBandSize", "tblStyleColBandSize", "tblW", "jc", "tblCellSpacing", "tblInd"),
        *("tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook", "tblCaption", "tblDescription"),
        "tblPrChange",
    )
)


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
        reader.add_part(main, UnitKind.BODY)
        parts = [main]
        for kind_of_relation, kind in _PARTS:
            for part in relations.targets(main, kind_of_relation):
                reader.add_part(part, kind)
                parts.append(part)
        for part in parts:
            add_drawing_parts(survey, relations, part)
        survey.kept["hidden_text"] += reader.paragraphs.num_hidden
        survey.language = _declared_language(survey, relations, main)

    def localize(self, survey: Survey, relations: Relations, main: str, wanted: WriteUnitsOptions) -> None:
        if wanted.layout is BilingualLayout.NONE:
            _set_default_language(survey, relations, main, wanted.target)
            _turn_pages(survey, relations, main, wanted.target)


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


def _default_language(survey: Survey, relations: Relations, main: str) -> tuple[str, XmlNode] | None:
    """Return the part with the styles and the element that holds what all runs are set in."""
    for part in relations.targets(main, "styles"):
        source = survey.source(part, LEAVES)
        if source is not None:
            return part, source.root
    return None


def _declared_language(survey: Survey, relations: Relations, main: str) -> str:
    found = _default_language(survey, relations, main)
    language = found[1].find("w:docDefaults/w:rPrDefault/w:rPr/w:lang") if found else None
    return language_of(language.get("w:val")) if language is not None else ""


def _set_default_language(survey: Survey, relations: Relations, main: str, target: str) -> None:
    found = _default_language(survey, relations, main)
    if found is not None:
        part, root = found
        splices = survey.splices(part)
        for language in root.iter():
            if language.tag == "w:lang" and not language.get("w:val").startswith(("zxx", "x-none")):
                old = language.start_tag.removeprefix(b"<" + language.raw_tag).rstrip(b"/> \n")
                attributes = language_attributes(target, language.prefix, old)
                splices.replace(language.stretch, b"<%b %b/>" % (language.raw_tag, attributes))
        _add_default_language(root, splices, target)
    for part in relations.targets(main, "settings"):
        settings = survey.source(part, LEAVES)
        theme = settings.root.find("w:themeFontLang") if settings is not None else None
        if theme is not None and (target in EAST_ASIAN or is_right_to_left(target)):
            old = theme.start_tag.removeprefix(b"<" + theme.raw_tag).rstrip(b"/> \n")
            attributes = language_attributes(target, theme.prefix, old)
            survey.splices(part).replace(theme.stretch, b"<%b %b/>" % (theme.raw_tag, attributes))


def _add_default_language(styles: XmlNode, splices: Splices, target: str) -> None:
    """Say the language of all runs where the file says none."""
    prefix = styles.prefix
    element = b"<%blang %b/>" % (prefix, language_attributes(target, prefix))
    place = styles.inner_start
    for path, name in (
        ("w:docDefaults", b"docDefaults"),
        ("w:docDefaults/w:rPrDefault", b"rPrDefault"),
        ("w:docDefaults/w:rPrDefault/w:rPr", b"rPr"),
    ):
        found = styles.find(path)
        if found is not None and not found.is_empty:
            place = found.close if name == b"rPr" else found.inner_start
            continue
        names = [b"docDefaults", b"rPrDefault", b"rPr"]
        for each in reversed(names[names.index(name) :]):
            element = b"<%b%b>%b</%b%b>" % (prefix, each, element, prefix, each)
        splices.replace(found.stretch if found is not None else (place, place), element)
        return
    if styles.find("w:docDefaults/w:rPrDefault/w:rPr/w:lang") is None:
        splices.replace((place, place), element)


def _turn_pages(survey: Survey, relations: Relations, main: str, target: str) -> None:
    """Set the direction of sections and tables, and undo that of styles that run the other way."""
    is_rtl = is_right_to_left(target)
    for part in (main, *relations.targets(main, "header", "footer")):
        source = survey.source(part, LEAVES)
        if source is None:
            continue
        splices = survey.splices(part)
        for node in source.root.iter():
            if node.tag == "w:sectPr":
                _turn(node, "w:bidi", _BEHIND_SECTION_DIRECTION, splices, is_rtl=is_rtl)
            elif node.tag == "w:tblPr":
                _turn(node, "w:bidiVisual", _BEHIND_TABLE_DIRECTION, splices, is_rtl=is_rtl)
    found = _default_language(survey, relations, main)
    if found is not None and not is_rtl:
        for node in found[1].iter():
            if node.tag in ("w:bidi", "w:rtl") and is_on(node):
                survey.splices(found[0]).replace(node.stretch, b"")


def _turn(properties: XmlNode, name: str, behind: frozenset[str], splices: Splices, *, is_rtl: bool) -> None:
    found = properties.find(name)
    prefix = properties.prefix
    element = b"<%b%b/>" % (prefix, name.removeprefix("w:").encode())
    if not is_rtl:
        if is_on(found) and found is not None:
            splices.replace(found.stretch, b"")
    elif properties.is_empty:
        tag = properties.raw_tag
        splices.replace(properties.stretch, b"<%b>%b</%b>" % (tag, element, tag))
    elif found is not None:
        splices.replace(found.stretch, element)
    else:
        place = next((each.start for each in properties.children if each.tag in behind), properties.close)
        splices.replace((place, place), element)
