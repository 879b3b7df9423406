"""PowerPoint files (PresentationML): slides with their notes, comments, charts and diagrams.

Layouts and masters hold texts that ask to be typed over, which no slide shows; of them only what stands on
the slides (a company's line, a footer) is translated. Names of sections and shows stay.
"""

from __future__ import annotations

from lmstudio_lite.documents.rewriting.locales import is_right_to_left, language_of
from lmstudio_lite.documents.rewriting.office.drawing_paragraphs import set_value, turn_paragraphs
from lmstudio_lite.documents.rewriting.office.drawing_parts import (
    DRAWING_LEAVES,
    DrawingReader,
    add_drawing_parts,
)
from lmstudio_lite.documents.rewriting.office.open_xml import OpenXmlForm, Relations, add_title
from lmstudio_lite.documents.rewriting.office.survey import Survey
from lmstudio_lite.domain.units import BilingualLayout, ReadUnitsOptions, UnitKind, WriteUnitsOptions
from lmstudio_lite.errors import DocumentUnsupportedError

_LEVELS = frozenset((*(f"a:lvl{number}pPr" for number in range(1, 10)), "a:defPPr"))
_DEFAULTS = frozenset(("p:titleStyle", "p:bodyStyle", "p:otherStyle", "p:defaultTextStyle", "p:notesStyle"))
"""What all texts are set in that say nothing else."""


class SlidesForm(OpenXmlForm):
    suffixes = frozenset((".pptx", ".pptm", ".potx", ".potm", ".ppsx", ".ppsm"))
    main_part = "ppt/presentation.xml"
    layouts = frozenset((BilingualLayout.BELOW,))

    def survey(self, survey: Survey, relations: Relations, main: str, options: ReadUnitsOptions) -> None:
        root = survey.main_source(main, DRAWING_LEAVES).root
        if root.tag != "p:presentation":
            raise DocumentUnsupportedError(path=str(survey.package.path), mime_type="application/zip")
        add_title(survey, relations)
        reader = DrawingReader(survey)
        for slide in _slides(survey, relations, main):
            reader.add(slide, UnitKind.SHAPE)
            add_drawing_parts(survey, relations, slide)
            for notes in relations.targets(slide, "notesSlide"):
                reader.add(notes, UnitKind.SPEAKER_NOTE)
            for comments in relations.targets(slide, "comments"):
                reader.add(comments, UnitKind.COMMENT)
        for template in _templates(survey, relations, main):
            reader.add(template, UnitKind.SHAPE, only_shown=True)
        survey.language = _most_common_language(survey, _slides(survey, relations, main))

    def localize(self, survey: Survey, relations: Relations, main: str, wanted: WriteUnitsOptions) -> None:
        if wanted.layout is not BilingualLayout.NONE:
            return
        is_rtl = is_right_to_left(wanted.target)
        slides = _slides(survey, relations, main)
        masters = relations.targets(main, "notesMaster")
        for part in dict.fromkeys((main, *_templates(survey, relations, main), *masters, *slides)):
            source = survey.source(part, DRAWING_LEAVES)
            if source is None:
                continue
            for node in source.root.iter_tags(_LEVELS | {"a:tblPr"}):
                if node.tag == "a:tblPr":
                    if is_rtl or node.get("rtl") in ("1", "true"):
                        set_value(node, "rtl", b"1" if is_rtl else b"0", survey.splices(part))
                    continue
                holder = node.parent
                is_default = holder is not None and holder.tag in _DEFAULTS
                turn_paragraphs(node, survey.splices(part), is_rtl=is_rtl, sets_side=is_default)


def _slides(survey: Survey, relations: Relations, main: str) -> list[str]:
    """Return the slides in the order in which they are shown."""
    targets = {each.key: each.target for each in relations.of(main) if each.kind == "slide"}
    listed = survey.main_source(main, DRAWING_LEAVES).root.find("p:sldIdLst")
    keys = [entry.get("r:id") for entry in listed.children] if listed is not None else []
    return list(dict.fromkeys(targets[key] for key in keys if key in targets))


def _templates(survey: Survey, relations: Relations, main: str) -> list[str]:
    """Return the layouts that slides have, each behind its master."""
    found: list[str] = []
    for slide in _slides(survey, relations, main):
        for layout in relations.targets(slide, "slideLayout"):
            found += [*relations.targets(layout, "slideMaster"), layout]
    return list(dict.fromkeys(found))


def _most_common_language(survey: Survey, slides: list[str]) -> str:
    """Return the language that most runs are said to be in."""
    lengths: dict[str, int] = {}
    for slide in slides:
        source = survey.source(slide, DRAWING_LEAVES)
        for run in source.root.iter_tags(frozenset(("a:r",))) if source is not None else ():
            properties, text = run.find("a:rPr"), run.find("a:t")
            language = language_of(properties.get("lang")) if properties is not None else ""
            if language and text is not None:
                lengths[language] = lengths.get(language, 0) + len(text.text)
    return max(lengths, key=lambda each: lengths[each], default="")
