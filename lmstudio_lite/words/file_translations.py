"""What is said of a file that is translated: how far it is, what came of it, what of the file stays."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.domain.file_translations import SegmentCounts
from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.domain.translations import UnitsProgress
from lmstudio_lite.words.saying import say_time_left
from lmstudio_lite.words.translate import mark, tr, trn

_READY = EngineState(ModelPhase.READY)


def say_units_progress(progress: UnitsProgress | None, state: EngineState = _READY) -> str:
    """``412 of 900 segments, about 3 min``, or what is waited for."""
    if state.phase is ModelPhase.LOADING:
        return tr("Waiting for the model, {0} % loaded").format(round(state.loading_fraction * 100))
    if state.phase is ModelPhase.RESTARTING:
        return tr("The model is being started again")
    if progress is None or not progress.num_total:
        return tr("Reading the file…")
    words = tr("{0} of {1} segments").format(f"{progress.num_done:,}", f"{progress.num_total:,}")
    if progress.seconds_left is None:
        return words
    return tr("{0}, {1}").format(words, say_time_left(progress.seconds_left, progress.delay or ""))


def say_counts(counts: SegmentCounts) -> str:
    """``412 done, 6 to look at``; of one that was stopped, ``412 of 900 done``."""
    if counts.num_done < counts.num_total:
        done = tr("{0} of {1} done").format(f"{counts.num_done:,}", f"{counts.num_total:,}")
    else:
        done = trn("{n} done", "{n} done", counts.num_done)
    if not counts.num_to_look_at:
        return done
    return tr("{0}, {1}").format(done, trn("{n} to look at", "{n} to look at", counts.num_to_look_at))


def say_source_left(num_source: int) -> str:
    """Say how much of a written file is still in the words of the source, "" for none of it."""
    if not num_source:
        return ""
    return trn(
        "{n} segment of the file is still in the original language.",
        "{n} segments of the file are still in the original language.",
        num_source,
    )


_KEPT = {
    "code": mark("code"),
    "column_name": mark("names of columns that formulas use"),
    "damaged_part": mark("parts that are damaged"),
    "deleted": mark("deleted text of tracked changes"),
    "drawing": mark("drawn subtitles"),
    "embedded": mark("files within the file"),
    "field": mark("what the program fills in"),
    "formula": mark("formulas"),
    "formula_text": mark("texts that formulas compare with"),
    "front_matter": mark("the head with settings"),
    "hidden_text": mark("hidden text"),
    "html": mark("HTML"),
    "identifier": mark("identifiers"),
    "karaoke": mark("karaoke subtitles"),
    "macro": mark("macros"),
    "not_to_be_translated": mark("what is marked as not to be translated"),
    "object": mark("files within the file"),
    "pivot_table": mark("pivot tables"),
    "sheet_name": mark("names of sheets that formulas use"),
    "technical": mark("addresses, identifiers and other values that are no text"),
    "template": mark("template text"),
    "undecodable": mark("characters that can't be read"),
    "unplaced": mark("text whose place in the file was not found"),
    "unread": mark("pages and pictures that can't be read"),
}
_CHANGES = {
    "bindings_cut": mark(
        "Controls that showed data of the file show the translation and no longer change with the data."
    ),
    "chart_data_kept": mark(
        "The table behind a chart can't be read: it keeps the source's words, and editing the chart's data "
        "brings them back."
    ),
    "columns_numbered": mark(
        "Columns of a table got the same name in the translation: a number tells them apart."
    ),
    "signature_invalid": mark("The file was signed; the signature is not valid for the translation."),
    "sheet_names_changed": mark(
        "Names of sheets were shortened or numbered: Excel does not take them as long."
    ),
    "encoding_utf8": mark(
        "The file is written in UTF-8: its old encoding lacks characters of the translation."
    ),
    "layout": mark(
        "The translation is in a file of another kind: the layout and the pictures of the pages are not kept."
    ),
    "plural_forms": mark(
        "The language has more forms for amounts than the translation: have its plurals looked over."
    ),
}


def say_kept(kept: Sequence[tuple[str, int]]) -> str:
    """``Left as it is: code (3), formulas (12)``; "" for nothing."""
    said = [f"{tr(_KEPT.get(code, code.replace('_', ' ')))} ({count:,})" for code, count in kept if count]
    return tr("Left as it is: {0}").format(", ".join(said)) if said else ""


def say_changes(changes: Sequence[str]) -> list[str]:
    """Say what of a written file had to become otherwise than in the source."""
    return [tr(_CHANGES[code]) if code in _CHANGES else code.replace("_", " ") for code in changes]
