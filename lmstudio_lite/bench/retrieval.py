"""How well a question finds the passage that answers it: by words, by meaning, and by both.

The passages of all documents of ``resources/corpus`` are put into an index as those of a user's folders are,
and each question of ``resources/retrieval`` is put to it. ``--model`` names the model that compares meanings;
one that writes does it badly.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.bench.engine_run import LOAD_TIMEOUT_S
from lmstudio_lite.bench.quality.corpus import read_corpus
from lmstudio_lite.bench.rows import Bound, Row
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.engine import LoadOptions, Purpose
from lmstudio_lite.domain.knowledge import FileStamp, IndexedFile
from lmstudio_lite.engine.client.client import WorkerClient
from lmstudio_lite.paths import resources
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.knowledge import KnowledgeRows
from lmstudio_lite.storage.knowledge_vectors import KnowledgeVectors
from lmstudio_lite.tasks.chat.knowledge import MOST_LOOKED_AT, passages_of, words_to_find
from lmstudio_lite.tasks.text.fusing import fused

GAIN = Bound(1.0, is_minimum=True)
FIRST = 5
_MODEL = "model"
_TEXTS_AT_ONCE = 16
_KINDS = ("paraphrase", "name")


@dataclass(frozen=True, slots=True)
class Question:
    """``quotes`` are the answer's words in ``document``; see ``resources/retrieval/questions.toml``."""

    kind: str
    document: str
    text: str
    quotes: tuple[str, ...]
    is_held_out: bool

    def places_in(self, text: str) -> list[tuple[int, int]]:
        """Return where the answer stands in its document; raises ValueError for one that is not there."""
        starts = [text.index(quote) for quote in self.quotes]
        return [(start, start + len(quote)) for start, quote in zip(starts, self.quotes, strict=True)]


def read_questions() -> list[Question]:
    """Return all questions, in the order of their file."""
    with (resources() / "retrieval" / "questions.toml").open("rb") as file:
        rows = tomllib.load(file)["questions"]
    return [
        Question(
            row["kind"],
            row["document"],
            row["question"],
            tuple(row["quotes"]),
            row.get("is_held_out", False),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Found:
    """How often the answer is among the first five, the mean of 1 / its place."""

    recall: float
    mean_reciprocal_rank: float

    @classmethod
    def of(cls, places: Sequence[int | None]) -> Found:
        """Sum up the answers' places, None where one was not found at all."""
        found = [place for place in places if place is not None]
        return cls(
            sum(place <= FIRST for place in found) / len(places),
            sum(1 / place for place in found) / len(places),
        )

    def __str__(self) -> str:
        return f"{self.recall:.3f} (MRR {self.mean_reciprocal_rank:.3f})"


class Index:
    """The corpus as a user's folder, and the orders in which it answers a question."""

    def __init__(self, database: Database) -> None:
        self.rows = KnowledgeRows(database)
        self.vectors = KnowledgeVectors(database)
        self.texts = {document.name: document.text for document in read_corpus()}
        folder = self.rows.add(Path("corpus").absolute())
        for name, text in self.texts.items():
            document = text_document(text, name)
            self.rows.put(
                folder.id,
                IndexedFile(
                    path=name,
                    stamp=FileStamp(0, 0),
                    content_hash=document.content_hash,
                    title=name,
                    language=document.language,
                    text=document.text,
                    pages=(),
                    passages=passages_of(document),
                ),
            )
        self._languages = self.rows.languages()

    def compare(self, client: WorkerClient) -> int:
        """Work out what all passages mean; return how many there are."""
        num_passages = 0
        while (file := self.vectors.next_file(_MODEL)) is not None:
            found = _embed(client, list(file.texts.values()))
            halves = [row.astype("<f2").tobytes() for row in found]
            self.vectors.put(_MODEL, dict(zip(file.texts, halves, strict=True)))
            self.vectors.note_compared(_MODEL, file.file_number)
            num_passages += len(found)
        return num_passages

    def orders(self, question: Question, vector: NDArray[np.float32] | None) -> dict[str, list[int]]:
        """Return the passages' numbers by each way of looking for them."""
        words = words_to_find(question.text, self._languages)
        by_words = self.rows.search(words, MOST_LOOKED_AT)
        if vector is None:
            return {"words": by_words}
        by_meaning = self.vectors.nearest(_MODEL, vector.tobytes(), MOST_LOOKED_AT)
        return {"words": by_words, "vectors": by_meaning, "both": fused(by_words, by_meaning)}

    def place(self, question: Question, order: Sequence[int]) -> int | None:
        """Return at which place of ``order`` the first passage with the answer stands."""
        answers = question.places_in(self.texts[question.document])
        for place, passage in enumerate(self.rows.passages(order), 1):
            if passage.title == question.document and any(
                passage.start < end and start < passage.end for start, end in answers
            ):
                return place
        return None


def of_questions(setting: Setting) -> list[Row]:
    """A row a kind of question: what both find against what words alone find."""
    questions = read_questions()
    client = WorkerClient()
    try:
        with closing(Database.in_memory()) as database:
            index = Index(database)
            client.load_model(setting.model, LoadOptions(purpose=Purpose.EMBED))
            client.wait_until_ready(LOAD_TIMEOUT_S)
            setting.say("working out what the passages mean")
            began = time.perf_counter()
            num_passages = index.compare(client)
            compared_s = time.perf_counter() - began
            vectors = _embed(client, [question.text for question in questions])
            places = _places(setting, index, questions, vectors)
    finally:
        client.close()
    pace = f"{num_passages} passages, {1000 * compared_s / num_passages:.0f} ms each"
    return [
        _row(kind, is_held_out, questions, places, pace) for is_held_out in (False, True) for kind in _KINDS
    ]


def _places(
    setting: Setting, index: Index, questions: Sequence[Question], vectors: Sequence[NDArray[np.float32]]
) -> list[dict[str, int | None]]:
    found = []
    for question, vector in zip(questions, vectors, strict=True):
        orders = index.orders(question, vector)
        places = {way: index.place(question, order) for way, order in orders.items()}
        setting.tell({"question": question.text, "kind": question.kind, **places})
        found.append(places)
    return found


def _row(
    kind: str,
    is_held_out: bool,
    questions: Sequence[Question],
    places: Sequence[Mapping[str, int | None]],
    pace: str,
) -> Row:
    chosen = [
        place
        for question, place in zip(questions, places, strict=True)
        if question.kind == kind and question.is_held_out is is_held_out
    ]
    found = {way: Found.of([place[way] for place in chosen]) for way in ("words", "vectors", "both")}
    both, words = found["both"].recall, found["words"].recall
    ratio = both / words if words else None
    figures = ", ".join(f"{way} {each}" for way, each in found.items())
    return Row(
        f"retrieval-{kind}{'-held-out' if is_held_out else ''}",
        both,
        words,
        ratio,
        GAIN,
        GAIN.holds(ratio) if ratio is not None else None,
        note=f"recall@{FIRST} of {len(chosen)}: {figures}; {pace}",
    )


def _embed(client: WorkerClient, texts: Sequence[str]) -> list[NDArray[np.float32]]:
    rows: list[NDArray[np.float32]] = []
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        found = client.embed(texts[start : start + _TEXTS_AT_ONCE])
        rows.extend(np.frombuffer(found.values, np.float32).reshape(len(found), -1))
    return rows
