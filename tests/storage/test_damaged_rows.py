"""One damaged row hides no other: each is read by itself, shown as damaged, exported and deleted."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.records import SummaryRecord
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.paths import portable_paths
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.part_cache import KeptPart, PartCache
from lmstudio_lite.storage.results import Results
from lmstudio_lite.unsaved import UnsavedWork
from tests.support.damage import damage, forget_not_null

WHERE = "WHERE title = 'bad'"

CONVERSATION_DAMAGE = {
    "a title that is no UTF-8": f"UPDATE conversations SET title = CAST(X'FF41FE' AS TEXT) {WHERE}",
    "a title of bytes": f"UPDATE conversations SET title = X'FF00' {WHERE}",
    "no title": f"UPDATE conversations SET title = NULL {WHERE}",
    "an absurd time": f"UPDATE conversations SET updated_at = 9223372036854775807 {WHERE}",
    "a time long ago": f"UPDATE conversations SET created_at = -9223372036854775807 {WHERE}",
    "a time that is a text": f"UPDATE conversations SET updated_at = 'yesterday' {WHERE}",
    "an id of bytes": f"UPDATE conversations SET id = X'FFFE' {WHERE}",
    "an id that is no UTF-8": f"UPDATE conversations SET id = CAST(X'FF' AS TEXT) {WHERE}",
    "no id": f"UPDATE conversations SET id = NULL {WHERE}",
    "a leaf that is not there": f"UPDATE conversations SET active_leaf_id = 'nowhere' {WHERE}",
    "a leaf of bytes": f"UPDATE conversations SET active_leaf_id = X'FF' {WHERE}",
}

MESSAGE_DAMAGE = {
    "an unknown state": "UPDATE messages SET state = 'dreaming' WHERE text = 'two'",
    "an unknown role": "UPDATE messages SET role = 'oracle' WHERE text = 'two'",
    "no role": "UPDATE messages SET role = NULL WHERE text = 'two'",
    "a text of bytes": "UPDATE messages SET text = X'74776FFF' WHERE text = 'two'",
    "a text that is a number": "UPDATE messages SET text = 2, note = 7 WHERE text = 'two'",
    "no text": "UPDATE messages SET text = NULL WHERE text = 'two'",
    "an absurd time": "UPDATE messages SET created_at = 1e300 WHERE text = 'two'",
    "a speed that is a text": "UPDATE messages SET tokens_per_s = 'fast' WHERE text = 'two'",
    "a parent that is not there": "UPDATE messages SET parent_id = 'nowhere' WHERE text = 'three'",
    "a parent of bytes": "UPDATE messages SET parent_id = X'FF' WHERE text = 'three'",
    "a message that is its own parent": "UPDATE messages SET parent_id = id WHERE text = 'two'",
    "parents in a circle": "UPDATE messages SET parent_id = (SELECT id FROM messages WHERE text = 'three')"
    " WHERE text = 'one'",
    "an id of bytes": "UPDATE messages SET id = X'FFFE' WHERE text = 'two'",
}


@pytest.fixture
def kept(database_path: Path) -> Path:
    with closing(Database.open(database_path)) as database:
        conversations = Conversations(database)
        for title in ("first", "bad", "last"):
            parent: str | None = None
            conversation = conversations.create(title)
            for number, text in enumerate(("one", "two", "three") if title == "bad" else ("a", "b", "c")):
                role = Role.ASSISTANT if number % 2 else Role.USER
                parent = conversations.add_message(conversation.id, parent, role, text).id
    for table in ("conversations", "messages", "results"):
        forget_not_null(database_path, table)
    return database_path


@pytest.mark.parametrize("name", CONVERSATION_DAMAGE)
def test_a_damaged_conversation_hides_no_other(kept: Path, name: str) -> None:
    damage(kept, CONVERSATION_DAMAGE[name])
    with closing(Database.open(kept)) as database:
        conversations = Conversations(database)
        listed = conversations.list()
        assert len(listed) == 3
        assert {"first", "last"} <= {found.title for found in listed}
        (bad,) = [found for found in listed if found.title not in ("first", "last")]
        assert [message.text for message in conversations.thread(bad.id)][-1:] in (["three"], [])
        raw = json.loads(conversations.export_raw(bad.id))
        assert [message["text"] for message in raw["messages"]] in (["one", "two", "three"], [])
        conversations.delete(bad.id)
        assert [found.title for found in conversations.list()] == ["last", "first"]
        for found in conversations.list():
            assert [message.text for message in conversations.thread(found.id)] == ["a", "b", "c"]
        assert len(conversations.purge_deleted()) == 1


@pytest.mark.parametrize("name", MESSAGE_DAMAGE)
def test_a_damaged_message_hides_no_other(kept: Path, name: str) -> None:
    damage(kept, MESSAGE_DAMAGE[name])
    with closing(Database.open(kept)) as database:
        conversations = Conversations(database)
        (bad,) = [found for found in conversations.list() if found.title == "bad"]
        thread = conversations.thread(bad.id)
        texts = [message.text for message in thread]
        assert len(texts) == 3
        assert (texts[0], texts[2]) == ("one", "three")
        end, is_whole = conversations.thread_end(bad.id, 2)
        assert end[-1] == thread[-1] or "circle" in name
        assert not is_whole or end == thread
        for message in thread:
            conversations.siblings(message.id)
            assert conversations.path_to(message.id)[-1].text == message.text or "circle" in name
        conversations.select_sibling(thread[-1].id)
        assert "three" in conversations.export_raw(bad.id)
        conversations.chosen_answer_ids()
        conversations.recover_interrupted()
        conversations.delete(bad.id)
        conversations.purge_deleted()
        assert len(conversations.list()) == 2


def test_what_is_damaged_of_a_message_is_marked(kept: Path) -> None:
    damage(kept, MESSAGE_DAMAGE["an unknown state"])
    with closing(Database.open(kept)) as database:
        conversations = Conversations(database)
        (bad,) = [found for found in conversations.list() if found.title == "bad"]
        assert [message.is_damaged for message in conversations.thread(bad.id)] == [False, True, False]


RESULT_DAMAGE = {
    "torn details": f'UPDATE results SET details = \'{{"form": "bul\' {WHERE}',
    "details that are a list": f"UPDATE results SET details = '[1, 2]' {WHERE}",
    "details without end": f"UPDATE results SET details = '{'[' * 100_000}' {WHERE}",
    "details of bytes": f"UPDATE results SET details = X'FF' {WHERE}",
    "no details": f"UPDATE results SET details = NULL {WHERE}",
    "a title that is no UTF-8": f"UPDATE results SET title = CAST(X'FF41FE' AS TEXT) {WHERE}",
    "a text of bytes": f"UPDATE results SET text = X'FF', source_text = X'FF' {WHERE}",
    "an absurd time": f"UPDATE results SET updated_at = 9223372036854775807 {WHERE}",
    "an id of bytes": f"UPDATE results SET id = X'FF' {WHERE}",
}


@pytest.mark.parametrize("name", RESULT_DAMAGE)
def test_a_damaged_result_hides_no_other(kept: Path, name: str) -> None:
    with closing(Database.open(kept)) as database:
        for title in ("first", "bad", "last"):
            Results(database).add(title, "", "", "source", "text", SummaryRecord())
    damage(kept, RESULT_DAMAGE[name])
    with closing(Database.open(kept)) as database:
        results = Results(database)
        listed = results.list(ResultKind.SUMMARY)
        assert len(listed) == 3
        (bad,) = [found for found in listed if found.title not in ("first", "last")]
        assert results.get(bad.id).id == bad.id
        assert bad.is_damaged or "UTF-8" in name
        assert json.loads(results.export_raw(bad.id))["result"]
        results.delete(bad.id)
        assert [found.title for found in results.list(ResultKind.SUMMARY)] == ["last", "first"]
        assert results.purge_deleted() == 1


def test_a_damaged_version_hides_no_other_and_is_exported(kept: Path) -> None:
    with closing(Database.open(kept)) as database:
        results = Results(database)
        result = results.add("bad", "", "", "source", "", SummaryRecord())
        for text in ("one", "two", "three"):
            results.add_version(result.id, text=text, record=SummaryRecord(), keeps_present=False)
    forget_not_null(kept, "result_versions")
    damage(
        kept,
        "UPDATE result_versions SET text = X'FF', details = '{' WHERE text = 'two'",
        "UPDATE result_versions SET text = CAST(X'FF41' AS TEXT), details = NULL WHERE text = 'three'",
    )
    with closing(Database.open(kept)) as database:
        results = Results(database)
        assert results.versions(result.id)[0].text == "one"
        assert len(results.versions(result.id)) == 3
        raw = json.loads(results.export_raw(result.id))
        assert [version["text"] for version in raw["versions"]][:2] == ["one", {"hex": "ff"}]
        assert len(raw["versions"]) == 3


def test_versions_of_a_row_with_a_damaged_id_are_exported(kept: Path) -> None:
    with closing(Database.open(kept)) as database:
        results = Results(database)
        result = results.add("bad", "", "", "source", "", SummaryRecord())
        results.add_version(result.id, text="one", record=SummaryRecord(), keeps_present=False)
    damage(kept, f"UPDATE results SET id = X'FF' {WHERE}", "UPDATE result_versions SET result_id = X'FF'")
    with closing(Database.open(kept)) as database:
        results = Results(database)
        (bad,) = results.list(ResultKind.SUMMARY)
        assert [version["text"] for version in json.loads(results.export_raw(bad.id))["versions"]] == ["one"]
        assert [version.text for version in results.versions(bad.id)] == ["one"]


def test_a_damaged_part_is_made_again(kept: Path) -> None:
    with closing(Database.open(kept)) as database:
        for key in ("good", "bad"):
            PartCache(database, UnsavedWork()).keep(key, KeptPart("text", "", 1))
    damage(kept, "UPDATE part_cache SET text = X'FF' WHERE key = 'bad'")
    with closing(Database.open(kept)) as database:
        assert PartCache(database, UnsavedWork()).find(["good", "bad"]) == {"good": KeptPart("text", "", 1)}


@pytest.mark.parametrize("name", [*CONVERSATION_DAMAGE, *MESSAGE_DAMAGE])
def test_the_program_starts_over_damaged_rows(kept: Path, name: str, tmp_path: Path) -> None:
    statement = {**CONVERSATION_DAMAGE, **MESSAGE_DAMAGE}[name]
    streaming = "UPDATE messages SET state = 'streaming' WHERE text = 'two'"
    deleted = "UPDATE conversations SET deleted_at = 1 WHERE title = 'bad'"
    damage(kept, streaming, deleted, statement)
    paths = portable_paths(tmp_path / "data")
    assert paths.database == kept
    with Services.open(paths, isolation="thread", exclusive=True) as services:
        assert [found.title for found in services.conversations.list()] == ["last", "first"]
