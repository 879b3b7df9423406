"""The hub's answers as values: nothing in them is trusted to be there, of the right type or of a sane length.

The API is the one that huggingface_hub uses (https://huggingface.co/docs/hub/api): ``/api/models`` lists
models, ``/api/models/{repo}/revision/{revision}?blobs=true`` describes one with its files. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import msgspec

from lmstudio_lite.domain.hub import HubModel, RemoteFile
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.errors import HubAnswerError
from lmstudio_lite.hub.file_names import local_name
from lmstudio_lite.hub.variants import quantization_of

_REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?")
_ODD_PATH = re.compile(r"(?:^|/)(?:\.{0,2})(?:/|$)|[\x00-\x1f\x7f\\]")
"""Paths that no git repository has: absolute, leading out of it, or with control characters."""
_MAX_PATH = 4096
_MAX_TEXT = 300
_MAX_TAGS = 200
_MAX_FILES = 20_000
_MAX_SIZE_BYTES = 1 << 50


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as the hub describes it. ``files`` are all of them, at ``commit``."""

    model: HubModel
    commit: str
    files: tuple[RemoteFile, ...]


def read_models(content: bytes, host: str) -> tuple[HubModel, ...]:
    """Return the models of a list; entries that make no sense are left out.

    Raises:
        HubAnswerError: it is no list in JSON.
    """
    found = _decoded(content, host)
    if not isinstance(found, list):
        raise HubAnswerError(host=host, reason="not_understood")
    models = (_model(entry) for entry in found if isinstance(entry, dict))
    return tuple(model for model in models if model is not None)


def read_repository(content: bytes, endpoint: str, host: str) -> Repository:
    """Return what an answer says of one repository.

    Raises:
        HubAnswerError: it is no JSON, or lacks a name or a commit.
    """
    found = _decoded(content, host)
    model = _model(found) if isinstance(found, dict) else None
    commit = _text(found.get("sha")) if isinstance(found, dict) else ""
    if model is None or not _COMMIT.fullmatch(commit):
        raise HubAnswerError(host=host, reason="not_understood")
    entries = found.get("siblings")
    listed = entries[:_MAX_FILES] if isinstance(entries, list) else []
    files = (_file(entry, endpoint, model.repo, commit) for entry in listed if isinstance(entry, dict))
    return Repository(model, commit, tuple(file for file in files if file is not None))


def file_url(endpoint: str, repo: str, commit: str, path: str) -> str:
    """Return where the content of a file lies: the address that the hub redirects to its storage."""
    return f"{endpoint}/{repo}/resolve/{quote(commit, safe='')}/{quote(path)}"


def _decoded(content: bytes, host: str) -> Any:
    try:
        return msgspec.json.decode(content)
    except (ValueError, RecursionError):
        raise HubAnswerError(host=host, reason="not_json") from None


def _model(entry: Mapping[str, Any]) -> HubModel | None:
    repo = _text(entry.get("id") or entry.get("modelId"))
    if not _REPO.fullmatch(repo) or ".." in repo:
        return None
    tags = _texts(entry.get("tags"))
    found = entry.get("cardData")
    card = found if isinstance(found, dict) else {}
    found = entry.get("gguf")
    header = found if isinstance(found, dict) else {}
    return replace(
        _described(tags, card),
        repo=repo,
        num_downloads=_count(entry.get("downloads")),
        num_likes=_count(entry.get("likes")),
        updated_at=_text(entry.get("lastModified")),
        tags=tags,
        is_gated=bool(entry.get("gated")),
        num_parameters=_count(header.get("total")),
        architecture=_text(header.get("architecture")),
        context_length=_count(header.get("context_length")),
    )


def _described(tags: tuple[str, ...], card: Mapping[str, Any]) -> HubModel:
    """Return licence, languages and base models: of the card, or of the tags that the hub makes from it."""
    licence = _text(card.get("license_name")) or next(iter(_texts(card.get("license"))), "")
    languages = _texts(card.get("language")) or tuple(tag for tag in tags if tag in LANGUAGES)
    bases = _texts(card.get("base_model")) or tuple(
        tag.rpartition(":")[2] for tag in _behind(tags, "base_model:")
    )
    return HubModel(
        repo="",
        licence=licence or next(iter(_behind(tags, "license:")), ""),
        languages=tuple(dict.fromkeys(each for each in languages if _LANGUAGE.fullmatch(each))),
        base_models=tuple(dict.fromkeys(base for base in bases if _REPO.fullmatch(base))),
    )


def _file(entry: Mapping[str, Any], endpoint: str, repo: str, commit: str) -> RemoteFile | None:
    path = entry.get("rfilename")
    if not isinstance(path, str) or _ODD_PATH.search(path) or not 0 < len(path) <= _MAX_PATH:
        return None
    found = entry.get("lfs")
    stored = found if isinstance(found, dict) else {}
    sha256 = _text(stored.get("sha256")).lower()
    return RemoteFile(
        url=file_url(endpoint, repo, commit, path),
        name=_name_here(path),
        size_bytes=_count(stored.get("size")) or _count(entry.get("size")),
        sha256=sha256 if _SHA256.fullmatch(sha256) else "",
        repo=repo,
        revision=commit,
        path=path,
    )


def _name_here(path: str) -> str:
    """Return a file's name here; of one whose folder alone names its quantization, with that in front.

    Else the files of two quantizations would have one name.
    """
    name = path.rpartition("/")[2]
    label = quantization_of(path)
    return local_name(f"{label}-{name}" if label and not quantization_of(name) else name)


def _behind(tags: Iterable[str], prefix: str) -> Iterable[str]:
    return (tag.removeprefix(prefix) for tag in tags if tag.startswith(prefix))


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(each[:_MAX_TEXT] for each in values[:_MAX_TAGS] if isinstance(each, str) and each)


def _text(value: object) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MAX_SIZE_BYTES:
        return 0
    return int(value)
