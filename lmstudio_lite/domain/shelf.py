"""What stands on the shelf: the models on this machine, whose they are, and what became of them.

Values only; ``library.models`` makes them, the window and the terminal show them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from lmstudio_lite.domain.models import Failure, ModelFile


class Store(StrEnum):
    """Whose folder a model lies in. ``FOLDER`` is one that the user added, ``OWN`` the program's."""

    STARTER = "starter"
    OWN = "own"
    FINETUNE = "finetune"
    FOLDER = "folder"
    LM_STUDIO = "lm_studio"
    OLLAMA = "ollama"
    JAN = "jan"
    GPT4ALL = "gpt4all"
    KOBOLDCPP = "koboldcpp"
    HUGGING_FACE = "hugging_face"
    LLAMA_CPP = "llama_cpp"


CHANGEABLE_STORES = frozenset((Store.OWN, Store.FINETUNE, Store.FOLDER))
"""Where models may be moved, deleted and linked. In all others nothing is ever written."""

FOREIGN_STORES = (
    Store.LM_STUDIO,
    Store.OLLAMA,
    Store.JAN,
    Store.GPT4ALL,
    Store.KOBOLDCPP,
    Store.HUGGING_FACE,
    Store.LLAMA_CPP,
)
"""Those of other programs, which the settings can switch off one by one."""


class ModelKind(StrEnum):
    """What a file is for. ``PART`` is a piece of a split model whose first file is missing."""

    MODEL = "model"
    EMBEDDING = "embedding"
    RERANKER = "reranker"
    DRAFT = "draft"
    PROJECTOR = "projector"
    ADAPTER = "adapter"
    PART = "part"


WHOLE_KINDS = frozenset((ModelKind.MODEL, ModelKind.EMBEDDING, ModelKind.RERANKER, ModelKind.DRAFT))
"""What a list of models shows: things of their own, not accessories of another."""


@dataclass(frozen=True, slots=True)
class ModelTraits:
    """What a header says of a model besides its sizes; "", () and False where it says nothing.

    ``languages`` are codes as the makers wrote them, ``licence`` mostly an SPDX identifier in small letters.
    ``base_models`` are the names and addresses of what an adapter or a finetune was made from.
    ``has_thinking``, ``has_tools`` and ``sees_images`` are what the chat template provides for.
    """

    family: str = ""
    languages: tuple[str, ...] = ()
    licence: str = ""
    base_models: tuple[str, ...] = ()
    has_thinking: bool = False
    has_tools: bool = False
    sees_images: bool = False


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model, or a piece that belongs to one. At most one of ``file`` and ``failure`` is there.

    Neither is there while the header has not been read (``is_pending``), which only the incremental listing
    shows. ``files`` are all of its parts, ``path`` the one it is loaded by. ``given_name`` is what its store
    calls it ("qwen2.5:0.5b"), "" where its file's name is all there is; ``other_names`` mean it as well.
    ``projector`` lets it see pictures, ``adapters`` were trained on it. ``modified_ns`` is in nanoseconds
    since 1970; ``signature`` changes whenever one of the files does.
    """

    path: Path
    file: ModelFile | None = None
    failure: Failure | None = None
    store: Store = Store.FOLDER
    kind: ModelKind = ModelKind.MODEL
    traits: ModelTraits = ModelTraits()
    files: tuple[Path, ...] = ()
    size_bytes: int = 0
    modified_ns: int = 0
    signature: str = ""
    given_name: str = ""
    other_names: tuple[str, ...] = ()
    projector: Path | None = None
    adapters: tuple[Path, ...] = ()

    @property
    def is_starter(self) -> bool:
        """Whether it came with the program."""
        return self.store is Store.STARTER

    @property
    def is_pending(self) -> bool:
        """Whether its header is still to be read."""
        return self.file is None and self.failure is None

    @property
    def is_changeable(self) -> bool:
        """Whether it may be moved, deleted and linked."""
        return self.store in CHANGEABLE_STORES

    @property
    def name(self) -> str:
        """Return what to call it, whatever is known of it."""
        return self.file.name if self.file is not None else self.given_name or self.path.stem


@dataclass(frozen=True, slots=True)
class ModelNote:
    """What a person keeps about a model. ``last_used`` is None where it never was, in UTC otherwise."""

    is_favourite: bool = False
    note: str = ""
    last_used: datetime | None = None


NO_NOTE = ModelNote()


class PlaceProblem(StrEnum):
    """Why a folder's models can't be listed, or not all."""

    SILENT = "silent"
    """It does not answer: a network drive that is gone, a disk that fails."""
    CLOSED = "closed"
    """The system does not let us in."""
    TOO_MANY = "too_many"
    """It holds more files than are looked at."""


@dataclass(frozen=True, slots=True)
class TroubledPlace:
    """A folder that could not be listed (whole)."""

    path: Path
    store: Store
    problem: PlaceProblem


@dataclass(frozen=True, slots=True)
class ShelfChange:
    """What is new since the last change: entries to put in or to replace by path, and paths to take out.

    ``is_complete`` once every file has been found and every header read; ``troubled`` is then all of it.
    """

    entries: tuple[ModelEntry, ...] = ()
    gone: tuple[Path, ...] = ()
    troubled: tuple[TroubledPlace, ...] = ()
    is_complete: bool = False
