"""A document's segments through the program, checks and marks included, against ``Llama`` one by one."""

from __future__ import annotations

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
from lmstudio_lite.domain.translations import TranslationOptions
from lmstudio_lite.domain.units import Mark, MarkKind, Place, Unit, UnitKind
from lmstudio_lite.paths import resources
from lmstudio_lite.tasks.translate.units import translate_units

AGAINST_LLAMA = Bound(0.5)
NUM_SEGMENTS, NUM_SEGMENTS_QUICK = 300, 12
SECONDS, SECONDS_QUICK = 900.0, 40.0
_CONTEXT_SIZE, _NUM_SEQUENCES = 16_384, 16
_MARKED_EVERY = 5
_LONG_WORD = regex.compile(r"\p{L}{6,}")
_FEWEST_WORDS, _MOST_WORDS = 3, 45
_MOST_TOKENS_PER_WORD, _MORE_TOKENS = 4, 32


def expected_s(setting: Setting) -> float:
    """Return about how many seconds it takes on two cores."""
    return SECONDS_QUICK if setting.scale is QUICK else SECONDS


def against_llama(setting: Setting) -> Row:
    """Wall time of the segments of a document into German; every fifth has a word in bold.

    The other side gets the shortest request that one would write, and no checks.
    """
    num_segments = NUM_SEGMENTS_QUICK if setting.scale is QUICK else NUM_SEGMENTS
    sentences = list(islice(_sentences(), num_segments))
    model = setting.half_billion or setting.model
    setting.say(f"ours, {len(sentences)} segments")
    with open_engine(setting, model, context_size=_CONTEXT_SIZE, num_sequences_max=_NUM_SEQUENCES) as engine:
        began = time.perf_counter()
        num_flagged = _translate(engine.client, sentences)
        ours_s = time.perf_counter() - began
    setting.say("Llama")
    with open_raw(model, 1024, None) as raw:
        theirs_s = raw.chats_one_after_another_s([_chat(each) for each in sentences])
    is_meant = setting.half_billion is not None
    notes = [
        f"{len(sentences)} segments, {num_flagged} flagged",
        "" if is_meant else f"the bound is for a 0.5B model, this is {model.stem}",
    ]
    return compared(
        "translation-against-llama",
        [(ours_s, theirs_s)],
        AGAINST_LLAMA,
        unit="s",
        note="; ".join(filter(None, notes)),
        is_judged=is_meant,
    )


def _chat(sentence: str) -> tuple[tuple[tuple[str, str], ...], int]:
    most_tokens = _MOST_TOKENS_PER_WORD * len(sentence.split()) + _MORE_TOKENS
    return (("user", f"Translate to German: {sentence}"),), most_tokens


def _translate(client: EngineClient, sentences: Sequence[str]) -> int:
    """Translate, and return how many segments are flagged."""
    made = translate_units(
        [_unit(number, each) for number, each in enumerate(sentences)],
        TranslationOptions("en", "de"),
        engine=client,
        report=lambda progress: None,
        cancellation=Cancellation(),
    )
    return sum(bool(segment.flags) for segment in made.segments)


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
