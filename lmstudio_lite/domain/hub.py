"""Models that lie elsewhere: what a search finds, a repository holds and a reference means."""

from __future__ import annotations

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class HubModel:
    """A row of a search. ``licence`` is as the repository names it; ``updated_at`` is ISO 8601 or ""."""

    repo: str
    num_downloads: int = 0
    num_likes: int = 0
    updated_at: str = ""
    licence: str = ""
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    is_gated: bool = False


@dataclass(frozen=True, slots=True)
class HubPage:
    """A repository: its card as Markdown text, and what can be fetched of it, smallest first."""

    model: HubModel
    readme: str
    variants: tuple[ModelVariant, ...]
