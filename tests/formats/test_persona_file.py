"""Personas as files: read back as they were, and nothing of a hostile file but the values of a persona."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmstudio_lite.domain.personas import Persona, WantedModel
from lmstudio_lite.domain.profiles import SamplingChoice
from lmstudio_lite.errors import PersonaFileError
from lmstudio_lite.formats.persona_file import SIZE_LIMIT_BYTES, read_persona, write_persona

POET = Persona(
    "诗人",
    "You write poems.\n\nIn Arabic: قصيدة",
    WantedModel("Qwen2.5 1.5B", "00ff"),
    "/home/someone/private/tone.gguf",
    0.5,
    SamplingChoice(temperature=1.1, seed=7),
    ("Write of rain",),
)


def test_a_persona_is_read_back_without_the_place_of_its_adapter(tmp_path: Path) -> None:
    path = tmp_path / "poet.persona.json"
    path.write_bytes(write_persona(POET))
    read = read_persona(path)
    assert (read.name, read.system_prompt, read.model, read.sampling) == (
        *(POET.name, POET.system_prompt, POET.model, POET.sampling),
    )
    assert (read.adapter, read.adapter_strength) == ("tone.gguf", 0.5)
    assert "private" not in path.read_text("utf-8")
    assert "诗人" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_a_persona"),
        (b"{", "not_a_persona"),
        (b"[" * 100_000, "not_a_persona"),
        (b"\xff\xfe\x00", "not_a_persona"),
        (json.dumps({"name": "Poet"}).encode(), "not_a_persona"),
        (json.dumps({"kind": "lmstudio-lite persona", "name": " "}).encode(), "not_a_persona"),
        (b" " * (SIZE_LIMIT_BYTES + 1), "too_large"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "odd.json"
    path.write_bytes(content)
    with pytest.raises(PersonaFileError) as refused:
        read_persona(path)
    assert refused.value.details["reason"] == reason


def test_what_can_not_be_read_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(PersonaFileError) as refused:
        read_persona(tmp_path)
    assert refused.value.details["reason"] == "unreadable"
