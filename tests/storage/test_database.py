from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.errors import (
    DatabaseDamagedError,
    DatabaseTooNewError,
    DataFolderReadOnlyError,
    DiskFullError,
    InvariantError,
    NotAFileError,
    StorageError,
)
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.migrations import MIGRATIONS, found_version
from tests.storage.conftest import CHECKOUT, MountedRun


def start_child(verb: str, path: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.storage.child", verb, str(path), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
    )


def open_and_fill(path: Path, num_messages: int) -> None:
    with closing(Database.open(path)) as database:
        conversations = Conversations(database)
        conversation = conversations.create("Long")
        parent: str | None = None
        for number in range(num_messages):
            text = f"message {number} " * 60
            parent = conversations.add_message(conversation.id, parent, Role.USER, text).id


def test_a_new_file_has_every_step_and_no_problems(database: Database) -> None:
    with database.read() as connection:
        assert found_version(connection) == len(MIGRATIONS)
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 1
    assert database.problems() == ()


def test_an_older_file_takes_the_missing_steps_and_keeps_its_rows(database_path: Path) -> None:
    database_path.parent.mkdir()
    old = sqlite3.connect(database_path, isolation_level=None)
    for statement in MIGRATIONS[0].statements:
        old.execute(statement)
    old.execute("INSERT INTO conversations (id, title, created_at, updated_at) VALUES ('c', 'Old', 1, 1)")
    old.execute(f"PRAGMA application_id = {0x4C4D534C}")
    old.execute("PRAGMA user_version = 1")
    old.close()
    database = Database.open(database_path)
    assert Conversations(database).get("c").title == "Old"
    with database.read() as connection:
        assert found_version(connection) == len(MIGRATIONS)
    database.close()


def test_the_names_of_steps_are_unique() -> None:
    assert len({migration.name for migration in MIGRATIONS}) == len(MIGRATIONS)


def test_a_failing_block_keeps_nothing(database: Database) -> None:
    conversations = Conversations(database)

    def fail_midway() -> None:
        with database.write() as connection:
            connection.execute(
                "INSERT INTO conversations (id, title, created_at, updated_at) VALUES ('c', '', 1, 1)"
            )
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_midway()
    assert conversations.list() == []
    assert conversations.create("After").title == "After"


def test_use_after_closing_is_a_bug(database: Database) -> None:
    database.close()
    database.close()
    with pytest.raises(InvariantError):
        Conversations(database).list()


def test_a_killed_writer_loses_nothing_committed(database_path: Path) -> None:
    child = start_child("stream", database_path)
    assert child.stdout is not None
    num_words = 0
    for line in child.stdout:
        num_words = int(line)
        if num_words == 200:
            child.kill()
    child.wait()
    child.stdout.close()
    database = Database.open(database_path)
    conversations = Conversations(database)
    [conversation] = conversations.list()
    reply = conversations.thread(conversation.id)[-1]
    assert reply.state is MessageState.STREAMING
    assert len(reply.text.split()) in (num_words, num_words + 1)
    assert conversations.recover_interrupted() == 1
    assert conversations.recover_interrupted() == 0
    assert conversations.get_message(reply.id).state is MessageState.INTERRUPTED
    assert [found.id for found in conversations.list("word")] == [conversation.id]
    assert database.problems() == ()
    database.close()


def test_processes_write_at_once(database_path: Path) -> None:
    children = [start_child("append", database_path, name, "60") for name in ("first", "second", "third")]
    said = [child.communicate(timeout=120)[0] for child in children]
    assert said == ["done\n"] * 3
    database = Database.open(database_path)
    conversations = Conversations(database)
    threads = {found.title: conversations.thread(found.id) for found in conversations.list()}
    for name in ("first", "second", "third"):
        assert [message.text for message in threads[name]] == [f"{name} {number}" for number in range(60)]
    assert database.problems() == ()
    database.close()


