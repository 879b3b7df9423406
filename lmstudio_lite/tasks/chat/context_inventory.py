"""Takes the inventory of a conversation's context: each part with its tokens, and how it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lmstudio_lite.domain.context import ContextInventory, ContextPart, ContextPartKind, Presence
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.tasks.chat.attached_context import AttachedContext
from lmstudio_lite.tasks.chat.choices import ReplyPlan
from lmstudio_lite.tasks.chat.requests import instructions_of
from lmstudio_lite.tasks.chat.summarizing import StandIn

_BEGINNING = 80

Turn = list[StoredMessage]


def inventory_of(
    path: Sequence[StoredMessage],
    attached: AttachedContext,
    plan: ReplyPlan,
    stand_in: StandIn,
    *,
    num_tokens: int,
    context_size: int,
    count_tokens: Callable[[Sequence[str]], list[int]],
) -> ContextInventory:
    """Return what ``path`` gives to a prompt of ``num_tokens``.

    How many turns were left out is what the last reply on the path says of itself.
    """
    turns = _turns(path)
    num_summarized = len(_turns(path[: stand_in.num_messages]))
    num_left_out = _num_left_out(path, stand_in)
    before = "\n".join(text for _, text in attached.before)
    texts = [instructions_of(plan), f"{attached.system}\n{before}".strip(), stand_in.system_text]
    counts = count_tokens([*texts, *("\n".join(each.text for each in turn) for turn in turns)])
    kinds = (ContextPartKind.INSTRUCTIONS, ContextPartKind.DOCUMENTS, ContextPartKind.SUMMARY)
    parts = [
        ContextPart(kind, Presence.IN, count, text=_beginning(text))
        for kind, text, count in zip(kinds, texts, counts[: len(kinds)], strict=True)
        if text
    ]
    for place, (turn, count) in enumerate(zip(turns, counts[len(kinds) :], strict=True)):
        presence = Presence.IN
        if place < num_summarized:
            presence = Presence.SUMMARIZED
        elif place < num_summarized + num_left_out:
            presence = Presence.LEFT_OUT
        parts.append(ContextPart(ContextPartKind.TURN, presence, count, place + 1, _beginning(turn[0].text)))
    marks = num_tokens - sum(part.num_tokens for part in parts if part.presence is Presence.IN)
    if marks > 0:
        parts.append(ContextPart(ContextPartKind.MARKS, Presence.IN, marks))
    return ContextInventory(tuple(parts), num_tokens, context_size)


def _turns(path: Sequence[StoredMessage]) -> list[Turn]:
    """Return a user's messages with what answers each."""
    turns: list[Turn] = []
    for message in path:
        if message.role is Role.USER or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def _num_left_out(path: Sequence[StoredMessage], stand_in: StandIn) -> int:
    last = path[-1] if path else None
    if last is None or last.note.making is None:
        return 0
    is_of_now = last.note.making.num_summarized_turns == stand_in.num_turns
    return last.note.num_dropped_turns if is_of_now else 0


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _BEGINNING else f"{line[: _BEGINNING - 1]}…"
