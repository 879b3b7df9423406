"""Where a model's new files go: beside it, but never into another program's folder."""

from __future__ import annotations

from pathlib import Path

from lmstudio_lite.app.models.parts import ModelParts
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.library.stores.machine import Machine
from tests.support.gguf_models import write_model


def test_another_programs_folder_is_never_written_to(tmp_path: Path) -> None:
    models = tmp_path / "models"
    parts = ModelParts(ModelLibrary(models, tuple), models, lambda: Machine(tmp_path))
    theirs = tmp_path / ".ollama" / "models" / "blobs" / "sha256-1-00001-of-00002.gguf"
    theirs.parent.mkdir(parents=True)
    assert parts.folder_for(theirs) == models
    assert parts.folder_for(tmp_path / "own" / "m.gguf") == tmp_path / "own"
    starter = parts.folder_for(ModelLibrary(models, tuple).starter_path() or theirs)
    assert starter == models
    source = write_model(tmp_path / "m.gguf", "moe")
    written = parts.split(source, theirs.parent.parent, 300_000, Cancellation(), lambda done, total: None)
    merged = parts.merge(written[0], None, Cancellation(), lambda done, total: None)
    assert merged == models / "m.gguf"
    assert merged.read_bytes() == source.read_bytes()
