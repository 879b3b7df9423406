"""Models that lie elsewhere: what a search finds, a repository holds and a reference means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file to fetch. ``size_bytes`` is 0 and ``sha256`` "" where they are not known beforehand.

    ``name`` is the file's name here. ``repo`` ("owner/name"), ``revision`` and ``path`` say where it lies on
    a hub, so that it can be fetched from any mirror of it; they are "" for a plain address.
    """

    url: str
    name: str
    size_bytes: int = 0
    sha256: str = ""
    repo: str = ""
    revision: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class ModelVariant:
    """What is chosen and fetched as one: all parts of one quantization, first part first."""

    quantization: str
    files: tuple[RemoteFile, ...]
    projector: RemoteFile | None = None

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


class SearchOrder(StrEnum):
    """What a search's results are sorted by, the largest or newest first."""

    DOWNLOADS = "downloads"
    LIKES = "likes"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class HubModel:
    """A row of a search: what its repository says of itself, "" and 0 where it says nothing.

    ``licence`` is the hub's short name of it ("apache-2.0", "other"). ``updated_at`` is ISO 8601.
    ``base_models`` are repositories that it was made from. ``num_downloads`` counts those of the last 30
    days. ``num_parameters``, ``architecture`` and ``context_length`` are what the hub read in its GGUF files.
    """

    repo: str
    num_downloads: int = 0
    num_likes: int = 0
    updated_at: str = ""
    licence: str = ""
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    is_gated: bool = False
    base_models: tuple[str, ...] = ()
    num_parameters: int = 0
    architecture: str = ""
    context_length: int = 0


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Some results of a search. ``next_page`` asks for those behind them, "" where these are the last."""

    models: tuple[HubModel, ...]
    next_page: str = ""


@dataclass(frozen=True, slots=True)
class HubPage:
    """A repository at one ``commit``: its card as Markdown text, and what can be fetched, smallest first.

    ``model.repo`` is its name today, which may be another than was asked for. ``endpoint`` is the hub or
    mirror that answered ("https://huggingface.co"). ``is_readme_cut``: the card is longer than ``readme``.
    """

    model: HubModel
    readme: str
    variants: tuple[ModelVariant, ...]
    commit: str = ""
    endpoint: str = ""
    is_readme_cut: bool = False


@dataclass(frozen=True, slots=True)
class HubReference:
    """What a person pasted, understood. Either ``url`` is a file's address, or ``repo`` lies on a hub.

    ``revision`` "" is the newest. ``path`` is one file of the repository, ``quantization`` names a variant.
    ``endpoint`` is set where a mirror was named; "" is the hub of the settings.
    """

    repo: str = ""
    revision: str = ""
    path: str = ""
    quantization: str = ""
    endpoint: str = ""
    url: str = ""


class TokenPlace(StrEnum):
    """Where a hub's access token is; ``FILE`` means one in the data folder that this user alone may read."""

    NONE = "none"
    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    FILE = "file"
