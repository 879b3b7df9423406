"""A closer look at one place of a document: another wording of a sentence, or more on what it says."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.evidence import Evidence, Passage
from lmstudio_lite.tasks.evidence.match import SupportingText, find_evidence
from lmstudio_lite.tasks.generate.attempts import generate_parts, wait_for_model
from lmstudio_lite.tasks.prompts import summary_prompts
from lmstudio_lite.tasks.summarize.form import part_form
from lmstudio_lite.tasks.summarize.parts import section_text, summary_part
from lmstudio_lite.tasks.text.tokens import tokenize
from lmstudio_lite.tasks.translate.run import translate

_CHARACTERS_AROUND = 500
_CHARACTERS_MAX = 4_000

Span = tuple[int, int]


def place_of(document: Document, passages: Sequence[Passage]) -> Span:
    """Return the range around the best of ``passages``, whole sentences, with what stands beside it."""
    best = max(passages, key=lambda passage: passage.score)
    return whole_sentences(document, best.start - _CHARACTERS_AROUND, best.end + _CHARACTERS_AROUND)


def whole_sentences(document: Document, start: int, end: int) -> Span:
    """Widen a range to whole sentences, and cut it to what a small model reads at once."""
    start = max(0, start)
    end = max(end, start + 1)
    low = max(0, start - _CHARACTERS_AROUND)
    text = document.text[low : min(end, start + _CHARACTERS_MAX) + _CHARACTERS_AROUND]
    starts = [low + segment.start for segment in split_sentences(text)]
    if not starts:
        return start, min(end, len(document.text))
    first = starts[max(0, bisect.bisect_right(starts, start) - 1)]
    after = bisect.bisect_left(starts, min(end, start + _CHARACTERS_MAX))
    return first, starts[after] if after < len(starts) else low + len(text)


def write_about(
    document: Document,
    place: Span,
    *,
    count: int,
    language: str,
    focus: str,
    variant: int,
    engine: EngineClient,
    cancellation: Cancellation,
) -> tuple[str, Evidence]:
    """Return ``count`` sentences or fewer, in ``language``, on ``document.text[place]``, and their evidence.

    They are the model's, held against the place; or its central sentences, in quotation marks, if the model
    has nothing to say that stands there. Each ``variant`` is worded anew.

    Raises:
        CancelledError: cancelled.
        ModelError, EngineError: the model can't answer.
    """
    wait_for_model(engine, cancellation)
    source = document.text[slice(*place)]
    own = document.language or detect_language(source) or language or "en"
    support = SupportingText(source, own)
    form = part_form(count)
    part = summary_part(
        source,
        form,
        engine.count_tokens([source])[0],
        summary_prompts(own, focus=focus),
        language=own,
        support=support,
        variant=variant,
    )
    (result,) = generate_parts(engine, [part], report=lambda progress: None, cancellation=cancellation)
    text = section_text(source, result, count, support, is_own_text=True)
    text = "".join(segment.text for segment in split_sentences(text)[:count]).strip()
    if not language or language == own:
        return text, find_evidence(text, document, language=own)
    translated = translate(
        text,
        source=own,
        target=language,
        engine=engine,
        report=lambda progress: None,
        cancellation=cancellation,
    ).text
    return translated, find_evidence(translated, document, language=language, untranslated=text)


def is_said(text: str, sentence: str) -> bool:
    """Tell whether ``text`` has the sentence already."""
    return f" {' '.join(tokenize(sentence))} " in f" {' '.join(tokenize(text))} "
