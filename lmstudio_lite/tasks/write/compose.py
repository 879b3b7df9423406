"""A text from a brief: written, checked, written once more with its faults named, the better one kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import AdapterUse, ChatPrompt, Priority
from lmstudio_lite.domain.writing import (
    SEO_DESCRIPTION_MAX,
    Brief,
    Fault,
    Finding,
    Preset,
    WritingProgress,
    Written,
)
from lmstudio_lite.tasks.generate.attempts import (
    Attempt,
    Part,
    PartsProgress,
    generate_parts,
    wait_for_model,
)
from lmstudio_lite.tasks.text.languages import SURE_LETTERS
from lmstudio_lite.tasks.text.overlap import has_loop
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.text.talk import without_opening
from lmstudio_lite.tasks.write.asking import (
    max_tokens_for,
    prompt_again,
    prompt_for,
    sampling_for,
    wanted_words,
)
from lmstudio_lite.tasks.write.checks import burden, count_words, find_faults, seo_parts
from lmstudio_lite.tasks.write.placeholders import without_blank_signature
from lmstudio_lite.tasks.write.questions import as_text, questions_from_json

_IN_PARAGRAPHS = frozenset((Preset.ARTICLE, Preset.NEWS, Preset.STORY, Preset.POEM, Preset.AD))
_ENOUGH = 0.85
"""Of the wanted words."""

Report = Callable[[WritingProgress], None]

_OF_NO_USE = frozenset((Fault.EMPTY, Fault.LOOP, Fault.WRONG_LANGUAGE, Fault.ECHO))
"""A text with one of these is not shown to the model again: it would go on with it."""


def language_of(brief: Brief, spoken: str) -> str:
    """Return the language to write in: the one asked for, or the brief's own.

    ``spoken`` is the user's: few words are too little to tell a language from.
    """
    if brief.language:
        return brief.language
    found = detect_language(brief.text)
    num_letters = sum(character.isalpha() for character in brief.text)
    is_latin = all(ord(character) < 0x250 for character in brief.text if character.isalpha())
    return spoken if not found or (num_letters < SURE_LETTERS and is_latin) else found


def write(
    brief: Brief,
    *,
    engine: EngineClient,
    spoken: str,
    report: Report,
    cancellation: Cancellation,
    seed: int | None = None,
    adapters: tuple[AdapterUse, ...] = (),
) -> Written:
    """Write the text of ``brief``; waits. ``seed`` None draws another text each time.

    Raises:
        CancelledError: cancelled.
        ModelError, EngineError: the model can't answer.
    """
    wait_for_model(engine, cancellation)
    language = language_of(brief, spoken)
    prompt = prompt_for(brief, language)
    run = _Run(brief, language, engine, report, cancellation, seed, adapters)
    text, findings = run.attempt(prompt, 1)
    if not findings:
        return _written(text, findings, 1, language)
    is_of_no_use = any(finding.fault in _OF_NO_USE for finding in findings)
    asked = prompt if is_of_no_use else prompt_again(prompt, text, findings, language)
    other, other_findings = run.attempt(asked, 2)
    if burden(other_findings) < burden(findings):
        text, findings = other, other_findings
    return _written(text, findings, 2, language)


def _written(text: str, findings: list[Finding], num_attempts: int, language: str) -> Written:
    return Written(text, tuple(findings), num_attempts, count_words(text), language)


class _Run:
    """The attempts at one text."""

    def __init__(
        self,
        brief: Brief,
        language: str,
        engine: EngineClient,
        report: Report,
        cancellation: Cancellation,
        seed: int | None,
        adapters: tuple[AdapterUse, ...],
    ) -> None:
        self._brief, self._language, self._engine = brief, language, engine
        self._report, self._cancellation, self._seed, self._adapters = report, cancellation, seed, adapters

    def attempt(self, prompt: ChatPrompt, number: int) -> tuple[str, list[Finding]]:
        """Write it once, and find what is wrong with it."""
        brief = self._brief
        seed = None if self._seed is None else self._seed + number - 1
        part = Part(
            (Attempt(prompt, sampling_for(brief.preset, seed), max_tokens_for(brief)),),
            _stops_early,
            is_enough=partial(_has_enough, brief),
            clean=lambda raw: clean(brief.preset, raw),
        )

        def report(progress: PartsProgress) -> None:
            self._report(WritingProgress(progress.texts[0], number))

        (result,) = generate_parts(
            self._engine,
            [part],
            report=report,
            cancellation=self._cancellation,
            priority=Priority.INTERACTIVE,
            adapters=self._adapters,
        )
        is_cut = result.problem is Problem.CUT_SHORT
        return result.text, find_faults(brief, result.text, self._language, is_cut=is_cut)


def clean(preset: Preset, raw: str) -> str:
    """Return the text alone: what is said before it and a signature that is only a blank are left out."""
    if preset is Preset.QUIZ:
        return as_text(questions_from_json(raw)) or _begun_quiz(raw)
    text = without_opening(raw.strip()).strip()
    if preset is Preset.CODE:
        return _whole_fence(text)
    text = text.removeprefix('"""').removesuffix('"""').strip()
    if preset is Preset.SEO:
        return _with_sentences_that_fit(text)
    return without_blank_signature(text) if preset is Preset.EMAIL else text


def _with_sentences_that_fit(text: str) -> str:
    """Leave out the last sentences of a description as far as it is too long, but never its first."""
    parts = seo_parts(text)
    if parts is None or len(parts.description) <= SEO_DESCRIPTION_MAX:
        return text
    sentences = [segment.text for segment in split_sentences(parts.description)]
    while len(sentences) > 1 and len("".join(sentences).rstrip()) > SEO_DESCRIPTION_MAX:
        sentences.pop()
    head = text[: text.rindex(sentences[0])]
    return f"{head}{''.join(sentences).rstrip()}"


def _begun_quiz(raw: str) -> str:
    """Return what can be shown of a quiz while its JSON is still coming."""
    whole, found, _ = raw.rpartition("}")
    return as_text(questions_from_json(f"{whole}}}]}}")) if found else ""


def _whole_fence(text: str) -> str:
    """Close a code block that was left open, and leave out what stands behind the first."""
    end = text.find("\n```", 3)
    return text[: end + 4] if end >= 0 else f"{text}\n```" if text.startswith("```") else text


def _has_enough(brief: Brief, raw: str) -> bool:
    """Tell whether a text of paragraphs has its length, and ends a paragraph: small models don't stop.

    Measured on 0.5B: asked for 120 to 200 words, half of its texts had more than twice as many.
    """
    if brief.preset not in _IN_PARAGRAPHS or not raw.endswith("\n\n"):
        return False
    return count_words(raw) >= _ENOUGH * wanted_words(brief)


def _stops_early(text: str, is_whole: bool) -> Problem | None:
    if is_whole and not text.strip():
        return Problem.EMPTY
    return Problem.LOOP if has_loop(text) and "```" not in text and not text.startswith("{") else None


def resized(brief: Brief, text: str, share: float) -> Brief:
    """Return the brief of a version of ``text`` that has ``share`` times its words."""
    words = max(20, round(count_words(text) * share))
    return replace(brief, before=text, resize=share, words=words)
