"""A summary with its marks."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from lmstudio_lite.bench.quality.corpus import CorpusDocument
from lmstudio_lite.bench.quality.scores import Marks


@dataclass(frozen=True, slots=True)
class Marked:
    """One side's summary of one document."""

    document: CorpusDocument
    marks: Marks
    text: str
    seconds: float

    def as_json(self) -> dict[str, object]:
        """Return the marks, rounded, with the text that they are of."""
        marks = {name: round(value, 3) for name, value in asdict(self.marks).items()}
        return {"seconds": round(self.seconds, 1), **marks, "text": self.text}
