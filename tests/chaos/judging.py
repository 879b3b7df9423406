"""What a schedule must have kept: 250 ms of work at most, 1 s of a draft, 30 s of a training.

Times are taken from the screen: what stood there longer before the end than the bound must be there after
the next start. Added are a frame on either side and what the machine kept a waiting process waiting, which
no program can help. While the disk takes nothing and for ``_CURE_S`` after it, keeping in memory is enough.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.chaos.activities import PROMPT
from tests.chaos.journal import Counted, Fact, Found, Place, Reached, Said, Shown, Wrong
from tests.chaos.running import Evidence, has_traceback
from tests.chaos.schedules import Activity
from tests.chaos.witness import FRAME_MS

REPLY_S, DRAFT_S, PART_S, TRAINING_S = 0.25, 1.0, 0.25, 30.0
OFFER_S = 1.0
_FRAMES_S = 2 * FRAME_MS / 1000 + 0.02
_CURE_S = 2.0
_NAMES_ERROR = re.compile(r"Fatal Python error|[\w.]+(?:Error|Exception|Interrupt)\b")
_INTACT_PDF = (b"%PDF-", b"%%EOF")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``lost_s`` and ``num_lost`` are the most that any text lost: since when it was seen, and characters."""

    seed: int
    failures: tuple[str, ...]
    lost_s: float
    num_lost: int
    stall_s: float


@dataclass(frozen=True, slots=True)
class _Loss:
    since_s: float
    num_characters: int


def judge(evidence: Evidence) -> Verdict:
    """Compare what was seen with what is there after the next start."""
    failures = [*_failures_of_the_run(evidence)]
    lost_s, num_lost = 0.0, 0
    found = evidence.found
    if evidence.has_begun and found is not None:
        failures += _failures_on_screen(evidence)
        for kind, bound_s, losses in (
            ("reply", REPLY_S, _lost_replies(evidence, found)),
            ("draft", DRAFT_S, _lost_drafts(evidence, found)),
            (
                "translation",
                PART_S,
                _lost_numbers(evidence, Place.TRANSLATED_SEGMENTS, found.num_segments_kept),
            ),
            ("summary parts", PART_S, _lost_numbers(evidence, Place.SUMMARY_PARTS, evidence.num_parts_kept)),
            ("training", TRAINING_S, _lost_steps(evidence, found)),
        ):
            for loss in losses:
                this_s = _end_for(evidence, loss.since_s) - loss.since_s
                lost_s, num_lost = max(lost_s, this_s), max(num_lost, loss.num_characters)
                if this_s > bound_s + _FRAMES_S + evidence.stall_s:
                    failures.append(f"{kind}: {this_s * 1000:.0f} ms lost, {loss.num_characters} characters")
        failures += _failures_of_what_is_there(evidence, found)
    return Verdict(evidence.schedule.seed, tuple(failures), lost_s, num_lost, evidence.stall_s)


def _end_for(evidence: Evidence, since_s: float) -> float:
    """Return when the time ended in which something seen at ``since_s`` could be kept."""
    for wrong in evidence.wrongness:
        if evidence.left_when_saved:
            break
        if since_s <= wrong.until_s + _CURE_S and evidence.ended_s <= wrong.until_s + _CURE_S:
            return min(evidence.ended_s, max(since_s, wrong.since_s))
    return evidence.ended_s


def _failures_of_the_run(evidence: Evidence) -> list[str]:
    failures = []
    if not evidence.has_begun:
        failures.append("not carried out: the activities did not begin")
    for name, facts in (("", evidence.facts), ("next start: ", evidence.later_facts)):
        failures += [
            f"{name}{fact.kind}: {_last_line(fact.text)}" for fact in facts if isinstance(fact, Wrong)
        ]
    if has_traceback(evidence.errors):
        failures.append(f"traceback on the terminal: {_error_in(evidence.errors)}")
    failures += [f"exit code {code}" for code in evidence.exit_codes if code != 0]
    failures += [f"orphan: {orphan}" for orphan in evidence.orphans]
    if evidence.found is None:
        failures.append("the next start showed nothing")
    failures += [f"database: {problem}" for problem in evidence.database_problems]
    return failures


