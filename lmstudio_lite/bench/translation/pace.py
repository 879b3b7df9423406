"""A document's segments through the program, checks and marks included, against ``Llama`` one by one."""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Iterator, Sequence
from itertools import islice

import regex

from lmstudio_lite.bench.engine_run import open_engine
from lmstudio_lite.bench.raw import open_raw
from lmstudio_lite.bench.rows import Bound, Row, compared
from lmstudio_lite.bench.setting import QUICK, Setting
from lmstudio_lite.bench.translation.planted import read_good
from lmstudio_lite.bench.translation.references import reference_sets
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.translations import TranslationOptions, UnitsProgress
from lmstudio_lite.domain.units import Mark, MarkKind, Place, Unit, UnitKind
from lmstudio_lite.paths import resources
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.translate.units import translate_units
from lmstudio_lite.unsaved import UnsavedWork

AGAINST_LLAMA, CHANGED_SEGMENT, TYPED = Bound(0.5), Bound(0.02), Bound(1.5)
NUM_SEGMENTS, NUM_SEGMENTS_QUICK = 300, 12
SECONDS, SECONDS_QUICK = 900.0, 40.0
_CONTEXT_SIZE, _NUM_SEQUENCES = 16_384, 16
_MARKED_EVERY = 5
_NUM_TYPED = 8
_PAUSE_S = 0.03
"""What the window waits for after the key that ends a sentence."""
_LONG_WORD = regex.compile(r"\p{L}{6,}")
_FEWEST_WORDS, _MOST_WORDS = 3, 45
_MOST_TOKENS_PER_WORD, _MORE_TOKENS = 4, 32


def expected_s(setting: Setting) -> float:
    """Return about how many seconds it takes on two cores."""
    return SECONDS_QUICK if setting.scale is QUICK else SECONDS


def against_llama(setting: Setting) -> list[Row]:
    """Wall time of the segments of a document into German, and of one that changed; and of typing.

    Every fifth segment has a word in bold. The other side gets the shortest request that one would write, and
    no checks; of typing, the wait for its first token.
    """
    num_segments = NUM_SEGMENTS_QUICK if setting.scale is QUICK else NUM_SEGMENTS
    sentences = list(islice(_sentences(), num_segments + _NUM_TYPED + 1))
    document, typed = sentences[:num_segments], sentences[num_segments:]
    model = setting.half_billion or setting.model
    setting.say(f"ours, {len(document)} segments")
    database = Database.open(setting.folder / "translations.sqlite3")
    try:
        with open_engine(
            setting, model, context_size=_CONTEXT_SIZE, num_sequences_max=_NUM_SEQUENCES
        ) as engine:
            cache = PartCache(database, UnsavedWork())
            ours_s, num_flagged = _translate(engine.client, document, cache)
            changed = [*document[: num_segments // 2], typed[-1], *document[num_segments // 2 + 1 :]]
            changed_s, _ = _translate(engine.client, changed, cache)
            typed_s = statistics.median(_typed_s(engine.client, each, cache) for each in typed[:_NUM_TYPED])
    finally:
        database.close()
    setting.say("Llama")
    with open_raw(model, 1024, None) as raw:
        first_s = raw.first_token_s([_chat(each) for each in typed[:_NUM_TYPED]])
        theirs_s = raw.chats_one_after_another_s([_chat(each) for each in document])
    is_meant = setting.half_billion is not None
    notes = [
        f"{len(document)} segments, {num_flagged} flagged",
        "" if is_meant else f"the bound is for a 0.5B model, this is {model.stem}",
    ]
    row = functools.partial(compared, unit="s", is_judged=is_meant)
    return [
        row(
            "translation-against-llama",
            [(ours_s, theirs_s)],
            AGAINST_LLAMA,
            note="; ".join(filter(None, notes)),
        ),
        row("translation-changed-segment", [(changed_s, theirs_s)], CHANGED_SEGMENT),
        row(
            "translation-typed",
            [(typed_s, first_s)],
            TYPED,
            note=f"last key to first changed word, with a pause of {_PAUSE_S} s; against its first token",
        ),
    ]


def _chat(sentence: str) -> tuple[tuple[tuple[str, str], ...], int]:
    most_tokens = _MOST_TOKENS_PER_WORD * len(sentence.split()) + _MORE_TOKENS
    return (("user", f"Translate to German: {sentence}"),), most_tokens


def _translate(client: EngineClient, sentences: Sequence[str], cache: PartCache) -> tuple[float, int]:
    """Translate, and return the seconds it took and how many segments are flagged."""
    began = time.perf_counter()
    made = translate_units(
        [_unit(number, each) for number, each in enumerate(sentences)],
        TranslationOptions("en", "de"),
        engine=client,
        report=lambda progress: None,
        cancellation=Cancellation(),
        cache=cache,
    )
    return time.perf_counter() - began, sum(bool(segment.flags) for segment in made.segments)


def _typed_s(client: EngineClient, sentence: str, cache: PartCache) -> float:
    """Return the seconds from the last key of a sentence to the first word of what it is now.

    It was followed while it was typed: up to the word before the last it is translated already.
    """
    before = sentence.rsplit(" ", 1)[0]
    came: list[float] = []

    def hear(progress: UnitsProgress) -> None:
        texts = [*progress.begun.values(), *(segment.text for segment in progress.segments.values())]
        if not came and any(" " in text.strip() or progress.segments for text in texts):
            came.append(time.perf_counter() - began)

    for typed in (before, sentence):
        came.clear()
        began = time.perf_counter()
        translate_units(
            [_unit(1, typed)],
            TranslationOptions("en", "de"),
            engine=client,
            report=hear,
            cancellation=Cancellation(),
            cache=cache,
        )
    return _PAUSE_S + came[0]


def _unit(number: int, sentence: str) -> Unit:
    word = _LONG_WORD.search(sentence) if number % _MARKED_EVERY == 0 else None
    marks = (Mark(1, MarkKind.STYLE, *word.span()),) if word else ()
    return Unit(sentence, Place(UnitKind.BODY, "bench", number + 1), marks)


def _sentences() -> Iterator[str]:
    """Yield English sentences: of the quality bench's corpus, of the references, of the good translations."""
    texts = [path.read_text("utf-8") for path in sorted((resources() / "corpus").glob("en-*.md"))]
    texts += [each.source for each in reference_sets(None)[0].references]
    texts += [each.source for each in read_good() if each.source_language == "en"]
    seen: set[str] = set()
    for text in texts:
        for segment in split_sentences(text):
            sentence = " ".join(segment.text.split())
            is_prose = sentence[:1].isupper() and sentence.endswith((".", "?", "!"))
            if is_prose and _FEWEST_WORDS <= len(sentence.split()) <= _MOST_WORDS and sentence not in seen:
                seen.add(sentence)
                yield sentence
