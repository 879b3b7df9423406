"""What a model would call proposed terms in the other language: for the user to look at, not to be trusted.

All are asked for at once, each by itself behind the prompt that sentences are translated with. An answer that
is no short term is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import regex

from lmstudio_lite.documents.structure.language_facts import has_language_facts, language_facts
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import ChatPrompt, Sampling
from lmstudio_lite.domain.glossary import TermProposal
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.tasks.generate.attempts import (
    Attempt,
    Part,
    PartsProgress,
    generate_parts,
    wait_for_model,
)
from lmstudio_lite.tasks.prompts import translation_messages
from lmstudio_lite.tasks.text.languages import length_in_any_language, num_foreign_letters
from lmstudio_lite.tasks.text.names import has_inner_capital
from lmstudio_lite.tasks.text.problems import Problem

_MOST_TOKENS = 24
_LONGER, _SLACK = 3, 12
_AROUND = regex.compile(r"^[\s\"“”„«»「」'‘’*]+|[\s\"“”„«»「」'‘’*.。]+$")
_ARTICLE = regex.compile(r"\A(?:the|an?)\s+(?=\S)", regex.IGNORECASE)
_LATIN = regex.compile(r"^[\p{Latin}\p{N}\p{P}\p{S}\s]+$")


def propose_translations(
    proposals: Sequence[TermProposal],
    source: str,
    target: str,
    *,
    engine: EngineClient,
    cancellation: Cancellation,
    report: Callable[[int, int], None] = lambda num_done, num_total: None,
) -> list[TermProposal]:
    """Return the proposals with a translation each, "" where none is good enough. Waits for the model.

    Names stay as they are between languages in Latin letters: each is its own translation.
    ``report`` hears how many of how many are done.

    Raises:
        CancelledError: cancelled.
        ModelError, EngineError: the model can't answer.
    """
    translated = [_with_target(each, each.term.source if _stays(each, target) else "") for each in proposals]
    asked = [place for place, each in enumerate(translated) if not each.term.target]
    if not asked:
        return translated
    wait_for_model(engine, cancellation)

    def tell(progress: PartsProgress) -> None:
        report(progress.num_done, progress.num_total)

    results = generate_parts(
        engine,
        [_part(proposals[place].term.source, source, target) for place in asked],
        report=tell,
        cancellation=cancellation,
    )
    for place, result in zip(asked, results, strict=True):
        if result.problem is None:
            translated[place] = _with_target(
                proposals[place], _as_term(result.text, proposals[place], target)
            )
    return translated


def _part(text: str, source: str, target: str) -> Part:
    def check(raw: str, is_whole: bool) -> Problem | None:
        return _problem(text, _AROUND.sub("", raw), target) if is_whole else None

    messages = translation_messages(text, source=source, target=target)
    attempt = Attempt(
        ChatPrompt(messages), Sampling(temperature=0.0), _MOST_TOKENS, stop=("\n",), num_prompt_tokens=8
    )
    return Part((attempt,), check, clean=lambda raw: _AROUND.sub("", raw))


def _problem(text: str, translation: str, target: str) -> Problem | None:
    if not translation:
        return Problem.EMPTY
    if translation.casefold() == text.casefold():
        return Problem.ECHO
    longest = _LONGER * length_in_any_language(text) + _SLACK
    if length_in_any_language(translation) > longest or any(mark in translation for mark in "\n:;?!"):
        return Problem.ODD_LENGTH
    if num_foreign_letters(translation, target):
        return Problem.LEFTOVER
    return None


def _as_term(text: str, proposal: TermProposal, target: str) -> str:
    """Return what a model wrote like a sentence as a glossary has it: "The loss" as "loss"."""
    if target == "en":
        text = _ARTICLE.sub("", text)
    if proposal.term.part_of_speech == "name" or not has_language_facts(target):
        return text
    first = text.split()[0]
    is_capital = first[:1].isupper() and not has_inner_capital(first) and len(first) > 1
    is_meant = language_facts(target).capitalizes_nouns or proposal.term.source[:1].isupper()
    return text[0].lower() + text[1:] if is_capital and not is_meant else text


def _with_target(proposal: TermProposal, target: str) -> TermProposal:
    return replace(proposal, term=replace(proposal.term, target=target))


def _stays(proposal: TermProposal, target: str) -> bool:
    """Tell whether a term is a name that is written the same in the other language."""
    known = LANGUAGES.get(target)
    is_latin = known is not None and _LATIN.match(known.native_name) is not None
    return (
        proposal.term.part_of_speech == "name" and is_latin and _LATIN.match(proposal.term.source) is not None
    )
