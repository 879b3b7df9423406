"""Summaries that read everything: each chunk by itself (map), then together, level by level (merge).

All chunks are handed to the engine at once, which batches them over the instruction they share. A
document of one chunk goes directly to its final form. An outline is put together from a title and a few
points for each stretch of the text: small models can't hold a nested form. A summary in another language
than the document's is written in the document's and then translated: small models can't do both at once.

A model that can't summarize a short text whole may do so section by section, which is tried next. What is
still not summarized is represented by its own central sentences, in quotation marks and counted in a
warning. Coverage says what was read, of all that the file holds; how much of the result is the model's own is
another figure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.domain.inventory import share_read, unread_of
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.summaries import (
    ChunkSummary,
    LeftOut,
    Summary,
    SummaryOptions,
    SummaryProgress,
    SummaryStage,
)
from lmstudio_lite.errors import DocumentEmptyError, NoModelError
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.evidence.index import Embedder
from lmstudio_lite.tasks.evidence.judge import Judge
from lmstudio_lite.tasks.evidence.match import EvidenceFinder, find_evidence
from lmstudio_lite.tasks.generate.attempts import wait_for_model
from lmstudio_lite.tasks.generate.cache import CachedParts, model_identity
from lmstudio_lite.tasks.generate.fingerprint import fingerprint_of
from lmstudio_lite.tasks.summarize.asking import Asker, Setting
from lmstudio_lite.tasks.summarize.correct import Corrected, correct
from lmstudio_lite.tasks.summarize.forms.recipes import RECIPES
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, RuleSet
from lmstudio_lite.tasks.summarize.run import SummaryRun

_MADE_BY = tuple(f"lmstudio_lite.tasks.{room}" for room in ("text", "evidence", "generate", "summarize"))
_WORDS = ("prompts", "languages")

Report = Callable[[SummaryProgress], None]


def summarize(
    document: Document,
    options: SummaryOptions,
    *,
    engine: EngineClient,
    report: Report,
    cancellation: Cancellation,
    cache: PartCache | None = None,
    embed: Embedder | None = None,
    judge: Judge | None = None,
    adapters: tuple[AdapterUse, ...] = (),
    rules: RuleSet = ALL_RULES,
) -> Summary:
    """Summarize a document. Waits for the model; not for the GUI thread.

    What ``cache`` holds is not generated again: after a change of form or length only the merge is, after a
    change of the document its changed chunks, after a crash what was not done. ``embed`` judges by meaning
    what words can't tie to the document, ``judge`` whether a passage says a sentence; without their models
    the words alone decide. What the document contradicts is written anew or left out. ``rules`` other than
    all are for measuring what each is worth.

    Raises:
        DocumentEmptyError: there is no text.
        CancelledError: cancelled; the last report holds what was done.
        ModelError, EngineError: the model can't answer.
    """
    started = time.monotonic()
    if not document.text.strip():
        raise DocumentEmptyError(path=str(document.path or document.title))
    report(SummaryProgress(SummaryStage.READING, 0, 0, None, ""))
    model = _wait_for_model(engine, cancellation)
    language = document.language or detect_language(document.text) or options.language or "en"
    memory = CachedParts(cache, model_identity(model, adapters), _made_by(rules)) if cache else None
    asker = Asker(Setting(engine, model, options, language, report, cancellation, memory, adapters, rules))
    run = SummaryRun(asker)
    sections, left_out, written = run.summarize(document)
    text, num_orders = written.text, len(asker.orders.spans)
    ordered = (TaskWarning("summary_orders", num_orders, num_orders),) if num_orders else ()
    is_quoted = RECIPES[options.form].quote is not None
    if judge is not None:
        report(SummaryProgress(SummaryStage.EVIDENCE, 0, 1, None, text))
    finder = EvidenceFinder(document, language, embed, judge)
    checked = Corrected(text, finder.find(text))
    if not is_quoted:
        checked = correct(checked, document, finder, asker)
    text, evidence = checked.text, checked.evidence
    unjudged = (TaskWarning("summary_unjudged", 1, 1),) if finder.is_disbelieved else ()
    warnings = (*ordered, *written.warnings, *checked.warnings, *unjudged)
    if options.language and options.language != language and not is_quoted:
        translation = asker.translate(text, options.language)
        language, warnings = options.language, warnings + translation.warnings
        evidence = find_evidence(
            translation.text, document, language=language, untranslated=text, known=evidence
        )
        text = translation.text
    report(SummaryProgress(SummaryStage.EVIDENCE, 1, 1, None, text))
    return Summary(
        text=text,
        num_chunks=len(sections),
        num_chunks_read=len(sections),
        num_chunks_summarized=sum(not section.is_extract for section in sections),
        num_pages=document.num_pages,
        coverage=_share_of_text(document, sections, left_out) * share_read(document.inventory),
        seconds=time.monotonic() - started,
        language=language,
        warnings=warnings,
        chunk_summaries=tuple(sections),
        left_out=tuple(left_out),
        evidence=evidence,
        unread=unread_of(document.inventory),
    )


def _wait_for_model(engine: EngineClient, cancellation: Cancellation) -> LoadedModel:
    wait_for_model(engine, cancellation)
    model = engine.state.model
    if model is None:
        raise NoModelError
    return model


def _share_of_text(
    document: Document, sections: Sequence[ChunkSummary], left_out: Sequence[LeftOut]
) -> float:
    """Return how much of the text that is wanted the sections were read from, 0 to 1."""
    num_text = len(document.text) - sum(stretch.end - stretch.start for stretch in left_out)
    return sum(section.end - section.start for section in sections) / num_text


def _made_by(rules: RuleSet) -> str:
    """Name the code, the words and the rules that make a part of a summary of an answer."""
    return f"{fingerprint_of(_MADE_BY, _WORDS)} {rules.fingerprint}"
