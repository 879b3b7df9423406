"""Other translations of one sentence, for somebody who wants to choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import Priority, Sampling
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.translations import TranslationOptions
from lmstudio_lite.tasks.generate.attempts import Part, generate_parts, wait_for_model
from lmstudio_lite.tasks.text.tokens import tokenize
from lmstudio_lite.tasks.translate.asking import Asking
from lmstudio_lite.tasks.translate.glossary import TermIndex
from lmstudio_lite.tasks.translate.parts import Question, part_for
from lmstudio_lite.tasks.translate.sentences import unwrapped

_TRIES = 3
"""Translations that are made for each that is wanted: many come out the same."""
_SAMPLING = Sampling(temperature=0.8, top_p=0.95, min_p=0.05)


def alternatives(
    source: str,
    options: TranslationOptions,
    num_wanted: int,
    *,
    engine: EngineClient,
    cancellation: Cancellation,
    terms: Sequence[Term] = (),
    known: Sequence[str] = (),
) -> list[str]:
    """Return up to ``num_wanted`` translations of a sentence, the likeliest first; waits for the model.

    The source of ``options`` is known. What the checks find fault with is left out, so are those that differ
    from one another, or from one of ``known``, in punctuation and capitals alone.

    Raises:
        CancelledError: cancelled.
        ModelError, EngineError: the model can't answer.
    """
    wait_for_model(engine, cancellation)
    asking = Asking.of(engine.state.model, options)
    passage = unwrapped(source.strip())
    index = TermIndex(terms, options.source, options.target)
    whole = part_for(Question(passage), asking, index, engine.count_tokens([passage])[0])
    results = generate_parts(
        engine,
        [_tried(whole, seed) for seed in range(1, _TRIES * num_wanted + 1)],
        report=lambda progress: None,
        cancellation=cancellation,
        priority=Priority.INTERACTIVE,
    )
    good = [result for result in results if result.problem is None]
    good.sort(key=lambda result: -(result.certainty or 0.0))
    seen = {tuple(tokenize(text)) for text in known}
    found: list[str] = []
    for result in good:
        words = tuple(tokenize(result.text))
        if words not in seen:
            seen.add(words)
            found.append(result.text)
    return found[:num_wanted]


def _tried(part: Part, seed: int) -> Part:
    """Return the part with its first attempt alone, sampled in another way."""
    attempt = replace(part.attempts[0], sampling=replace(_SAMPLING, seed=seed))
    return replace(part, attempts=(attempt,), tells_certainty=True)
