"""What has changed in a text that is read fades in, so that the eye finds it; not with reduced motion."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate

from PySide6.QtCore import QObject, QVariantAnimation, Slot

from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import MOTION_MS
from lmstudio_lite.ui.translate.sentence_pairs import Stretch

_PIECE = re.compile(r"[^.!?。！？\n]*(?:[.!?。！？\n]+\s*|\Z)")
_MOST_PAIRS = 10_000
"""Of sentences that are compared: of a larger change most is out of sight, and the window would wait."""


class FadeIn(QObject):
    """Runs from 0.0 to 1.0; ``draw`` is called for each step, with ``stretches`` set while it runs."""

    def __init__(self, theme: Theme, draw: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._draw = draw
        self.stretches: Sequence[Stretch] = ()
        self.opacity = 1.0
        self._animation = QVariantAnimation(self)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.setDuration(MOTION_MS)
        self._animation.valueChanged.connect(self._on_step)
        self._animation.finished.connect(self._on_finished)

    def begin(self, before: str, after: str) -> None:
        """Fade in what of ``after`` was not in ``before``; nothing where either is empty."""
        self.stop()
        if self._theme.reduced_motion or not before or not after:
            return
        self.stretches = tuple(changed_stretches(before, after))
        if self.stretches:
            self.opacity = 0.0
            self._animation.start()

    def stop(self) -> None:
        """Show all as it is: the text is another one."""
        self._animation.stop()
        self.stretches, self.opacity = (), 1.0

    @Slot(object)
    def _on_step(self, opacity: float) -> None:
        self.opacity = opacity
        if self.stretches:
            self._draw()

    @Slot()
    def _on_finished(self) -> None:
        self.stop()
        self._draw()


def changed_stretches(before: str, after: str) -> Iterator[Stretch]:
    """Yield the sentences of ``after`` that are not where ``before`` has them too."""
    old, new = _pieces(before), _pieces(after)
    first = _num_common(old, new)
    end = _num_common(old[first:][::-1], new[first:][::-1])
    old, new = old[first : len(old) - end], new[first : len(new) - end]
    if len(old) * len(new) > _MOST_PAIRS:
        return
    start = len("".join(_pieces(after)[:first]))
    starts = list(accumulate(map(len, new), initial=start))
    for kind, _, _, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind in ("replace", "insert"):
            yield Stretch(starts[begin], starts[stop])


def _pieces(text: str) -> list[str]:
    return [match[0] for match in _PIECE.finditer(text) if match[0]]


def _num_common(left: Sequence[str], right: Sequence[str]) -> int:
    pairs = enumerate(zip(left, right, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(left), len(right)))
