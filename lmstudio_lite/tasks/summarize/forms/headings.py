"""Texts with fixed headings, such as a brief or minutes: a list under each that has something to say."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.tasks.generate.attempts import PartResult
from lmstudio_lite.tasks.summarize.form import Form
from lmstudio_lite.tasks.summarize.parts import Written, central_points, is_of_no_use, join_texts
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet
from lmstudio_lite.tasks.text.talk import says_nothing
from lmstudio_lite.tasks.text.tokens import tokenize


def compose_under(titles: Sequence[str], texts: Sequence[str], rules: RuleSet = ALL_RULES) -> str:
    """Put the lists below their headings; headings without a list and repeated points are left out."""
    seen: set[tuple[str, ...]] = set()
    blocks = []
    for title, text in zip(titles, texts, strict=True):
        lines = []
        for line in text.splitlines():
            key = tuple(tokenize(line))
            is_new = key not in seen or Rule.UNDER_ONE_HEADING not in rules
            if is_new and not (Rule.NOTHING in rules and says_nothing(line)):
                seen.add(key)
                lines.append(line)
        if lines:
            blocks.append(f"## {title}\n\n" + "\n".join(lines))
    return join_texts(blocks)


def finish_under(
    titles: Sequence[str],
    results: Sequence[PartResult],
    source: str,
    form: Form,
    *,
    is_own_text: bool,
    rules: RuleSet = ALL_RULES,
) -> Written:
    """Judge the lists: useless ones are left out; if nothing is left, central sentences stand for all."""
    usable = ["" if is_of_no_use(result.problem, rules) else result.text for result in results]
    text = compose_under(titles, usable, rules)
    if text or Rule.EXTRACT not in rules:
        return Written(text, (), is_extract=False)
    points = central_points(source, form.count * len(titles), is_own_text=is_own_text)
    code = "summary_extract" if is_own_text else "summary_unmerged"
    return Written(points, (TaskWarning(code, 1, 1),), is_extract=is_own_text)
