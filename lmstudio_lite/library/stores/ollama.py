"""Ollama's models: manifests that name blobs by their SHA-256.

``manifests/<host>/<namespace>/<model>/<tag>`` is JSON with ``layers``; the layer of the type
``application/vnd.ollama.image.model`` is a GGUF file at ``blobs/sha256-<digest>`` (older: ``sha256:``).
Source: https://github.com/ollama/ollama/tree/main/types/model and ``server/manifest.go``.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lmstudio_lite.domain.models import Failure
from lmstudio_lite.domain.shelf import Store
from lmstudio_lite.errors import ModelFileError
from lmstudio_lite.library.stores.folders import found_file
from lmstudio_lite.library.stores.found import FoundFile, Place, TooManyFilesError
from lmstudio_lite.library.stores.machine import Machine
from lmstudio_lite.library.stores.manifests import read_json

_LAYER = "application/vnd.ollama.image."
_DIGEST = re.compile(r"sha256[:-](?P<hex>[0-9a-f]{64})")
_HOST, _NAMESPACE, _TAG = "registry.ollama.ai", "library", "latest"
_DEPTH = 4
_MAX_MANIFESTS = 10_000


@dataclass(frozen=True, slots=True)
class _Layer:
    mediaType: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class _Manifest:
    layers: list[_Layer]
    config: _Layer = field(default_factory=_Layer)


@dataclass(frozen=True, slots=True)
class _Config:
    model_format: str = ""
    file_type: str = ""


def places(machine: Machine) -> list[Place]:
    """Return the folders that Ollama keeps models in."""
    chosen = machine.variable("OLLAMA_MODELS")
    roots = [chosen] if chosen is not None else [machine.home / ".ollama" / "models"]
    if machine.system == "linux":
        # The installer runs it as a user of its own, whose home this is.
        roots.append(Path("/usr/share/ollama/.ollama/models"))
    return [Place(Store.OLLAMA, root, functools.partial(find, root)) for root in roots]


def find(root: Path) -> Iterator[FoundFile]:
    """Yield the models that the manifests below ``root`` name, each blob once.

    Raises:
        TooManyFilesError: there are more than are looked at.
        OSError: the folder is there and can't be read.
    """
    by_model: dict[Path, FoundFile] = {}
    for name, file in _manifests(root / "manifests"):
        manifest = read_json(file, _Manifest)
        found = _found(root, name, manifest) if manifest is not None else None
        if found is None:
            continue
        known = by_model.get(found.path)
        if known is None:
            by_model[found.path] = found
        elif known.name.endswith(f":{_TAG}"):
            by_model[found.path] = replace(found, other_names=(known.name, *known.other_names))
        else:
            by_model[found.path] = replace(known, other_names=(*known.other_names, name))
    yield from by_model.values()


def _manifests(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name that Ollama shows for each manifest, and the manifest's file."""
    num_manifests = 0
    waiting: list[tuple[Path, tuple[str, ...]]] = [(folder, ())]
    while waiting:
        current, above = waiting.pop()
        try:
            entries = sorted(os.scandir(current), key=lambda entry: entry.name, reverse=True)
        except FileNotFoundError:
            continue
        except OSError:
            if not above:
                raise
            continue
        for entry in entries:
            names = (*above, entry.name)
            if entry.name.startswith("."):
                continue
            if len(names) < _DEPTH:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), names))
            elif entry.is_file():
                num_manifests += 1
                if num_manifests > _MAX_MANIFESTS:
                    raise TooManyFilesError(f"more than {_MAX_MANIFESTS} manifests below {folder}")
                yield _shown_name(*names), Path(entry.path)


def _shown_name(host: str, namespace: str, model: str, tag: str) -> str:
    if host != _HOST:
        return f"{host}/{namespace}/{model}:{tag}"
    return f"{model}:{tag}" if namespace == _NAMESPACE else f"{namespace}/{model}:{tag}"


def _found(root: Path, name: str, manifest: _Manifest) -> FoundFile | None:
    """Return the model of a manifest, None for one without weights in GGUF (in the cloud, for MLX)."""
    model = _first_blob(root, manifest, "model")
    if model is None:
        return None
    config_file = _blob(root, manifest.config.digest)
    config = (read_json(config_file, _Config) if config_file is not None else None) or _Config()
    if config.model_format not in ("", "gguf"):
        return None
    found = found_file(model, Store.OLLAMA)
    if found is None:
        return FoundFile(
            path=model,
            store=Store.OLLAMA,
            parts=(model,),
            size_bytes=0,
            modified_ns=0,
            signature=f"missing {name}",
            identity=os.path.normcase(str(model)),
            name=name,
            failure=Failure(
                ModelFileError.code, {"path": str(model), "reason": "data_missing", "name": name}
            ),
        )
    return replace(
        found,
        name=name,
        quantization=config.file_type if config.file_type != "unknown" else "",
        signature=f"{found.signature} {name}",
        projector=_existing(_first_blob(root, manifest, "projector")),
        adapters=tuple(
            blob
            for layer in manifest.layers
            if layer.mediaType == f"{_LAYER}adapter"
            and (blob := _existing(_blob(root, layer.digest))) is not None
        ),
    )


def _first_blob(root: Path, manifest: _Manifest, kind: str) -> Path | None:
    layer = next((layer for layer in manifest.layers if layer.mediaType == f"{_LAYER}{kind}"), None)
    return _blob(root, layer.digest) if layer is not None else None


def _blob(root: Path, digest: str) -> Path | None:
    """Return where a blob lies or should lie; None for what is no digest (a path out of the folder)."""
    found = _DIGEST.fullmatch(digest)
    if found is None:
        return None
    blob = root / "blobs" / f"sha256-{found['hex']}"
    if os.name == "posix" and not blob.exists():
        older = root / "blobs" / f"sha256:{found['hex']}"
        return older if older.exists() else blob
    return blob


def _existing(blob: Path | None) -> Path | None:
    return blob if blob is not None and blob.is_file() else None
