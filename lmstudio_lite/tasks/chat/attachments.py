"""Documents in a conversation: whole where they fit, else the passages nearest to the questions.

They stand in the system message, which the engine never drops, so that they stay when old turns leave and
the next turn finds its prefix evaluated. Which passages stand there is decided by the question the document
came with; a later question brings more of them, in its own message. All of that follows from the
conversation alone and from the model that compares meanings: the same path makes the same prompt every time.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lmstudio_lite.documents.structure.chunk import split_into_chunks
from lmstudio_lite.documents.structure.language import common_words
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.conversations import Attachment, StoredMessage
from lmstudio_lite.domain.documents import Chunk
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.records import ReadPassageRecord
from lmstudio_lite.tasks.chat.attached_context import AttachedContext
from lmstudio_lite.tasks.chat.tables import TableFacts, facts_of, head_for, tables_of
from lmstudio_lite.tasks.evidence.index import STEM_LETTERS, features_of
from lmstudio_lite.tasks.prompts import fenced, summary_prompts
from lmstudio_lite.tasks.text.fusing import fused
from lmstudio_lite.tasks.text.meaning import nearest
from lmstudio_lite.tasks.text.orders import find_orders
from lmstudio_lite.tasks.text.tokens import plain

if TYPE_CHECKING:
    from lmstudio_lite.tasks.text.meaning import Vectors

_PASSAGE_TOKENS = 160
_WHOLE_SHARE = 0.5
_PASSAGES_SHARE = 0.3
_PASSAGES_TOKENS_MAX = 2400
_FOLLOW_UP_SHARE = 0.08
_FOLLOW_UP_TOKENS_MAX = 640
"""Of the context. What is read costs time before the first word; a whole document costs it once."""
_K1, _B = 1.2, 0.75
_MOST_BY_MEANING = 24
_GAP = "[…]"
_MOST_KEPT = 8

_BEFORE = "Answer with the help of these documents. Say so if they do not hold the answer."
_ALSO = "Passages of the documents that may help:"


@dataclass(frozen=True, slots=True)
class _Passage:
    document: int
    place: int
    chunk: Chunk
    head: str
    """That of the table whose rows it begins with, "" for others."""

    @property
    def text(self) -> str:
        return self.chunk.text

    @property
    def num_tokens(self) -> int:
        return self.chunk.num_tokens


@dataclass(frozen=True, slots=True)
class _Read:
    """A document's passages, which join to its text, the heads they need, and what its tables come to."""

    chunks: tuple[Chunk, ...]
    heads: tuple[str, ...]
    facts: TableFacts


