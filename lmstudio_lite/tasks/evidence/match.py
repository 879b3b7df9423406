"""Which passages of a document say each sentence of a text about it, and which say something else.

Passages are found by comparing words (``index``). That they have a sentence's words is no support yet: what
speaks against it is looked for (``doubts``), and the model is asked where a ``Judge`` knows what its answers
are worth. A translated sentence is looked for by the one it was translated from, in the document's language.
Where an embedding model is given, it finds the passages that words can't.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from lmstudio_lite.documents.structure.language_facts import WordMarks, language_facts
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.evidence import (
    Claim,
    Doubt,
    DoubtKind,
    Evidence,
    FoundBy,
    Passage,
    SentenceEvidence,
    Verdict,
)
from lmstudio_lite.errors import AppError, CancelledError
from lmstudio_lite.tasks.evidence.asking import MOST_CHARACTERS, Pair
from lmstudio_lite.tasks.evidence.claims import KnownFacts
from lmstudio_lite.tasks.evidence.doubts import Finding, Weight, find_doubts
from lmstudio_lite.tasks.evidence.index import Embedder, PassageIndex, sentence_spans
from lmstudio_lite.tasks.evidence.judge import Judge
from lmstudio_lite.tasks.evidence.verdicts import by_words, with_answer
from lmstudio_lite.tasks.text.numbers import has_numbers_of

log = logging.getLogger(__name__)

_SUPPORTED_BY_MEANING = 0.72
_MOST_ASKED = 40
"""Sentences of one text that the model is asked about; a summary of 600 words has about 30."""


@dataclass(slots=True)
class _Sentence:
    """A sentence on its way to a verdict; ``said`` is it in the document's language."""

    start: int
    end: int
    text: str
    said: str
    is_sure: bool
    is_quote: bool
    claims: tuple[Claim, ...]
    passages: tuple[Passage, ...]
    found_by: FoundBy
    context: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    is_ordered: bool = False
    is_whole_quote: bool = False
    log_odds: float | None = None
    verdict: Verdict = Verdict.NOT_FOUND

    @property
    def best_score(self) -> float:
        return max((passage.score for passage in self.passages), default=0.0)

    @property
    def evidence(self) -> SentenceEvidence:
        doubts = tuple(finding.doubt for finding in self.findings)
        is_settled = self.verdict is Verdict.SUPPORTED
        return SentenceEvidence(
            start=self.start,
            end=self.end,
            text=self.text,
            verdict=self.verdict,
            is_quote=self.is_quote,
            unknown_claims=self.claims,
            passages=self.passages,
            found_by=self.found_by,
            translated_from=self.said if self.found_by is FoundBy.TRANSLATION else "",
            doubts=() if is_settled else doubts,
            probability=None if self.log_odds is None else round(_probability(self.log_odds), 4),
        )


def find_evidence(
    text: str,
    document: Document,
    *,
    language: str,
    untranslated: str = "",
    embed: Embedder | None = None,
    judge: Judge | None = None,
    known: Evidence | None = None,
) -> Evidence:
    """Find what the document says of each sentence of ``text``, which is in ``language``.

    ``untranslated`` is the text that it was translated from, line by line, in the document's language:
    words can only be compared within one language. A translation's own numbers must stand in what it was
    translated from; what is ``known`` of those sentences holds for their translations.
    """
    index = PassageIndex(document.text, document.language, document.pages)
    facts = KnownFacts(document.text, document.language)
    originals = _originals(text, untranslated)
    found = []
    for start, end in sentence_spans(text):
        sentence, original = text[start:end], originals.get(start, "")
        each = _look_up(start, sentence, original, index, document.language)
        each.claims = facts.unknown_claims(sentence, language)
        found.append(each)
    if embed:
        _look_up_meaning(found, index, embed, document.language)
    for each in found:
        has_unknown = (
            facts.unknown_claims(each.said, document.language) if each.said != each.text else each.claims
        )
        each.verdict = by_words(
            is_sure=each.is_sure or each.is_quote or each.is_ordered,
            has_unknown=bool(has_unknown),
            findings=each.findings,
            best_score=each.best_score,
        )
    if known:
        _take_over(found, known)
    if judge:
        _ask_about(found, judge, document.language)
    return Evidence(tuple(each.evidence for each in found))


