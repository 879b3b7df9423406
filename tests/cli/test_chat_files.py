"""``history export|import``: real processes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_history import run_verb
from tests.formats.chats import exports


def test_conversations_come_in_and_go_out(tmp_path: Path) -> None:
    data = tmp_path / "data"
    export = exports.write(tmp_path / "conversations.json", exports.chatgpt())
    done = run_verb(data, "history", "import", str(export), "--json")
    assert done.returncode == 0, done.stderr
    brought = json.loads(done.stdout)
    assert (len(brought["ids"]), brought["problems"][0]["problem"]) == (1, "pictures")
    printed = run_verb(data, "history", "export", brought["ids"][0][:8])
    assert exports.ANSWER in printed.stdout
    word = tmp_path / "all.docx"
    assert run_verb(data, "history", "export", "--all", "-o", str(word)).returncode == 0
    assert word.read_bytes().startswith(b"PK")
    assert run_verb(data, "history", "export", "--all", "--format", "docx").returncode == 2
    assert run_verb(data, "history", "export").returncode == 2
    nothing = run_verb(data, "history", "import", str(word))
    assert nothing.returncode == 1
    assert "No conversation came in." in nothing.stderr


def test_what_a_search_finds_and_a_message_go_out(tmp_path: Path) -> None:
    data = tmp_path / "data"
    export = exports.write(tmp_path / "conversations.json", exports.chatgpt())
    brought = json.loads(run_verb(data, "history", "import", str(export), "--json").stdout)
    pdf = tmp_path / "found.pdf"
    done = run_verb(data, "history", "export", "--search", "rhymes", "-o", str(pdf), "--json")
    assert (done.returncode, json.loads(done.stdout)["num_conversations"]) == (0, 1), done.stderr
    assert pdf.read_bytes().startswith(b"%PDF")
    assert run_verb(data, "history", "export", "--search", "nowhere", "-o", str(pdf)).returncode == 2
    assert run_verb(data, "history", "export", "--format", "pdf", "--all").returncode == 2
    shown = json.loads(run_verb(data, "history", "show", brought["ids"][0], "--json").stdout)
    last = shown["messages"][-1]
    printed = run_verb(data, "history", "export", "--message", last["id"])
    assert printed.stdout == last["text"]
