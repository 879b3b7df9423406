"""``finetune``: data and a base to verified files, with the training in its own process.

The files' names on standard output, progress on standard error; with ``--json`` one event a line, the last of
which names the files and how far each is from what was trained.
"""

from __future__ import annotations

import argparse
import queue
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import msgspec

from lmstudio_lite import words
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.training_folder import alone_in, start_training, write_examples
from lmstudio_lite.cli.output import put
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
    Progress,
    cancelled_by_ctrl_c,
    complain,
    missing_files,
    note,
    open_services,
    resolve_model,
)
from lmstudio_lite.errors import error_from_code
from lmstudio_lite.finetune.client import TrainingClient
from lmstudio_lite.finetune.data.problems import ProblemKind
from lmstudio_lite.finetune.lesson import TokenizerLearned
from lmstudio_lite.finetune.protocol import (
    Answered,
    Cancel,
    DataRead,
    Device,
    Evaluated,
    Event,
    Export,
    Exported,
    ExportKind,
    FinetuneSettings,
    Gate,
    MemoryShrunk,
    Method,
    Plan,
    Precision,
    RunFailed,
    RunFinished,
    Sample,
    StageBegan,
    StepDone,
    StopAndKeep,
    TrainingEnded,
    encode_line,
)
from lmstudio_lite.finetune.protocol import Progress as Counted
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.finetune.sizes import FROM_NOTHING, SIZES, Size
from lmstudio_lite.safe_text import safe_json, safe_line
from lmstudio_lite.words.runs import (
    say_answered,
    say_check,
    say_ending,
    say_gate,
    say_num_known,
    say_perplexity,
    say_stage,
)
from lmstudio_lite.words.training_data import say_mended
from lmstudio_lite.words.translate import tr, trn

if TYPE_CHECKING:
    from lmstudio_lite.finetune.data.collecting import CollectProgress

_PROBLEMS_SHOWN = 20
_LEARNING_RATE = 2e-4
_LEARNING_RATE_FULL = 2e-5
_LEARNING_RATE_SCRATCH = FROM_NOTHING.learning_rate


def run(options: argparse.Namespace) -> int:
    """Train; the exit code is 0 when all files are written, also after a first Ctrl-C."""
    folder = RunFolder(options.output.expanduser().absolute())
    if problem := _problem(options, folder):
        complain(problem)
        return EXIT_USAGE
    if not options.resume and missing_files(map(str, options.data), as_json=options.json):
        return EXIT_FAILED
    with open_services(options) as services, alone_in(folder):
        if problem := _problem(options, folder):  # Another may have been quicker.
            complain(problem)
            return EXIT_USAGE
        if options.resume:
            settings = _changed(folder.load_settings(), options)
        else:
            base = "" if options.from_scratch else str(_base(services, options))
            settings = _settings(options, base)
            _prepare_data(services, options, folder)
        folder.save_settings(settings)
        start = partial(start_training, services, folder)
    return _Run(start, settings.method, as_json=options.json).run()


def _problem(options: argparse.Namespace, folder: RunFolder) -> str:
    """Return what is wrong with the words of the command line, "" if nothing."""
    if folder.path.exists() and not folder.path.is_dir():
        return tr("{0} is a file, and --output is a folder: name another.").format(folder.path)
    if options.resume:
        is_there = folder.settings_file.is_file()
        return "" if is_there else tr("there is no run to go on with in {0}.").format(folder.path)
    if folder.settings_file.is_file():
        return tr("{0} holds a run: go on with --resume, or choose another folder.").format(folder.path)
    if not options.data:
        return tr("--data is missing: which examples?")
    if options.from_scratch and (options.base or options.model):
        return tr("--from-scratch begins without a base.")
    return ""


def _base(services: Services, options: argparse.Namespace) -> Path:
    """Return the model to begin with: the one that is named, else the starter."""
    name = options.base or options.model
    if name:
        return resolve_model(services, name).absolute()
    return services.default_model_path().absolute()


