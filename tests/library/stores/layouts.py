"""Other programs' folders, rebuilt from their documented layouts, with a tiny model in each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from lmstudio_lite.library.stores.machine import Machine
from tests.library.gguf_files import LLAMA_METADATA, MetadataValue, make_gguf

PROJECTOR = make_gguf({"general.architecture": "clip", "general.type": "mmproj"})
ADAPTER = make_gguf({**LLAMA_METADATA, "general.type": "adapter"})
SYSTEMS = ("linux", "darwin", "win32")


def machine(home: Path, system: str = "linux", **environment: str) -> Machine:
    return Machine(home, environment, system)


def put(path: Path, content: bytes | str | None = None, metadata: Mapping[str, MetadataValue] = {}) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = make_gguf({**LLAMA_METADATA, **metadata}) if content is None else content
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def put_ollama(
    root: Path,
    name: str,
    layers: Mapping[str, bytes],
    *,
    host: str = "registry.ollama.ai",
    namespace: str = "library",
    config: Mapping[str, str] | None = None,
) -> dict[str, Path]:
    """Write a manifest with a blob for each layer, as ``ollama pull`` does; return the blobs."""
    model, _, tag = name.partition(":")
    blobs = {}
    listed = []
    for kind, content in layers.items():
        digest = hashlib.sha256(content).hexdigest()
        blobs[kind] = put(root / "blobs" / f"sha256-{digest}", content)
        media_type = f"application/vnd.ollama.image.{kind}"
        listed.append({"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)})
    about = json.dumps(config or {"model_format": "gguf", "file_type": "Q4_K_M"}).encode()
    digest = hashlib.sha256(about).hexdigest()
    put(root / "blobs" / f"sha256-{digest}", about)
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "digest": f"sha256:{digest}",
            "size": len(about),
        },
        "layers": listed,
    }
    put(root / "manifests" / host / namespace / model / tag, json.dumps(manifest))
    return blobs


def put_in_cache(root: Path, repository: str, name: str, content: bytes, *, has_links: bool = True) -> Path:
    """Write a file as huggingface_hub does, with or without links."""
    folder = root / f"models--{repository.replace('/', '--')}"
    commit = hashlib.sha1(repository.encode()).hexdigest()
    put(folder / "refs" / "main", commit)
    path = folder / "snapshots" / commit / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not has_links:
        return put(path, content)
    blob = put(folder / "blobs" / hashlib.sha256(content).hexdigest(), content)
    path.symlink_to(blob)
    return path


def put_everything(home: Path) -> None:
    """Give a home on Linux a model in every program's folder."""
    put(home / ".lmstudio/models/lmstudio-community/SmolLM2-GGUF/SmolLM2-135M-Instruct-Q4_K_M.gguf")
    put_ollama(home / ".ollama/models", "qwen2.5:0.5b", {"model": make_gguf(), "license": b"Apache"})
    put(home / ".local/share/Jan/data/llamacpp/models/menlo/Jan-nano-4B/model.gguf")
    put(home / ".local/share/nomic.ai/GPT4All/Llama-3.2-1B-Instruct-Q4_0.gguf")
    put(home / "koboldcpp/L3-8B-Stheno-Q4_K_S.gguf")
    put_in_cache(home / ".cache/huggingface/hub", "org/gemma-GGUF", "gemma-3-1b-it-Q4_K_M.gguf", make_gguf())
    put(home / ".cache/llama.cpp/ggml-org_Qwen3-0.6B-GGUF_Qwen3-0.6B-Q8_0.gguf")
    put(home / ".cache/llama.cpp/manifest=ggml-org=Qwen3-0.6B-GGUF=latest.json", "{}")
