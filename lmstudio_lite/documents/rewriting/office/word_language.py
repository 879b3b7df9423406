"""What a Word file says of its language and direction as a whole, set to those of a translation."""

from __future__ import annotations

from lmstudio_lite.documents.rewriting.locales import EAST_ASIAN, is_right_to_left, language_of
from lmstudio_lite.documents.rewriting.office.open_xml import Relations
from lmstudio_lite.documents.rewriting.office.survey import Survey
from lmstudio_lite.documents.rewriting.office.word_dialect import is_on, language_attributes
from lmstudio_lite.documents.rewriting.office.word_paragraphs import LEAVES
from lmstudio_lite.documents.rewriting.xml_source import Splices, XmlNode

_BEHIND_SECTION_DIRECTION = frozenset(("w:rtlGutter", "w:docGrid", "w:printerSettings", "w:sectPrChange"))
_BEHIND_TABLE_DIRECTION = frozenset(
    f"w:{name}"
    for name in (
        *("tblStyleRowBandSize", "tblStyleColBandSize", "tblW", "jc", "tblCellSpacing", "tblInd"),
        *("tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook", "tblCaption", "tblDescription"),
        "tblPrChange",
    )
)


def _default_language(survey: Survey, relations: Relations, main: str) -> tuple[str, XmlNode] | None:
    """Return the part with the styles and the element that holds what all runs are set in."""
    for part in relations.targets(main, "styles"):
        source = survey.source(part, LEAVES)
        if source is not None:
            return part, source.root
    return None


def declared_language(survey: Survey, relations: Relations, main: str) -> str:
    found = _default_language(survey, relations, main)
    language = found[1].find("w:docDefaults/w:rPrDefault/w:rPr/w:lang") if found else None
    return language_of(language.get("w:val")) if language is not None else ""


def set_default_language(survey: Survey, relations: Relations, main: str, target: str) -> None:
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
    if not prefix:
        # Attributes need a prefix, and which one this file has for them is not known here.
        return
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


def turn_pages(survey: Survey, relations: Relations, main: str, target: str) -> None:
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
