"""``summarize FILE…``: a summary of each document on standard output, with what supports it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.app.compare import Summarized, comparison_document
from lmstudio_lite.app.jobs import JobContext, JobEvent, JobProgressed
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done
from lmstudio_lite.app.summarize import SummarizeFile
from lmstudio_lite.cli.output import as_json, put
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    Progress,
    cancelled_by_ctrl_c,
    complain,
    missing_files,
    note,
    note_reading,
    read_input,
    save_outputs,
    services_with_model,
    show_error,
    show_unsaved,
)
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.evidence import Verdict
from lmstudio_lite.domain.summaries import Summary, SummaryFacts, SummaryForm, SummaryOptions, SummaryProgress
from lmstudio_lite.errors import AppError, CancelledError
from lmstudio_lite.formats.inventory_json import origin_to_json
from lmstudio_lite.formats.summary_json import summary_to_json
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words import explain_warning
from lmstudio_lite.words.inventory import say_share
from lmstudio_lite.words.summaries import say_doubt, say_evidence, say_facts, say_left_out, say_progress
from lmstudio_lite.words.translate import mark, tr


def run(options: argparse.Namespace) -> int:
    """Summarize each file; one that fails is reported and the others go on."""
    wanted = SummaryOptions(
        form=SummaryForm.OWN if options.instruction else SummaryForm(options.form),
        words=options.words,
        language=options.language,
        focus=options.focus,
        instruction=options.instruction,
        reads_all=options.all,
    )
    missing = missing_files(options.files, as_json=options.json)
    files = [file for file in options.files if file not in missing]
    exit_code = EXIT_FAILED if missing else EXIT_OK
    if not files:
        return exit_code
    outputs: list[str] = []
    done: list[Summarized] = []

    def put_out(summary: Summary, kept: Done, source: str, document: Document | None, *, title: str) -> None:
        text = (
            _json_of(summary, source, document, kept.result_id)
            if options.json
            else f"# {safe_line(title)}\n\n{summary.text.rstrip()}\n"
            if title
            else f"{summary.text.rstrip()}\n"
        )
        outputs.append(text)
        if not options.output:
            put(text)
        _note_figures(summary, kept.facts, document)

    with services_with_model(options) as services, cancelled_by_ctrl_c() as cancellation:
        try:
            for source in files:
                try:
                    document = _read(services, source, cancellation, options.encoding)
                    summary, kept = _summarize(services, document, wanted, cancellation, keeps=options.keep)
                except CancelledError:
                    raise
                except AppError as error:
                    show_error(error, as_json=options.json)
                    exit_code = EXIT_FAILED
                    continue
                done.append(Summarized(Path(source).name, summary.text, document))
                title = source if len(options.files) > 1 else ""
                put_out(summary, kept, source, document, title=title)
            if options.compare and len(done) > 1:
                compared = replace(wanted, form=SummaryForm.COMPARISON, instruction="")
                summary, kept = _summarize(
                    services, comparison_document(done), compared, cancellation, keeps=options.keep
                )
                put_out(summary, kept, "comparison", None, title=tr("comparison"))
        finally:  # Ctrl-C at the third file takes nothing from the first two
            if options.output and outputs and not save_outputs(options, outputs):
                exit_code = EXIT_FAILED
        if options.keep and show_unsaved(services, as_json=options.json):
            exit_code = EXIT_FAILED
    return exit_code


def _read(services: Services, source: str, cancellation: Cancellation, encoding: str) -> Document:
    progress = Progress()
    progress.show(tr("reading {0}").format(source))
    try:
        return read_input(services, source, cancellation, encoding=encoding)
    finally:
        progress.end()


def _summarize(
    services: Services,
    document: Document,
    options: SummaryOptions,
    cancellation: Cancellation,
    *,
    keeps: bool,
) -> tuple[Summary, Done]:
    """Return the summary, and how it came about.

    Raises:
        CancelledError: stopped; what was read by then is kept if it ``keeps``.
    """
    progress = Progress()

    def report(event: JobEvent) -> None:
        value = event.value if isinstance(event, JobProgressed) else None
        if isinstance(value, SummaryProgress):
            progress.show(say_progress(value))

    try:
        run = SummarizeFile(services, document, options, keeps=keeps)
        done = run.run(JobContext(cancellation, report))
    finally:
        progress.end()
    if run.summary is None:
        complain(tr("stopped; go on with: history resume {0}").format(done.result_id))
        raise CancelledError
    return run.summary, done


def _json_of(summary: Summary, source: str, document: Document | None, kept_id: str) -> str:
    origin = origin_to_json(document) if document is not None else {}
    kept = {"id": kept_id} if kept_id else {}
    return as_json({"file": source, **origin, **kept, **summary_to_json(summary)})


_VERDICTS = {
    Verdict.SUPPORTED: mark("backed by the text: {0}"),
    Verdict.CONTRADICTED: mark("contradicted by the text: {0}"),
    Verdict.NOT_FOUND: mark("not backed by the text: {0}"),
    Verdict.UNCLEAR: mark("can't be told for sure: {0}"),
}


def _note_figures(summary: Summary, facts: SummaryFacts, document: Document | None) -> None:
    note(f"\n{tr('{0} ({1} of the text)').format(say_facts(facts), say_share(summary.coverage))}")
    if document is not None:
        note_reading(document)
    if summary.left_out:
        note(tr("Left out: {0}; --all reads them too.").format(say_left_out(summary.left_out)))
    evidence = summary.evidence
    if evidence.sentences:
        note(say_evidence(evidence))
    for sentence in evidence.sentences:
        if not sentence.is_supported:
            note(f"  {tr(_VERDICTS[sentence.verdict]).format(sentence.text)}")
            for place in range(len(sentence.doubts)):
                note(f"    {say_doubt(sentence, place)}")
        if sentence.unknown_claims:
            claims = ", ".join(claim.text for claim in sentence.unknown_claims)
            note(f"  {tr('not in the text: {0}').format(claims)}")
    if 0.0 < summary.own_share < 1.0:
        share = f"{summary.own_share:.0%}"
        note(tr("{0} of the sentences are the model's own; the others are the document's.").format(share))
    for warning in summary.warnings:
        note(explain_warning(warning))
