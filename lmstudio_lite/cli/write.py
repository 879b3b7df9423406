"""``write``: a text from a brief by a preset, or a text made other; quizzes are asked, parts are played.

The text goes to standard output as it is checked, what is still wrong with it to standard error.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.write import (
    EditWish,
    edit_text,
    grade_answer,
    questions_in,
    role_control,
    write_text,
)
from lmstudio_lite.cli.sources import is_file_name
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    EXIT_USAGE,
    Progress,
    cancelled_by_ctrl_c,
    complain,
    missing_files,
    note,
    note_reading,
    print_json,
    read_input,
    save_outputs,
    services_with_model,
)
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.writing import (
    Brief,
    EditedText,
    EditKind,
    EditProgress,
    Finding,
    Grade,
    Mark,
    Preset,
    WritingProgress,
    Written,
)
from lmstudio_lite.formats.inventory_json import Json
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.translate import mark, tr
from lmstudio_lite.words.writing import (
    preset_checks,
    preset_name,
    preset_takes,
    say_edited,
    say_editing,
    say_fault,
    say_findings,
    say_grade,
    say_score,
    say_writing,
    say_written,
)

_HINT = mark("To take these very words, write --text before them.")


def run(options: argparse.Namespace) -> int:
    """Write one text, change one, or list the presets."""
    if options.list:
        return _list(options)
    if usage := _wrong_usage(options):
        complain(usage)
        return EXIT_USAGE
    is_file = options.text is None and (options.source == "-" or is_file_name(options.source))
    if is_file and missing_files([options.source], as_json=options.json, hint=tr(_HINT)):
        return EXIT_FAILED
    with services_with_model(options) as services:
        with cancelled_by_ctrl_c() as cancellation:
            text = _text(services, options, cancellation, is_file=is_file)
        if not text.strip():
            complain(tr("the text is empty."))
            return EXIT_USAGE
        if options.do:
            return _edit(services, options, text)
        brief = Brief(
            Preset(options.preset), text, options.tone, options.words or 0, options.audience, options.language
        )
        if brief.preset.is_conversation:
            return _play(services, options, brief)
        return _write(services, options, brief)


def _wrong_usage(options: argparse.Namespace) -> str:
    """Say what is wrong with the options, "" for nothing."""
    if bool(options.preset) == bool(options.do):
        return tr("write takes --preset NAME or --do NAME: one of them. write --list shows the presets.")
    if (options.source is None) == (options.text is None):
        return tr("write takes a text, a file, - for standard input, or --text TEXT: one of them.")
    if options.language and options.language not in LANGUAGES:
        return tr("“{0}” is no language's code that is known here.").format(safe_line(options.language))
    if options.do == EditKind.TRANSLATE.value and not options.language:
        return tr("--do translate needs --language CODE.")
    if options.diff and (not options.do or not EditKind(options.do).is_change):
        return tr("--diff goes with --do rewrite, shorten, expand, correct or translate.")
    preset = Preset(options.preset) if options.preset else None
    if options.ask and preset is not Preset.QUIZ:
        return tr("--ask goes with --preset quiz.")
    if options.words and (preset is None or not preset.takes_words):
        return tr("--words can't be kept here: {0} has its own length.").format(options.preset or options.do)
    if preset is not None and preset.is_conversation and (options.json or options.output):
        return tr("{0} is a conversation: it has no --json and no --output.").format(preset.value)
    return ""


def _list(options: argparse.Namespace) -> int:
    if options.json:
        print_json(
            {
                "presets": [
                    {
                        "name": each.value,
                        "title": preset_name(each),
                        "takes": preset_takes(each),
                        "checks": preset_checks(each),
                        "words": each.takes_words,
                    }
                    for each in Preset
                ],
                "edits": [kind.value for kind in EditKind],
            }
        )
        return EXIT_OK
    width = max(len(each.value) for each in Preset)
    for each in Preset:
        sys.stdout.write(f"{each.value.ljust(width)}  {preset_name(each)}\n")
        sys.stdout.write(f"{' ' * width}  {tr('takes: {0}').format(preset_takes(each))}\n")
        sys.stdout.write(f"{' ' * width}  {tr('checked: {0}').format(preset_checks(each))}\n")
    sys.stdout.write(tr("--do, with a text that is there: {0}").format(", ".join(EditKind)) + "\n")
    return EXIT_OK


def _text(
    services: Services, options: argparse.Namespace, cancellation: Cancellation, *, is_file: bool
) -> str:
    if not is_file:
        text: str = options.source if options.text is None else options.text
        return text
    document = read_input(services, options.source, cancellation, encoding=options.encoding, keeps_form=True)
    note_reading(document)
    return document.text


def _write(services: Services, options: argparse.Namespace, brief: Brief) -> int:
    progress, newest = Progress(), WritingProgress("", 1)

    def report(value: WritingProgress) -> None:
        nonlocal newest
        newest = value
        progress.show(say_writing(value))

    progress.show(say_writing(None))
    with cancelled_by_ctrl_c() as cancellation:
        try:
            written = write_text(services, brief, report=report, cancellation=cancellation, seed=options.seed)
        finally:
            progress.end()
            if cancellation.is_cancelled and newest.text and not options.json:
                sys.stdout.write(newest.text.rstrip() + "\n")
    if options.ask:
        return _ask(services, written)
    if not _put_out(options, written.text, _json_of_written(brief, written)):
        return EXIT_FAILED
    note(say_written(written))
    return EXIT_OK


def _put_out(options: argparse.Namespace, text: str, as_json: Json) -> bool:
    """Print a text, or write it where it is wanted; False where that failed, which is said."""
    if options.output:
        return save_outputs(options, [text.rstrip() + "\n"])
    if options.json:
        print_json(as_json)
    else:
        sys.stdout.write(text.rstrip() + "\n")
    return True


def _json_of_written(brief: Brief, written: Written) -> Json:
    more: Json = {}
    if brief.preset is Preset.QUIZ:
        more = {"questions": [asdict(each) for each in questions_in(written.text)]}
    return {
        "preset": brief.preset.value,
        "text": written.text,
        **more,
        "words": written.num_words,
        "language": written.language,
        "attempts": written.num_attempts,
        "findings": [_json_of_finding(finding) for finding in written.findings],
    }


def _json_of_finding(finding: Finding) -> Json:
    return {**asdict(finding), "fault": finding.fault.value, "what": say_fault(finding)}


def _edit(services: Services, options: argparse.Namespace, text: str) -> int:
    progress = Progress()

    def report(value: EditProgress) -> None:
        progress.show(say_editing(value))

    progress.show(say_editing(None))
    wish = EditWish(EditKind(options.do), options.tone, options.language)
    with cancelled_by_ctrl_c() as cancellation:
        try:
            edited = edit_text(
                services, text, wish, report=report, cancellation=cancellation, target=options.language
            )
        finally:
            progress.end()
    shown = as_diff(edited) if options.diff and not options.json else edited.text
    if not _put_out(options, shown, _json_of_edited(edited)):
        return EXIT_FAILED
    if said := say_edited(edited):
        note(said)
    return EXIT_FAILED if edited.kind.is_change and edited.num_kept == edited.num_total > 0 else EXIT_OK


def as_diff(edited: EditedText) -> str:
    """Return the text with its changes marked as ``wdiff`` marks them: [-out-] and {+in+}."""
    marks = {Mark.SAME: "{0}", Mark.OUT: "[-{0}-]", Mark.IN: "{{+{0}+}}"}
    lead = edited.before[: len(edited.before) - len(edited.before.lstrip())]
    pieces = []
    for piece in edited.pieces:
        runs = "".join(marks[kind].format(words) for kind, words in piece.runs)
        pieces.append(f"{runs}{piece.gap_before if piece.before else piece.gap_after}")
    return f"{lead}{''.join(pieces)}"


def _json_of_edited(edited: EditedText) -> Json:
    return {
        "do": edited.kind.value,
        "text": edited.text,
        "changes": [
            {"before": piece.before, "after": piece.after} for piece in edited.pieces if piece.is_change
        ],
        "kept": edited.num_kept,
        "paragraphs": edited.num_total,
        "findings": [_json_of_finding(finding) for finding in edited.findings],
    }


def _ask(services: Services, written: Written) -> int:
    """Ask the questions of a quiz one by one, and say how many answers were right."""
    questions = questions_in(written.text)
    if not questions:
        complain(say_findings(written.findings) or tr("the model wrote no questions."))
        return EXIT_FAILED
    grades: list[Grade] = []
    for number, question in enumerate(questions, 1):
        head = tr("Question {0} of {1}").format(number, len(questions))
        sys.stdout.write(f"\n{head}: {question.question}\n")
        sys.stdout.flush()
        if sys.stdin.isatty():
            sys.stderr.write(tr("you> "))
            sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            break
        with cancelled_by_ctrl_c() as cancellation:
            graded = grade_answer(services, question, line.strip(), cancellation)
        grades.append(graded.grade)
        sys.stdout.write(" ".join(filter(None, (say_grade(graded.grade), graded.reason))) + "\n")
        if graded.grade is not Grade.RIGHT:
            sys.stdout.write(tr("The quiz has: {0}").format(question.answer) + "\n")
    sys.stdout.write("\n" + say_score(grades, len(questions)) + "\n")
    note(tr("Questions, answers and grades are the model's: check what matters to you."))
    return EXIT_OK


def _play(services: Services, options: argparse.Namespace, brief: Brief) -> int:
    """Talk with the model in its part, until the input ends."""
    from lmstudio_lite.cli.chat import talk_as

    return talk_as(services, role_control(brief, preset_name(brief.preset)), tr("Let us begin."))
