"""What a chat template does with the simplest conversations, found out once by rendering them.

Templates are written for callers that differ. Some take a message's text as a list of parts and drop a plain
one, some ignore the system role, some leave the answer's header to the caller: none of this is an error, and
what comes out is wrong. So the texts are looked for in what comes out: each must be there once, in order.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from lmstudio_lite.engine.templates.child import TOO_MUCH_MEMORY, Rendered
from lmstudio_lite.engine.templates.process import TemplateProblem

_USER, _SYSTEM, _REPLY, _NEXT = "kestrel heron", "osprey linnet", "plover dunlin", "siskin brambling"
_ROLE = re.compile(r"assistant|model|bot|gpt|\bai\b", re.IGNORECASE)
"""In an answer's header; what families without one write there (a space, say) is left to the model."""
_LIST = re.compile(r"['\"]type['\"]\s*:\s*['\"]text['\"]")
"""A list of parts that was written as such."""
_TRIALS = (
    ((("user", _USER),), True),
    ((("user", _USER),), False),
    ((("system", _SYSTEM), ("user", _USER)), True),
    ((("user", _USER), ("assistant", _REPLY)), False),
    ((("user", _USER), ("assistant", _REPLY), ("user", _NEXT)), True),
)
_PARTS = (
    frozenset[str](),
    frozenset(("system", "user", "assistant")),
    frozenset(("user", "assistant")),
    frozenset(("user",)),
)
"""Whose texts may be wanted as parts; the first that works is taken."""
_SHORTEST_HEADER = 4


@dataclass(frozen=True, slots=True)
class Habits:
    """How a template wants to be used; ``problem`` is why it can't be, a ``TemplateProblem`` or "".

    It takes the texts of some roles as ``parts``, ``drops_system`` messages without a word, and leaves it to
    the caller to write ``header`` before an answer, in place of an ``ending`` that it writes there.
    """

    parts: frozenset[str] = frozenset()
    drops_system: bool = False
    header: str = ""
    ending: str = ""
    problem: str = ""


class _Variables(Protocol):
    def __call__(
        self, rows: Sequence[tuple[str, str]], begins_reply: bool, parts: Collection[str]
    ) -> dict[str, object]: ...


def trials_of(variables: _Variables) -> list[dict[str, object]]:
    """Return the renderings that ``habits_of`` judges."""
    return [variables(rows, begins_reply, parts) for parts in _PARTS for rows, begins_reply in _TRIALS]


def habits_of(rendered: Sequence[Rendered]) -> Habits:
    """Return what the trials tell."""
    size = len(_TRIALS)
    found = [
        replace(_judged(*rendered[number * size :][:size]), parts=parts)
        for number, parts in enumerate(_PARTS)
    ]
    usable = [habits for habits in found if not habits.problem]
    return next((habits for habits in usable if not habits.drops_system), (usable or found)[0])


def _judged(prompt: Rendered, bare: Rendered, told: Rendered, whole: Rendered, further: Rendered) -> Habits:
    """Judge one way to give the texts. A conversation that is refused can be told in another form later."""
    if prompt.error:
        is_too_much = prompt.error == TOO_MUCH_MEMORY
        return Habits(problem=TemplateProblem.TOO_MUCH if is_too_much else TemplateProblem.REFUSED)
    problem = (
        _problem_of(prompt, _USER)
        or _problem_of(whole, _USER, _REPLY)
        or _problem_of(further, _USER, _REPLY, _NEXT)
        or (TemplateProblem.REPEATS_TEXT if _has_two_headers(prompt.text, bare.text) else "")
    )
    header, ending = _missing_header(prompt.text, bare.text, whole.text)
    drops_system = not told.error and bool(_problem_of(told, _SYSTEM, _USER))
    return Habits(drops_system=drops_system, header=header, ending=ending, problem=problem)


def _problem_of(rendered: Rendered, *said: str) -> str:
    """Return why a rendering does not say all of ``said``, each once and in this order; "" if it does."""
    if rendered.error:
        return ""
    text = rendered.text
    if any(words not in text for words in said) or _LIST.search(text):
        return TemplateProblem.LOSES_TEXT
    if any(text.count(words) > 1 for words in said):
        return TemplateProblem.REPEATS_TEXT
    places = [text.index(words) for words in said]
    return "" if places == sorted(places) else TemplateProblem.CHANGES_ORDER


def _has_two_headers(prompt: str, bare: str) -> bool:
    header = prompt[_num_shared(prompt, bare) :]
    half = len(header) // 2
    return half >= _SHORTEST_HEADER and header[:half] == header[half:]


def _missing_header(prompt: str, bare: str, whole: str) -> tuple[str, str]:
    """Return what stands before an answer where the template does not write it when asked to, and what it
    writes in its place.
    """
    if prompt != bare or _REPLY not in whole or _USER not in prompt:
        return "", ""
    before = whole[: whole.index(_REPLY)]
    shared = _num_shared(prompt, before)
    is_same_so_far = shared >= prompt.index(_USER) + len(_USER)
    header = before[shared:]
    return (header, prompt[shared:]) if is_same_so_far and _ROLE.search(header) else ("", "")


def _num_shared(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))