def _failures_on_screen(evidence: Evidence) -> list[str]:
    """A reply never gets shorter while it is looked at."""
    failures = []
    for place, key, shown in _series(evidence.facts, Place.REPLY):
        longest = ""
        for fact in shown:
            if not fact.text.startswith(longest[: len(fact.text)]) or len(fact.text) < len(longest):
                failures.append(f"{place} {key[:6]}: {len(longest)} characters shown became {len(fact.text)}")
                break
            longest = fact.text
    return failures


def _failures_of_what_is_there(evidence: Evidence, found: Found) -> list[str]:
    failures = [f"a message is still {m.state}" for m in found.messages if m.state == "streaming"]
    stored = [message.text.strip() for message in found.messages if message.role == "assistant"]
    shown = [text.strip() for text in found.replies_shown]
    failures += ["a reply of the database is not on the screen" for text in stored if text not in shown]
    failures += _failures_of_summaries(evidence, found)
    failures += _failures_of_settings(evidence, found)
    failures += [f"torn export {path.name}" for path in sorted(evidence.exports.iterdir()) if _is_torn(path)]
    failures += [
        f"a training is {phase}" for phase in found.training_phases if phase in ("running", "paused")
    ]
    if _last_number(evidence, Place.TRAINING_STEP) and not found.training_phases:
        failures.append("the training is not among the runs")
    is_translated = _last_number(evidence, Place.TRANSLATED_SEGMENTS, before_s=OFFER_S) > 0
    if is_translated and not any((*found.translations, *found.panes, *found.offers)):
        failures.append("the translation is not offered")
    return failures


def _failures_of_summaries(evidence: Evidence, found: Found) -> list[str]:
    failures = []
    for _, _, shown in _series(evidence.facts, Place.SUMMARY):
        if shown[-1].text not in found.summary_texts and _was_kept_by(evidence, shown[-1].at_s):
            failures.append("a finished summary is gone")
    is_begun = _last_number(evidence, Place.SUMMARY_PARTS, before_s=OFFER_S) > 0
    if is_begun and not (found.offers or found.summary_titles):
        failures.append("the summary is not offered")
    return failures


def _failures_of_settings(evidence: Evidence, found: Found) -> list[str]:
    if Activity.SETTINGS not in evidence.schedule.activities:
        return []
    before, after = PROMPT.split("{0}")
    prompt = found.system_prompt
    number = prompt.removeprefix(before).removesuffix(after)
    if prompt and not (prompt.startswith(before) and number.isdigit()):
        return [f"settings are neither old nor new: {prompt[:60]!r}"]
    saved = _last_number(evidence, Place.SETTINGS_SAVED)
    kept = int(number) if prompt else 0
    return [f"settings: {saved} was saved, {kept} is there"] if kept < saved else []


def _lost_replies(evidence: Evidence, found: Found) -> list[_Loss]:
    kept = {message.id: message.text for message in found.messages}
    losses = []
    for _, key, shown in _series(evidence.facts, Place.REPLY):
        text_kept = kept.get(key, "")
        losses.append(_lost(shown, lambda text, there=text_kept: there.startswith(text.rstrip())))  # type: ignore[misc]
    return [loss for loss in losses if loss is not None]


def _lost_drafts(evidence: Evidence, found: Found) -> list[_Loss]:
    sent = [message.text for message in found.messages if message.role == "user"]
    there = [text.strip() for text in (*found.drafts, *sent)]
    losses = []
    for _, _, shown in _series(evidence.facts, Place.DRAFT):
        since_taken = _since_last_shrink(shown)
        loss = _lost(since_taken, lambda text: any(one.startswith(text.strip()) for one in there))
        if loss is not None:
            losses.append(loss)
    return losses


def _lost_steps(evidence: Evidence, found: Found) -> list[_Loss]:
    if "done" in found.training_phases:
        return []
    return _lost_numbers(evidence, Place.TRAINING_STEP, found.training_steps_kept)


