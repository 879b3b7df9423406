"""A document about a harbour, and an engine that translates it word for word: a boat or two a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from lmstudio_lite.app.session import Services
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.files import read_units, write_translation
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.file_translations import FileOrder
from lmstudio_lite.domain.generation import GenerationRequest
from lmstudio_lite.domain.translations import TranslationOptions
from lmstudio_lite.domain.units import FileUnits, ReadUnitsOptions, UnitText, WriteUnitsOptions
from lmstudio_lite.paths import portable_paths
from tests.support.engines import Answer, AnsweringEngine, question_of

_ENGLISH = re.compile(r"The harbour has (\d+) boats and a lighthouse\.")


def english(number: int) -> str:
    return f"The harbour has {number} boats and a lighthouse."


def german(number: int) -> str:
    return f"Der Hafen hat {number} Boote und einen Leuchtturm."


def write_document(folder: Path, num_paragraphs: int = 5, name: str = "harbour.md") -> Path:
    path = folder / name
    paragraphs = "\n\n".join(english(number) for number in range(2, 2 + num_paragraphs))
    path.write_text(f"# Boats\n\n{paragraphs}\n", "utf-8")
    return path


def answer(request: GenerationRequest) -> str:
    """Translate the last such sentence of a prompt; what is none is a heading."""
    found = _ENGLISH.findall(question_of(request))
    return german(int(found[-1])) if found else "Boote"


def order_of(path: Path, name: str = "a", *, target: str = "de") -> FileOrder:
    return FileOrder(name, path, TranslationOptions("en", target))


class _Rewriter:
    """Reads and writes in this process: the helper has tests of its own, and takes a second to start."""

    def read_units(
        self, path: Path, options: ReadUnitsOptions, cancellation: Cancellation | None = None
    ) -> FileUnits:
        return read_units(path, options, ReadLimits())

    def write_translation(
        self,
        path: Path,
        texts: Mapping[int, UnitText],
        target: Path,
        options: ReadUnitsOptions,
        wanted: WriteUnitsOptions,
        cancellation: Cancellation | None = None,
    ) -> tuple[str, ...]:
        return write_translation(path, texts, target, options, wanted, ReadLimits())


@contextmanager
def in_this_process() -> Iterator[None]:
    """Read and write files without a helper."""
    with patch("lmstudio_lite.app.session.DocumentRewriter", lambda **options: _Rewriter()):
        yield


@contextmanager
def opened(data: Path, answer: Answer = answer) -> Iterator[tuple[Services, AnsweringEngine]]:
    """Open services on a folder whose engine is scripted."""
    engine = AnsweringEngine(answer)
    with (
        patch("lmstudio_lite.app.session._open_engine", lambda isolation: engine),
        in_this_process(),
        Services.open(portable_paths(data), exclusive=True) as services,
    ):
        yield services, engine
