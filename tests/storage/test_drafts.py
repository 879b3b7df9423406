from __future__ import annotations

from contextlib import closing
from pathlib import Path

from lmstudio_lite.domain.conversations import Attachment, Draft, NewAttachment
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.drafts import Drafts

INVENTORY = (
    Part(PartKind.PAGE, 1, "", 11),
    Part(PartKind.PAGE, 2, "", None, HowRead.NOT_READ, WhyUnread.ENCRYPTED),
)
LETTER = NewAttachment(Attachment("letter.txt", "ab12", "en", "letter.txt", INVENTORY), "Dear reader")


def test_a_draft_comes_back_after_reopening(database_path: Path) -> None:
    with closing(Database.open(database_path)) as database:
        Drafts(database).keep("chat:", "Half a sen", attachments=[LETTER])
    with closing(Database.open(database_path)) as database:
        assert Drafts(database).get("chat:") == Draft("chat:", "Half a sen", "", (LETTER,))


def test_typing_on_leaves_the_documents_and_replaces_the_text(database: Database) -> None:
    drafts = Drafts(database)
    drafts.keep("chat:", "a", attachments=[LETTER])
    drafts.keep("chat:", "ab")
    assert drafts.get("chat:") == Draft("chat:", "ab", "", (LETTER,))
    drafts.keep("chat:", "")
    assert drafts.get("chat:") == Draft("chat:", "", "", (LETTER,))
    drafts.keep("chat:", "", attachments=())
    assert drafts.get("chat:") is None


def test_a_removed_draft_is_gone_and_others_stay(database: Database) -> None:
    drafts = Drafts(database)
    drafts.keep("chat:a", "one")
    drafts.keep("edit:b", "two", details="note")
    drafts.remove("chat:a")
    assert drafts.list() == [Draft("edit:b", "two", "note")]
    assert drafts.list("chat:") == []


def test_a_purged_conversation_takes_its_drafts_along(database: Database) -> None:
    drafts, conversations = Drafts(database), Conversations(database)
    gone, kept = conversations.create("gone"), conversations.create("kept")
    message = conversations.add_message(gone.id, None, Role.USER, "text")
    for place in (f"chat:{gone.id}", f"edit:{message.id}", f"chat:{kept.id}"):
        drafts.keep(place, "typed", attachments=[LETTER])
    conversations.delete(gone.id)
    conversations.purge_deleted()
    assert [draft.place for draft in drafts.list()] == [f"chat:{kept.id}"]


def test_a_message_knows_what_its_documents_hold(database: Database) -> None:
    conversations = Conversations(database)
    question = conversations.begin("letter", "What does it say?", [LETTER])
    (kept,) = conversations.thread(question.conversation_id)[0].attachments
    assert kept == LETTER.attachment
