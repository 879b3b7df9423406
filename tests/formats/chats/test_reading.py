"""Exports of other programs: each gives its thread with its branches; damage costs only what is damaged."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.chat_files import ImportedConversation, ImportTrouble
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.formats.chats import json_items as items_module
from lmstudio_lite.formats.chats.json_items import NotAnArrayError, json_items
from lmstudio_lite.formats.chats.reading import ReadItem, holds_chats, read_chats
from tests.formats.chats import exports
from tests.formats.chats.exports import ANSWER, OTHER, QUESTION, write, write_lines


def only(path: Path) -> ReadItem:
    [item] = read_chats(path)
    return item


def shown(conversation: ImportedConversation) -> list[tuple[Role, str]]:
    """Return the thread down to the leaf."""
    by_key = {message.key: message for message in conversation.messages}
    key: str | None = conversation.leaf or conversation.messages[-1].key
    thread: list[tuple[Role, str]] = []
    while key is not None:
        message = by_key[key]
        thread.insert(0, (message.role, message.text))
        key = message.parent
    return thread


@pytest.mark.parametrize(
    ("make", "num_messages"),
    [
        (lambda folder: write(folder / "conversations.json", exports.chatgpt()), 4),
        (lambda folder: write(folder / "conversations.json", exports.claude()), 2),
        (lambda folder: write(folder / "chat-export.json", exports.open_webui()), 3),
        (lambda folder: write(folder / "1.conversation.json", exports.lm_studio()), 3),
        (lambda folder: write_lines(folder / "Poet.jsonl", exports.silly_tavern()), 3),
        (lambda folder: write_lines(folder / "messages.jsonl", exports.jan()), 2),
    ],
    ids=["chatgpt", "claude", "open-webui", "lm-studio", "silly-tavern", "jan"],
)
def test_a_thread_comes_in_with_its_branches(
    tmp_path: Path, make: Callable[[Path], Path], num_messages: int
) -> None:
    conversation = only(make(tmp_path)).conversation
    assert conversation is not None
    assert shown(conversation) == [(Role.USER, QUESTION), (Role.ASSISTANT, ANSWER)]
    assert len(conversation.messages) == num_messages
    others = [message for message in conversation.messages if message.text == OTHER]
    question = next(message for message in conversation.messages if message.text == QUESTION)
    assert all(message.parent == question.key for message in others)
    assert conversation.created_at is not None


def test_what_a_message_had_besides_words(tmp_path: Path) -> None:
    item = only(write(tmp_path / "conversations.json", exports.chatgpt()))
    assert item.trouble is ImportTrouble.PICTURES
    claude = only(write(tmp_path / "claude.json", exports.claude()))
    assert claude.trouble is None
    assert claude.conversation is not None
    question, answer = claude.conversation.messages
    assert question.attachments[0].text == "my notes"
    assert answer.reasoning == "They want rhymes."
    webui = only(write(tmp_path / "webui.json", exports.open_webui())).conversation
    assert webui is not None
    assert (webui.is_pinned, webui.tags) == (True, ("verse",))


def test_an_archive_and_a_thread_with_its_title_beside_it(tmp_path: Path) -> None:
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("user.json", "{}")
        written.writestr("data/conversations.json", json.dumps(exports.chatgpt() * 2))
    assert [item.title for item in read_chats(archive)] == ["Rhymes", "Rhymes"]
    write(tmp_path / "thread.json", {"title": "In Jan", "created": 1_700_000_000})
    assert only(write_lines(tmp_path / "messages.jsonl", exports.jan())).title == "In Jan"


@pytest.mark.parametrize(
    ("name", "content", "trouble"),
    [
        ("a.json", b"", ImportTrouble.DAMAGED),
        ("a.json", b"{", ImportTrouble.DAMAGED),
        ("a.json", b'{"a": 1}', ImportTrouble.UNKNOWN_FILE),
        ("a.json", b"[1]", ImportTrouble.UNKNOWN_FILE),
        ("a.json", b'[{"mapping": {}}]', ImportTrouble.EMPTY),
        ("a.json", b"[" * 100_000, ImportTrouble.DAMAGED),
        ("a.jsonl", b"\xff\xfe nothing", ImportTrouble.UNKNOWN_FILE),
        ("a.zip", b"no archive", ImportTrouble.DAMAGED),
    ],
)
def test_what_is_none_is_named(tmp_path: Path, name: str, content: bytes, trouble: ImportTrouble) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    item = only(path)
    assert (item.conversation, item.trouble) == (None, trouble)


def test_an_archive_whose_content_is_damaged(tmp_path: Path) -> None:
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("conversations.json", json.dumps(exports.chatgpt() * 200))
    content = bytearray(archive.read_bytes())
    for place in range(len(content) // 3, len(content) // 2):
        content[place] = 0xFF
    archive.write_bytes(content)
    assert [item.trouble for item in read_chats(archive)][-1] is ImportTrouble.DAMAGED


def test_a_description_that_is_nested_without_end_is_none(tmp_path: Path) -> None:
    (tmp_path / "thread.json").write_text("[" * 200_000)
    assert only(write_lines(tmp_path / "messages.jsonl", exports.jan())).conversation is not None


def test_a_damaged_conversation_costs_no_other_one(tmp_path: Path) -> None:
    texts = [json.dumps(item) for item in (exports.chatgpt() + exports.claude()) * 2]
    texts[1] = texts[1].replace('"sender"', "sender", 1)
    path = tmp_path / "conversations.json"
    path.write_text(f"[{','.join(texts)}")  # and the end is missing
    items = list(read_chats(path))
    assert [item.conversation is not None for item in items] == [True, False, True, True]
    assert items[1].trouble is ImportTrouble.DAMAGED
    path.write_text(f"[{','.join(texts)}"[:-40])
    assert [item.conversation is not None for item in read_chats(path)] == [True, False, True, False]


def test_messages_that_go_round_in_a_circle(tmp_path: Path) -> None:
    export = exports.open_webui()
    messages = export[0]["chat"]["history"]["messages"]
    messages["q"]["parentId"] = "a1"
    conversation = only(write(tmp_path / "a.json", export)).conversation
    assert conversation is not None
    seen: set[str] = set()
    for message in conversation.messages:
        assert message.parent is None or message.parent in seen
        seen.add(message.key)
    assert len(seen) == 3


@pytest.mark.parametrize("seed", range(200))
def test_any_change_of_a_value_gives_a_conversation_or_a_word(tmp_path: Path, seed: int) -> None:
    chosen = random.Random(seed)
    export: Any = chosen.choice(
        [exports.chatgpt(), exports.claude(), exports.open_webui(), exports.lm_studio()]
    )
    places = list(_places(export))
    for _ in range(chosen.randint(1, 4)):
        holder, key = chosen.choice(places)
        try:
            holder[key] = chosen.choice([None, 7, -1.5, "", [], {}, True, "x" * 50, 10**400, "\ud800"])
        except (KeyError, IndexError):
            continue
    path = tmp_path / "a.json"
    path.write_text(json.dumps(export))
    for item in read_chats(path):
        assert item.conversation is not None or item.trouble is not None


def _places(value: Any) -> Any:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from _places(inner)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(json_values, max_size=6), st.integers(1, 40), st.sampled_from([None, 1]))
def test_the_items_of_any_array_are_found(values: list[Any], chunk: int, indent: int | None) -> None:
    text = json.dumps(values, ensure_ascii=False, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(items_module, "_CHUNK", chunk)
        found = list(json_items(io.StringIO(text)))
    assert [json.loads(str(item)) for item in found] == values


def test_an_item_that_is_too_long_is_passed_over() -> None:
    text = json.dumps(["a" * 50, "b", "c" * 500, "d"])
    assert list(json_items(io.StringIO(text), limit=60)) == ['"' + "a" * 50 + '"', '"b"', None, '"d"']
    with pytest.raises(NotAnArrayError):
        list(json_items(io.StringIO('{"a": 1}')))


def packed(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def lines(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(encoded(row) + b"\n" for row in rows)


def test_archives_of_every_program_also_within_others(tmp_path: Path) -> None:
    inner = packed({"conversations.json": encoded(exports.chatgpt()), "user.json": b"{}"})
    path = tmp_path / "all.zip"
    path.write_bytes(
        packed(
            {
                "ChatGPT.zip": inner,
                "jan/threads/t/messages.jsonl": lines(exports.jan()),
                "jan/threads/t/thread.json": encoded({"title": "In Jan", "created": 1_700_000_000}),
                "lm-studio/1.conversation.json": encoded(exports.lm_studio()),
                "lm-studio/settings.json": encoded({"a": 1}),
                "tavern/Poet.jsonl": lines(exports.silly_tavern()),
                "broken.json": b'[{"mapping"',
                "picture.png": b"no picture",
            }
        )
    )
    items = list(read_chats(path))
    assert [(item.within, item.title, item.trouble) for item in items] == [
        ("ChatGPT.zip/conversations.json", "Rhymes", ImportTrouble.PICTURES),
        ("jan/threads/t/messages.jsonl", "In Jan", None),
        ("lm-studio/1.conversation.json", "Rhymes", None),
        ("tavern/Poet.jsonl", "Poet", None),
        ("broken.json", "", ImportTrouble.DAMAGED),
    ]
    assert [item.place for item in items] == [1, 2, 3, 4, 5]


def test_numbered_parts_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    parts = {f"conversations-00{number}.json": encoded(exports.claude()) for number in range(3)}
    path.write_bytes(packed({**parts, "projects.json": encoded(exports.claude())}))
    assert [item.within for item in read_chats(path)] == list(parts)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.98])
def test_an_archive_that_was_not_loaded_whole_gives_what_there_is(tmp_path: Path, share: float) -> None:
    chance = random.Random(5)
    items = [item | {"title": f"{chance.random()}"} for item in exports.chatgpt() * 400]
    content = packed({"user.json": b"{}", "conversations.json": encoded(items)})
    path = tmp_path / "export.zip"
    path.write_bytes(content[: int(len(content) * share)])
    found = list(read_chats(path))
    whole = [item for item in found if item.conversation is not None]
    assert 0.5 * share * len(items) < len(whole) <= len(items)
    assert [item.title for item in whole] == [item["title"] for item in items[: len(whole)]]
    assert len(whole) == len(items) or found[-1].trouble is ImportTrouble.DAMAGED


def test_an_archive_without_end_is_refused(tmp_path: Path) -> None:
    content = packed({"conversations.json": encoded(exports.chatgpt())})
    for _ in range(6):
        content = packed({"inner.zip": content})
    path = tmp_path / "deep.zip"
    path.write_bytes(content)
    assert [item.trouble for item in read_chats(path)] == [ImportTrouble.TOO_LARGE]


def test_an_encrypted_archive_is_named(tmp_path: Path) -> None:
    content = bytearray(packed({"conversations.json": encoded(exports.chatgpt())}))
    content[6] |= 1  # the flag in the member's own head, and in the list at the end
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "locked.zip"
    path.write_bytes(content)
    assert [item.trouble for item in read_chats(path)] == [ImportTrouble.ENCRYPTED]


def test_what_is_an_export_and_what_is_a_document(tmp_path: Path) -> None:
    assert holds_chats(write(tmp_path / "a.json", exports.claude()))
    assert not holds_chats(write(tmp_path / "b.json", {"a": 1}))
    assert not holds_chats(write(tmp_path / "c.json", [1, 2]))
    assert not holds_chats(tmp_path / "d.txt")
    (tmp_path / "e.zip").write_bytes(packed({"a.txt": b"a"}))
    assert not holds_chats(tmp_path / "e.zip")


def test_names_without_end_are_cut(tmp_path: Path) -> None:
    export = exports.open_webui()
    export[0]["title"] = "long\n title " * 100_000
    export[0]["meta"]["tags"] = ["t" * 10_000, "  ", *map(str, range(1_000))]
    conversation = only(write(tmp_path / "a.json", export)).conversation
    assert conversation is not None
    assert conversation.title.startswith("long title long title")
    assert len(conversation.title) <= 300
    assert (len(conversation.tags), len(conversation.tags[0])) == (49, 100)
