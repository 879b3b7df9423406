"""A run from its folder to verified files: data, base, training, gate, export."""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import torch

from lmstudio_lite.engine.quantization import quantize_model
from lmstudio_lite.engine.vocabulary import Vocabulary
from lmstudio_lite.errors import (
    BaseMismatchError,
    DatasetEmptyError,
    ExportImpossibleError,
    ExportMismatchError,
)
from lmstudio_lite.finetune.data.canonical import read_examples
from lmstudio_lite.finetune.protocol import (
    KL_MAX_FLOAT,
    DataRead,
    Event,
    Export,
    Exported,
    ExportKind,
    FinetuneSettings,
    Finished,
    Gate,
    Method,
    Precision,
    Progress,
    Sample,
    Stage,
    StageBegan,
    TrainingEnded,
)
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.finetune.training.base_model import BaseModel, load_base
from lmstudio_lite.finetune.training.computing import Computing, choose, free_memory_bytes, use_cores
from lmstudio_lite.finetune.training.encoding import Encoder, encode_all
from lmstudio_lite.finetune.training.export import note_of, write_adapter, write_merged
from lmstudio_lite.finetune.training.gguf_file import GgufFile
from lmstudio_lite.finetune.training.measuring import Measurer, first_rows, general_rows
from lmstudio_lite.finetune.training.scratch import (
    check_agreement,
    describe,
    learn_tokenizer,
    texts_of,
    write_initial,
)
from lmstudio_lite.finetune.training.token_store import Row, TokenStore
from lmstudio_lite.finetune.training.trainer import Control, Trainer
from lmstudio_lite.finetune.training.tuning import TunedModel
from lmstudio_lite.finetune.training.verification import Comparison, Expectation, held_out_windows, prompt_of
from lmstudio_lite.paths import write_error

_KL_MAX_BASE = 0.2
_KL_MAX_LOW_BITS = 1.0
_KL_MAX_Q8 = 0.03
_BASE_TOKENS = 128
_EIGHT_BITS = frozenset({"Q8_0", "BF16"})
_FLOATS = frozenset({"F32", "F16"})
_REPORT_S = 0.5
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
    """Do all that the folder's settings ask for, and tell it with ``Finished``.

    Raises:
        AppError: what went wrong.
    """
    _Job(folder, emit, control).run()


