"""Conversations go out for readers in Word, HTML and text, and in JSON from which they come back whole."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docx import Document as WordDocument
from lxml import html

from lmstudio_lite.app.chat_files import ChatForm, Wanted, all_ids, export_chats, import_chats
from lmstudio_lite.app.folders import folder_at
from lmstudio_lite.app.history import find_entry
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.certainty import TokenSpan
from lmstudio_lite.domain.chat_files import ImportProgress, ImportTrouble
from lmstudio_lite.domain.conversations import Attachment, MessageState, NewAttachment, Shelf
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.records import ReplyNote
from lmstudio_lite.errors import CancelledError
from lmstudio_lite.paths import portable_paths
from tests.formats.chats import exports

TYPED = "Is *this* # 1 < 2?\nAnd [that](x)?\n\nالسعر ٥ 价格是 30,5 元"
ANSWERED = "# Yes\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nx = {1: '_'}\n```\n\nمرحبا، 你好 **bold**"

PLACE: dict[str, Any] = {"id": "", "conversation_id": "", "parent_id": None}


@pytest.fixture
def talk(services: Services) -> str:
    """A conversation with two answers, the first of them shown, and an attachment."""
    attached = NewAttachment(Attachment("notes.txt", "h", "en", ""), "the attached words")
    question = services.conversations.begin("Prices & 价格", TYPED, [attached])
    first = services.conversations.add_message(
        question.conversation_id, question.id, Role.ASSISTANT, ANSWERED, MessageState.COMPLETE
    )
    services.conversations.add_message(question.conversation_id, question.id, Role.ASSISTANT, "No.")
    services.conversations.select_sibling(first.id)
    services.conversations.update_message(
        first.id,
        text=ANSWERED,
        state=MessageState.STOPPED,
        tokens_per_s=12.5,
        note=ReplyNote(num_dropped_turns=3),
        reasoning="They ask for prices.",
        reasoning_s=1.5,
    )
    services.conversations.set_liked(first.id, True)
    services.conversation_order.set_tags(question.conversation_id, ["money"])
    services.folders.put([question.conversation_id], folder_at(services, "Work/Taxes").id)
    return question.conversation_id


def words_of(text: str) -> list[str]:
    return re.findall(r"[\w{}'<>=:]+", text)


def test_word_and_html_hold_what_was_said_in_its_order(services: Services, talk: str) -> None:
    typed, answered = words_of(TYPED), words_of("Yes a b 1 2 x = {1: '_'} مرحبا 你好 bold")
    word = WordDocument(io.BytesIO(export_chats(services, Wanted((talk,)), ChatForm.WORD)))
    blocks = [each.text for each in word.paragraphs]
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    assert cells == ["a", "b", "1", "2"]
    said = words_of(" ".join(blocks))
    for word_said in typed:
        assert word_said in said
    page = html.fromstring(export_chats(services, Wanted((talk,)), ChatForm.HTML))
    body = words_of(" ".join(page.find("body").itertext()))
    at = body.index(typed[0])
    assert body[at : at + len(typed)] == typed
    assert [each for each in body if each in set(answered)][-len(answered) :] == answered
    assert page.find(".//pre/code").text_content().strip() == "x = {1: '_'}"


def test_markdown_and_text_hold_the_source(services: Services, talk: str) -> None:
    markdown = export_chats(services, Wanted((talk,)), ChatForm.MARKDOWN).decode()
    assert TYPED in markdown
    assert ANSWERED in markdown
    assert "Attached: notes.txt" in markdown
    assert "Is *this* # 1 < 2?" in export_chats(services, Wanted((talk,)), ChatForm.TEXT).decode()


def test_json_comes_back_whole_elsewhere(services: Services, talk: str, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    path.write_bytes(export_chats(services, Wanted(tuple(all_ids(services))), ChatForm.JSON))
    with Services.open(portable_paths(tmp_path / "other"), isolation="thread", exclusive=True) as other:
        report = import_chats(other, [path], Cancellation())
        assert (len(report.ids), report.num_messages, report.problems) == (1, 3, ())
        [copy] = other.conversations.list()
        original = services.conversations.get(talk)
        assert (copy.title, copy.tags, copy.created_at) == (
            original.title,
            original.tags,
            original.created_at,
        )
        before, after = services.conversations.thread(talk), other.conversations.thread(copy.id)
        assert [each.text for each in after] == [each.text for each in before]
        assert [each.created_at for each in after] == [each.created_at for each in before]
        assert after[1].num_siblings == 2
        assert replace(after[1], **PLACE) == replace(before[1], **PLACE)
        [folder] = [each for each in other.folders.list() if each.id == copy.folder_id]
        assert folder.full_name == "Work/Taxes"
        assert other.conversations.attached_text(after[0].attachments[0].content_hash) == "the attached words"
        assert [each.id for each in other.conversations.list("价格是")] == [copy.id]
        again = import_chats(other, [path], Cancellation())
        assert (again.ids, [each.trouble for each in again.problems]) == ((), [ImportTrouble.KNOWN])


def test_how_sure_the_model_was_leaves_only_when_it_is_shown(
    services: Services, talk: str, tmp_path: Path
) -> None:
    conversations = services.conversations
    reply = conversations.thread(talk)[-1]
    span = TokenSpan(2, 5, -0.5, (("No", -1.25), ("はい", -2.0)))
    conversations.tokens.replace(reply.id, [TokenSpan(0, 2, 0.0), span])
    quiet, telling = tmp_path / "quiet.json", tmp_path / "telling.json"
    quiet.write_bytes(export_chats(services, Wanted((talk,)), ChatForm.JSON))
    services.settings.update("chat", marks_unsure_words=True)
    telling.write_bytes(export_chats(services, Wanted((talk,)), ChatForm.JSON))
    for file, count in ((quiet, 0), (telling, 2)):
        with Services.open(portable_paths(tmp_path / file.stem), isolation="thread") as other:
            report = import_chats(other, [file], Cancellation())
            tokens = other.conversations.tokens.of(other.conversations.thread(report.ids[0])[-1].id)
            assert len(tokens) == count
            assert tokens[1:] == ([span] if count else [])
    odd = telling.read_text("utf-8").replace("-0.5", '"sure"')
    (tmp_path / "odd.json").write_text(odd, "utf-8")
    with Services.open(portable_paths(tmp_path / "odd"), isolation="thread") as other:
        report = import_chats(other, [tmp_path / "odd.json"], Cancellation())
        assert len(other.conversations.tokens.of(other.conversations.thread(report.ids[0])[-1].id)) == 1


def test_other_programs_exports_come_in_beside_what_can_not(services: Services, tmp_path: Path) -> None:
    paths = [
        exports.write(tmp_path / "chatgpt.json", exports.chatgpt()),
        tmp_path / "gone.json",
        exports.write(tmp_path / "webui.json", exports.open_webui()),
    ]
    seen: list[ImportProgress] = []
    report = import_chats(services, paths, Cancellation(), seen.append)
    assert [(each.path.name, each.trouble) for each in report.problems] == [
        ("chatgpt.json", ImportTrouble.PICTURES),
        ("gone.json", ImportTrouble.UNREADABLE),
    ]
    assert seen[-1].num_bytes_done == seen[-1].num_bytes
    listed = services.conversations.list()
    assert {each.id for each in listed} == set(report.ids)
    thread = services.conversations.thread(report.ids[1])
    assert [each.text for each in thread] == [exports.QUESTION, exports.ANSWER]
    assert services.conversations.get(report.ids[1]).is_pinned
    services.conversations.delete(report.ids[0])
    assert services.conversations.list(shelf=Shelf.BIN)[0].id == report.ids[0]


def test_a_stop_keeps_what_is_in(services: Services, tmp_path: Path) -> None:
    items = exports.chatgpt()
    many = [items[0] | {"title": f"Talk {number}"} for number in range(30)]
    cancellation = Cancellation()

    def stop(progress: ImportProgress) -> None:
        if progress.num_bytes_done:
            cancellation.cancel()

    report = import_chats(services, [exports.write(tmp_path / "many.json", many)], cancellation, stop)
    assert len(services.conversations.list()) == len(report.ids) < 30


@pytest.mark.parametrize("form", list(ChatForm))
def test_an_export_of_many_can_be_stopped_while_they_are_read(services: Services, form: ChatForm) -> None:
    ids = tuple(services.conversations.begin(f"Talk {number}", "?").conversation_id for number in range(5))
    read: list[int] = []

    def on_step(_num_done: int, num_total: int) -> None:
        read.append(num_total)
        if len(read) == 3:
            raise CancelledError

    with pytest.raises(CancelledError):
        export_chats(services, Wanted(ids), form, on_step)
    assert read == [5, 5, 5]


def test_an_archived_conversation_is_found_by_its_id(services: Services, talk: str) -> None:
    services.conversation_order.set_archived(talk, is_archived=True)
    assert find_entry(services, talk[:8]).id == talk
