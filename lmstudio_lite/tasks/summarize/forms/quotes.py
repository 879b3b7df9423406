"""Key quotes: the passages of a document that stand behind the points of its summary, word for word.

The model says what matters, the document says it: nothing here can be made up.
"""

from __future__ import annotations

from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.evidence import Passage
from lmstudio_lite.tasks.evidence.match import find_evidence
from lmstudio_lite.tasks.summarize.parts import Written
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet
from lmstudio_lite.tasks.text.ranking import asks, central_sentences, is_row
from lmstudio_lite.tasks.text.tokens import tokenize

_SHORTEST_QUOTE, _LONGEST_QUOTE = 40, 600
_FEWEST_WORDS = 6


def quote_passages(written: Written, document: Document, count: int, rules: RuleSet = ALL_RULES) -> Written:
    """Return up to ``count`` quotes in the document's order; each point brings its best passage first."""
    evidence = find_evidence(written.text, document, language=document.language)
    ranked: list[tuple[int, float, Passage]] = []
    for sentence in evidence.sentences:
        best_first = sorted(sentence.passages, key=lambda passage: -passage.score)
        ranked += [(rank, -passage.score, passage) for rank, passage in enumerate(best_first)]
    chosen: dict[int, str] = {}
    for _, _, passage in sorted(ranked, key=lambda item: item[:2]):
        if len(chosen) < count and (Rule.QUOTABLE not in rules or _is_quotable(passage.quote)):
            chosen[passage.start] = " ".join(passage.quote.split())
    quotes = [chosen[start] for start in sorted(chosen)] or central_sentences(document.text, count)
    text = "\n".join(f"- “{quote.strip('“”')}”" for quote in quotes)
    return Written(text, (), is_extract=False)


def _is_quotable(quote: str) -> bool:
    """Tell whether a passage says something by itself: headings, rows of tables and questions don't."""
    num_words = sum(not token.isdigit() for token in tokenize(quote))
    is_sentence = not is_row(quote) and not asks(quote)
    return is_sentence and _SHORTEST_QUOTE <= len(quote) <= _LONGEST_QUOTE and num_words >= _FEWEST_WORDS
