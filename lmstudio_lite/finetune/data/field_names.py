"""What the names of columns and fields say: one table for tables and JSON, whatever the case of letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

QUESTION_NAMES = (
    *("question", "prompt", "instruction", "query", "input", "user", "human", "request"),
    *("frage", "problem", "source", "src", "original", "source_text"),
)
ANSWER_NAMES = (
    *("answer", "response", "completion", "output", "assistant", "reply", "gpt", "chosen"),
    *("antwort", "solution", "target", "tgt", "translation", "target_text", "summary", "label"),
)
SYSTEM_NAMES = ("system", "system_prompt", "system prompt")
CONTEXT_NAMES = ("context", "input", "passage", "background")
TEXT_NAMES = ("text", "content", "body", "document", "article")
KNOWN_NAMES = frozenset((*QUESTION_NAMES, *ANSWER_NAMES, *SYSTEM_NAMES, *CONTEXT_NAMES, *TEXT_NAMES))


@dataclass(frozen=True, slots=True)
class FoundFields:
    """Places among the names, counted from 0; None where there is none."""

    question: int | None
    answer: int | None
    context: int | None
    system: int | None
    text: int | None

    @property
    def is_pair(self) -> bool:
        return self.question is not None and self.answer is not None


def plain_name(name: str) -> str:
    """Return a name as it is compared."""
    return name.strip().lower()


def find_fields(names: Sequence[str]) -> FoundFields:
    """Return which of ``names`` is a question, an answer and so on; the likeliest name of each wins."""
    plain = [plain_name(name) for name in names]

    def find(known: Sequence[str], *taken: int | None) -> int | None:
        found = (plain.index(name) for name in known if name in plain)
        return next((at for at in found if at not in taken), None)

    answer = find(ANSWER_NAMES)
    question = find(QUESTION_NAMES, answer)
    context = find(CONTEXT_NAMES, question, answer)
    return FoundFields(question, answer, context, find(SYSTEM_NAMES), find(TEXT_NAMES))
