"""A summary from end to end, then again in another form and after a change of one page."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.bench.engine_run import open_engine
from lmstudio_lite.bench.raw import open_raw
from lmstudio_lite.bench.recording import Asked, RecordingClient
from lmstudio_lite.bench.rows import Bound, Row, compared, missing
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.bench.texts import chronicle
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.summaries import Summary, SummaryForm, SummaryOptions, SummaryProgress
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.evidence.judge import loaded_judge
from lmstudio_lite.tasks.summarize.summarizer import summarize
from lmstudio_lite.unsaved import UnsavedWork

AGAINST_LLAMA = Bound(0.6)
OTHER_FORM = Bound(0.1)
CHANGED_PAGE = Bound(0.15)
CONTEXT_SIZE = 8192
WORDS_A_PAGE = 300
PAGES_MEANT = 100
ADDED = " The keeper of the lighthouse had written all of this down before anybody asked him to."


@dataclass(frozen=True, slots=True)
class _Runs:
    first_s: float
    other_form_s: float
    changed_page_s: float
    first: Summary
    asked: tuple[Asked, ...]


def of_document(setting: Setting) -> list[Row]:
    """Three rows: against ``Llama`` with the same prompts in turn, another form, one page changed."""
    model = setting.half_billion or setting.model
    document = _document(setting)
    database = Database.open(setting.folder / "summaries.sqlite3")
    try:
        with open_engine(setting, model, context_size=CONTEXT_SIZE, num_sequences_max=16) as engine:
            runs = _run(setting, engine.client, document, PartCache(database, UnsavedWork()))
    finally:
        database.close()
    num_pages = len(document.pages) or len(document.text.split()) // WORDS_A_PAGE
    is_meant = num_pages >= PAGES_MEANT
    note = f"{document.title}: {runs.first.num_chunks} chunks, {len(runs.asked)} prompts"
    note += "" if is_meant else f"; the bound is for {PAGES_MEANT} pages and more, these are {num_pages}"
    return [
        _against_llama(setting, model, runs, is_meant=is_meant, note=note),
        compared(
            "summary-other-form",
            [(runs.other_form_s, runs.first_s)],
            OTHER_FORM,
            unit="s",
            is_judged=is_meant,
        ),
        compared(
            "summary-changed-page",
            [(runs.changed_page_s, runs.first_s)],
            CHANGED_PAGE,
            unit="s",
            is_judged=is_meant,
        ),
    ]


def _against_llama(setting: Setting, model: Path, runs: _Runs, *, is_meant: bool, note: str) -> Row:
    name = "summary-against-llama"
    if any(asked.num_generated == 0 for asked in runs.asked):
        return missing(name, AGAINST_LLAMA, "a prompt was not answered")
    setting.say(f"Llama, {len(runs.asked)} prompts in turn")
    with open_raw(model, CONTEXT_SIZE, None) as raw:
        theirs_s = raw.chats_one_after_another_s(
            [
                (
                    [(message.role.value, message.text) for message in asked.prompt.messages],
                    asked.num_generated,
                )
                for asked in runs.asked
            ]
        )
    is_judged = is_meant and setting.half_billion is not None
    return compared(name, [(runs.first_s, theirs_s)], AGAINST_LLAMA, unit="s", note=note, is_judged=is_judged)


def _run(setting: Setting, client: EngineClient, document: Document, cache: PartCache) -> _Runs:
    recording = RecordingClient(client)
    first, first_s = _timed(setting, "first", recording, document, SummaryOptions(), cache)
    asked = tuple(recording.asked)
    paragraph = SummaryOptions(SummaryForm.PARAGRAPH)
    _, other_form_s = _timed(setting, "other form", client, document, paragraph, cache)
    _, changed_s = _timed(setting, "changed page", client, _changed(document), SummaryOptions(), cache)
    return _Runs(first_s, other_form_s, changed_s, first, asked)


def _timed(
    setting: Setting,
    name: str,
    client: EngineClient,
    document: Document,
    options: SummaryOptions,
    cache: PartCache,
) -> tuple[Summary, float]:
    def report(progress: SummaryProgress) -> None:
        setting.say(f"summary, {name}: {progress.stage} {progress.num_done} of {progress.num_total}")

    began = time.perf_counter()
    summary = summarize(
        document,
        options,
        engine=client,
        report=report,
        cancellation=Cancellation(),
        cache=cache,
        judge=loaded_judge(client, Cancellation(), cache=cache),
    )
    return summary, time.perf_counter() - began


def _document(setting: Setting) -> Document:
    if setting.file is not None:
        return DocumentReader().read(setting.file, Cancellation())
    return text_document(chronicle(setting.scale.num_pages * WORDS_A_PAGE), "a chronicle")


def _changed(document: Document) -> Document:
    """Return the document with a sentence more in its middle, as somebody would edit one page."""
    middle = document.text.find(". ", len(document.text) // 2) + 1
    text = document.text[:middle] + ADDED + document.text[middle:]
    return text_document(text, document.title)
