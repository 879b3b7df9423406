"""The texts that the program carries for judging models: four languages, prose, tables, minutes, code.

Two sets that have no text in common: a matrix made from the texts that a model is then judged by would
flatter it.
"""

from __future__ import annotations

from lmstudio_lite.paths import resources


def calibration_texts() -> dict[str, str]:
    """Return the texts for importance matrices by their names."""
    return _texts(0)


def measuring_texts() -> dict[str, str]:
    """Return the texts for comparisons by their names."""
    return _texts(1)


def _texts(remainder: int) -> dict[str, str]:
    """Return every other text, so that each language stands in both sets; languages take turns."""
    paths = sorted((resources() / "corpus").glob("*.md"))[remainder::2]
    languages = sorted({path.name[:2] for path in paths})
    piles = [[path for path in paths if path.name.startswith(language)] for language in languages]
    ordered = [pile[turn] for turn in range(max(map(len, piles))) for pile in piles if turn < len(pile)]
    return {path.stem: path.read_text("utf-8") for path in ordered}
