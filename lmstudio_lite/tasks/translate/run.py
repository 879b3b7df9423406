"""Translation sentence by sentence, in order, with everything around the sentences kept.

All sentences are handed to the engine at once, after an instruction and two examples that they share.
Each translation is checked (empty, loop, echo, wrong language, sentences of its own, numbers and addresses,
odd length) and asked for once more in another way; where that fails too the original stands in its place, or
the better of the two attempts, and the warnings count them.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence

import regex

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.documents.structure.language_facts import phrases_of_all
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import ChatPrompt, Message, Priority, Sampling
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.translations import TextForm, TranslatedSegment, Translation, TranslationProgress
from lmstudio_lite.errors import BadRequestError
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.storage.segments import SegmentRecord
from lmstudio_lite.tasks.generate.attempts import (
    Attempt,
    Part,
    PartMemory,
    PartResult,
    PartsProgress,
    generate_parts,
    wait_for_model,
)
from lmstudio_lite.tasks.generate.cache import CachedParts, RecordedSegments, model_identity
from lmstudio_lite.tasks.generate.capability import Capability
from lmstudio_lite.tasks.generate.fingerprint import fingerprint_of
from lmstudio_lite.tasks.generate.time_left import TimeLeft, WorkMeter
from lmstudio_lite.tasks.prompts import translation_messages, translation_messages_again
from lmstudio_lite.tasks.text.languages import is_in_characters
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.translate.carried import carry_over
from lmstudio_lite.tasks.translate.check import find_translation_problem
from lmstudio_lite.tasks.translate.figures import localize_figures
from lmstudio_lite.tasks.translate.pieces import Piece
from lmstudio_lite.tasks.translate.segments import split_into_pieces

_MADE_BY = tuple(f"lmstudio_lite.tasks.{room}" for room in ("text", "generate", "translate"))
_WORDS = ("prompts", "languages")
_INSTRUCTION_TOKENS = 40
"""Prompt tokens that a passage does not share with the others, roughly: for the time left."""

_FEW_PASSAGES = 4
"""So few are someone waiting at the window, and go before bulk work."""

_FIRST_SAMPLING = Sampling(temperature=0.0)
_SECOND_SAMPLING = Sampling(temperature=0.4, top_p=0.9, repeat_penalty=1.05, seed=2)

_WORTHLESS = frozenset({Problem.EMPTY, Problem.LOOP, Problem.ECHO, Problem.OBEYED})

_KNOWN_LABEL_LENGTH = 40
_MISSING = "…"
_QUOTES = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"), ("'", "'"))


def translate(
    text: str,
    *,
    source: str,
    target: str,
    engine: EngineClient,
    report: Callable[[TranslationProgress], None],
    cancellation: Cancellation,
    cache: PartCache | None = None,
    record: SegmentRecord | None = None,
    meter: WorkMeter | None = None,
    form: TextForm = TextForm.PLAIN,
) -> Translation:
    """Translate ``text``; codes are ISO 639-1, ``source`` "" is detected. Waits for the model.

    The text keeps its ``form``: what is code in Markdown stays, a table stays one. Subtitles stay a file of
    subtitles with the same cues.

    Sentences that ``cache`` knows are not translated again. ``record`` keeps each as soon as it is there;
    those it holds already, of the same text into the same language, are not translated again either.
    ``meter`` is that of the task which this is a step of.

    Raises:
        BadRequestError: a language is not one of ``documents.structure.language.LANGUAGES``.
        CancelledError: cancelled; the last report holds what was done.
        ModelError, EngineError: the model can't answer.
    """
    started = time.monotonic()
    for code in (source, target) if source else (target,):
        if code not in LANGUAGES:
            raise BadRequestError(reason=f"unknown language {code!r}")
    language = source or detect_language(text)
    pieces = split_into_pieces(text, form)
    places = [index for index, piece in enumerate(pieces) if piece.passage]
    passages = [pieces[index].passage for index in places]
    segments: list[TranslatedSegment] = []
    warnings: tuple[TaskWarning, ...] = ()
    if passages and language == target:
        warnings = (TaskWarning("translation_same_language", len(passages), len(passages)),)
    elif passages:
        wait_for_model(engine, cancellation)

        def show(progress: PartsProgress) -> None:
            so_far = _text_so_far(pieces, places, progress, target)
            left = progress.time_left
            report(
                TranslationProgress(progress.num_done, progress.num_total, left.seconds, so_far, left.delay)
            )

        results = generate_parts(
            engine,
            _parts(passages, language, target, engine),
            report=show,
            cancellation=cancellation,
            priority=Priority.INTERACTIVE if len(passages) <= _FEW_PASSAGES else Priority.BULK,
            memory=_memory(engine, cache, record),
            meter=meter,
        )
        segments = [_segment(passage, result) for passage, result in zip(passages, results, strict=True)]
        warnings = (*_warnings(segments), *_model_warnings(engine, language, target, len(segments)))
    texts = {
        place: pieces[place].text if segment.is_kept else pieces[place].filled(segment.text)
        for place, segment in zip(places, segments, strict=False)
    }
    return Translation(
        text=_join(pieces, texts, target),
        source=language,
        target=target,
        num_segments=len(passages),
        seconds=time.monotonic() - started,
        warnings=warnings,
        segments=tuple(segments),
    )


def translation_so_far(
    text: str, target: str, results: Mapping[int, PartResult], form: TextForm = TextForm.PLAIN
) -> TranslationProgress:
    """Return how far a translation of ``text`` is that has ``results`` at these places."""
    pieces = split_into_pieces(text, form)
    places = [index for index, piece in enumerate(pieces) if piece.passage]
    known = {number: result for number, result in results.items() if number < len(places)}
    segments = {number: _segment(pieces[places[number]].passage, result) for number, result in known.items()}
    progress = PartsProgress(
        num_done=len(known),
        num_total=len(places),
        time_left=TimeLeft(),
        texts=tuple(segments[n].text if n in segments else "" for n in range(len(places))),
        is_done=tuple(n in segments for n in range(len(places))),
    )
    return TranslationProgress(
        progress.num_done, progress.num_total, None, _text_so_far(pieces, places, progress, target)
    )


def _memory(engine: EngineClient, cache: PartCache | None, record: SegmentRecord | None) -> PartMemory | None:
    model = engine.state.model
    known = (
        CachedParts(cache, model_identity(model), fingerprint_of(_MADE_BY, _WORDS))
        if cache and model
        else None
    )
    return RecordedSegments(record, known) if record else known


def _parts(passages: Sequence[str], source: str, target: str, engine: EngineClient) -> list[Part]:
    counts = engine.count_tokens(passages)
    return [_part(passage, count, source, target) for passage, count in zip(passages, counts, strict=True)]


def _part(passage: str, num_tokens: int, source: str, target: str) -> Part:
    def attempt(messages: tuple[Message, ...], sampling: Sampling) -> Attempt:
        return Attempt(
            prompt=ChatPrompt(messages),
            sampling=sampling,
            max_tokens=3 * num_tokens + 32,
            num_prompt_tokens=num_tokens + _INSTRUCTION_TOKENS,
        )

    def clean(raw: str) -> str:
        text = carry_over(_clean(raw, passage), passage)
        return localize_figures(text, passage, source, target)

    def check(raw: str, is_whole: bool) -> Problem | None:
        return find_translation_problem(passage, clean(raw), source=source, target=target, is_whole=is_whole)

    return Part(
        attempts=(
            attempt(translation_messages(passage, source=source, target=target), _FIRST_SAMPLING),
            attempt(translation_messages_again(passage, source=source, target=target), _SECOND_SAMPLING),
        ),
        check=check,
        is_enough=lambda raw: "\n\n" in raw.lstrip(),
        clean=clean,
    )


@functools.cache
def _label() -> regex.Pattern[str]:
    """What models put before a translation: "Here is the translation:", "German:"."""
    names = [name for known in LANGUAGES.values() for name in (known.english_name, known.native_name)]
    translation = "|".join(map(regex.escape, phrases_of_all(lambda facts: facts.translation_labels)))
    name = "|".join(map(regex.escape, names))
    return regex.compile(
        rf"\A\**(?:[^:：]{{0,40}}(?:{translation})[^:：]{{0,40}}|(?:{name}))\**\s*[:：]\**\s*",
        regex.IGNORECASE,
    )


def _clean(raw: str, passage: str) -> str:
    """Take away what models put around a translation: a label, quotation marks, a second paragraph."""
    text = " ".join(raw.strip().partition("\n\n")[0].split())
    if ":" not in passage[:_KNOWN_LABEL_LENGTH] and "：" not in passage[:_KNOWN_LABEL_LENGTH]:
        label = _label().match(text)
        text = text[label.end() :] if label else text
    for left, right in _QUOTES:
        if len(text) > 2 and text.startswith(left) and text.endswith(right) and not passage.startswith(left):
            text = text[1:-1].strip()
    return text


def _segment(passage: str, result: PartResult) -> TranslatedSegment:
    is_kept = result.problem in _WORTHLESS
    problem = result.problem.value if result.problem else ""
    return TranslatedSegment(passage, passage if is_kept else result.text, problem, is_kept)


def _join(pieces: Sequence[Piece], texts: Mapping[int, str], target: str) -> str:
    """Put translated ``texts`` (by place) between the pieces that stay.

    Sentences that stood side by side keep what was between them, but for the space that one writing
    system has there and another has not.
    """
    joined: list[str] = []
    for index, piece in enumerate(pieces):
        text = texts.get(index, piece.text)
        if index in texts and index - 1 in texts and not is_in_characters(target):
            joined.append(" ")
        is_between = index - 1 in texts and index + 1 in texts
        if is_between and piece.text == " " and is_in_characters(target):
            continue
        joined.append(text)
    return "".join(joined)


def _text_so_far(pieces: Sequence[Piece], places: Sequence[int], progress: PartsProgress, target: str) -> str:
    """Return what there is of the translation, with a mark where sentences before the last are missing.

    Sentences are translated side by side: who stops keeps every one that is done, as the count says.
    """
    num_begun = max((number for number, text in enumerate(progress.texts, 1) if text), default=0)
    begun = zip(places[:num_begun], progress.texts, strict=False)
    texts = {place: pieces[place].filled(text or _MISSING) for place, text in begun}
    is_all = num_begun == len(places)
    end = len(pieces) if is_all and all(progress.is_done) else places[num_begun - 1] + 1 if num_begun else 0
    return _join(pieces[:end], texts, target)


def _model_warnings(engine: EngineClient, source: str, target: str, total: int) -> tuple[TaskWarning, ...]:
    """Warn of a model so small that its translations can't be trusted, though no check finds fault."""
    capability = Capability.of(model) if (model := engine.state.model) else None
    is_trusted = capability is None or (capability.writes(source or "en") and capability.writes(target))
    return () if is_trusted else (TaskWarning("translation_small_model", total, total),)


def _warnings(segments: Sequence[TranslatedSegment]) -> tuple[TaskWarning, ...]:
    """Count what the reader must know of, worst first."""
    total = len(segments)
    echoes = sum(segment.problem == Problem.ECHO for segment in segments)
    obeyed = sum(segment.problem == Problem.OBEYED for segment in segments)
    kept = sum(segment.is_kept for segment in segments) - echoes - obeyed
    counted = [
        ("translation_untranslated", kept),
        ("translation_echo", echoes),
        ("translation_obeyed", obeyed),
    ]
    for problem in (
        Problem.WRONG_LANGUAGE,
        Problem.LEAK,
        Problem.ADDED,
        Problem.VALUES,
        Problem.LEFTOVER,
        Problem.OMITTED,
        Problem.NEGATION,
        Problem.ODD_LENGTH,
        Problem.CUT_SHORT,
    ):
        count = sum(segment.problem == problem for segment in segments)
        counted.append((f"translation_{problem.value}", count))
    return tuple(TaskWarning(code, count, total) for code, count in counted if count)
