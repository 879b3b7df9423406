"""What is wrong with a piece of a summary that a model wrote."""

from __future__ import annotations

from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet
from lmstudio_lite.tasks.text.languages import SURE_LETTERS, is_in_another_language
from lmstudio_lite.tasks.text.overlap import ECHO_SHARE, ENOUGH_TOKENS, EchoCheck, has_loop
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.text.sentences import lists_titles
from lmstudio_lite.tasks.text.tokens import tokenize

_FEWEST_TOKENS = 4
_SURE_ECHO_SHARE = 0.85


def find_summary_problem(
    text: str,
    raw: str,
    echo: EchoCheck,
    *,
    language: str,
    is_whole: bool,
    may_copy: bool,
    rules: RuleSet = ALL_RULES,
) -> Problem | None:
    """Judge a summary: ``text`` tidied, ``raw`` as generated, so that tidying can't hide a loop.

    ``may_copy`` is for merging, where the source is a summary already. A growing text (not ``is_whole``)
    is judged only by what more text can't mend.
    """
    num_tokens = len(tokenize(text))
    if is_whole and not text.strip():
        return Problem.EMPTY
    if is_whole and Rule.TOO_SHORT in rules and num_tokens < _FEWEST_TOKENS:
        return Problem.EMPTY
    if is_whole and Rule.TITLES_ONLY in rules and (lists_titles(text) or lists_titles(raw)):
        return Problem.EMPTY
    if Rule.LOOP in rules and has_loop(raw):
        # Tidying keeps each sentence once: what is left may do, if it is more than a sentence.
        return None if is_whole and num_tokens >= ENOUGH_TOKENS and not has_loop(text) else Problem.LOOP
    num_letters = SURE_LETTERS if is_whole else 2 * SURE_LETTERS
    if Rule.LANGUAGE in rules and is_in_another_language(text, language, num_letters):
        return Problem.WRONG_LANGUAGE
    can_echo = Rule.ECHO in rules and not may_copy
    is_echo = can_echo and echo.is_echo(text, ECHO_SHARE if is_whole else _SURE_ECHO_SHARE)
    return Problem.ECHO if is_echo else None