class EvidenceFinder:
    """Finds the evidence of texts about one document, with whatever models there are."""

    def __init__(
        self, document: Document, language: str, embed: Embedder | None, judge: Judge | None
    ) -> None:
        self._document = document
        self._language = language
        self._embed = embed
        self._judge = judge

    def find(self, text: str) -> Evidence:
        """Find it; a model that fails is not asked again, and the words decide."""
        while True:
            try:
                return find_evidence(
                    text, self._document, language=self._language, embed=self._embed, judge=self._judge
                )
            except CancelledError:
                raise
            except AppError as error:
                if self._embed is None and self._judge is None:
                    raise
                what = "compared by meaning" if self._embed else "put before the model"
                log.warning("sentences can't be %s: %s", what, error.code)
                self._embed, self._judge = None, self._judge if self._embed else None

    @property
    def is_disbelieved(self) -> bool:
        """Whether the model's answers were found to be worth nothing."""
        return self._judge is not None and self._judge.is_disbelieved


def _look_up(start: int, sentence: str, original: str, index: PassageIndex, language: str) -> _Sentence:
    said = original or sentence
    passages, is_sure = index.find(said)
    if original:
        is_sure = is_sure and has_numbers_of(sentence, original, language)
    each = _Sentence(
        start=start,
        end=start + len(sentence),
        text=sentence,
        said=said,
        is_sure=is_sure,
        is_quote=index.has_words_of(sentence),
        claims=(),
        passages=tuple(passages),
        found_by=FoundBy.TRANSLATION if original else FoundBy.WORDS,
    )
    each.is_whole_quote = each.is_quote and index.has_sentence(sentence)
    _doubt(each, index, language)
    return each


def _doubt(each: _Sentence, index: PassageIndex, language: str) -> None:
    """Look for what speaks against the sentence in its passages; nothing does against a whole quote of one
    that is no order.
    """
    each.context = index.around(each.passages)
    alike = [other for other in index.most_alike(each.said) if other not in each.context]
    each.findings = [] if each.is_whole_quote else find_doubts(each.said, each.context, language, alike)
    if not each.is_quote and index.is_scattered(each.passages):
        each.findings.append(Finding(Doubt(DoubtKind.SCATTERED), Weight.HINT))
    order = index.order_of(each.said)
    if order is not None:
        each.is_ordered, each.passages = True, (order,)
        each.findings = [Finding(Doubt(DoubtKind.ORDER, order.quote), Weight.VETO)]


def _look_up_meaning(found: list[_Sentence], index: PassageIndex, embed: Embedder, language: str) -> None:
    """Give sentences whose words stand nowhere the passage that is nearest to them in meaning."""
    open_ones = [each for each in found if not each.is_sure and not each.is_quote]
    matches = index.find_by_meaning([each.text for each in open_ones], embed) if open_ones else []
    for each, match in zip(open_ones, matches, strict=True):
        if match is not None and match.score >= _SUPPORTED_BY_MEANING:
            each.is_sure, each.passages, each.found_by = True, (match,), FoundBy.MEANING
            _doubt(each, index, language)


def _take_over(found: Sequence[_Sentence], known: Evidence) -> None:
    """Give translations the verdicts on what they were translated from, unless their numbers differ."""
    by_text = {sentence.text: sentence for sentence in known.sentences}
    for each in found:
        original = by_text.get(each.said)
        if each.found_by is FoundBy.TRANSLATION and original is not None:
            is_lost = original.is_supported and not each.is_sure and not each.is_quote
            each.verdict = (
                each.verdict if is_lost and original.found_by is FoundBy.WORDS else original.verdict
            )
            each.findings = [Finding(doubt, Weight.VETO) for doubt in original.doubts]


def _ask_about(found: Sequence[_Sentence], judge: Judge, language: str) -> None:
    """Let the model settle what the words support or doubt, where its answer can change anything."""
    asked = [each for each in found if _is_open(each)][:_MOST_ASKED]
    if not asked or not judge.calibration(language).is_usable:
        return
    calibration = judge.calibration(language)
    pairs = [Pair(_shown(each), each.said) for each in asked]
    for each, answer in zip(asked, judge.ask(pairs, language), strict=True):
        each.log_odds = answer
        if answer is None:
            continue
        before = each.verdict
        each.verdict = with_answer(
            before,
            each.findings,
            answer,
            calibration,
            is_open=not each.claims and has_numbers_of(each.said, "\n".join(each.context), language),
            best_score=each.best_score,
        )
        if each.verdict is Verdict.SUPPORTED and before is Verdict.NOT_FOUND:
            each.found_by = FoundBy.MODEL if each.found_by is FoundBy.WORDS else each.found_by
        if each.verdict is Verdict.UNCLEAR and not each.findings:
            passage = max(each.passages, key=lambda passage: passage.score).quote
            each.findings = [Finding(Doubt(DoubtKind.MODEL, passage), Weight.VETO)]


