"""A damaged file is kept, and what can be read of it comes into a new one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.records import SummaryRecord
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.errors import DatabaseDamagedError
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.drafts import Drafts
from lmstudio_lite.storage.results import Results
from lmstudio_lite.storage.salvage import salvage

_PAGE = 4096


def fill(path: Path, num_conversations: int = 30) -> None:
    with closing(Database.open(path)) as database:
        conversations = Conversations(database)
        for number in range(num_conversations):
            question = conversations.begin(f"Title {number}", f"question {number} " * 60)
            conversations.add_message(
                question.conversation_id, question.id, Role.ASSISTANT, f"answer {number} " * 200
            )
            Results(database).add(f"Paper {number}", "", "ab", "source", "text", SummaryRecord())
        Drafts(database).keep("chat:", "a draft")


def break_pages(path: Path, *numbers: int) -> None:
    content = bytearray(path.read_bytes())
    for number in numbers:
        content[number * _PAGE : number * _PAGE + _PAGE] = b"\xa5" * _PAGE
    path.write_bytes(content)


def test_a_whole_file_comes_over_whole(database_path: Path) -> None:
    fill(database_path)
    before = database_path.read_bytes()
    found = salvage(database_path)
    assert (found.num_conversations, found.num_messages, found.num_results) == (30, 60, 30)
    assert found.kept_path.read_bytes() == before
    with closing(Database.open(database_path)) as database:
        conversations = Conversations(database)
        assert [kept.title for kept in conversations.list()] == [f"Title {n}" for n in reversed(range(30))]
        assert len(conversations.list("answer 29")) == 1
        assert [kept.title for kept in Results(database).list(ResultKind.SUMMARY, "paper 29")] == ["Paper 29"]
        draft = Drafts(database).get("chat:")
        assert draft is not None
        assert database.problems() == ()


@pytest.mark.may_log("a table can't be read whole")
@pytest.mark.parametrize("place", [0.2, 0.4, 0.6, 0.8])
def test_a_broken_page_costs_its_own_rows_only(database_path: Path, place: float) -> None:
    fill(database_path)
    num_pages = database_path.stat().st_size // _PAGE
    break_pages(database_path, round(num_pages * place))
    found = salvage(database_path)
    assert found.num_messages >= 40
    with closing(Database.open(database_path)) as database:
        conversations = Conversations(database)
        for kept in conversations.list():
            conversations.thread(kept.id)
            conversations.add_message(kept.id, None, Role.USER, "goes on")
        with database.read() as connection:
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.problems() == ()


@pytest.mark.may_log("a table can't be read whole")
@pytest.mark.parametrize("content", [b"", b"This is a letter, not a database. " * 300])
def test_nothing_to_read_leaves_an_empty_one(database_path: Path, content: bytes) -> None:
    database_path.parent.mkdir()
    database_path.write_bytes(content)
    found = salvage(database_path)
    assert (found.num_conversations, found.num_messages, found.num_results) == (0, 0, 0)
    assert found.kept_path.read_bytes() == content
    with closing(Database.open(database_path)) as database:
        assert Conversations(database).list() == []


@pytest.mark.may_log("a table can't be read whole")
def test_a_truncated_file_gives_what_is_before_the_end(database_path: Path) -> None:
    fill(database_path)
    content = database_path.read_bytes()
    database_path.write_bytes(content[: len(content) * 3 // 4])
    with pytest.raises(DatabaseDamagedError):
        Database.open(database_path).problems()
    assert salvage(database_path).num_messages > 0
    Database.open(database_path).close()


@pytest.mark.may_log("a table can't be read whole")
def test_damage_that_is_found_in_use_is_told_at_the_next_start(database_path: Path) -> None:
    fill(database_path)
    content = database_path.read_bytes()
    pages = [content[start : start + _PAGE] for start in range(0, len(content), _PAGE)]
    break_pages(database_path, *(n for n, page in enumerate(pages) if page.count(b"answer 15 ") > 20))
    with closing(Database.open(database_path)) as database:
        conversations = Conversations(database)
        (broken,) = [kept for kept in conversations.list() if kept.title == "Title 15"]
        with pytest.raises(DatabaseDamagedError):
            conversations.thread(broken.id)
    with pytest.raises(DatabaseDamagedError):
        Database.open(database_path)
    salvage(database_path)
    Database.open(database_path).close()