def test_threads_write_at_once(conversations: Conversations) -> None:
    def write(name: str) -> None:
        conversation = conversations.create(name)
        for number in range(30):
            conversations.add_message(conversation.id, None, Role.USER, f"{name} {number}")

    threads = [threading.Thread(target=write, args=(f"t{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(conversations.list(f"t{number} 29")) for number in range(4)] == [1] * 4


def test_a_file_of_something_else_is_left_alone(database_path: Path) -> None:
    database_path.parent.mkdir()
    content = b"This is a letter, not a database. " * 200
    database_path.write_bytes(content)
    with pytest.raises(DatabaseDamagedError) as caught:
        Database.open(database_path)
    assert caught.value.details["path"] == str(database_path)
    assert database_path.read_bytes() == content


def test_another_programs_database_is_left_alone(database_path: Path) -> None:
    database_path.parent.mkdir()
    other = sqlite3.connect(database_path)
    other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.close()
    content = database_path.read_bytes()
    with pytest.raises(DatabaseDamagedError):
        Database.open(database_path)
    assert database_path.read_bytes() == content


def test_damage_in_the_middle_is_named_and_kept_aside(database_path: Path) -> None:
    open_and_fill(database_path, 200)
    content = bytearray(database_path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    database_path.write_bytes(content)

    with pytest.raises(DatabaseDamagedError):
        open_and_fill(database_path, 1)
    assert database_path.exists()

    kept = Database.set_aside(database_path)
    assert kept.name == "library.sqlite3.damaged-1"
    assert len(kept.read_bytes()) == len(content)
    database = Database.open(database_path)
    assert Conversations(database).list() == []
    database.close()


@pytest.mark.parametrize("kept_bytes", [99, 100, 4096, 9000])
def test_a_truncated_file_is_damaged(database_path: Path, kept_bytes: int) -> None:
    open_and_fill(database_path, 50)
    database_path.write_bytes(database_path.read_bytes()[:kept_bytes])
    with pytest.raises(DatabaseDamagedError):
        open_and_fill(database_path, 1)
    assert database_path.stat().st_size >= kept_bytes


def test_a_second_damaged_file_does_not_replace_the_first(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    for number in (1, 2):
        path.write_text(f"damaged {number}")
        path.with_name("library.sqlite3-wal").write_text(f"log {number}")
        assert Database.set_aside(path).read_text() == f"damaged {number}"
        assert (tmp_path / f"library.sqlite3.damaged-{number}-wal").read_text() == f"log {number}"


def test_a_newer_file_is_left_alone(database_path: Path) -> None:
    Database.open(database_path).close()
    newer = sqlite3.connect(database_path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    content = database_path.read_bytes()
    with pytest.raises(DatabaseTooNewError) as caught:
        Database.open(database_path)
    assert caught.value.details["found_version"] == 99
    assert caught.value.details["known_version"] == len(MIGRATIONS)
    assert database_path.read_bytes() == content


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(DataFolderReadOnlyError):
        Database.open(tmp_path / "data" / "library.sqlite3")


def test_processes_make_the_file_at_once(database_path: Path) -> None:
    children = [start_child("open_database", database_path) for _ in range(6)]
    assert [child.communicate(timeout=60)[0] for child in children] == ["opened\n"] * 6


def test_an_old_sqlite_is_named(database_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))
    with pytest.raises(StorageError, match="too old"):
        Database.open(database_path)


def test_a_folder_where_the_file_should_be(database_path: Path) -> None:
    database_path.mkdir(parents=True)
    with pytest.raises(NotAFileError):
        Database.open(database_path)


def test_a_read_only_disk(tmp_path: Path, run_on_mount: MountedRun) -> None:
    run = run_on_mount(tmp_path, "ro", "open_database", str(tmp_path / "library.sqlite3"))
    assert (run.stdout, run.stderr) == ("data_folder_read_only\n", "")


def test_a_full_disk_keeps_what_was_saved(tmp_path: Path, run_on_mount: MountedRun) -> None:
    run = run_on_mount(tmp_path, "size=1500k", "fill", str(tmp_path / "library.sqlite3"))
    assert run.stderr == ""
    full, reopened = run.stdout.splitlines()
    code, num_kept, num_read = full.split()
    assert code == "disk_full"
    assert int(num_kept) > 10
    assert num_read == num_kept
    assert reopened == f"reopened {num_kept}"


def test_a_disk_too_full_to_begin(tmp_path: Path, run_on_mount: MountedRun) -> None:
    run = run_on_mount(tmp_path, "size=8k", "open_database", str(tmp_path / "library.sqlite3"))
    assert (run.stdout, run.stderr) == ("disk_full\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="limits are POSIX")
def test_a_limit_on_the_file_is_a_full_disk(tmp_path: Path) -> None:
    child = start_child("fill_small_file", tmp_path / "library.sqlite3")
    full, reopened = child.communicate(timeout=60)[0].splitlines()
    code, num_kept, num_read = full.split()
    assert code == "disk_full"
    assert int(num_kept) > 0
    assert num_read == num_kept
    assert reopened == f"reopened {num_kept}"


def test_a_full_file_fails_one_write_and_goes_on_when_there_is_room(database: Database) -> None:
    conversations = Conversations(database)
    conversation = conversations.create("Kept")
    with database.write() as connection:
        num_pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {num_pages}")
    with pytest.raises(DiskFullError):
        conversations.add_message(conversation.id, None, Role.USER, "x" * 100_000)
    assert conversations.thread(conversation.id) == []
    with database.write() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    added = conversations.add_message(conversation.id, None, Role.USER, "x" * 100_000)
    assert conversations.thread(conversation.id) == [added]