def _is_open(each: _Sentence) -> bool:
    """Tell whether an answer can change the verdict: whole quotes, orders and vetoes stay what they are."""
    if not each.passages or each.is_whole_quote or each.is_ordered:
        return False
    gravest = max((finding.weight for finding in each.findings), default=None)
    match each.verdict:
        case Verdict.UNCLEAR:
            return gravest is Weight.HINT
        case Verdict.NOT_FOUND:
            return gravest is None and not each.claims
        case _:
            return True


def _shown(each: _Sentence) -> str:
    """Return the sentence's passages, and around the best of them what there is room for, in their order."""
    scores = {passage.quote: passage.score for passage in each.passages}
    taken: set[str] = set()
    room = MOST_CHARACTERS
    for sentence in sorted(each.context, key=lambda sentence: -scores.get(sentence, 0.0)):
        if len(sentence) <= room or not taken:
            taken.add(sentence)
            room -= len(sentence)
    return "\n".join(sentence for sentence in each.context if sentence in taken)


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, log_odds))))


class SupportingText:
    """What texts about it are held against, in one language with them; indexed when that is first needed.

    If it ``is_strict`` each sentence must stand on one of the text's: the smallest models mix what they read.
    Where it ``holds_numbers`` those of a sentence must stand in its passages.
    """

    def __init__(
        self, text: str, language: str, *, is_strict: bool = False, holds_numbers: bool = True
    ) -> None:
        self._text = text
        self._is_strict = is_strict
        self._holds_numbers = holds_numbers
        self._language = language
        self._index: PassageIndex | None = None

    def supported(self, text: str) -> list[str]:
        """Return the sentences of ``text`` that have support; all where words can't be told apart."""
        sentences = [text[start:end] for start, end in sentence_spans(text)]
        if language_facts(self._language).word_marks is WordMarks.NONE:
            return sentences
        index = self._indexed()
        return [each for each in sentences if index.has_words_of(each) or self._is_supported(index, each)]

    def is_copy(self, text: str) -> bool:
        """Tell whether every sentence of ``text`` stands in this one word for word."""
        sentences = [text[start:end] for start, end in sentence_spans(text)]
        return bool(sentences) and all(map(self._indexed().has_words_of, sentences))

    def standing(self, sentence: str) -> tuple[int, float]:
        """Return where the text says most of ``sentence``, and how much of it (0 to 1); 0, 0 if nothing."""
        passages, _ = self._indexed().find(sentence)
        best = max(passages, key=lambda passage: passage.score, default=None)
        return (best.start, best.score) if best else (0, 0.0)

    @property
    def length(self) -> int:
        """Characters."""
        return len(self._text)

    def _indexed(self) -> PassageIndex:
        if self._index is None:
            self._index = PassageIndex(self._text, self._language, holds_numbers=self._holds_numbers)
        return self._index

    def _is_supported(self, index: PassageIndex, sentence: str) -> bool:
        return index.find(sentence)[1] and (not self._is_strict or index.is_at_one_place(sentence))

    def share(self, text: str) -> float:
        """Return the share (0 to 1) of sentences that have support, 1 if there are none."""
        num_sentences = len(sentence_spans(text))
        return len(self.supported(text)) / num_sentences if num_sentences else 1.0


def _originals(text: str, untranslated: str) -> dict[int, str]:
    """Return what each sentence of ``text``, by its start, was translated from.

    The lines of both are the same in number; sentences within a line are paired in order if they are,
    else each stands for the whole line.
    """
    lines, sources = text.split("\n"), untranslated.split("\n")
    if not untranslated or len(lines) != len(sources):
        return {}
    originals: dict[int, str] = {}
    position = 0
    for line, source in zip(lines, sources, strict=True):
        spans = sentence_spans(line)
        source_spans = sentence_spans(source)
        is_paired = len(spans) == len(source_spans)
        for number, (start, _) in enumerate(spans):
            first, last = source_spans[number] if is_paired else (0, len(source))
            originals[position + start] = source[first:last]
        position += len(line) + 1
    return originals
