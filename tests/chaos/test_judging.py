"""The judge of schedules itself: what it lets pass and what not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.chaos.journal import Counted, Fact, Found, FoundMessage, Place, Reached, Shown, Wrong
from tests.chaos.judging import judge
from tests.chaos.running import Evidence, Wrongness
from tests.chaos.schedules import Activity, schedule_of

END_S = 100.0
NOTHING = Found(
    at_s=110.0,
    messages=[],
    replies_shown=[],
    drafts=[],
    summary_titles=[],
    summary_texts=[],
    offers=[],
    translations=[],
    num_segments_kept=0,
    panes=[],
    system_prompt="",
    training_phases=[],
    training_steps_kept=0,
    notices=[],
)


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    return Evidence(
        schedule_of(0),
        facts=[Reached(90.0, "began")],
        found=NOTHING,
        ended_s=END_S,
        has_begun=True,
        exports=tmp_path,
    )


def reply(*, seconds_before_end: float, text: str) -> Shown:
    return Shown(END_S - seconds_before_end, Place.REPLY, "id", text)


def found_reply(text: str, state: str = "interrupted") -> Found:
    message = FoundMessage("id", "assistant", state, text)
    return msgspec.structs.replace(NOTHING, messages=[message], replies_shown=[text])


def failures(evidence: Evidence, *facts: Fact, found: Found | None = None) -> tuple[str, ...]:
    evidence.facts += facts
    evidence.found = found or evidence.found
    return judge(evidence).failures


def test_nothing_wrong_is_nothing_failed(evidence: Evidence) -> None:
    assert failures(evidence) == ()


def test_the_last_quarter_of_a_second_may_be_lost_and_no_more(evidence: Evidence) -> None:
    early = reply(seconds_before_end=3.0, text="One")
    assert (
        failures(evidence, early, reply(seconds_before_end=0.2, text="One two"), found=found_reply("One"))
        == ()
    )
    lost = failures(evidence, reply(seconds_before_end=0.0, text="One two"), found=found_reply(""))
    assert lost == ("reply: 3000 ms lost, 7 characters",)


def test_what_the_machine_did_is_forgiven(evidence: Evidence) -> None:
    evidence.stall_s = 0.5
    shown = reply(seconds_before_end=0.6, text="One")
    assert failures(evidence, shown, found=found_reply("")) == ()


def test_a_full_disk_keeps_nothing_until_it_is_cured(evidence: Evidence) -> None:
    evidence.wrongness = [Wrongness(96.0, float("inf"))]
    shown = (reply(seconds_before_end=5.0, text="One"), reply(seconds_before_end=3.0, text="One two"))
    assert failures(evidence, *shown, found=found_reply("One")) == ()
    evidence.wrongness = [Wrongness(96.0, 97.0)]
    assert failures(evidence, found=found_reply("One")) == ("reply: 3000 ms lost, 4 characters",)


def test_a_reply_does_not_get_shorter_on_the_screen(evidence: Evidence) -> None:
    shown = (reply(seconds_before_end=5.0, text="One two"), reply(seconds_before_end=4.0, text="One"))
    assert failures(evidence, *shown, found=found_reply("One")) == ("reply id: 7 characters shown became 3",)


def test_a_draft_may_lack_its_last_second(evidence: Evidence) -> None:
    facts = [Shown(END_S - 2.0, Place.DRAFT, "", " abc"), Shown(END_S - 0.5, Place.DRAFT, "", " abcd")]
    assert failures(evidence, *facts, found=msgspec.structs.replace(NOTHING, drafts=[" abc"])) == ()
    assert failures(evidence, found=NOTHING) == ("draft: 2000 ms lost, 5 characters",)


def test_a_draft_that_was_sent_is_not_lost(evidence: Evidence) -> None:
    facts = [Shown(END_S - 2.0, Place.DRAFT, "", "abc"), Shown(END_S - 1.9, Place.DRAFT, "", "")]
    assert failures(evidence, *facts) == ()


def test_work_that_was_begun_is_kept_and_offered(evidence: Evidence) -> None:
    facts = (
        Counted(END_S - 5.0, Place.SUMMARY_PARTS, "story.txt", 2),
        Counted(END_S - 5.0, Place.TRANSLATED_SEGMENTS, "", 2),
    )
    assert set(failures(evidence, *facts)) == {
        "summary parts: 5000 ms lost, 0 characters",
        "translation: 5000 ms lost, 0 characters",
        "the translation is not offered",
        "the summary is not offered",
    }
    evidence.num_parts_kept = 2
    kept = msgspec.structs.replace(NOTHING, offers=["Go on?"], num_segments_kept=2)
    assert failures(evidence, found=kept) == ()


def test_settings_are_old_or_new_and_not_older_than_what_was_saved(evidence: Evidence) -> None:
    evidence.schedule = replace(evidence.schedule, activity=Activity.SETTINGS)
    prompt = "Answer like a sailor, briefly and with good cheer. Number {0}."
    fact = Counted(END_S, Place.SETTINGS_SAVED, "", 3)
    new = msgspec.structs.replace(NOTHING, system_prompt=prompt.format(4))
    assert failures(evidence, fact, found=new) == ()
    old = msgspec.structs.replace(NOTHING, system_prompt=prompt.format(2))
    assert failures(evidence, found=old) == ("settings: 3 was saved, 2 is there",)
    assert (
        "neither old nor new"
        in failures(evidence, found=msgspec.structs.replace(old, system_prompt="Answ"))[0]
    )


def test_mistakes_orphans_and_torn_files_are_named(evidence: Evidence, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 half")
    (tmp_path / ".a.md.x1").write_bytes(b"")
    evidence.errors = "Traceback (most recent call last):\n  File x\nKeyError: 1"
    evidence.exit_codes, evidence.orphans = [0, None], ["-m lmstudio_lite engine-worker"]
    found = found_reply("One", "streaming")
    assert failures(evidence, Wrong(END_S, "screen", "LM Studio Lite made a mistake."), found=found) == (
        "screen: LM Studio Lite made a mistake.",
        "traceback on the terminal: KeyError: 1",
        "exit code None",
        "orphan: -m lmstudio_lite engine-worker",
        "a message is still streaming",
        "torn export a.pdf",
    )
