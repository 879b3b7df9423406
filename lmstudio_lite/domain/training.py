"""What a model is trained on."""

from __future__ import annotations

from dataclasses import dataclass

from lmstudio_lite.domain.generation import Message


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """Either a conversation, whose answers are learned, or a text, which is learned whole.

    Exactly one of ``messages`` and ``text`` is not empty. ``at`` says where it comes from, for people:
    "notes.jsonl:17". With ``learns_last`` the last answer alone is learned; the others are what led to it.
    """

    messages: tuple[Message, ...] = ()
    text: str = ""
    at: str = ""
    learns_last: bool = False
