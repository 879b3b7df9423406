"""An outline, put together from a title and a few points for each stretch of a text.

Models of half a billion parameters write a good title and good points, but lose a nested form halfway.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.tasks.generate.attempts import Part, PartResult
from lmstudio_lite.tasks.summarize.form import Form, bullets_form, tidy_title, title_form
from lmstudio_lite.tasks.summarize.parts import Written, central_points, is_of_no_use, join_texts
from lmstudio_lite.tasks.summarize.plan import POINTS_A_TOPIC
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.text.titles import title_from
from lmstudio_lite.tasks.text.tokens import tokenize


def outline_parts(
    topics: Sequence[str], counts: Sequence[int], ask: Callable[[str, Form, int], Part]
) -> list[Part]:
    """Return two requests for each topic, of ``counts`` tokens: its title and its points."""
    return [
        ask(topic, form, count)
        for topic, count in zip(topics, counts, strict=True)
        for form in (title_form(), bullets_form(POINTS_A_TOPIC))
    ]


def compose_outline(texts: Sequence[str], rules: RuleSet = ALL_RULES) -> str:
    """Put titles and points together, in the order of ``outline_parts``; what is missing is left out."""
    blocks = []
    for title, points in zip(texts[::2], texts[1::2], strict=True):
        lines = points.splitlines()
        if Rule.REPEATED_TITLE in rules:
            lines = [line for line in lines if tokenize(line) != tokenize(title)] or lines
        blocks.append(join_texts([f"## {title}" if title else "", "\n".join(lines)]))
    return join_texts(blocks)


def finish_outline(
    topics: Sequence[str],
    results: Sequence[PartResult],
    *,
    is_own_text: bool,
    rules: RuleSet = ALL_RULES,
) -> Written:
    """Fill in what the model could not write; ``is_own_text`` if the topics are the document's words."""
    texts: list[str] = []
    num_lost = num_echoes = 0
    for topic, title, points in zip(topics, results[::2], results[1::2], strict=True):
        is_lost = is_of_no_use(points.problem, rules)
        num_lost += is_lost
        num_echoes += points.problem is Problem.ECHO
        text = central_points(topic, POINTS_A_TOPIC, is_own_text=is_own_text) if is_lost else points.text
        texts += [title.text or _made_title(text, rules), text]
    counted = (
        ("summary_extract" if is_own_text else "summary_unmerged", num_lost),
        ("summary_echo", num_echoes),
    )
    warnings = tuple(TaskWarning(code, count, len(topics)) for code, count in counted if count)
    return Written(compose_outline(texts, rules), warnings, is_extract=num_lost == len(topics))


def _made_title(points: str, rules: RuleSet) -> str:
    """Make a title of the first point."""
    first = points.partition("\n")[0].removeprefix("- ")
    return tidy_title(title_from(first), rules) if Rule.MADE_TITLES in rules else ""
