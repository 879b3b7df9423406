"""A question asked of every part of the attached documents, where the best passages are not enough.

Each part is read by itself, and what it holds for the question is noted down (map). A note is kept only as
far as its part has the words for it: small models also write what no part says. The notes, with their pages,
then stand before the question beside the passages that its words find (reduce). Parts are kept by the cache:
who asks again after a stop goes on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lmstudio_lite.documents.structure.chunk import split_into_chunks
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversations import Attachment, PartsRead, StoredMessage
from lmstudio_lite.domain.documents import Chunk
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import AdapterUse, ChatPrompt, Message, Priority, Role, Sampling
from lmstudio_lite.domain.records import ReadPassageRecord
from lmstudio_lite.errors import NoModelError
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.chat.attached_context import AttachedContext
from lmstudio_lite.tasks.evidence.index import PassageIndex
from lmstudio_lite.tasks.generate.attempts import Attempt, Part, PartsProgress, generate_parts, wait_for_model
from lmstudio_lite.tasks.generate.cache import CachedParts, model_identity
from lmstudio_lite.tasks.generate.fingerprint import fingerprint_of
from lmstudio_lite.tasks.prompts import fenced, summary_prompts
from lmstudio_lite.tasks.text.orders import find_orders

PART_TOKENS = 900
NOTE_TOKENS = 96
_NOTES_SHARE = 0.25
_NOTES_TOKENS_MAX = 1600
_NOTHING = "NOTHING"
_ASK = (
    "{text}\n\nQuestion: {question}\n\nWrite down what this text says that helps to answer the question, in"
    " one to three short sentences, with names and numbers as they stand in it, in the language of the text."
    " If it says nothing about the question, write only: NOTHING"
)
_NOTES = "Notes on the question, taken from all parts of the documents:"
_MADE_BY = ("lmstudio_lite.tasks.chat",)


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A part of an attached document."""

    document: Attachment
    chunk: Chunk

    @property
    def page(self) -> int | None:
        pages = self.document.pages
        return next((page.number for page in pages if page.start <= self.chunk.start < page.end), None)


@dataclass(frozen=True, slots=True)
class _Note:
    part: DocumentPart
    text: str
    passages: tuple[ReadPassageRecord, ...]


class ReadsAll:
    """Reads whole documents for a question. Thread-safe; waits for the model."""

    def __init__(
        self, engine: EngineClient, read_text: Callable[[str], str], cache: PartCache | None
    ) -> None:
        """``read_text`` gives the text of a content hash."""
        self._engine = engine
        self._read_text = read_text
        self._cache = cache

    def parts(self, path: Sequence[StoredMessage], cancellation: Cancellation) -> list[DocumentPart]:
        """Cut the documents along ``path`` into the parts that are read one by one.

        Raises:
            AppError: there is no model, or a text can't be read.
        """
        wait_for_model(self._engine, cancellation)
        documents = {each.content_hash: each for message in path for each in message.attachments}
        return [
            DocumentPart(document, chunk)
            for document in documents.values()
            for chunk in split_into_chunks(
                split_sentences(self._read_text(document.content_hash)),
                budget_tokens=PART_TOKENS,
                count_tokens=self._engine.count_tokens,
            )
            if chunk.text.strip()
        ]

    def add_notes(
        self,
        path: Sequence[StoredMessage],
        attached: AttachedContext,
        adapters: tuple[AdapterUse, ...],
        report: Callable[[PartsRead], None],
        cancellation: Cancellation,
    ) -> AttachedContext:
        """Return ``attached`` with notes from every part of the documents on the last question of ``path``.

        Raises:
            CancelledError: what was read until then is kept for the next time.
            AppError: the engine failed.
        """
        question = path[-1].text
        parts = self.parts(path, cancellation)
        model = self._engine.state.model
        if model is None:
            raise NoModelError
        made_by = fingerprint_of(_MADE_BY, ())
        memory = CachedParts(self._cache, model_identity(model, adapters), made_by) if self._cache else None

        def tell(progress: PartsProgress) -> None:
            report(PartsRead(progress.num_done, progress.num_total, progress.time_left.seconds))

        results = generate_parts(
            self._engine,
            [_asked(part, question) for part in parts],
            report=tell,
            cancellation=cancellation,
            priority=Priority.BULK,
            memory=memory,
            adapters=adapters,
        )
        notes = [_note(part, result.text) for part, result in zip(parts, results, strict=True)]
        return self._with_notes(attached, [note for note in notes if note.text], len(parts))

    def _with_notes(self, attached: AttachedContext, notes: list[_Note], num_parts: int) -> AttachedContext:
        model = self._engine.state.model
        if model is None:
            raise NoModelError
        budget = min(_NOTES_SHARE * model.context_size, _NOTES_TOKENS_MAX)
        counts = self._engine.count_tokens([note.text for note in notes]) if notes else []
        share = budget / max(1, sum(counts))
        kept = notes if share >= 1 else _evenly(notes, math.floor(len(notes) * share))
        passages = [passage for note in kept for passage in note.passages]
        known = {(each.content_hash, each.start) for each in attached.passages}
        new = [each for each in passages if (each.content_hash, each.start) not in known]
        system = "\n\n".join(filter(None, (attached.system, _shown(kept))))
        return replace(
            attached,
            system=system,
            passages=(*attached.passages, *new),
            num_parts_read=num_parts,
            num_notes_left_out=len(notes) - len(kept),
        )


def _asked(part: DocumentPart, question: str) -> Part:
    text = part.chunk.text
    told = fenced(find_orders(text).quoted(text, summary_prompts(part.document.language).order))
    ask = _ASK.replace("{question}", question.strip(), 1).replace("{text}", told, 1)
    prompt = ChatPrompt((Message(Role.USER, ask),))
    attempt = Attempt(prompt, Sampling(temperature=0.0), NOTE_TOKENS, num_prompt_tokens=part.chunk.num_tokens)
    return Part((attempt,), check=lambda text, is_whole: None, may_be_cut=True)


def _note(part: DocumentPart, written: str) -> _Note:
    """Return what of a model's note its part bears out, with the places that do."""
    if _NOTHING in written[:40]:
        return _Note(part, "", ())
    index = PassageIndex(part.chunk.text, part.document.language)
    kept: list[str] = []
    passages: dict[int, ReadPassageRecord] = {}
    for sentence in split_sentences(written):
        found, is_enough = index.find(sentence.text)
        if not is_enough:
            continue
        kept.append(sentence.text.strip())
        for passage in found[:1]:
            start = part.chunk.start + passage.start
            passages[start] = ReadPassageRecord(
                title=part.document.title,
                content_hash=part.document.content_hash,
                start=start,
                end=part.chunk.start + passage.end,
                page=part.page,
            )
    return _Note(part, " ".join(kept), tuple(passages.values()))


def _evenly(notes: Sequence[_Note], num_kept: int) -> list[_Note]:
    """Return so many of the notes, spread over the documents."""
    return [notes[number * len(notes) // num_kept] for number in range(num_kept)]


def _shown(notes: Sequence[_Note]) -> str:
    if not notes:
        return ""
    lines = [f"- {note.text} ({_place(note.part)})" for note in notes]
    return "\n".join((_NOTES, *lines))


def _place(part: DocumentPart) -> str:
    title = " ".join(part.document.title.split())
    return title if part.page is None else f"{title}, page {part.page}"
