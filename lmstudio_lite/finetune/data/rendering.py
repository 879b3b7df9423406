"""A conversation as the model sees it, and which of its characters are learned: the answers.

The training masks with it and the preview marks with it, so what is shown is what is learned. An answer
begins where the prompt that the engine would build for it ends, and takes in the mark that ends a turn, for
the model must learn to stop.

Some templates write earlier turns another way than the last one (they drop the thinking, say), and a
transcript has no mark that ends a turn. Then no one text holds all answers as they would be asked for, and
each answer becomes a text of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.engine.templates.prompt_text import PromptText


class ConversationFormat(Protocol):
    """What ``engine.chat_format.ChatFormat`` is to this module."""

    def render(self, messages: Sequence[Message], reply_start: str = "") -> PromptText:
        """Return the prompt for the next answer, which begins with ``reply_start``."""

    def transcribe(self, messages: Sequence[Message]) -> PromptText:
        """Return a conversation that is over."""


@dataclass(frozen=True, slots=True)
class RenderedText:
    """``answers`` are the half-open ranges of characters of ``text`` that are learned, in order.

    ``needs_end``: the text stops without a mark, so the end-of-text token follows and is learned too.
    """

    text: str
    answers: tuple[tuple[int, int], ...]
    needs_end: bool


def render_example(example: TrainingExample, chat_format: ConversationFormat) -> list[RenderedText]:
    """Return the texts that are learned from ``example``: one, or one an answer where the template forbids.

    A plain text is learned whole. A conversation without an answer gives nothing.

    Raises:
        TemplateError: the template refuses the conversation.
    """
    if not example.messages:
        return [RenderedText(example.text, ((0, len(example.text)),), needs_end=True)]
    messages = example.messages
    ends = example.learned
    if not ends:
        return []
    together = _render_together(messages[: ends[-1] + 1], ends, chat_format)
    if together is not None:
        return [together]
    return [_render_alone(messages[: at + 1], chat_format) for at in ends]


def _render_together(
    messages: Sequence[Message], ends: Sequence[int], chat_format: ConversationFormat
) -> RenderedText | None:
    """Return all answers in one text, None where that is not how they would be asked for."""
    text = chat_format.transcribe(messages).text
    mark = _mark_of(chat_format)
    if not mark and len(ends) > 1:
        return None
    answers: list[tuple[int, int]] = []
    for at in ends:
        prompt = chat_format.render(messages[:at]).text
        whole = text if at == ends[-1] else chat_format.transcribe(messages[: at + 1]).text
        if len(whole) <= len(prompt) or not text.startswith(prompt) or not text.startswith(whole):
            return None
        # White space behind the mark is the template's, and never generated.
        answers.append((len(prompt), len(whole.rstrip()) if mark else len(whole)))
    return RenderedText(text[: answers[-1][1]], tuple(answers), needs_end=not mark)


def _mark_of(chat_format: ConversationFormat) -> str:
    """Return what the template writes after an answer, "" if nothing."""
    said = "ok"
    probe = (Message(Role.USER, "Hello"), Message(Role.ASSISTANT, said))
    return chat_format.transcribe(probe).text.rpartition(said)[2].strip()


def _render_alone(messages: Sequence[Message], chat_format: ConversationFormat) -> RenderedText:
    """Return the last of ``messages`` as the answer to the prompt that the engine builds for it."""
    prompt = chat_format.render(messages[:-1]).text
    whole = chat_format.transcribe(messages).text
    if whole.startswith(prompt) and len(whole) > len(prompt):
        mark = _mark_of(chat_format)
        end = len(whole.rstrip()) if mark else len(whole)
        return RenderedText(whole[:end], ((len(prompt), end),), needs_end=not mark)
    text = chat_format.render(messages[:-1], messages[-1].text).text
    pairs = enumerate(zip(prompt, text, strict=False))
    start = next((at for at, (asked, rendered) in pairs if asked != rendered), min(len(prompt), len(text)))
    return RenderedText(text, ((start, len(text)),), needs_end=True)
