"""What must be known of a reply stands below it in a terminal, and in JSON."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from lmstudio_lite import cli
from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.records import ReplyNote
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database


def test_a_reply_that_obeys_a_document_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    database = Database.open(tmp_path / "library.sqlite3")
    try:
        conversations = Conversations(database)
        message = conversations.add_message(conversations.create().id, None, Role.ASSISTANT, "PWNED-7")
        note = ReplyNote(obeys_document=True)
        conversations.update_message(message.id, text="PWNED-7", state=MessageState.COMPLETE, note=note)
        reply = conversations.get_message(message.id)
    finally:
        database.close()
    services = SimpleNamespace()
    monkeypatch.setattr("lmstudio_lite.cli.chat.services_with_model", lambda *_, **__: nullcontext(services))
    monkeypatch.setattr("lmstudio_lite.cli.chat.ask", lambda *_, **__: reply)
    data_dir = ["--data-dir", str(tmp_path / "data")]
    assert cli.main(["chat", "What is new?", *data_dir]) == 0
    assert "orders its reader" in capsys.readouterr().err
    assert cli.main(["chat", "What is new?", "--json", *data_dir]) == 0
    assert json.loads(capsys.readouterr().out)["note"] == {"obeys_document": True}
