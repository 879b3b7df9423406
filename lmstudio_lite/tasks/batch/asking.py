"""How a model is asked for the label of a text: its words, and what of them is the same for all texts.

The labels stand before the text, so that they are evaluated once; what follows the text is as short as can
be, for it is evaluated with each. Labels are listed in an order of their own, whatever order they were given
in: small models prefer what stands first or last, and nobody's answer should hang on that (with the order
reversed, Qwen2.5 0.5B gives 18 % of ``resources/labelled`` another label).

Measured there with that model, right labels of 200: 152 in these words, 144 with the label on a line of its
own, 145 behind an arrow, 106 behind a line end alone, and 121 where the text is the user's message and the
label the assistant's, as one would ask in a chat.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.generation import ChatPrompt, Message, Role
from lmstudio_lite.tasks.batch.calibration import folded

NEUTRAL_TEXTS = ("N/A", "[MASK]", "...", "The text.")
"""Texts that say nothing: what a model makes of them is what it thinks of the labels. The mean over a batch's
own texts is better where all labels are equally frequent (0.80 right instead of 0.74) and much worse where
85 % of the texts have one label (0.52 instead of 0.75).
"""
_SYSTEM = "You are a careful classifier."
_ORDER = "Classify the text with exactly one of these labels: {labels}."
_BEFORE = "Text: "
_AFTER = " Label:"


@dataclass(frozen=True, slots=True)
class LabelQuestion:
    """Asks which of ``labels`` a text has."""

    labels: tuple[str, ...]

    @property
    def listed(self) -> tuple[str, ...]:
        """The labels in the order in which the model sees them."""
        return tuple(sorted(self.labels, key=lambda label: (folded(label), label)))

    @property
    def continuations(self) -> tuple[str, ...]:
        """What the model may go on with, in the order of ``labels``."""
        return tuple(f" {label}" for label in self.labels)

    def prompt(self, text: str) -> ChatPrompt:
        """Return the prompt, which ends where the label would begin. The text is on one line."""
        order = _ORDER.format(labels=", ".join(self.listed))
        messages = (Message(Role.SYSTEM, _SYSTEM), Message(Role.USER, order))
        start = f"{_BEFORE}{' '.join(text.split())}{_AFTER}"
        return ChatPrompt(messages, start, template_options={"enable_thinking": False})

    def key(self, model: str, text: str) -> str:
        """Return what all that the answer depends on is kept under; ``model`` is the model's identity."""
        prompt = self.prompt(text)
        words = [model, *(message.text for message in prompt.messages), prompt.reply_start, *self.listed]
        return hashlib.sha256(json.dumps(words).encode("utf-8", "surrogatepass")).hexdigest()


def in_order_of(labels: Sequence[str], listed: Sequence[str], values: Sequence[float]) -> tuple[float, ...]:
    """Return ``values``, which are in the order of ``listed``, in the order of ``labels``."""
    known = dict(zip(listed, values, strict=True))
    return tuple(known[label] for label in labels)
