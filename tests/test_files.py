"""Names that lead to no file: whoever is given one says so at once, instead of waiting for ever."""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.engine.llama.model_path import check_adapter_path, check_model_path
from lmstudio_lite.engine.llama.tuning_store import TuningStore
from lmstudio_lite.errors import (
    AdapterError,
    AppError,
    DocumentNotFoundError,
    DocumentUnsupportedError,
    ModelFileError,
    NotAFileError,
)
from lmstudio_lite.files import FileKind, IrregularFileError, open_regular, read_regular
from lmstudio_lite.finetune.data.canonical import read_examples
from lmstudio_lite.finetune.data.detection import detect_source
from lmstudio_lite.finetune.data.text_lines import encoding_of, open_text, read_lines
from lmstudio_lite.finetune.run_folder import RunFolder, RunLog
from lmstudio_lite.folder_lock import FolderLock
from lmstudio_lite.library.gguf import read_gguf_header
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.paths import replace_file
from lmstudio_lite.private_files import open_to_append
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.database import Database
from lmstudio_lite.words import explain

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes and devices in folders")
WAIT_S = 20.0


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_folder(path: Path) -> None:
    path.mkdir()


KINDS = {"pipe": make_pipe, "endless": make_endless, "folder": make_folder}


@pytest.fixture(params=list(KINDS))
def make(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    return KINDS[request.param]


def outcome_of(action: Callable[[], object]) -> object:
    """Return what ``action`` gives or raises; fails where it is not done in time."""
    outcomes: list[object] = []

    def run() -> None:
        try:
            outcomes.append(action())
        except Exception as error:
            outcomes.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(WAIT_S)
    assert outcomes, "it waits for what is no file"
    return outcomes[0]


def test_what_is_no_file_is_refused_by_its_kind(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "x")
    for action in (open_regular, open_to_append, lambda path: read_regular(path, 10)):
        error = outcome_of(lambda action=action: action(tmp_path / "x"))  # type: ignore[misc]
        assert isinstance(error, IrregularFileError)


def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # A socket's name is short.
    with closing(socket.socket(socket.AF_UNIX)) as server:
        server.bind("s")
        with pytest.raises(IrregularFileError) as raised:
            open_regular(Path("s"))
    assert raised.value.kind is FileKind.SOCKET


def test_a_pipe_that_is_refused_does_not_let_its_writer_go_on(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x")
    with pytest.raises(IrregularFileError):
        open_regular(tmp_path / "x")
    with pytest.raises(OSError, match=r".") as raised:
        os.close(os.open(tmp_path / "x", os.O_WRONLY | os.O_NONBLOCK))
    assert raised.value.errno == errno.ENXIO  # There is still no reader.


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 5000, "loop"])
def test_names_that_no_file_can_have_are_errors_of_the_system(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match=r"."):
        open_regular(tmp_path / name)
    with pytest.raises(AppError):
        DocumentReader().read(tmp_path / name)