def _settings(options: argparse.Namespace, base: str) -> FinetuneSettings:
    method = Method.SCRATCH if options.from_scratch else Method(options.method)
    rates = {Method.FULL: _LEARNING_RATE_FULL, Method.SCRATCH: _LEARNING_RATE_SCRATCH}
    return FinetuneSettings(
        base=base,
        method=method,
        rank=options.rank,
        alpha=options.alpha if options.alpha is not None else 2.0 * options.rank,
        learning_rate=options.learning_rate or rates.get(method, _LEARNING_RATE),
        epochs=options.epochs,
        max_steps=options.steps or 0,
        batch_size=options.batch_size,
        packing=options.packing or options.from_scratch,
        max_length=options.max_length,
        seed=options.seed,
        device=Device(options.device),
        precision=Precision(options.precision),
        test_prompts=tuple(options.prompt),
        exports=_exports(options, method),
        name=options.output.name,
        scratch=SIZES[Size(options.size)],
    )


def _changed(settings: FinetuneSettings, options: argparse.Namespace) -> FinetuneSettings:
    """Return a run's own settings with what may be changed when it is taken up again."""
    changes: dict[str, object] = {}
    if options.steps:
        changes["max_steps"] = options.steps
    if options.export or options.quantize:
        changes["exports"] = _exports(options, settings.method)
    return msgspec.structs.replace(settings, **changes)


def _exports(options: argparse.Namespace, method: Method) -> tuple[Export, ...]:
    can_adapt = method in (Method.LORA, Method.RSLORA)
    kinds = options.export or ((ExportKind.ADAPTER,) if can_adapt else (ExportKind.MERGED,))
    if options.quantize and ExportKind.MERGED not in kinds:
        kinds = (*kinds, ExportKind.MERGED)
    types = {ExportKind.ADAPTER: "F32", ExportKind.MERGED: options.quantize or "F16"}
    return tuple(Export(kind, types[kind]) for kind in dict.fromkeys(kinds))


def _prepare_data(services: Services, options: argparse.Namespace, folder: RunFolder) -> None:
    """Read the files into the run's folder, and say what was wrong with them.

    Raises:
        AppError: nothing can be learned from them, or they can't be written.
    """
    progress = Progress()

    def report(value: CollectProgress) -> None:
        progress.show(
            trn(
                "reading the data: {0}, {n} example",
                "reading the data: {0}, {n} examples",
                value.num_examples,
            ).format(f"{value.fraction:.0%}")
        )

    with cancelled_by_ctrl_c() as cancellation:
        try:
            found = write_examples(
                services,
                options.data,
                folder,
                validation_share=options.validation,
                seed=options.seed,
                encoding=options.encoding,
                cancellation=cancellation,
                report=report,
            )
        finally:
            progress.end()
    problems = [problem for problem in found if problem.kind is not ProblemKind.DUPLICATE]
    for problem in problems[:_PROBLEMS_SHOWN]:
        note(safe_line(say_mended(problem)))
    if (more := len(problems) - _PROBLEMS_SHOWN) > 0:
        note(trn("… and {n} more.", "… and {n} more.", more))
    if num_repeats := len(found) - len(problems):
        note(
            trn(
                "{n} example says what another says and was left out.",
                "{n} examples say what others say and were left out.",
                num_repeats,
            )
        )


