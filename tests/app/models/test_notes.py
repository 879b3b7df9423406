from __future__ import annotations

from pathlib import Path

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.shelf import NO_NOTE
from lmstudio_lite.paths import portable_paths
from tests.library.stores.layouts import put


def test_notes_stay_with_a_model_that_is_moved_and_renamed(tmp_path: Path) -> None:
    paths = portable_paths(tmp_path / "data")
    put(paths.models / "Poet-1B.gguf")
    put(paths.models / "Other-1B.gguf", metadata={"general.name": "Other"})
    with Services.open(paths, isolation="thread") as services:
        assert services.notes.of(services.library.list()) == {}
        (entry,) = services.library.matching("poet-1b")
        services.notes.set_favourite(entry, True)
        services.notes.set_note(entry, " rhymes \n")
    moved = paths.models / "sub" / "renamed.gguf"
    moved.parent.mkdir()
    (paths.models / "Poet-1B.gguf").rename(moved)
    with Services.open(paths, isolation="thread") as services:
        notes = services.notes.of(services.library.list())
        assert list(notes) == [moved]
        assert (notes[moved].is_favourite, notes[moved].note, notes[moved].last_used) == (
            True,
            "rhymes",
            None,
        )
        (entry,) = services.library.matching(str(moved))
        services.notes.set_favourite(entry, False)
        services.notes.set_note(entry, "")
        assert services.notes.of([entry]).get(moved, NO_NOTE) == NO_NOTE
        moved.unlink()
        assert services.notes.of([entry]) == {}


def test_a_model_that_is_used_says_when(services: Services, starter_model: Path) -> None:
    services.engine.wait_until_ready()
    services.jobs.close()
    entries = services.library.matching(str(starter_model))
    note = services.notes.of(entries)[starter_model]
    assert note.last_used is not None
