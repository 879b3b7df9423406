from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from lmstudio_lite.errors import DiskFullError, NotStoredError
from lmstudio_lite.unsaved import Place, UnsavedPiece, UnsavedState, UnsavedWork


class Disk:
    """Takes texts by key while it has room."""

    def __init__(self) -> None:
        self.is_full = False
        self.written: dict[str, str] = {}
        self.num_attempts = 0

    def piece(self, key: str, text: str, place: Place = Place.CHAT) -> UnsavedPiece:
        def save() -> None:
            self.num_attempts += 1
            if self.is_full:
                raise DiskFullError(path="data")
            self.written[key] = text

        return UnsavedPiece(key, place, f"Title of {key}", text, save)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def unsaved() -> Iterator[UnsavedWork]:
    work = UnsavedWork(first_retry_s=0.01, last_retry_s=0.02)
    yield work
    work.close()


def wait_until_saved(unsaved: UnsavedWork) -> None:
    is_empty = threading.Event()
    forget = unsaved.subscribe(lambda state: is_empty.set() if not state.pieces else None)
    if unsaved.state.pieces:
        assert is_empty.wait(10)
    forget()


def test_what_can_be_saved_does_not_wait(unsaved: UnsavedWork, disk: Disk) -> None:
    assert unsaved.save(disk.piece("a", "text"))
    assert disk.written == {"a": "text"}
    assert unsaved.state == UnsavedState()


def test_what_could_not_be_saved_is_saved_by_itself_when_there_is_room(
    unsaved: UnsavedWork, disk: Disk
) -> None:
    disk.is_full = True
    assert not unsaved.save(disk.piece("a", "one"))
    assert not unsaved.save(disk.piece("b", "two", Place.SUMMARIZE))
    assert isinstance(unsaved.state.error, DiskFullError)
    assert [piece.text for piece in unsaved.state.at(Place.SUMMARIZE)] == ["two"]
    disk.is_full = False
    wait_until_saved(unsaved)
    assert disk.written == {"a": "one", "b": "two"}
    assert unsaved.state == UnsavedState()


def test_a_newer_text_takes_the_place_of_the_older_one(disk: Disk) -> None:
    unsaved = UnsavedWork(first_retry_s=3600)
    disk.is_full = True
    unsaved.save(disk.piece("a", "old"))
    num_attempts = disk.num_attempts
    assert not unsaved.save(disk.piece("a", "old and new"))
    assert disk.num_attempts == num_attempts
    assert [piece.text for piece in unsaved.state.pieces] == ["old and new"]
    disk.is_full = False
    assert unsaved.close() == ()
    assert disk.written == {"a": "old and new"}


def test_trying_again_at_once(disk: Disk) -> None:
    unsaved = UnsavedWork(first_retry_s=3600)
    disk.is_full = True
    unsaved.save(disk.piece("a", "text"))
    disk.is_full = False
    unsaved.retry()
    wait_until_saved(unsaved)
    assert disk.written == {"a": "text"}
    unsaved.close()


def test_texts_that_are_nowhere_are_at_risk(disk: Disk) -> None:
    unsaved = UnsavedWork(first_retry_s=3600)
    disk.is_full = True
    unsaved.save(disk.piece("a", "text"))
    unsaved.save(disk.piece("mark", ""))
    assert [piece.key for piece in unsaved.texts_at_risk] == ["a"]
    unsaved.mark_saved_elsewhere(unsaved.texts_at_risk)
    assert unsaved.texts_at_risk == ()
    assert len(unsaved.state.pieces) == 2
    unsaved.save(disk.piece("a", "text that grew"))
    assert [piece.text for piece in unsaved.close()] == ["text that grew"]


@pytest.mark.may_log("given up on what was not saved")
def test_what_belongs_to_nothing_any_more_is_given_up(
    unsaved: UnsavedWork, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    disk.is_full = True

    def save() -> None:
        if disk.is_full:
            raise DiskFullError(path="data")
        raise NotStoredError(kind="message", id="a")

    unsaved.save(UnsavedPiece("a", Place.CHAT, "Title", "text", save))
    disk.is_full = False
    wait_until_saved(unsaved)
    assert "given up" in caplog.text


def test_what_comes_late_does_not_replace_what_is_newer(unsaved: UnsavedWork, disk: Disk) -> None:
    """A job that had to wait brings its older text after the newer one was written at once."""
    older = disk.piece("a", "older")
    assert unsaved.save(disk.piece("a", "newer"))
    assert unsaved.save(older)
    assert disk.written == {"a": "newer"}
    older = disk.piece("a", "older")
    disk.is_full = True
    assert not unsaved.save(disk.piece("a", "newest"))
    assert not unsaved.save(older)
    assert [piece.text for piece in unsaved.state.pieces] == ["newest"]
    disk.is_full = False
    unsaved.retry()
    wait_until_saved(unsaved)
    assert disk.written == {"a": "newest"}