class _Job:
    def __init__(self, folder: RunFolder, emit: Callable[[Event], None], control: Control) -> None:
        self._folder, self._emit, self._control = folder, emit, control
        self._settings = folder.load_settings()
        self._reported_at = 0.0

    def run(self) -> None:
        settings = self._settings
        use_cores()
        _check_exports(settings)
        self._folder.check_data()
        base_path = self._begin_from_scratch() if settings.method is Method.SCRATCH else Path(settings.base)
        base_file = GgufFile(base_path)
        key = _key(settings, base_path, self._folder)
        with Vocabulary(base_path) as vocabulary:
            self._vocabulary = vocabulary
            self._train, self._validation = self._read_data(key)
            self._computing = choose(settings.device, settings.precision)
            base = self._load(base_path)
            self._measurer = Measurer(base, self._computing)
            base_kl = self._check_base(base_file)
            torch.manual_seed(settings.seed)
            tuned = TunedModel(base, settings)
            trainer = Trainer(
                tuned,
                self._train,
                self._validation,
                self._computing,
                self._folder,
                key,
                self._emit,
                self._control,
                lambda prompt: self._measurer.answer(vocabulary, prompt, settings.sample_tokens),
            )
            trainer.resume()
            self._emit(trainer.plan(base_kl))
            if not trainer.before:
                trainer.before = self._measure_base()
            ended = trainer.run()
            self._emit(ended)
            self._measure_result(trainer.before)
            exports = self._export(tuned, base_file, ended, base_kl)
        self._emit(Finished(exports))

    # Data

    def _read_data(self, key: str) -> tuple[TokenStore, list[Row]]:
        self._stage(Stage.READING_DATA)
        self._folder.cache.mkdir(parents=True, exist_ok=True)
        train = self._store("train", self._folder.train_file, key)
        if not len(train):
            raise DatasetEmptyError(num_problems=train.counts.num_dropped)
        rows: list[Row] = []
        if self._folder.validation_file.is_file():
            validation = self._store("validation", self._folder.validation_file, key)
            rows = first_rows([validation.row(number) for number in range(min(len(validation), 2000))])
        counts = train.counts
        self._emit(
            DataRead(
                num_examples=counts.num_examples,
                num_tokens=counts.num_tokens,
                num_learned=counts.num_learned,
                num_validation=len(rows),
                num_cut=counts.num_cut,
                num_dropped=counts.num_dropped,
            )
        )
        return train, rows

    def _store(self, name: str, path: Path, key: str) -> TokenStore:
        store = TokenStore(self._folder.cache, name)
        if not store.open(key):
            encoder = Encoder(self._vocabulary, self._settings.max_length)
            examples = encode_all(encoder, read_examples(path))
            store.fill(key, examples, lambda number: self._progress(Stage.READING_DATA, number, 0))
        return store

    # Base

    def _begin_from_scratch(self) -> Path:
        """Return the model that a run from scratch begins with; made once, and kept for a resumed run."""
        path = self._folder.initial_model
        self._stage(Stage.TRAINING_TOKENIZER)
        if not path.is_file():
            settings = self._settings
            tokenizer = learn_tokenizer(
                texts_of(read_examples(self._folder.train_file)), settings.scratch.vocabulary_size
            )
            name = settings.name or self._folder.path.name
            unchecked = path.with_suffix(".unchecked")
            write_initial(
                unchecked,
                tokenizer,
                settings.scratch,
                max_length=settings.max_length,
                seed=settings.seed,
                name=name,
            )
            with Vocabulary(unchecked) as vocabulary:
                check_agreement(tokenizer, vocabulary, texts_of(read_examples(self._folder.train_file)))
            unchecked.replace(path)
        with Vocabulary(path) as vocabulary:
            first = next(texts_of(read_examples(self._folder.train_file)), "")
            self._emit(describe(vocabulary, first))
        return path

    def _load(self, path: Path) -> BaseModel:
        self._stage(Stage.LOADING_BASE)
        is_full = self._settings.method in (Method.FULL, Method.SCRATCH)
        dtype = Computing(self._computing.device, Precision.F32).dtype if is_full else self._computing.dtype
        return load_base(
            path,
            dtype,
            self._computing.device,
            lambda done, total: self._progress(Stage.LOADING_BASE, done, total),
        )

    def _check_base(self, base: GgufFile) -> float:
        """See that PyTorch has the same model as llama.cpp, whatever its architecture."""
        self._stage(Stage.CHECKING_BASE)
        rows = general_rows(self._vocabulary, _BASE_TOKENS)
        compared = Expectation(self._measurer, held_out_windows(rows, _BASE_TOKENS)).compare(base.path)
        is_exact = _is_float(base) and self._computing.precision is Precision.F32
        limit = KL_MAX_FLOAT if is_exact else _KL_MAX_BASE
        if not compared.kl <= limit:
            raise BaseMismatchError(kl=compared.kl, kl_limit=limit)
        return compared.kl

    def _measure_base(self) -> dict[str, float]:
        self._stage(Stage.MEASURING_BASE)
        before = self._measure()
        for prompt in self._settings.test_prompts:
            answer = self._measurer.answer(self._vocabulary, prompt, self._settings.sample_tokens)
            self._emit(Sample(0, prompt, answer))
        return before

    # Result

    def _measure(self) -> dict[str, float]:
        general = general_rows(self._vocabulary, self._settings.max_length)
        micro = self._settings.micro_tokens or 1024
        return {
            "data": self._measurer.mean_loss(self._held_out(), micro, self._control.is_cancelled),
            "general": self._measurer.mean_loss(general, micro, self._control.is_cancelled),
        }

    def _held_out(self) -> list[Row]:
        if self._validation:
            return self._validation
        return first_rows([self._train.row(number) for number in range(min(len(self._train), 200))])

    def _measure_result(self, before: dict[str, float]) -> None:
        self._stage(Stage.MEASURING_RESULT)
        after = self._measure()
        self._emit(
            Gate(
                data_before=before["data"],
                data_after=after["data"],
                general_before=before["general"],
                general_after=after["general"],
                held_out=bool(self._validation),
            )
        )

    # Export

    def _export(
        self, tuned: TunedModel, base: GgufFile, ended: TrainingEnded, base_kl: float
    ) -> tuple[Exported, ...]:
        if not self._settings.exports:
            return ()
        exports = self._folder.exports
        exports.mkdir(parents=True, exist_ok=True)
        for left in exports.glob(".unverified-*"):
            left.unlink()
        self._make_exact(tuned)
        held_out = self._held_out()
        writer = _Writer(
            tuned,
            base,
            note_of(self._settings, base, step=ended.best_step, num_examples=len(self._train)),
            Expectation(self._measurer, held_out_windows(held_out)),
            self._vocabulary,
            prompt_of(held_out[0]),
            exports,
            _file_stem(self._settings),
            base_kl,
            self._stage,
            self._progress,
        )
        written: list[Exported] = []
        try:
            for export in self._settings.exports:
                written.append(writer.write(export))
                self._emit(written[-1])
        finally:
            writer.close()
        return tuple(written)

    def _make_exact(self, tuned: TunedModel) -> None:
        """Compute in f32 from here on where there is room: half precision would count as a difference."""
        if self._computing.precision is Precision.F32:
            return
        needed = 4 * tuned.num_parameters
        if free_memory_bytes(self._computing.device) > 1.5 * needed:
            tuned.base.model.float()
            self._computing = Computing(self._computing.device, Precision.F32)
            self._measurer = Measurer(tuned.base, self._computing)

    def _stage(self, stage: Stage) -> None:
        self._emit(StageBegan(stage, time.time()))

    def _progress(self, stage: Stage, num_done: int, num_total: int) -> None:
        now = time.monotonic()
        if now - self._reported_at >= _REPORT_S or num_done == num_total:
            self._reported_at = now
            self._emit(Progress(stage, num_done, num_total))


