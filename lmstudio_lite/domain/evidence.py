"""What is known of a text's sentences: the passages behind them, and claims that nothing stands behind.

Values only: whoever draws them needs none of what finds them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class ClaimKind(StrEnum):
    NUMBER = "number"
    DATE = "date"
    NAME = "name"


class FoundBy(StrEnum):
    """What was compared: the sentence's words, those of what it was translated from, or its meaning."""

    WORDS = "words"
    TRANSLATION = "translation"
    MEANING = "meaning"
    MODEL = "model"
    """The words did not settle it, and the model that writes was sure."""


class Verdict(StrEnum):
    """Whether the text says a sentence.

    ``UNCLEAR``: a passage speaks of it, and something speaks against that it says so.
    """

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_FOUND = "not_found"
    UNCLEAR = "unclear"


class DoubtKind(StrEnum):
    """What speaks against a sentence: where it says something else than its passage."""

    NUMBER = "number"
    UNIT = "unit"
    DATE = "date"
    NEGATION = "negation"
    MODALITY = "modality"
    """What may, must or is planned to be is told as something else of these, or as a fact."""
    OPPOSITE = "opposite"
    ROLES = "roles"
    QUANTIFIER = "quantifier"
    CAUSE = "cause"
    CONDITION = "condition"
    ORDER = "order"
    """The document orders the sentence to be written; that is no statement."""
    SCATTERED = "scattered"
    """No one place says it: its words stand far apart."""
    MODEL = "model"
    """The model that writes does not find it in the passage."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """``passage`` are the document's words that the sentence is at odds with, "" where there are none."""

    kind: DoubtKind
    passage: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A number, date or name: ``text[start:end]`` of the text it was found in."""

    kind: ClaimKind
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """``document.text[start:end]`` is ``quote``; ``page`` is None where the document has none.

    ``score`` (0 to 1) is how much of the sentence's weight the passage holds.
    """

    start: int
    end: int
    quote: str
    page: int | None
    score: float


@dataclass(frozen=True, slots=True)
class SentenceEvidence:
    """A sentence of the result, ``result[start:end]``, and the passages that support it, in their order.

    ``is_quote`` if it stands word for word in the document. ``unknown_claims`` are numbers, dates and names
    that the document does not contain; their ranges are of the sentence's ``text``. ``found_by`` says what
    was compared; ``translated_from`` is the sentence in the document's language that a translation stands
    for, "" where the sentence itself was compared. ``doubts`` speak against it. ``probability`` (0 to 1) is
    the model's that its passage says it, None where it was not asked or is not to be believed.
    """

    start: int
    end: int
    text: str
    verdict: Verdict
    is_quote: bool
    unknown_claims: tuple[Claim, ...]
    passages: tuple[Passage, ...]
    found_by: FoundBy = FoundBy.WORDS
    translated_from: str = ""
    doubts: tuple[Doubt, ...] = ()
    probability: float | None = None

    @property
    def is_supported(self) -> bool:
        return self.verdict is Verdict.SUPPORTED


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentences of a result with their evidence; headings have none and are left out."""

    sentences: tuple[SentenceEvidence, ...] = ()

    @property
    def num_supported(self) -> int:
        return sum(sentence.is_supported for sentence in self.sentences)

    @property
    def num_unsupported(self) -> int:
        return len(self.sentences) - self.num_supported

    def count(self, verdict: Verdict) -> int:
        """Return how many sentences have this verdict."""
        return sum(sentence.verdict is verdict for sentence in self.sentences)

    @property
    def num_unknown_claims(self) -> int:
        return sum(len(sentence.unknown_claims) for sentence in self.sentences)

    def with_known(self, known: Evidence) -> Evidence:
        """Return these sentences, those that ``known`` has word for word with what it found for them."""
        by_text = {sentence.text: sentence for sentence in known.sentences}
        return Evidence(
            tuple(
                replace(by_text[each.text], start=each.start, end=each.end) if each.text in by_text else each
                for each in self.sentences
            )
        )

    @property
    def own_share(self) -> float:
        """Return the share (0 to 1) of sentences that are not the document's own."""
        if not self.sentences:
            return 0.0
        return sum(not sentence.is_quote for sentence in self.sentences) / len(self.sentences)
