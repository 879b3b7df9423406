"""Passages of the user's folders for a question: the words they are found by, and how a prompt shows them.

What was found goes into the note of the question and is read from there ever after: the same conversation
makes the same prompt, whatever becomes of the files.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby

from lmstudio_lite.documents.structure.chunk import split_into_chunks
from lmstudio_lite.documents.structure.language import common_words
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.knowledge import FoundPassage, IndexedPassage
from lmstudio_lite.domain.records import ReadPassageRecord
from lmstudio_lite.tasks.evidence.index import STEM_LETTERS, features_of
from lmstudio_lite.tasks.prompts import fenced, summary_prompts
from lmstudio_lite.tasks.text.orders import find_orders
from lmstudio_lite.tasks.text.tokens import IDEOGRAPH, plain

MOST_LOOKED_AT = 24
_MOST_PASSAGES = 6
"""Of about 160 tokens each: they are read before the first word, with every question anew."""
_MOST_SHARED = 0.8
_PASSAGE_TOKENS = 160
_LETTERS_A_TOKEN = 4.0
_BEFORE = "Passages from the user's files. Answer with their help, and say so if they do not hold the answer."


def passages_of(document: Document) -> tuple[IndexedPassage, ...]:
    """Cut a document into the passages of the index, each found by its words and its document's name.

    No model is asked for the length of a token: the index must not change with the model in use.
    """
    chunks = split_into_chunks(
        split_sentences(document.text), budget_tokens=_PASSAGE_TOKENS, count_tokens=_about_tokens
    )
    title = features_of(document.title)
    pages = iter(document.pages)
    page = next(pages, None)
    passages = []
    for chunk in chunks:
        if not chunk.text.strip():
            continue
        while page is not None and page.end <= chunk.start:
            page = next(pages, None)
        words = " ".join(map(_letters, (*title, *features_of(chunk.text))))
        passages.append(IndexedPassage(chunk.start, chunk.end, page.number if page else None, words))
    return tuple(passages)


def words_to_find(question: str, languages: Collection[str]) -> list[str]:
    """Return the words of a question by which the index is searched: not those that every text has."""
    common = {plain(word)[:STEM_LETTERS] for code in {*languages, "en"} for word in common_words(code)}
    words = dict.fromkeys(feature for feature in features_of(question) if feature not in common)
    return [letters for word in words if (letters := _letters(word))]


def best_of(found: Sequence[FoundPassage]) -> list[FoundPassage]:
    """Return the first few that say something new: folders hold one text as Word file, PDF and copy."""
    chosen: list[FoundPassage] = []
    words_of_chosen: list[frozenset[str]] = []
    for passage in found:
        words = frozenset(features_of(passage.words))
        if any(len(words & known) > _MOST_SHARED * min(len(words), len(known)) for known in words_of_chosen):
            continue
        chosen.append(passage)
        words_of_chosen.append(words)
        if len(chosen) == _MOST_PASSAGES:
            break
    return chosen


def record_of(found: FoundPassage) -> ReadPassageRecord:
    """Return a passage as the note of a question keeps it."""
    return ReadPassageRecord(
        title=found.title,
        content_hash=found.content_hash,
        start=found.start,
        end=found.end,
        page=found.page,
        words=found.words,
        path=str(found.path),
    )


def shown_passages(passages: Sequence[ReadPassageRecord]) -> str:
    """Return what stands before a question that has ``passages``, "" without any.

    What orders a reader to do something is told as what the text says.
    """
    if not passages:
        return ""
    blocks = []
    for (title, page), group in groupby(passages, key=lambda each: (each.title, each.page)):
        text = "\n[…]\n".join(each.words.strip() for each in group)
        say = summary_prompts("").order
        name = " ".join(title.split())
        name = say(name) if find_orders(name) else name
        head = f"# {name}" if page is None else f"# {name}, page {page}"
        blocks.append(f"{head}\n\n{fenced(find_orders(text).quoted(text, say))}")
    return "\n\n".join((_BEFORE, *blocks))


def _about_tokens(texts: Sequence[str]) -> list[int]:
    """Estimate tokens: a Chinese or Japanese character is about one, of others four letters are."""
    counts = []
    for text in texts:
        num_ideographs = len(IDEOGRAPH.findall(text))
        counts.append(max(1, round(num_ideographs + (len(text) - num_ideographs) / _LETTERS_A_TOKEN)))
    return counts


def _letters(word: str) -> str:
    """Return a word as the index has it, which takes everything else for a gap."""
    return "".join(character for character in word if character.isalnum())
