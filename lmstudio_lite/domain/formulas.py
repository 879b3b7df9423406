"""A formula in a text, and what it looks like."""

from __future__ import annotations

from dataclasses import dataclass

FORMULA_CHARS = 600
"""A longer one stays as it is written: drawing takes up to a millisecond a character."""


@dataclass(frozen=True, slots=True)
class Formula:
    """``tex`` without its delimiters; ``is_display``: set large, with limits above and below."""

    tex: str
    is_display: bool


@dataclass(frozen=True, slots=True)
class DrawnFormula:
    """Black shapes as SVG, with sizes in em; ``descent_em`` is what of them is below the baseline."""

    svg: bytes
    width_em: float
    height_em: float
    descent_em: float


@dataclass(frozen=True, slots=True)
class FormulaPicture:
    """A formula drawn in pixels, with a clear ground; sizes as in ``DrawnFormula``."""

    png: bytes
    width_em: float
    height_em: float
    descent_em: float
