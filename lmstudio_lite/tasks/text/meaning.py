"""Where vectors that tell how alike meanings are come from, for what ranks passages. Values only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from lmstudio_lite.domain.cancellation import Cancellation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


class MeaningSource(Protocol):
    """Gives a row of length 1 per text, or None: then words alone are compared."""

    def can_compare(self) -> bool:
        """Tell whether there is a model that meanings are compared with now."""

    def known(self, texts: Sequence[str]) -> Vectors | None:
        """Return what was computed before, None unless that is all; waits for no model."""

    def prepare(self, texts: Sequence[str], cancellation: Cancellation) -> None:
        """Compute what is new before anybody asks; waits, and lets replies go first.

        Raises:
            CancelledError: what was computed until then is kept.
        """

    def compute(
        self, texts: Sequence[str], report: Callable[[int, int], None], cancellation: Cancellation
    ) -> Vectors | None:
        """Compute what is new; ``report`` is told how many of how many texts that is.

        Raises:
            CancelledError: what was computed until then is kept.
        """


def nearest(wanted: Vectors, vectors: Vectors, most: int) -> list[int]:
    """Return the rows of ``vectors`` nearest in meaning to ``wanted``, best first, of equals the first."""
    import numpy as np

    likeness = vectors @ wanted
    most = min(most, len(likeness))
    best = np.argpartition(-likeness, most - 1)[:most] if most else np.empty(0, np.int64)
    return [int(row) for row in best[np.lexsort((best, -likeness[best]))]]
