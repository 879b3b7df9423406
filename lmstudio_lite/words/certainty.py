"""Words for how sure a model was of a word."""

from __future__ import annotations

from lmstudio_lite.words.translate import tr


def say_probability(probability: float) -> str:
    """Return a probability as people read it; neither 0 nor 100 for what is not."""
    if probability < 0.01:
        return tr("below 1 %")
    if 0.995 <= probability < 1:
        return tr("over 99 %")
    return tr("{0} %").format(round(100 * probability))


def say_meaning() -> str:
    """Return in one line what the shading means, and what it does not."""
    return tr("How sure the model was of the wording (at temperature 1), not whether it is true.")


def say_token(text: str) -> str:
    """Return what a token writes, also where it is white space alone."""
    if text.strip():
        return text.strip()
    return tr("(new line)") if "\n" in text else tr("(space)")
