"""Records survive being stored, and rows of other versions are read as far as they make sense."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.domain.records import (
    AskedRecord,
    ClaimRecord,
    ComparedRecord,
    DoubtRecord,
    PageRecord,
    PartRecord,
    PassageRecord,
    ReplyNote,
    SentenceRecord,
    SpanRecord,
    SummaryRecord,
    TranslationRecord,
    WarningRecord,
)
from lmstudio_lite.domain.reply_making import ReplyMaking, SchemaCheck
from lmstudio_lite.errors import AppError, PromptTooLongError
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.records import (
    decode_inventory,
    decode_note,
    decode_summary,
    decode_translation,
    encode_inventory,
    encode_note,
    encode_record,
    failure_note,
    part_records,
    parts_from,
)

SUMMARY = SummaryRecord(
    form="outline",
    words=80,
    focus="salt",
    model="m.gguf",
    num_parts=7,
    num_parts_read=7,
    num_parts_summarized=6,
    seconds=23.4,
    language="de",
    warnings=(WarningRecord("summary_extract", 1, 7),),
    pages=(PageRecord(1, 0, 40),),
    sentences=(
        SentenceRecord(
            text="It was built in 1850.",
            start=2,
            end=23,
            is_supported=True,
            is_quote=False,
            found_by="meaning",
            unknown_claims=(ClaimRecord("number", 16, 20, "1850"),),
            passages=(PassageRecord(None, 3, 40, 0.5),),
            verdict="contradicted",
            doubts=(DoubtRecord("date", "It was built in 1805."),),
            probability=0.25,
        ),
    ),
    compared=(ComparedRecord("harbour.txt", 0, 40, "en", "- It was built in 1850."),),
    read=(SpanRecord(0, 40),),
    inventory=(
        PartRecord("page", 1, "", 40, "text", ""),
        PartRecord("attachment", 0, "a.zip", None, "not_read", "encrypted"),
    ),
    encoding="cp1252",
    unfinished_version=AskedRecord(form="glossary", words=50),
)
TRANSLATION = TranslationRecord(
    source="en",
    target="de",
    num_done=2,
    num_total=6,
    warnings=(WarningRecord("a", 1, 2),),
    is_unfinished=True,
)


def test_records_survive_being_stored() -> None:
    assert decode_summary(json.loads(encode_record(SUMMARY))) == SUMMARY
    assert decode_translation(json.loads(encode_record(TRANSLATION))) == TRANSLATION
    assert json.loads(encode_record(SUMMARY))["version"] == 1


def test_the_names_in_json_stay_so_that_an_older_version_reads_them_too() -> None:
    stored = json.loads(encode_record(SUMMARY))
    assert stored["sentences"][0]["supported"] is True
    assert stored["sentences"][0]["evidence"] == [{"page": None, "start": 3, "end": 40, "score": 0.5}]
    assert stored["warnings"] == [["summary_extract", 1, 7]]
    assert stored["pages"] == [[1, 0, 40]]
    assert stored["inventory"][1] == ["attachment", 0, "a.zip", None, "not_read", "encrypted"]
    assert stored["unfinished_version"]["form"] == "glossary"


def test_what_makes_no_sense_gets_its_default_and_costs_nothing_else() -> None:
    odd: dict[str, object] = {
        "style": "poem",
        "num_parts": "many",
        "num_parts_read": 3,
        "warnings": [["x"], 3, ["summary_echo", 1, 2], ["y", 1, 2, 3]],
        "seconds": None,
        "is_edited": "yes",
        "sentences": [{"text": "half"}],
        "pages": {"1": 2},
        "unfinished_version": [],
        "of_the_future": {"a": 1},
    }
    assert decode_summary(odd) == SummaryRecord(
        form="poem", num_parts_read=3, warnings=(WarningRecord("summary_echo", 1, 2),)
    )
    assert decode_translation({"num_done": [], "target": "de"}) == TranslationRecord(target="de")


@given(
    st.lists(
        st.builds(
            lambda kind, number, name, num, why: Part(
                kind, number, name, num, HowRead.NOT_READ if why else HowRead.TEXT, why
            ),
            st.sampled_from(PartKind),
            st.integers(0, 10**6),
            st.text(),
            st.none() | st.integers(0, 10**9),
            st.none() | st.sampled_from(WhyUnread),
        )
    ).map(tuple)
)
def test_inventories_survive_being_stored(inventory: tuple[Part, ...]) -> None:
    assert decode_inventory(encode_inventory(inventory)) == inventory
    assert parts_from(part_records(inventory)) == inventory


def test_what_a_newer_version_calls_otherwise_stays_unread() -> None:
    text = json.dumps(
        [["hologram", 3, "h", 7, "not_read", "too_bright"], ["page", 1, "", 9, "felt", ""], ["?"]]
    )
    assert decode_inventory(text) == (
        Part(PartKind.EMBEDDED, 3, "h", 7, HowRead.NOT_READ, WhyUnread.UNSUPPORTED),
        Part(PartKind.PAGE, 1, "", 9, HowRead.TEXT),
    )


@given(st.text() | st.sampled_from(["[", "{}", "7", "[[1]]", "[" * 100_000]))
def test_any_text_is_an_inventory(text: str) -> None:
    assert isinstance(decode_inventory(text), tuple)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("", ReplyNote()),
        ("edited", ReplyNote(is_edited=True)),
        (
            "dropped_turns:3;passages:8/61",
            ReplyNote(num_dropped_turns=3, num_passages=8, num_passages_in_all=61),
        ),
        ("edited;dropped_turns:x;of_the_future:1", ReplyNote(is_edited=True)),
        ('["decode", {"status": -3}]', ReplyNote(error_code="decode", error_details={"status": -3})),
        ("decode", ReplyNote(error_code="decode")),
    ],
)
def test_notes_of_older_versions_are_read(text: str, note: ReplyNote) -> None:
    assert decode_note(text) == note
    assert decode_note(encode_note(note)) == note


def test_an_error_survives_being_noted() -> None:
    note = failure_note(PromptTooLongError(num_prompt_tokens=900, context_size=512))
    error = decode_note(encode_note(note)).error
    assert isinstance(error, PromptTooLongError)
    assert error.details == {"num_prompt_tokens": 900, "context_size": 512}


@given(st.text() | st.sampled_from(["[", "[1, 2]", "[1]", '{"a": 1}', "7", "null", "[" * 100_000]))
def test_any_text_is_a_note_and_gives_an_error(text: str) -> None:
    assert isinstance(decode_note(text).error, AppError)


def test_an_answer_that_was_edited_with_an_older_version_is_still_learned_from(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    with closing(Database.open(path)) as database:
        conversations = Conversations(database)
        question = conversations.begin("Why", "Why?")
        answer = conversations.add_message(question.conversation_id, question.id, Role.ASSISTANT, "So.")
        ids = [conversations.add_edited(answer.id, "So it is.").id]
        assert conversations.chosen_answer_ids() == ids
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE messages SET note = 'edited;dropped_turns:2' WHERE note != ''")
        connection.commit()
    with closing(Database.open(path)) as database:
        assert Conversations(database).chosen_answer_ids() == ids
        assert Conversations(database).get_message(ids[0]).is_edited


def test_how_a_reply_was_made_survives_and_a_bad_value_costs_only_itself() -> None:
    check = SchemaCheck(problem="type", place="/a", wanted="number", found='"x"')
    making = ReplyMaking(
        model="m", temperature=0.5, stop=("END", "\n"), seed=7, has_schema=True, schema_check=check
    )
    note = ReplyNote(num_dropped_turns=2, making=making)
    assert decode_note(encode_note(note)) == note
    stored = json.loads(encode_note(note))
    stored["making"]["temperature"] = "hot"
    stored["making"]["schema_check"] = 3
    read = decode_note(json.dumps(stored)).making
    assert read == ReplyMaking(model="m", stop=("END", "\n"), seed=7, has_schema=True)
