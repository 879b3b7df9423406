"""Personas as the window and the terminal use them: found by name, shared, newest on a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.control import ConversationControl
from lmstudio_lite.domain.personas import Persona, WantedModel
from lmstudio_lite.errors import InvariantError, NotStoredError
from lmstudio_lite.paths import portable_paths
from tests.support.gguf_models import write_model


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Services]:
    with Services.open(portable_paths(tmp_path / "data"), isolation="thread") as services:
        yield services


def test_a_persona_is_found_by_its_name_or_the_beginning_of_its_id(quiet: Services) -> None:
    mine = quiet.personas.add(Persona("Poet"))
    quiet.personas.add(Persona("Twin"))
    quiet.personas.add(Persona("Twin"))
    assert quiet.personas.find("poet") == mine
    assert quiet.personas.find(mine.id[:6]) == mine
    assert quiet.personas.find("tutor").is_built_in
    for name in ("twin", "nobody", ""):
        with pytest.raises(NotStoredError):
            quiet.personas.find(name)
    tutor = quiet.personas.add(Persona("Tutor"))
    assert quiet.personas.find("tutor") == tutor
    quiet.personas.delete(tutor.id)
    with pytest.raises(InvariantError):
        quiet.personas.change(quiet.personas.find("tutor").id, Persona("Mine"))


def test_a_conversation_has_its_persona_as_it_is_now_and_a_deleted_one_as_it_was(quiet: Services) -> None:
    mine = quiet.personas.add(Persona("Poet", "You write poems."))
    quiet.personas.keep_control("c", ConversationControl(mine))
    changed = quiet.personas.change(mine.id, Persona("Poet", "You rhyme."))
    assert quiet.personas.control_of("c").persona == changed
    quiet.personas.delete(mine.id)
    assert quiet.personas.control_of("c").persona == mine
    quiet.personas.restore(mine.id)
    assert quiet.personas.control_of("c").persona == changed


def test_a_shared_persona_comes_in_once_and_finds_its_model(quiet: Services, tmp_path: Path) -> None:
    quiet.paths.models.mkdir(parents=True)
    path = write_model(quiet.paths.models / "a.gguf", "llama", seed=1)
    name = quiet.library.describe(path).name
    wanted = quiet.personas.wanted(path, name)
    assert len(wanted.fingerprint) == 32
    file = tmp_path / "poet.persona.json"
    quiet.personas.export_file(Persona("Poet", model=wanted, adapter="/elsewhere/tone.gguf"), file)
    mine = quiet.personas.import_file(file)
    assert quiet.personas.import_file(file) == mine
    assert mine.persona.adapter == ""
    assert mine.persona.model == wanted
    moved = path.rename(path.with_name("b.gguf"))
    assert quiet.personas.model_path(wanted) == moved
    assert quiet.personas.is_model(moved, "another name", wanted)
    assert quiet.personas.model_path(WantedModel("Nowhere 7B", "ff" * 16)) is None
    assert not quiet.personas.is_model(moved, name, WantedModel("Nowhere 7B"))