def test_names_of_any_bytes_are_opened(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9\n\x1b[31m.txt")
    path.write_text("A text of some words.", "utf-8")
    with open_regular(path) as file:
        assert file.read() == b"A text of some words."
    assert DocumentReader().read(path).text.strip() == "A text of some words."


def test_a_file_that_grows_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n")
    with open_regular(path) as file, path.open("ab") as more:
        assert file.readline() == b"one\n"
        more.write(b"three\n" * 10_000)
        more.flush()
        assert file.read() == b"two\n"
        file.seek(0)
        assert file.readlines() == [b"one\n", b"two\n"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux has such files")
def test_a_file_that_says_it_is_empty_is_read() -> None:
    assert b"Name:" in read_regular(Path("/proc/self/status"), 1 << 20)


def test_a_long_file_is_not_read_where_a_limit_is_set(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(11))
    with pytest.raises(OSError, match="longer than 10 bytes"):
        read_regular(tmp_path / "x", 10)


READERS: dict[str, Callable[[Path], object]] = {
    "a document": lambda path: DocumentReader().read(path),
    "a spreadsheet": lambda path: DocumentReader().read_sheets(path),
    "examples": lambda path: detect_source(path, DocumentReader()),
    "their encoding": encoding_of,
    "their lines": lambda path: list(read_lines(path)),
    "their text": open_text,
    "prepared examples": lambda path: list(read_examples(path)),
    "a model's header": read_gguf_header,
    "a model": check_model_path,
    "a model by its name": lambda path: ModelLibrary(path.parent / "none", lambda: []).resolve(str(path)),
    "an adapter": check_adapter_path,
    "a run's events": lambda path: list(_run_with(path, "events.jsonl").events()),
    "a run's settings": lambda path: _run_with(path, "settings.json").load_settings(),
    "the database": Database.open,
}


def _run_with(path: Path, name: str) -> RunFolder:
    path.rename(path.with_name(name))
    return RunFolder(path.parent)


@pytest.mark.parametrize("what", READERS)
def test_every_reader_refuses_what_is_no_file(
    tmp_path: Path, make: Callable[[Path], None], what: str
) -> None:
    make(tmp_path / "x")
    error = outcome_of(lambda: READERS[what](tmp_path / "x"))
    assert isinstance(error, AppError | OSError), error
    if isinstance(error, AppError):
        explanation = explain(error)
        assert "file" in explanation.what
        assert explanation.remedy


@pytest.mark.parametrize("what", ["the settings", "what was measured"])
@pytest.mark.may_log("WARNING lmstudio_lite.settings: settings: unreadable")
def test_a_cache_that_is_no_file_holds_nothing(
    tmp_path: Path, make: Callable[[Path], None], what: str
) -> None:
    make(tmp_path / "x")
    if what == "the settings":
        store = outcome_of(lambda: SettingsStore(tmp_path / "x"))
        assert isinstance(store, SettingsStore)
        assert store.problems
        with pytest.raises(NotAFileError):
            store.update("chat", max_tokens=64)
    else:
        assert outcome_of(lambda: TuningStore(tmp_path / "x").recall("m")) is None


WRITERS: dict[str, Callable[[Path], object]] = {
    "a file that takes another's place": lambda path: replace_file(path, b"new", is_private=False),
    "a run's log": RunLog,
    "a lock": lambda path: FolderLock.acquire(path.rename(path.with_name("running.lock")).parent),
}


@pytest.mark.parametrize("what", WRITERS)
def test_nothing_is_written_over_what_is_no_file(
    tmp_path: Path, make: Callable[[Path], None], what: str
) -> None:
    make(tmp_path / "x")
    kind_before = (tmp_path / "x").stat().st_mode
    error = outcome_of(lambda: WRITERS[what](tmp_path / "x"))
    assert isinstance(error, NotAFileError)
    assert [path.stat().st_mode for path in tmp_path.iterdir()] == [kind_before]
    assert "another name" in explain(error).remedy


def test_the_errors_name_the_thing_and_the_remedy(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "notes.txt")
    with pytest.raises(DocumentUnsupportedError) as document:
        DocumentReader().read(tmp_path / "notes.txt")
    assert explain(document.value).what == "“notes.txt” is a pipe, not a file."
    assert "standard input" in explain(document.value).remedy
    with pytest.raises(ModelFileError) as model:
        read_gguf_header(tmp_path / "notes.txt")
    assert explain(model.value).what == "“notes.txt” is a folder, a pipe or a device, not a file."
    with pytest.raises(AdapterError) as adapter:
        check_adapter_path(tmp_path / "notes.txt")
    assert explain(adapter.value).what.startswith("The adapter “notes.txt” is a folder, a pipe or a device")


def test_a_file_below_a_file_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a", "utf-8")
    with pytest.raises(DocumentNotFoundError):
        DocumentReader().read(tmp_path / "x" / "y.txt")


@pytest.fixture(autouse=True)
def pipes_are_let_go(tmp_path: Path) -> Iterator[None]:
    """End a reader that a failing test left waiting for a pipe's writer."""
    yield
    for path in tmp_path.rglob("*"):
        if path.is_fifo():
            os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