class _Run:
    """Shows one training while it goes on."""

    def __init__(
        self, start: Callable[[Callable[[Event], None]], TrainingClient], method: Method, *, as_json: bool
    ) -> None:
        self._start, self._method, self._as_json = start, method, as_json
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._progress = Progress()
        self._num_interrupts = 0
        self._answers: list[Answered] = []

    def run(self) -> int:
        client = self._start(self._events.put)

        def on_interrupt(number: int, frame: FrameType | None) -> None:
            self._num_interrupts += 1
            client.send(StopAndKeep() if self._num_interrupts == 1 else Cancel())

        before = signal.signal(signal.SIGINT, on_interrupt)
        try:
            while True:
                try:
                    event = self._events.get(timeout=0.2)  # Windows sees Ctrl-C only between waits.
                except queue.Empty:
                    continue
                self._show(event)
                if isinstance(event, RunFinished):
                    if any(not answered.was_held_out for answered in self._answers):
                        note(say_num_known([answer for answer in self._answers if not answer.was_held_out]))
                    return EXIT_INTERRUPTED if event.is_cancelled else EXIT_OK
                if isinstance(event, RunFailed):
                    return EXIT_FAILED
        finally:
            client.close()
            self._progress.end()
            signal.signal(signal.SIGINT, before)

    def _show(self, event: Event) -> None:
        if isinstance(event, Answered):
            self._answers.append(event)
        if self._as_json:
            put(safe_json(encode_line(event).decode()))
        match event:
            case StageBegan(stage=stage):
                self._progress.show(say_stage(stage))
            case Counted(stage=stage, num_done=done, num_total=total) if total:
                self._progress.show(tr("{0}: {1} of {2}").format(say_stage(stage), done, total))
            case StepDone():
                left = words.say_duration(event.seconds_left)
                self._progress.show(
                    tr("step {0} of {1}, error {2}, {3} tokens/s, {4}, about {5} left").format(
                        event.step,
                        event.num_steps,
                        f"{event.loss:.3f}",
                        f"{event.tokens_per_s:.0f}",
                        words.say_size(event.memory_bytes),
                        left,
                    )
                )
            case Exported() if not self._as_json:
                self._progress.end()
                put(safe_line(event.path) + "\n")
        if (remark := _remark(event, self._method)) is not None:
            self._progress.end()
            note(remark)


def _remark(event: Event, method: Method) -> str | None:
    """Return what stays on the terminal of an event, None if nothing does."""
    match event:
        case DataRead():
            return _say_data(event)
        case TokenizerLearned():
            said = tr("{0} tokens, {1} characters each: {2}")
            return said.format(
                event.vocabulary_size, f"{event.characters_per_token:.1f}", "·".join(event.pieces)
            )
        case Plan():
            share = event.num_trainable / max(1, event.num_parameters)
            said = trn(
                "{n} step on {0} in {1}: {2} million weights learn ({3})",
                "{n} steps on {0} in {1}: {2} million weights learn ({3})",
                event.num_steps - event.first_step,
            )
            weights = f"{event.num_trainable / 1e6:.1f}"
            return said.format(event.device, event.precision.value, weights, f"{share:.1%}")
        case Evaluated():
            said = tr("step {0}: error on held-back examples {1}").format(
                event.step, f"{event.validation_loss:.3f}"
            )
            return tr("{0}, the best so far").format(said) if event.is_best else said
        case Sample():
            return f"{tr('step {0}').format(event.step)}: {event.prompt}\n  {event.answer}"
        case MemoryShrunk():
            return tr("memory ran out: {0} tokens at once from here on").format(event.micro_tokens)
        case TrainingEnded():
            return say_ending(event)
        case Gate():
            return f"{say_gate(event, method)}\n{say_perplexity(event)}"
        case Exported():
            return f"{Path(event.path).name}: {words.say_size(event.num_bytes)}, {say_check(event)}"
        case Answered():
            return say_answered(event)
        case RunFailed():
            explanation = words.explain(error_from_code(event.code, event.details))
            return f"lmstudio-lite: {explanation.what}\n{explanation.remedy}"
    return None


def _say_data(read: DataRead) -> str:
    said = [
        trn("{n} example", "{n} examples", read.num_examples),
        tr("{0} tokens, {1} of them learned").format(f"{read.num_tokens:,}", f"{read.num_learned:,}"),
        trn("{n} example held back", "{n} examples held back", read.num_validation),
        tr("{0} cut").format(read.num_cut) if read.num_cut else "",
        tr("{0} without anything to learn").format(read.num_dropped) if read.num_dropped else "",
    ]
    return ", ".join(filter(None, said))