class AttachmentReader:
    """Cuts documents into passages once and chooses among them. One thread at a time."""

    def __init__(
        self, read_text: Callable[[str], str], count_tokens: Callable[[Sequence[str]], list[int]]
    ) -> None:
        """``read_text`` gives the text of a content hash."""
        self._read_text = read_text
        self._count_tokens = count_tokens
        self._kept: OrderedDict[tuple[str, str], _Read] = OrderedDict()

    def context_for(
        self,
        path: Sequence[StoredMessage],
        *,
        model: str,
        context_size: int,
        vectors: Vectors | None = None,
    ) -> AttachedContext:
        """Return what the documents along ``path`` give to its prompt; ``model`` names the tokenizer.

        ``vectors`` are those of ``texts_to_compare``; without, passages are chosen by words alone.
        """
        asked = [message for message in path if message.role is Role.USER]
        documents = _attached_along(path)
        if not documents:
            return AttachedContext()
        all_read = [self._read(document, model) for document in documents]
        facts = [read.facts.text for read in all_read]
        num_rows = sum(read.facts.num_rows_summed for read in all_read)
        figures = frozenset(figure for read in all_read for figure in read.facts.figures)
        passages = [
            _Passage(number, place, chunk, head)
            for number, read in enumerate(all_read)
            for place, (chunk, head) in enumerate(zip(read.chunks, read.heads, strict=True))
        ]
        if sum(passage.num_tokens for passage in passages) <= _WHOLE_SHARE * context_size:
            system = _system(documents, passages, passages, facts)
            num_passages = len(passages)
            whole = AttachedContext(system, (), num_passages, num_passages, _wanted(passages))
            return replace(whole, num_rows_computed=num_rows, figures=figures)
        chosen = _by_questions(asked, documents, passages, facts, context_size, vectors)
        return replace(chosen, num_rows_computed=num_rows, figures=figures)

    def texts_to_compare(self, path: Sequence[StoredMessage], *, model: str, context_size: int) -> list[str]:
        """Return the documents' passages along ``path``, then what was asked; [] where they fit whole."""
        chunks = [chunk for document in _attached_along(path) for chunk in self._read(document, model).chunks]
        if sum(chunk.num_tokens for chunk in chunks) <= _WHOLE_SHARE * context_size:
            return []
        asked = [message.text for message in path if message.role is Role.USER]
        return [*(chunk.text for chunk in chunks), *asked]

    def passages_of(self, text: str, *, context_size: int) -> list[str]:
        """Return the passages of a document that is not kept yet; [] where it fits whole."""
        chunks = self._chunks(text)
        if sum(chunk.num_tokens for chunk in chunks) <= _WHOLE_SHARE * context_size:
            return []
        return [chunk.text for chunk in chunks]

    def _chunks(self, text: str) -> tuple[Chunk, ...]:
        chunks = split_into_chunks(
            split_sentences(text), budget_tokens=_PASSAGE_TOKENS, count_tokens=self._count_tokens
        )
        return tuple(chunk for chunk in chunks if chunk.text.strip())

    def _read(self, document: Attachment, model: str) -> _Read:
        """Cut a document into passages, and go through its tables."""
        key = (document.content_hash, model)
        if key not in self._kept:
            text = self._read_text(document.content_hash)
            said = self._chunks(text)
            tables = tables_of(text)
            heads = tuple(head_for(tables, chunk.start) for chunk in said)
            self._kept[key] = _Read(said, heads, facts_of(tables))
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def _attached_along(path: Sequence[StoredMessage]) -> list[Attachment]:
    attached = {each.content_hash: each for message in path for each in message.attachments}
    return list(attached.values())


def _by_questions(
    asked: Sequence[StoredMessage],
    documents: Sequence[Attachment],
    passages: Sequence[_Passage],
    facts: Sequence[str],
    context_size: int,
    vectors: Vectors | None,
) -> AttachedContext:
    """``vectors`` are those of the passages, then of what was asked."""
    rank = _Ranking(passages, documents, vectors)
    chosen: set[int] = set()
    before: list[tuple[str, str]] = []
    first_budget = min(_PASSAGES_SHARE * context_size, _PASSAGES_TOKENS_MAX)
    next_budget = min(_FOLLOW_UP_SHARE * context_size, _FOLLOW_UP_TOKENS_MAX)
    last_attaching = max(number for number, message in enumerate(asked) if message.attachments)
    for number, message in enumerate(asked):
        if number < last_attaching and not message.attachments:
            continue
        if number <= last_attaching:
            share = sum(bool(each.attachments) for each in asked[: last_attaching + 1])
            chosen |= rank.best(message.text, number, first_budget / share, chosen, fills=True)
            system = sorted(chosen)
            continue
        more = rank.best(message.text, number, next_budget, chosen, fills=False)
        chosen |= more
        if more:
            shown = _joined(documents, [passages[place] for place in sorted(more)], passages)
            before.append((message.id, f"{_ALSO}\n\n{shown}"))
    text = _system(documents, [passages[place] for place in system], passages, facts)
    read = [passages[place] for place in sorted(chosen)]
    records = tuple(_record(documents[passage.document], passage.chunk) for passage in read)
    return AttachedContext(text, tuple(before), len(chosen), len(passages), _wanted(read), records)


def _record(document: Attachment, chunk: Chunk) -> ReadPassageRecord:
    page = next((page.number for page in document.pages if page.start <= chunk.start < page.end), None)
    return ReadPassageRecord(
        title=document.title,
        content_hash=document.content_hash,
        start=chunk.start,
        end=chunk.end,
        page=page,
    )


def _wanted(shown: Sequence[_Passage]) -> tuple[tuple[str, ...], ...]:
    """Return what the passages that are shown order to be written."""
    return find_orders("".join(passage.text for passage in shown)).wanted


