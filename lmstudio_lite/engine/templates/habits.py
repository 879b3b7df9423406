"""What a chat template does with the simplest conversations, found out once by rendering them.

Templates are written for callers that differ. Some take a message's text as a list of parts and drop a plain
one, some ignore the system role, some leave the answer's header to the caller: none of this is an error, and
what comes out is wrong. So the texts are looked for in what comes out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lmstudio_lite.engine.templates.child import TOO_MUCH_MEMORY, Rendered
from lmstudio_lite.engine.templates.process import TemplateProblem

_USER, _SYSTEM, _REPLY = "kestrel heron", "osprey linnet", "plover dunlin"
_ROLE = re.compile(r"assistant|model|bot|gpt|\bai\b", re.IGNORECASE)
"""In an answer's header; what families without one write there (a space, say) is left to the model."""
_TRIALS = (
    ((("user", _USER),), True),
    ((("user", _USER),), False),
    ((("system", _SYSTEM), ("user", _USER)), True),
    ((("user", _USER), ("assistant", _REPLY)), False),
)


@dataclass(frozen=True, slots=True)
class Habits:
    """How a template wants to be used; ``problem`` is why it can't be, a ``TemplateProblem`` or "".

    It ``takes_parts`` in place of a text, ``drops_system`` messages without a word, and leaves ``header``
    for the caller to write before an answer.
    """

    takes_parts: bool = False
    drops_system: bool = False
    header: str = ""
    problem: str = ""


class _Variables(Protocol):
    def __call__(
        self, rows: Sequence[tuple[str, str]], begins_reply: bool, takes_parts: bool
    ) -> dict[str, object]: ...


def trials_of(variables: _Variables) -> list[dict[str, object]]:
    """Return the renderings that ``habits_of`` judges."""
    return [
        variables(rows, begins_reply, takes_parts)
        for takes_parts in (False, True)
        for rows, begins_reply in _TRIALS
    ]


def habits_of(rendered: Sequence[Rendered]) -> Habits:
    """Return what the trials tell."""
    plain, parts = rendered[: len(_TRIALS)], rendered[len(_TRIALS) :]
    for takes_parts, (prompt, bare, told, whole) in ((False, plain), (True, parts)):
        if _USER in prompt.text and (whole.error or _REPLY in whole.text):
            return Habits(
                takes_parts,
                drops_system=not told.error and _SYSTEM not in told.text,
                header=_missing_header(prompt.text, bare.text, whole.text),
            )
    error = plain[0].error
    if error == TOO_MUCH_MEMORY:
        return Habits(problem=TemplateProblem.TOO_MUCH)
    return Habits(problem=TemplateProblem.REFUSED if error else TemplateProblem.LOSES_TEXT)


def _missing_header(prompt: str, bare: str, whole: str) -> str:
    """Return what stands before an answer, where the template does not write it when asked to."""
    if prompt != bare or not whole.startswith(prompt) or _REPLY not in whole:
        return ""
    header = whole[len(prompt) : whole.index(_REPLY)]
    return header if _ROLE.search(header) else ""
