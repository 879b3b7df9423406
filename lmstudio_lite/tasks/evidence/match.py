"""Which passages of a document support each sentence of a text about it, found by comparing words.

No model is asked: it would make up its sources as it makes up its sentences. ``passage_index`` says how
words are compared. A translated sentence is looked for by the one it was translated from, in the document's
language. Where an embedding model is given, it judges the sentences that words can't settle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lmstudio_lite.documents.language_facts import WordMarks, language_facts
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.evidence import Evidence, FoundBy, SentenceEvidence
from lmstudio_lite.tasks.evidence.claims import KnownFacts
from lmstudio_lite.tasks.evidence.index import Embedder, PassageIndex, sentence_spans
from lmstudio_lite.tasks.text.numbers import has_numbers_of

_SUPPORTED_BY_MEANING = 0.72


def find_evidence(
    text: str,
    document: Document,
    *,
    language: str,
    untranslated: str = "",
    embed: Embedder | None = None,
) -> Evidence:
    """Find what supports each sentence of ``text``, which is in ``language``.

    ``untranslated`` is the text that it was translated from, line by line, in the document's language:
    words can only be compared within one language. A translation's own numbers must stand in what it was
    translated from.
    """
    index = PassageIndex(document.text, document.language, document.pages)
    facts = KnownFacts(document.text, document.language)
    found: list[SentenceEvidence] = []
    originals = _originals(text, untranslated)
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        original = originals.get(start, "")
        passages, is_sure = index.find(original or sentence)
        if original:
            is_sure = is_sure and has_numbers_of(sentence, original, document.language)
        is_quote = index.has_words_of(sentence)
        found.append(
            SentenceEvidence(
                start=start,
                end=end,
                text=sentence,
                is_supported=is_sure or is_quote,
                is_quote=is_quote,
                unknown_claims=facts.unknown_claims(sentence, language),
                passages=tuple(passages),
                found_by=FoundBy.TRANSLATION if original else FoundBy.WORDS,
                translated_from=original,
            )
        )
    return Evidence(tuple(_with_meaning(found, index, embed) if embed else found))


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


def _with_meaning(
    found: Sequence[SentenceEvidence], index: PassageIndex, embed: Embedder
) -> Iterable[SentenceEvidence]:
    open_ones = [sentence for sentence in found if not sentence.is_supported]
    matches = index.find_by_meaning([sentence.text for sentence in open_ones], embed) if open_ones else []
    by_start = {sentence.start: match for sentence, match in zip(open_ones, matches, strict=True)}
    for sentence in found:
        match = by_start.get(sentence.start)
        if match is None or match.score < _SUPPORTED_BY_MEANING:
            yield sentence
        else:
            yield replace(sentence, is_supported=True, passages=(match,), found_by=FoundBy.MEANING)