def _system(
    documents: Sequence[Attachment],
    shown: Sequence[_Passage],
    passages: Sequence[_Passage],
    facts: Sequence[str],
) -> str:
    return f"{_BEFORE}\n\n{_joined(documents, shown, passages, facts)}"


def _joined(
    documents: Sequence[Attachment],
    shown: Sequence[_Passage],
    passages: Sequence[_Passage],
    facts: Sequence[str] = (),
) -> str:
    """Put passages below their documents' titles, with a mark where something is left out.

    ``facts`` say of each document what its tables come to, "" for nothing.

    What orders a reader to do something is told as what the text says.
    """
    blocks = []
    for number, document in enumerate(documents):
        own = [passage for passage in shown if passage.document == number]
        told = facts[number] if facts else ""
        if not own and not told:
            continue
        num_all = sum(passage.document == number for passage in passages)
        text, following = "", 0
        for passage in own:
            text += "" if passage.place == following else f"\n{_GAP}\n{passage.head}"
            text += passage.text
            following = passage.place + 1
        text += "" if following == num_all else f"\n{_GAP}"
        text = "\n\n".join(filter(None, (told, text)))
        say, title = summary_prompts(document.language).order, " ".join(document.title.split())
        title = say(title) if find_orders(title) else title
        blocks.append(f"# {title}\n\n{fenced(find_orders(text).quoted(text, say))}")
    return "\n\n".join(blocks)


class _Ranking:
    """Passages by how well they answer a question (BM25: Robertson and Zaragoza, 2009; and by meaning)."""

    def __init__(
        self, passages: Sequence[_Passage], documents: Sequence[Attachment], vectors: Vectors | None
    ) -> None:
        self._passages = passages
        self._vectors = vectors
        self._counts = [Counter(features_of(passage.text)) for passage in passages]
        self._lengths = [max(1, counts.total()) for counts in self._counts]
        self._mean = sum(self._lengths) / len(self._lengths)
        self._num_with = Counter(feature for counts in self._counts for feature in counts)
        languages = {document.language or "en" for document in documents} | {"en"}
        self._common = {plain(word)[:STEM_LETTERS] for code in languages for word in common_words(code)}

    def best(
        self, question: str, asked_as: int, budget_tokens: float, taken: set[int], *, fills: bool
    ) -> set[int]:
        """Return the places of the best passages that fit and are not ``taken``.

        The question is the one ``asked_as`` that number. One without a word that tells something is near to
        no passage by its meaning.
        ``fills``: what is left of the budget goes to the beginning and to places spread over the rest, for
        a question that asks for nothing that can be found ("What is this about?").
        """
        wanted = set(features_of(question)) - self._common
        scores = [self._score(wanted, number) for number in range(len(self._passages))]
        found = sorted((n for n, score in enumerate(scores) if score > 0), key=lambda n: (-scores[n], n))
        if self._vectors is not None and wanted:
            num = len(self._passages)
            asked = self._vectors[num + asked_as]
            found = fused(found, nearest(asked, self._vectors[:num], _MOST_BY_MEANING))
        order = [*found, *(self._spread() if fills else ())]
        chosen: set[int] = set()
        room = budget_tokens
        for number in order:
            num_tokens = self._passages[number].num_tokens
            if number not in taken and number not in chosen and num_tokens <= room:
                chosen.add(number)
                room -= num_tokens
        return chosen

    def _score(self, wanted: Collection[str], number: int) -> float:
        counts, score = self._counts[number], 0.0
        for feature in wanted:
            num_here = counts.get(feature, 0)
            if num_here:
                num_with = self._num_with[feature]
                rarity = math.log(1 + (len(self._passages) - num_with + 0.5) / (num_with + 0.5))
                length = 1 - _B + _B * self._lengths[number] / self._mean
                score += rarity * num_here * (_K1 + 1) / (num_here + _K1 * length)
        return score

    def _spread(self) -> list[int]:
        """Return all places: the first, then halves, quarters and so on of what lies between."""
        num, step = len(self._passages), len(self._passages)
        order = [0]
        while step > 1:
            step = (step + 1) // 2
            order += range(0, num, step)
        return list(dict.fromkeys(order))
