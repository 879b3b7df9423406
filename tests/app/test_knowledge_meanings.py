"""Folders that questions are answered from, found by meaning: worked out once, never a condition."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lmstudio_lite.app.knowledge import Knowledge
from lmstudio_lite.app.session import Services
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.knowledge import KnowledgeFolder, KnowledgeProgress
from lmstudio_lite.errors import CancelledError
from lmstudio_lite.paths import portable_paths
from tests.support.embedding_models import HARBOUR_WORDS, write_embedding_model

WAREHOUSES = "The night of the storm. Most warehouses burned down in 1678."
ORCHARD = "Behind the mill stands an orchard. Its gardener is called Ottilie Brandt."
MILL = "Of the windmill only two sails are left."
PARAPHRASE = "Which depots were lost in flames?"


class TextReader(DocumentReader):
    """Reads text in this process: the real one, which starts another, is tried elsewhere."""

    def read(
        self,
        path: Path,
        cancellation: Cancellation | None = None,
        *,
        encoding: str = "",
        keeps_form: bool = False,
    ) -> Document:
        return text_document(path.read_text("utf-8"), path.name)


@dataclass
class Shelf:
    services: Services
    root: Path

    @functools.cached_property
    def knowledge(self) -> Knowledge:
        return Knowledge(self.services.database, TextReader(), self.services.meanings)

    @property
    def folder(self) -> KnowledgeFolder:
        return self.knowledge.folders()[0]

    @property
    def model_path(self) -> Path:
        return self.services.paths.models / "meaning.gguf"

    def write(self, name: str, text: str) -> None:
        self.root.mkdir(exist_ok=True)
        (self.root / name).write_text(text, "utf-8")

    def update(self) -> list[KnowledgeProgress]:
        """Bring the folders up to date; return what was said of comparing."""
        said: list[KnowledgeProgress] = []
        self.knowledge.update(said.append, Cancellation())
        return [each for each in said if each.is_comparing]

    def found(self, question: str, folder_id: str = "") -> list[str]:
        return [each.words.strip() for each in self.knowledge.find(question, folder_id)]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with Services.open(portable_paths(tmp_path / "data"), isolation="thread") as services:
        shelf = Shelf(services, tmp_path / "papers")
        write_embedding_model(shelf.model_path)
        shelf.write("warehouses.txt", WAREHOUSES)
        shelf.write("orchard.txt", ORCHARD)
        shelf.write("mill.txt", MILL)
        shelf.knowledge.add(shelf.root)
        yield shelf


def test_a_question_in_other_words_finds_the_passage(shelf: Shelf) -> None:
    said = shelf.update()
    assert [(each.num_done, each.num_total) for each in said] == [(0, 3), (1, 3), (2, 3)]
    assert (shelf.folder.num_compared, shelf.folder.num_read) == (3, 3)
    assert shelf.found(PARAPHRASE)[0] == WAREHOUSES
    assert shelf.found("Who is the caretaker of the fruit trees?")[0] == ORCHARD
    assert shelf.found("Ottilie Brandt")[0] == ORCHARD, "a name is found by its letters"
    assert shelf.found("Is it the?") == [], "a question that asks for nothing finds nothing"


def test_without_a_model_or_switched_off_words_alone_are_compared(shelf: Shelf) -> None:
    shelf.services.settings.update("documents", compares_meanings=False)
    assert shelf.update() == []
    assert shelf.folder.num_compared == 0
    assert shelf.found(PARAPHRASE) == []
    shelf.services.settings.update("documents", compares_meanings=True)
    assert len(shelf.update()) == 3
    assert shelf.found(PARAPHRASE)[0] == WAREHOUSES
    shelf.model_path.unlink()
    assert shelf.found(PARAPHRASE) == []
    assert shelf.found("When did the warehouses burn?") == [WAREHOUSES]


def test_a_model_that_fails_is_no_error(shelf: Shelf) -> None:
    content = shelf.model_path.read_bytes()
    shelf.model_path.write_bytes(content[:-4096] + bytes(4096))
    shelf.model_path.write_bytes(content[: len(content) - 3000])
    assert shelf.update() == []
    assert shelf.found("When did the warehouses burn?") == [WAREHOUSES]


def test_only_what_changed_is_worked_out_again(shelf: Shelf) -> None:
    shelf.update()
    assert shelf.update() == []
    shelf.write("mill.txt", "The windmill of Lindow lost its sails in a fire.")
    (shelf.root / "orchard.txt").unlink()
    said = shelf.update()
    assert [(each.num_done, each.num_total) for each in said] == [(1, 2)]
    assert shelf.found("flames")[0].startswith(("The windmill of Lindow", "The night of the storm"))
    assert len(shelf.found("flames")) == 2
    assert ORCHARD not in shelf.found("Where do trees bear fruit?")


def test_another_model_works_it_out_anew(shelf: Shelf) -> None:
    shelf.update()
    others = [(group[0], "never") for group in HARBOUR_WORDS[:1]] + [("storm", "flames", "depots")]
    write_embedding_model(shelf.model_path, others, seed=8, name="Another")
    assert shelf.folder.num_compared == 0
    assert shelf.found(PARAPHRASE) == [], "vectors of another model say nothing"
    assert len(shelf.update()) == 3
    assert shelf.folder.num_compared == 3
    assert shelf.found(PARAPHRASE)[0] == WAREHOUSES


def test_one_stopped_in_the_middle_goes_on_where_it_was(shelf: Shelf) -> None:
    cancellation = Cancellation()

    def stop_at_second(progress: KnowledgeProgress) -> None:
        if progress.is_comparing and progress.num_done == 1:
            cancellation.cancel()

    with pytest.raises(CancelledError):
        shelf.knowledge.update(stop_at_second, cancellation)
    assert (shelf.folder.num_read, shelf.folder.num_compared) == (3, 1)
    assert [each.num_done for each in shelf.update()] == [1, 2]


def test_of_one_folder_only_its_own_passages_are_found(shelf: Shelf, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "boats.txt").write_text("A vessel went up in flames.")
    other_id = shelf.knowledge.add(other).id
    shelf.update()
    assert shelf.found("fire", other_id) == ["A vessel went up in flames."]
    assert "A vessel went up in flames." not in shelf.found("fire", shelf.folder.id)
    shelf.knowledge.remove(other_id)
    assert "A vessel went up in flames." not in shelf.found("fire")


def test_killed_in_the_middle_it_goes_on_with_what_is_missing(shelf: Shelf) -> None:
    shelf.write("long.txt", f"{WAREHOUSES} {'Nothing was left of it. ' * 24}" * 500)
    shelf.services.settings.update("documents", compares_meanings=False)
    shelf.update()
    shelf.services.settings.update("documents", compares_meanings=True)
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.app.comparing_child", str(shelf.services.paths.data)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    for _ in zip(child.stdout, range(6), strict=False):
        pass
    child.kill()
    child.wait()
    child.stdout.close()
    said = shelf.update()
    assert (shelf.folder.num_compared, shelf.folder.num_read) == (4, 4)
    assert shelf.update() == []
    write_embedding_model(shelf.model_path, seed=5)
    assert 0 < len(said) <= len(shelf.update()) - 5, "what was worked out before the kill stays"
