"""``summarize FILE…``: a summary of each document on standard output, with what supports it."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.app.compare import summaries_document
from lmstudio_lite.app.jobs import JobContext, JobEvent, JobProgressed
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summarize import SummarizeFile
from lmstudio_lite.cli.output import as_json as json_of
from lmstudio_lite.cli.output import put
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    Progress,
    cancelled_by_ctrl_c,
    missing_files,
    note,
    print_json,
    read_input,
    say_parts,
    say_progress,
    services_with_model,
    show_error,
    show_unsaved,
)
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.summaries import Summary, SummaryForm, SummaryOptions, SummaryProgress, SummaryStage
from lmstudio_lite.errors import AppError, CancelledError
from lmstudio_lite.formats.summary_json import summary_to_json
from lmstudio_lite.paths import replace_file
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words import explain_warning


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
    done: list[tuple[str, str]] = []

    def put_out(summary: Summary, source: str, address: str, kept_id: str, *, is_one_of_many: bool) -> None:
        text = _text_of(
            summary, source, address, kept_id, as_json=options.json, is_one_of_many=is_one_of_many
        )
        outputs.append(text)
        if not options.output:
            put(text)
        _note_figures(summary)

    with services_with_model(options) as services, cancelled_by_ctrl_c() as cancellation:
        try:
            for source in files:
                try:
                    document = _read(services, source, cancellation)
                    summary, kept_id = _summarize(
                        services, document, wanted, cancellation, keeps=options.keep
                    )
                except CancelledError:
                    raise
                except AppError as error:
                    show_error(error, as_json=options.json)
                    exit_code = EXIT_FAILED
                    continue
                done.append((Path(source).name, summary.text))
                put_out(summary, source, document.address, kept_id, is_one_of_many=len(options.files) > 1)
            if options.compare and len(done) > 1:
                compared = replace(wanted, form=SummaryForm.COMPARISON, instruction="")
                summary, kept_id = _summarize(
                    services, summaries_document(done), compared, cancellation, keeps=options.keep
                )
                put_out(summary, "comparison", "", kept_id, is_one_of_many=True)
        finally:  # Ctrl-C at the third file takes nothing from the first two
            if options.output and outputs and not _save(options, outputs):
                exit_code = EXIT_FAILED
        if options.keep and show_unsaved(services, as_json=options.json):
            exit_code = EXIT_FAILED
    return exit_code


def _read(services: Services, source: str, cancellation: Cancellation) -> Document:
    progress = Progress()
    progress.show(f"reading {source}")
    try:
        return read_input(services, source, cancellation)
    finally:
        progress.end()


def _summarize(
    services: Services,
    document: Document,
    options: SummaryOptions,
    cancellation: Cancellation,
    *,
    keeps: bool,
) -> tuple[Summary, str]:
    """Return the summary, and the id of what is kept of it, "" for none.

    Raises:
        CancelledError: stopped; what was read by then is kept if it ``keeps``.
    """
    progress = Progress()

    def report(event: JobEvent) -> None:
        value = event.value if isinstance(event, JobProgressed) else None
        if not isinstance(value, SummaryProgress):
            return
        if value.stage is SummaryStage.EVIDENCE:
            progress.show("checking each sentence against the text")
        elif value.num_total:
            doing = "combining" if value.stage is SummaryStage.MERGE else "reading"
            progress.show(
                say_progress(doing, value.num_done, value.num_total, value.seconds_left, value.delay)
            )
        else:
            progress.show("preparing the text")

    try:
        run = SummarizeFile(services, document, options, keeps=keeps)
        done = run.run(JobContext(cancellation, report))
    finally:
        progress.end()
    if run.summary is None:
        note(f"lmstudio-lite: stopped; go on with: history resume {done.result_id}")
        raise CancelledError
    return run.summary, done.result_id


def _text_of(
    summary: Summary, source: str, address: str, kept_id: str, *, as_json: bool, is_one_of_many: bool
) -> str:
    if as_json:
        origin = {"address": address} if address else {}
        kept = {"id": kept_id} if kept_id else {}
        value = {"file": source, **origin, **kept, **summary_to_json(summary)}
        return json_of(value)
    heading = f"# {safe_line(source)}\n\n" if is_one_of_many else ""
    return f"{heading}{summary.text.rstrip()}\n"


def _save(options: argparse.Namespace, outputs: list[str]) -> bool:
    path: Path = options.output
    try:
        replace_file(path, "\n".join(outputs).encode("utf-8", "replace"), is_private=False)
    except AppError as error:
        show_error(error, as_json=options.json)
        return False
    if options.json:
        print_json({"output": str(path)})
    return True


def _note_figures(summary: Summary) -> None:
    parts = f"{summary.num_chunks_read} of {say_parts(summary.num_chunks)}"
    took = "less than 1 s" if summary.seconds < 1 else f"{summary.seconds:.0f} s"
    note(f"\nread {parts}{_say_pages(summary.num_pages)} ({summary.coverage:.0%}) in {took}")
    kinds = Counter[str]()
    for stretch in summary.left_out:
        kinds[stretch.kind.value] += stretch.end - stretch.start
    if kinds:
        listed = ", ".join(f"{kind} ({count:,} characters)" for kind, count in kinds.items())
        note(f"left out: {listed}; --all reads them too")
    evidence = summary.evidence
    if evidence.sentences:
        note(f"{evidence.num_supported} of {len(evidence.sentences)} sentences are backed by the text")
    for sentence in evidence.sentences:
        if not sentence.is_supported:
            note(f"  not backed by the text: {sentence.text}")
        if sentence.unknown_claims:
            claims = ", ".join(claim.text for claim in sentence.unknown_claims)
            note(f"  not in the text: {claims}")
    if 0.0 < summary.own_share < 1.0:
        note(f"{summary.own_share:.0%} of the sentences are the model's own; the others are the document's")
    for warning in summary.warnings:
        note(explain_warning(warning))


def _say_pages(num_pages: int) -> str:
    if num_pages == 0:
        return ""
    return " of 1 page" if num_pages == 1 else f" of {num_pages} pages"