class _Writer:
    """Writes one export after the other; those that are quantized share the file that they are made from."""

    def __init__(
        self,
        tuned: TunedModel,
        base: GgufFile,
        note: dict[str, object],
        expectation: Expectation,
        vocabulary: Vocabulary,
        prompt: list[int],
        folder: Path,
        stem: str,
        base_kl: float,
        stage: Callable[[Stage], None],
        progress: Callable[[Stage, int, int], None],
    ) -> None:
        self._tuned, self._base, self._note = tuned, base, note
        self._expectation, self._vocabulary, self._prompt = expectation, vocabulary, prompt
        self._folder, self._stem, self._base_kl = folder, stem, base_kl
        self._stage, self._progress = stage, progress
        self._carriers: dict[str, Path] = {}

    def write(self, export: Export) -> Exported:
        """Write a file, compare it, and give it its name.

        Raises:
            ExportMismatchError: it is not what was trained; nothing is left of it.
        """
        is_adapter = export.kind is ExportKind.ADAPTER
        suffix = f"adapter-{export.file_type}" if is_adapter else export.file_type
        target = self._folder / f"{self._stem}-{suffix}.gguf"
        unverified = self._folder / f".unverified-{target.name}"
        allowance = 0.0 if _is_float(self._base) else self._base_kl
        try:
            if is_adapter:
                self._stage(Stage.EXPORTING)
                write_adapter(unverified, self._tuned, self._base, export.file_type, self._note)
                limit = KL_MAX_FLOAT + 3 * allowance
                compared = self._compare(self._base.path, limit, adapter=unverified)
            else:
                compared, limit = self._write_merged(unverified, export.file_type, allowance)
            os.replace(unverified, target)
        except OSError as error:
            raise write_error(error, target) from error
        finally:
            unverified.unlink(missing_ok=True)
        return Exported(
            path=str(target),
            kind=export.kind,
            file_type=export.file_type,
            num_bytes=target.stat().st_size,
            kl=compared.kl,
            kl_limit=limit,
            num_tokens=compared.num_tokens,
            prompt=compared.prompt,
            sample=compared.sample,
        )

    def close(self) -> None:
        """Remove what only served to make other files."""
        for path in self._carriers.values():
            path.unlink(missing_ok=True)

    def _write_merged(self, path: Path, file_type: str, allowance: float) -> tuple[Comparison, float]:
        limit = KL_MAX_FLOAT + allowance
        if file_type in _FLOATS:
            self._stage(Stage.EXPORTING)
            write_merged(path, self._tuned, self._base, file_type, self._note)
            return self._compare(path, limit), limit
        carrier = self._carrier("F32" if file_type == "BF16" else "F16", limit)
        self._stage(Stage.QUANTIZING)
        quantize_model(carrier, path, file_type)
        limit = _KL_MAX_Q8 + allowance if file_type in _EIGHT_BITS else _KL_MAX_LOW_BITS
        return self._compare(path, limit), limit

    def _carrier(self, file_type: str, limit: float) -> Path:
        """Return the merged model in floating point, itself compared: what quantizing starts from."""
        if file_type not in self._carriers:
            self._stage(Stage.EXPORTING)
            path = self._folder / f".unverified-{self._stem}-carrier-{file_type}.gguf"
            self._carriers[file_type] = path
            write_merged(path, self._tuned, self._base, file_type, self._note)
            self._compare(path, limit)
        return self._carriers[file_type]

    def _compare(self, path: Path, limit: float, adapter: Path | None = None) -> Comparison:
        self._stage(Stage.VERIFYING)
        compared = self._expectation.compare(
            path,
            adapter=adapter,
            report=lambda done, total: self._progress(Stage.VERIFYING, done, total),
            vocabulary=self._vocabulary,
            prompt=self._prompt,
        )
        if not (math.isfinite(compared.kl) and compared.kl <= limit):
            raise ExportMismatchError(path=str(adapter or path), kl=compared.kl, kl_limit=limit)
        return compared


def _check_exports(settings: FinetuneSettings) -> None:
    """Refuse at once what would only fail at the end."""
    for export in settings.exports:
        is_adapter = export.kind is ExportKind.ADAPTER
        if is_adapter and settings.method not in (Method.LORA, Method.RSLORA):
            raise ExportImpossibleError(method=settings.method.value, kind=export.kind.value)
        if is_adapter and export.file_type not in _FLOATS:
            raise ExportImpossibleError(method=export.file_type, kind=export.kind.value)


def _is_float(base: GgufFile) -> bool:
    """Whether all matrices are kept in floating point: llama.cpp then computes what PyTorch does."""
    return all(tensor.type.name in {"F32", "F16", "BF16"} for tensor in base.tensors)


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
    with path.open("rb") as file:
        found = hashlib.blake2b(file.read(1 << 20))
        file.seek(max(0, size - (1 << 20)))
        found.update(file.read())
    return [size, found.hexdigest()]


def _file_stem(settings: FinetuneSettings) -> str:
    name = settings.name or f"{Path(settings.base).stem or 'model'}-tuned"
    return "".join(letter if letter.isalnum() or letter in "-_. " else "-" for letter in name).strip(". ")
