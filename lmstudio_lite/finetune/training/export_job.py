"""Writes what was trained into files, and proves each before it counts: what every export goes through."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.engine.convert.client import quantize
from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.errors import ExportImpossibleError, ExportMismatchError
from lmstudio_lite.finetune.protocol import (
    KL_MAX_FLOAT,
    Export,
    Exported,
    ExportKind,
    FinetuneSettings,
    Method,
    Stage,
)
from lmstudio_lite.finetune.training.gguf_export import write_adapter, write_merged
from lmstudio_lite.finetune.training.gguf_file import GgufFile
from lmstudio_lite.finetune.training.lora import TunedModel
from lmstudio_lite.finetune.training.reporting import Reporter
from lmstudio_lite.finetune.training.verification import Comparison, Expectation
from lmstudio_lite.paths import write_error

_KL_MAX_LOW_BITS = 1.0
_KL_MAX_Q8 = 0.03
_EIGHT_BITS = frozenset({"Q8_0", "BF16"})
_FLOATS = frozenset({"F32", "F16"})


@dataclass(frozen=True, slots=True)
class Trained:
    """What was trained: ``base_kl`` is how far PyTorch and llama.cpp are apart on the base, in nats a token.

    ``note`` goes into each file's metadata.
    """

    tuned: TunedModel
    base: GgufFile
    base_kl: float
    note: dict[str, object]


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What a written file is held against: the trained model's distributions, and a prompt to answer."""

    expectation: Expectation
    vocabulary: Vocabulary
    prompt: list[int]


class ExportWriter:
    """Writes one export after the other; those that are quantized share the file that they are made from."""

    def __init__(
        self, trained: Trained, yardstick: Yardstick, folder: Path, stem: str, reporter: Reporter
    ) -> None:
        """Write into ``folder``; files' names begin with ``stem``."""
        self._trained, self._yardstick, self._reporter = trained, yardstick, reporter
        self._folder, self._stem = folder, stem
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
        allowance = 0.0 if is_float(self._trained.base) else self._trained.base_kl
        try:
            if is_adapter:
                self._reporter.stage(Stage.EXPORTING)
                write_adapter(
                    unverified, self._trained.tuned, self._trained.base, export.file_type, self._trained.note
                )
                limit = KL_MAX_FLOAT + 3 * allowance
                compared = self._compare(self._trained.base.path, limit, adapter=unverified)
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
            self._reporter.stage(Stage.EXPORTING)
            self._write_whole(path, file_type)
            return self._compare(path, limit), limit
        carrier = self._carrier("F32" if file_type == "BF16" else "F16", limit)
        self._reporter.stage(Stage.QUANTIZING)
        quantize(carrier, path, file_type, self._reporter.raise_if_cancelled)
        limit = _KL_MAX_Q8 + allowance if file_type in _EIGHT_BITS else _KL_MAX_LOW_BITS
        return self._compare(path, limit), limit

    def _carrier(self, file_type: str, limit: float) -> Path:
        """Return the merged model in floating point, itself compared: what quantizing starts from."""
        if file_type not in self._carriers:
            self._reporter.stage(Stage.EXPORTING)
            path = self._folder / f".unverified-{self._stem}-carrier-{file_type}.gguf"
            self._carriers[file_type] = path
            self._write_whole(path, file_type)
            self._compare(path, limit)
        return self._carriers[file_type]

    def _write_whole(self, path: Path, file_type: str) -> None:
        write_merged(path, self._trained.tuned, self._trained.base, file_type, self._trained.note)

    def _compare(self, path: Path, limit: float, adapter: Path | None = None) -> Comparison:
        self._reporter.stage(Stage.VERIFYING)
        compared = self._yardstick.expectation.compare(
            path,
            adapter=adapter,
            report=lambda done, total: self._reporter.progress(Stage.VERIFYING, done, total),
            vocabulary=self._yardstick.vocabulary,
            prompt=self._yardstick.prompt,
        )
        if not (math.isfinite(compared.kl) and compared.kl <= limit):
            raise ExportMismatchError(path=str(adapter or path), kl=compared.kl, kl_limit=limit)
        return compared


def check_exports(method: Method, exports: Sequence[Export]) -> None:
    """Refuse at once what would only fail at the end.

    Raises:
        ExportImpossibleError: what the method trains can't be written so.
    """
    for export in exports:
        is_adapter = export.kind is ExportKind.ADAPTER
        if is_adapter and method not in (Method.LORA, Method.RSLORA):
            raise ExportImpossibleError(method=method.value, kind=export.kind.value)
        if is_adapter and export.file_type not in _FLOATS:
            raise ExportImpossibleError(method=export.file_type, kind=export.kind.value)


def is_float(base: GgufFile) -> bool:
    """Whether all matrices are kept in floating point: llama.cpp then computes what PyTorch does."""
    return all(tensor.type.name in {"F32", "F16", "BF16"} for tensor in base.tensors)


def file_stem(settings: FinetuneSettings) -> str:
    name = settings.name or f"{Path(settings.base).stem or 'model'}-tuned"
    return "".join(letter if letter.isalnum() or letter in "-_. " else "-" for letter in name).strip(". ")
