"""Folders that questions are answered from: read once, read again when changed, found by words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from lmstudio_lite.app.knowledge import Knowledge
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.knowledge import KnowledgeFolder, KnowledgeProgress
from lmstudio_lite.errors import CancelledError, DocumentNotFoundError
from lmstudio_lite.storage.database import Database

HARBOUR = "The harbour was built in the twelfth century. Most warehouses burned down in 1678."
ORCHARD = "The orchard behind the mill grows pears. Its gardener is called Ottilie Brandt."
LIBRARY_ZH = "市图书馆每天早上九点开门。馆长名叫陈玉兰。"


class CountingReader(DocumentReader):
    """The real reader, with a list of what it was asked to read."""

    def __init__(self) -> None:
        super().__init__()
        self.read_names: list[str] = []

    def read(
        self,
        path: Path,
        cancellation: Cancellation | None = None,
        *,
        encoding: str = "",
        keeps_form: bool = False,
    ) -> Document:
        self.read_names.append(path.name)
        return super().read(path, cancellation, encoding=encoding, keeps_form=keeps_form)


@dataclass
class Shelf:
    knowledge: Knowledge
    reader: CountingReader
    root: Path

    @property
    def folder(self) -> KnowledgeFolder:
        return self.knowledge.folders()[0]

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def update(self) -> list[str]:
        """Bring the folders up to date; return the names that were read."""
        self.reader.read_names.clear()
        self.knowledge.update(lambda progress: None, Cancellation())
        return sorted(self.reader.read_names)

    def found(self, question: str) -> list[str]:
        return [each.words.strip() for each in self.knowledge.find(question)]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with closing(Database.open(tmp_path / "data" / "library.sqlite3")) as database:
        reader = CountingReader()
        shelf = Shelf(Knowledge(database, reader), reader, tmp_path / "papers")
        shelf.write("harbour.txt", HARBOUR)
        shelf.write("deep/er/orchard.md", ORCHARD)
        shelf.write("图书馆.txt", LIBRARY_ZH)
        shelf.knowledge.add(shelf.root)
        yield shelf


def test_a_question_finds_the_passage_in_any_language(shelf: Shelf) -> None:
    shelf.write(".hidden.txt", HARBOUR)
    shelf.write("node_modules/readme.md", HARBOUR)
    shelf.write("picture.xyz", HARBOUR)
    assert shelf.update() == ["harbour.txt", "orchard.md", "图书馆.txt"]
    assert shelf.found("When did the warehouses burn?") == [HARBOUR]
    assert shelf.found("Who is the gardener of the pears?") == [ORCHARD]
    assert shelf.found("图书馆几点开门?") == [LIBRARY_ZH]
    assert shelf.found("orchard.md") == [ORCHARD], "a file is found by its name"
    assert shelf.found("Is it the?") == []
    assert shelf.found('" OR features : * NEAR(') == []


def test_only_what_changed_is_read_again(shelf: Shelf) -> None:
    assert len(shelf.update()) == 3
    assert shelf.update() == []
    shelf.write("harbour.txt", "The harbour was rebuilt in 1702.")
    (shelf.root / "deep" / "er" / "orchard.md").unlink()
    shelf.write("new.txt", "A windmill stands on the hill.")
    assert shelf.update() == ["harbour.txt", "new.txt"]
    assert shelf.found("warehouses gardener") == []
    assert shelf.found("harbour") == ["The harbour was rebuilt in 1702."]
    assert (shelf.folder.num_files, shelf.folder.num_read, shelf.folder.is_complete) == (3, 3, True)


def test_what_cannot_be_read_is_named_and_not_tried_again(shelf: Shelf) -> None:
    (shelf.root / "broken.docx").write_bytes(b"PK\x03\x04 nothing of the kind")
    (shelf.root / "gone.txt").symlink_to(shelf.root / "nowhere.txt")
    (shelf.root / "round").symlink_to(shelf.root, target_is_directory=True)
    assert "broken.docx" in shelf.update()
    assert (shelf.folder.num_files, shelf.folder.num_read, shelf.folder.num_failed) == (4, 3, 1)
    (unread,) = shelf.knowledge.unread(shelf.folder.id)
    assert unread.path == shelf.root / "broken.docx"
    assert unread.error.code == "document_damaged"
    assert shelf.update() == []


def test_one_stopped_in_the_middle_goes_on_with_the_next_file(shelf: Shelf) -> None:
    cancellation = Cancellation()

    def stop_at_second(progress: KnowledgeProgress) -> None:
        if progress.num_done == 1:
            cancellation.cancel()

    with pytest.raises(CancelledError):
        shelf.knowledge.update(stop_at_second, cancellation)
    assert (shelf.folder.num_read, shelf.folder.num_files) == (1, 3)
    assert not shelf.folder.is_complete
    assert len(shelf.update()) == 2


def test_a_drive_that_is_pulled_out_keeps_what_was_read(shelf: Shelf) -> None:
    shelf.update()
    away = shelf.root.with_name("away")
    shelf.root.rename(away)
    assert shelf.update() == []
    assert not shelf.folder.is_there
    assert shelf.found("warehouses") == [HARBOUR]
    away.rename(shelf.root)
    assert shelf.update() == []


def test_a_removed_folder_is_forgotten_whole(shelf: Shelf) -> None:
    shelf.update()
    passage = shelf.knowledge.find("warehouses")[0]
    document = shelf.knowledge.document(passage)
    assert document is not None
    assert document.text[passage.start : passage.end] == passage.words
    shelf.knowledge.remove(shelf.folder.id)
    assert shelf.knowledge.folders() == []
    assert shelf.found("warehouses") == []
    assert shelf.knowledge.document(passage) is None
    assert passage.words.strip() == HARBOUR, "what a question was asked with stays with it"


def test_a_copy_of_a_passage_takes_no_room(shelf: Shelf) -> None:
    for number in range(8):
        shelf.write(f"copy{number}.txt", HARBOUR)
    shelf.update()
    assert shelf.found("When did the warehouses burn?") == [HARBOUR]


def test_a_folder_that_is_none_is_refused(shelf: Shelf) -> None:
    with pytest.raises(DocumentNotFoundError):
        shelf.knowledge.add(shelf.root / "nowhere")
    assert shelf.knowledge.add(shelf.root).id == shelf.folder.id


@pytest.mark.skipif(os.name != "posix", reason="only there a name can be no text")
def test_a_name_that_is_no_text_is_read_all_the_same(shelf: Shelf) -> None:
    path = os.fsencode(shelf.root) + b"/caf\xe9.txt"
    with open(path, "w", encoding="utf-8") as file:
        file.write("The café opens at noon.")
    assert len(shelf.update()) == 4
    assert shelf.update() == []
    assert shelf.found("café noon") == ["The café opens at noon."]
