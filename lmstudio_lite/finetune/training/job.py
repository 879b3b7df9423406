"""A run from its folder to verified files: data, base, training, gate, export."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec
import torch

from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.errors import (
    BaseMismatchError,
    CheckpointMissingError,
)
from lmstudio_lite.files import open_regular
from lmstudio_lite.finetune.data.canonical import read_examples
from lmstudio_lite.finetune.protocol import (
    KL_MAX_FLOAT,
    Event,
    Export,
    ExportBegan,
    Exported,
    ExportKind,
    FinetuneSettings,
    Gate,
    Method,
    Precision,
    RunFinished,
    Sample,
    Stage,
    StepDone,
)
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.finetune.training.answering import ask, choose_questions
from lmstudio_lite.finetune.training.base_model import BaseModel, load_base
from lmstudio_lite.finetune.training.device import Computing, choose, free_memory_bytes, use_cores
from lmstudio_lite.finetune.training.evaluate import Measurer, general_rows
from lmstudio_lite.finetune.training.export_job import (
    ExportWriter,
    Trained,
    Yardstick,
    check_exports,
    file_stem,
    is_float,
)
from lmstudio_lite.finetune.training.gguf_export import note_of
from lmstudio_lite.finetune.training.gguf_file import GgufFile
from lmstudio_lite.finetune.training.lesson import Lesson, choose_sentence
from lmstudio_lite.finetune.training.lora import TunedModel
from lmstudio_lite.finetune.training.reporting import Control, Reporter
from lmstudio_lite.finetune.training.scratch import begin
from lmstudio_lite.finetune.training.trainer import Trainer
from lmstudio_lite.finetune.training.training_data import read_data
from lmstudio_lite.finetune.training.verification import (
    NUM_TOKENS,
    Expectation,
    held_out_windows,
    prompt_of,
)
from lmstudio_lite.private_files import make_private_folder

_KL_MAX_BASE = 0.2
_BASE_TOKENS = 128
_CHECKS_OF_ASKING = 4
"""Writing up to 16 answers takes about as long as so many comparisons of the base."""
_LOOKED_AT = 60
_BEGINNING_TOKENS = 6
_CHANGES_NOTHING = (
    *(
        "epochs",
        "max_steps",
        "test_prompts",
        "sample_tokens",
        "exports",
        "name",
        "evaluate_every",
        "patience",
    ),
    *("checkpoint_s", "micro_tokens", "gradient_checkpointing", "device", "precision"),
)
"""Settings that a run may be taken up again with another value of."""


def run(folder: RunFolder, emit: Callable[[Event], None], control: Control) -> None:
    """Do all that the folder's settings ask for, and tell it with ``RunFinished``.

    Raises:
        AppError: what went wrong.
    """
    _Job(folder, Reporter(emit, control)).train()


def export_again(folder: RunFolder, export: Export, emit: Callable[[Event], None], control: Control) -> None:
    """Write what a run that is over has learned into one more file, and tell it with ``RunFinished``.

    Raises:
        AppError: what went wrong; the run and its other files stay as they are.
    """
    emit(ExportBegan(export))
    _Job(folder, Reporter(emit, control)).export_again(export)


class _Job:
    def __init__(self, folder: RunFolder, reporter: Reporter) -> None:
        self._folder, self._reporter = folder, reporter
        self._settings = folder.load_settings()
        self._check_s = 0.0
        self._learns_texts = False
        self._sentence: list[int] = []

    def train(self) -> None:
        check_exports(self._settings.method, self._settings.exports)
        before = _results(self._folder.events())
        with self._ready() as trainer:
            trainer.resume()
            first_step = trainer.step
            self._reporter.emit(trainer.plan(self._base_kl))
            began = time.monotonic()
            if not trainer.before:
                trainer.before = self._measure_base()
            measuring_s = time.monotonic() - began
            trainer.expect(evaluation_s=measuring_s, after_s=measuring_s + self._finishing_s())
            ended = trainer.run()
            self._reporter.emit(ended)
            # What a killed run had measured and written still stands if nothing was learned since.
            known = before if ended.step == first_step else _Results()
            if known.gate is not None:
                self._reporter.emit(known.gate)
            else:
                self._measure_result(trainer.before)
            exports = self._export(self._settings.exports, ended.best_step, known.exports)
            self._ask(exports)
        self._reporter.emit(RunFinished(exports))

    def export_again(self, export: Export) -> None:
        check_exports(self._settings.method, (export,))
        with self._ready() as trainer:
            if not trainer.resume():
                raise CheckpointMissingError(path=str(self._folder.path))
            exports = self._export((export,), trainer.take_best())
        self._reporter.emit(RunFinished(exports))

    @contextmanager
    def _ready(self) -> Iterator[Trainer]:
        """Read the data and load the base, all that a training and an export begin with."""
        settings = self._settings
        use_cores()
        self._folder.check_data()
        if settings.method is Method.SCRATCH:
            if not self._folder.initial_model.is_file():
                self._reporter.stage(Stage.TRAINING_TOKENIZER)
            base_path = begin(self._folder, settings, self._reporter.emit)
        else:
            base_path = Path(settings.base)
        self._base_file = GgufFile(base_path)
        key = _key(settings, base_path, self._folder)
        with Vocabulary(base_path) as self._vocabulary:
            self._data = read_data(self._folder, key, settings.max_length, self._vocabulary, self._reporter)
            self._computing = choose(settings.device, settings.precision)
            base = self._load(base_path)
            self._measurer = Measurer(base, self._computing)
            self._base_kl = self._check_base(self._base_file)
            torch.manual_seed(settings.seed)
            self._tuned = TunedModel(base, settings)
            self._lesson = self._make_lesson()
            yield Trainer(
                self._tuned,
                self._data,
                self._computing,
                self._folder,
                key,
                self._reporter,
                self._show,
            )

    # Base

    def _load(self, path: Path) -> BaseModel:
        self._reporter.stage(Stage.LOADING_BASE)
        is_full = self._settings.method in (Method.FULL, Method.SCRATCH)
        dtype = Computing(self._computing.device, Precision.F32).dtype if is_full else self._computing.dtype
        return load_base(
            path,
            dtype,
            self._computing.device,
            lambda done, total: self._reporter.progress(Stage.LOADING_BASE, done, total),
        )

    def _check_base(self, base: GgufFile) -> float:
        """See that PyTorch has the same model as llama.cpp, whatever its architecture."""
        self._reporter.stage(Stage.CHECKING_BASE)
        rows = general_rows(self._vocabulary, _BASE_TOKENS)
        began = time.monotonic()
        compared = Expectation(self._measurer, held_out_windows(rows, _BASE_TOKENS)).compare(base.path)
        self._check_s = time.monotonic() - began
        is_exact = is_float(base) and self._computing.precision is Precision.F32
        limit = KL_MAX_FLOAT if is_exact else _KL_MAX_BASE
        if not compared.kl <= limit:
            raise BaseMismatchError(kl=compared.kl, kl_limit=limit)
        return compared.kl

    def _finishing_s(self) -> float:
        """Return what checking and asking the files will take, by what checking the base took."""
        exports = self._settings.exports
        num_checks = len(exports) + sum(export.kind is ExportKind.MERGED for export in exports)
        checks_s = num_checks * self._check_s * NUM_TOKENS / _BASE_TOKENS
        return checks_s + (_CHECKS_OF_ASKING * self._check_s if exports else 0.0)

    def _measure_base(self) -> dict[str, float]:
        self._reporter.stage(Stage.MEASURING_BASE)
        before = self._measure()
        self._show(0)
        return before

    # What can be watched

    def _show(self, step: int) -> None:
        """Tell how the model answers after ``step`` steps, and of one from nothing what it looks like."""
        settings, measurer, vocabulary = self._settings, self._measurer, self._vocabulary
        is_from_nothing = settings.method is Method.SCRATCH
        prompts = settings.test_prompts
        goes_on = is_from_nothing and (self._learns_texts or not prompts)
        if not prompts and is_from_nothing:
            prompts = (vocabulary.text_of(self._beginning()),)
        for prompt in prompts:
            if self._reporter.control.is_cancelled():
                return
            if goes_on:
                answer = measurer.go_on(vocabulary, prompt, settings.sample_tokens, settings.seed)
            else:
                answer = measurer.answer(vocabulary, prompt, settings.sample_tokens)
            self._reporter.emit(Sample(step, prompt, answer))
        if self._lesson is not None:
            self._lesson.show(step)

    def _beginning(self) -> list[int]:
        """Return what a model from nothing goes on with, where the user asks for nothing else."""
        if self._learns_texts:
            return self._sentence[:_BEGINNING_TOKENS]
        return prompt_of(self._data.measured()[0])

    def _make_lesson(self) -> Lesson | None:
        if self._settings.method is not Method.SCRATCH:
            return None
        first = next(read_examples(self._folder.train_file))
        self._learns_texts = bool(first.text)
        rows = [[int(token_id) for token_id in row.token_ids] for row in self._data.measured()[:_LOOKED_AT]]
        self._sentence = choose_sentence(self._vocabulary, rows)
        emit = self._reporter.emit
        return Lesson(self._measurer, self._vocabulary, self._data.train, self._sentence, emit)

    # Result

    def _measure(self) -> dict[str, float]:
        general = general_rows(self._vocabulary, self._settings.max_length)
        micro = self._settings.micro_tokens or 1024
        is_cancelled = self._reporter.control.is_cancelled
        return {
            "data": self._measurer.mean_loss(self._data.measured(), micro, is_cancelled),
            "general": self._measurer.mean_loss(general, micro, is_cancelled),
        }

    def _measure_result(self, before: dict[str, float]) -> None:
        self._reporter.stage(Stage.MEASURING_RESULT)
        after = self._measure()
        self._reporter.emit(
            Gate(
                data_before=before["data"],
                data_after=after["data"],
                general_before=before["general"],
                general_after=after["general"],
                held_out=bool(self._data.validation),
            )
        )

    # Export

    def _export(
        self, wanted: Sequence[Export], step: int, known: Sequence[Exported] = ()
    ) -> tuple[Exported, ...]:
        """Write what is ``wanted`` but for what is ``known``, of which the files are there."""
        if not wanted:
            return ()
        exports = self._folder.exports
        make_private_folder(exports)
        for left in exports.glob(".unverified-*"):
            left.unlink()
        self._make_exact(self._tuned)
        held_out = self._data.measured()
        trained = Trained(
            self._tuned,
            self._base_file,
            self._base_kl,
            note_of(self._settings, self._base_file, step=step, num_examples=len(self._data.train)),
        )
        yardstick = Yardstick(
            Expectation(self._measurer, held_out_windows(held_out)), self._vocabulary, prompt_of(held_out[0])
        )
        writer = ExportWriter(trained, yardstick, exports, file_stem(self._settings), self._reporter)
        written: list[Exported] = []
        try:
            for export in wanted:
                written.append(_find(export, known) or writer.write(export))
                self._reporter.emit(written[-1])
        finally:
            writer.close()
        return tuple(written)

    def _ask(self, exports: Sequence[Exported]) -> None:
        """Have the first file answer what it was taught; a model from nothing has no base to compare with."""
        if not exports or self._settings.method is Method.SCRATCH:
            return
        held_out = self._folder.validation_file
        questions = choose_questions(
            read_examples(self._folder.train_file), read_examples(held_out) if held_out.is_file() else ()
        )
        if not questions:
            return
        self._reporter.stage(Stage.ASKING)
        base, written = self._base_file.path, exports[0]
        is_adapter = written.kind is ExportKind.ADAPTER
        path, adapter = (base, Path(written.path)) if is_adapter else (Path(written.path), None)
        report = partial(self._reporter.progress, Stage.ASKING)
        for answered in ask(questions, self._vocabulary, base, path, adapter, report):
            self._reporter.emit(answered)

    def _make_exact(self, tuned: TunedModel) -> None:
        """Compute in f32 from here on where there is room: half precision would count as a difference."""
        if self._computing.precision is Precision.F32:
            return
        needed = 4 * tuned.num_parameters
        if free_memory_bytes(self._computing.device) > 1.5 * needed:
            tuned.base.model.float()
            self._computing = Computing(self._computing.device, Precision.F32)
            self._measurer = Measurer(tuned.base, self._computing)


@dataclass(slots=True)
class _Results:
    """What was made of the steps that were done last."""

    gate: Gate | None = None
    exports: list[Exported] = field(default_factory=list)


def _results(events: Iterable[Event]) -> _Results:
    """Return what a run had measured and written since its last step, from its log."""
    found = _Results()
    for event in events:
        match event:
            case StepDone():
                found = _Results()
            case Gate():
                found.gate = event
            case Exported():
                found.exports.append(event)
    return found


def _find(export: Export, known: Sequence[Exported]) -> Exported | None:
    """Return the file that was written and verified as ``export``, if it is still there, whole."""
    for written in known:
        path = Path(written.path)
        is_it = (written.kind, written.file_type) == (export.kind, export.file_type)
        if is_it and path.is_file() and path.stat().st_size == written.num_bytes:
            return written
    return None


def _key(settings: FinetuneSettings, base: Path, folder: RunFolder) -> str:
    """Name what decides the course of a run: the base, the data and the settings that matter."""
    kept = {
        name: value for name, value in msgspec.to_builtins(settings).items() if name not in _CHANGES_NOTHING
    }
    kept["base"] = _file_key(base)
    kept["data"] = [_file_key(path) for path in (folder.train_file, folder.validation_file)]
    return hashlib.blake2b(msgspec.json.encode(kept, order="sorted"), digest_size=16).hexdigest()


def _file_key(path: Path) -> list[str | int]:
    """Name a file's content by its size, its beginning and its end."""
    if not path.is_file():
        return []
    size = path.stat().st_size
    with open_regular(path) as file:
        found = hashlib.blake2b(file.read(1 << 20))
        file.seek(max(0, size - (1 << 20)))
        found.update(file.read())
    return [size, found.hexdigest()]
