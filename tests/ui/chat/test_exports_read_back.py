"""Exports are read by other programs' readers and equal their source in words, order, code and numbers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document as WordDocument
from docx.document import Document
from docx.oxml.ns import qn
from kreuzberg import extract_bytes_sync
from lxml import html
from PySide6.QtWidgets import QApplication

from lmstudio_lite.app.chat_files import ChatForm, Wanted, blocks_to_print, export_chats
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.ui.printing import to_pdf

CODE = "def f(x):\n    if x < 3 & y:\n        return {'a': 1_000.5}"
TALKS = {
    "English": (
        "What does it cost?\nA *lot*?",
        "It costs **1,234.50** dollars, 3 of 7 say.\n\n1. first\n2. second\n   - inner\n\n"
        "> quoted words\n\n| Town | Ships |\n|---|--:|\n| Kiel | 12 |\n| Bonn | 30,5 |",
        "It costs 1,234.50 dollars, 3 of 7 say. first second inner quoted words Town Ships Kiel 12 Bonn 30,5",
    ),
    "Chinese": (
        "它要多少钱？",
        "它要**1,234.50**元，七人中有三人说。\n\n1. 第一\n2. 第二\n   - 里面\n\n> 引用的话\n\n"
        "| 城市 | 船 |\n|---|--:|\n| 上海 | 12 |\n| 北京 | 30,5 |",
        "它要1,234.50元，七人中有三人说。 第一 第二 里面 引用的话 城市 船 上海 12 北京 30,5",
    ),
    "Arabic": (
        "كم ثمنه؟",
        "ثمنه **1,234.50** ريال، يقول ٣ من ٧.\n\n1. أولا\n2. ثانيا\n   - داخل\n\n> كلام منقول\n\n"
        "| مدينة | سفن |\n|---|--:|\n| عدن | 12 |\n| صور | 30,5 |",
        "ثمنه 1,234.50 ريال، يقول ٣ من ٧. أولا ثانيا داخل كلام منقول مدينة سفن عدن 12 صور 30,5",
    ),
}


def words(text: str) -> list[str]:
    """Return words and numbers in their order; letters alone where a script has no spaces."""
    return re.findall(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+(?:[.,][0-9]+)*", text)


def of_word(content: bytes) -> tuple[str, str]:
    document: Document = WordDocument(io.BytesIO(content))
    texts, code = list[str](), list[str]()
    for element in document.element.body.iter(qn("w:p")):
        text = "".join(
            "\n" if node.tag == qn("w:br") else node.text or ""
            for node in element.iter(qn("w:t"), qn("w:br"))
        )
        style = element.find(f"./{qn('w:pPr')}/{qn('w:pStyle')}")
        (code if style is not None and style.get(qn("w:val")) == "Code" else texts).append(text)
    return "\n".join(texts), "\n".join(code)


def of_page(content: bytes) -> tuple[str, str]:
    body = html.fromstring(content.decode()).find("body")
    [code] = body.iter("pre")
    text = code.text_content()
    code.drop_tree()
    return "\n".join(body.itertext()), text


def of_pdf(content: bytes) -> tuple[str, str]:
    text = extract_bytes_sync(content, "application/pdf").content
    assert isinstance(text, str)
    start = text.index("def f")
    end = text.index("1_000.5}") + len("1_000.5}")
    return text[:start] + text[end:], text[start:end]


@pytest.fixture(params=TALKS)
def talk(request: pytest.FixtureRequest, services: Services) -> tuple[str, str, str]:
    """Return a conversation's id, what was typed and what an answer's words are."""
    typed, answer, said = TALKS[request.param]
    question = services.conversations.begin(f"{request.param} prices", typed)
    reply = f"{answer}\n\n```py\n{CODE}\n```"
    services.conversations.add_message(
        question.conversation_id, question.id, Role.ASSISTANT, reply, MessageState.COMPLETE
    )
    return question.conversation_id, typed, said


@pytest.mark.parametrize(("form", "read"), [(ChatForm.WORD, of_word), (ChatForm.HTML, of_page)])
def test_word_and_web_pages(
    services: Services,
    talk: tuple[str, str, str],
    form: ChatForm,
    read: Callable[[bytes], tuple[str, str]],
) -> None:
    conversation_id, typed, said = talk
    text, code = read(export_chats(services, Wanted((conversation_id,)), form))
    assert code == CODE
    found = words(text)
    for wanted in (words(typed), words(said)):
        place = next(n for n in range(len(found)) if found[n : n + len(wanted)] == wanted)
        del found[: place + len(wanted)]


def test_pdf(services: Services, talk: tuple[str, str, str], qapp: QApplication) -> None:
    conversation_id, typed, said = talk
    blocks = blocks_to_print(services, Wanted((conversation_id,)))
    text, code = of_pdf(to_pdf(blocks, title="Prices"))
    assert code.split() == CODE.split()
    found = words(re.sub(r"\b[12]\. ", "", text))  # the marks of the list
    if "ريال" in said:  # this reader gives words of a line from left to right, and joins some of two lines
        assert [word for word in words(f"{typed} {said}") if word not in text] == []
        return
    for wanted in (words(typed), words(said)):
        place = next(n for n in range(len(found)) if found[n : n + len(wanted)] == wanted)
        del found[: place + len(wanted)]


def test_typed_code_keeps_its_spaces_in_a_web_page(services: Services) -> None:
    question = services.conversations.begin("Code", f"Why?\n{CODE}\n\ta\tb")
    content = export_chats(services, Wanted((question.conversation_id,)), ChatForm.HTML).decode()
    shown = html.fromstring(content).find("body").text_content().replace("\u00a0", " ")
    assert CODE.split("\n")[2] in shown
    assert "    a    b" in shown


def test_a_message_alone(services: Services, talk: tuple[str, str, str]) -> None:
    conversation_id, typed, said = talk
    question, reply = services.conversations.thread(conversation_id)
    alone = export_chats(services, Wanted(message_id=reply.id), ChatForm.MARKDOWN)
    assert alone.decode() == reply.text
    text, code = of_word(export_chats(services, Wanted(message_id=reply.id), ChatForm.WORD))
    assert (words(text), code) == (words(said), CODE)
    plain = export_chats(services, Wanted(message_id=question.id), ChatForm.TEXT).decode()
    assert plain.rstrip("\n") == typed


def test_text_of_a_long_conversation_goes_over_pages_in_its_order(
    services: Services, qapp: QApplication, tmp_path: Path
) -> None:
    question = services.conversations.begin("Long", "Message 0 begins.")
    parent = question.id
    for number in range(1, 60):
        text = f"Message {number} begins.\n\n" + " ".join(f"w{number}x{place}" for place in range(150))
        role = Role.ASSISTANT if number % 2 else Role.USER
        parent = services.conversations.add_message(question.conversation_id, parent, role, text).id
    steps: list[tuple[int, int]] = []
    blocks = blocks_to_print(services, Wanted((question.conversation_id,)))
    content = to_pdf(blocks, title="Long", on_step=lambda done, total: steps.append((done, total)))
    found = re.findall(r"w\d+x\d+", extract_bytes_sync(content, "application/pdf").content)
    assert found == [f"w{number}x{place}" for number in range(1, 60) for place in range(150)]
    assert [done for done, _ in steps] == list(range(steps[0][1]))


def test_a_table_over_pages_begins_below_what_stands_before_it(qapp: QApplication) -> None:
    rows = "\n".join(
        f"| r{number} | {' '.join(f'c{number}x{place}' for place in range(12))} |" for number in range(90)
    )
    source = (
        f"{' '.join(f'w{number}' for number in range(500))}\n\n| a | b |\n|---|---|\n{rows}\n\nAnd the end."
    )
    content = to_pdf(source, title="Table")
    found = re.findall(r"w\d+|c\d+x\d+|end", extract_bytes_sync(content, "application/pdf").content)
    wanted = [f"w{number}" for number in range(500)]
    wanted += [f"c{number}x{place}" for number in range(90) for place in range(12)]
    assert found == [*wanted, "end"]