def _lost_numbers(evidence: Evidence, place: Place, num_kept: int) -> list[_Loss]:
    """Return since when the screen said that more was done than is there."""
    first = next((fact for fact in _counted(evidence, place) if fact.number > num_kept), None)
    return [_Loss(first.at_s, 0)] if first is not None else []


def _lost(shown: Sequence[Shown], is_kept: Callable[[str], bool]) -> _Loss | None:
    """Return what stood on the screen last and is gone, since when a part of it was there."""
    gone = [fact for fact in shown if fact.text.strip() and not is_kept(fact.text)]
    if not gone or not shown[-1].text.strip() or is_kept(shown[-1].text):
        return None
    kept = max((len(fact.text) for fact in shown if is_kept(fact.text)), default=0)
    return _Loss(gone[0].at_s, max(0, len(shown[-1].text) - kept))


def _series(facts: Sequence[Fact], place: Place) -> list[tuple[Place, str, list[Shown]]]:
    """Return what stood at a place, by its key, in order of time."""
    shown = sorted(
        (fact for fact in facts if isinstance(fact, Shown) and fact.place is place), key=lambda fact: fact.key
    )
    return [(place, key, list(group)) for key, group in groupby(shown, key=lambda fact: fact.key)]


def _since_last_shrink(shown: list[Shown]) -> list[Shown]:
    """Leave out what stood there before it was taken away: sent, or another conversation's."""
    first = 0
    for number in range(1, len(shown)):
        if len(shown[number].text) < len(shown[number - 1].text):
            first = number
    return shown[first:]


def _counted(evidence: Evidence, place: Place) -> list[Counted]:
    return [fact for fact in evidence.facts if isinstance(fact, Counted) and fact.place is place]


def _last_number(evidence: Evidence, place: Place, before_s: float = 0.0) -> int:
    """Return the last number of ``place`` that was there ``before_s`` before it could not be kept."""
    latest_s = evidence.ended_s - before_s
    for wrong in evidence.wrongness:
        if evidence.ended_s <= wrong.until_s + _CURE_S:
            latest_s = min(latest_s, wrong.since_s - before_s)
    numbers = [fact.number for fact in _counted(evidence, place) if fact.at_s <= latest_s]
    return numbers[-1] if numbers else 0


def _was_kept_by(evidence: Evidence, at_s: float) -> bool:
    """Tell whether what was there at ``at_s`` had the time to be kept."""
    return _end_for(evidence, at_s) - at_s > PART_S + _FRAMES_S + evidence.stall_s


def _is_torn(path: Path) -> bool:
    if path.name.startswith("."):
        return False  # what a killed process left beside the file that it was to replace
    content = path.read_bytes()
    match path.suffix:
        case ".docx":
            return not zipfile.is_zipfile(path)
        case ".pdf":
            return not (content.startswith(_INTACT_PDF[0]) and content.rstrip().endswith(_INTACT_PDF[1]))
        case ".html":
            return not content.rstrip().endswith(b"</html>")
        case _:
            return b"day 59" not in content


def _error_in(text: str) -> str:
    """Return the line of a terminal's output that names the error."""
    named = [line for line in text.splitlines() if _NAMES_ERROR.match(line)]
    return named[0][:200] if named else _last_line(text)


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def story_of(evidence: Evidence) -> list[str]:
    """Return notices, warnings and stages in order, for whoever looks into a failure."""
    lines = []
    for name, facts in (("work", evidence.facts), ("look", evidence.later_facts)):
        for fact in facts:
            at_s = fact.at_s - evidence.ended_s
            match fact:
                case Reached(stage=stage):
                    lines.append(f"{at_s:8.2f} {name} {stage}")
                case Said(kind=kind, text=text) | Wrong(kind=kind, text=text):
                    lines.append(f"{at_s:8.2f} {name} {type(fact).__name__} {kind}: {text[:1500]}")
                case _:
                    pass
    return lines
