"""Boxes on a PDF page."""

from __future__ import annotations

from typing import NamedTuple


class Box(NamedTuple):
    """In points of the page's own space, or of the frame of turned text: y grows upwards."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.top - self.bottom)

    def within(self, other: Box) -> Box:
        """Return what both boxes cover; a box without area where they do not touch."""
        return Box(
            max(self.left, other.left),
            max(self.bottom, other.bottom),
            min(self.right, other.right),
            min(self.top, other.top),
        )
