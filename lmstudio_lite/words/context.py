"""What is said of the parts of a conversation's context."""

from __future__ import annotations

from lmstudio_lite.domain.context import ContextInventory, ContextPart, ContextPartKind, Presence
from lmstudio_lite.words.translate import mark, tr, trn

_KINDS = {
    ContextPartKind.INSTRUCTIONS: mark("Instructions"),
    ContextPartKind.DOCUMENTS: mark("Documents"),
    ContextPartKind.SUMMARY: mark("Summary of older turns"),
    ContextPartKind.MARKS: mark("The template's own marks"),
}
_PRESENCES = {
    Presence.IN: mark("in"),
    Presence.LEFT_OUT: mark("left out"),
    Presence.SUMMARIZED: mark("in the summary"),
}


def say_part(part: ContextPart) -> str:
    """Name a part: "Turn 3: What is my dog called?"."""
    if part.kind is ContextPartKind.TURN:
        return tr("Turn {0}: {1}").format(part.number, part.text)
    name = tr(_KINDS[part.kind])
    return tr("{0}: {1}").format(name, part.text) if part.text else name


def say_presence(presence: Presence) -> str:
    """Say how a part is there for the model."""
    return tr(_PRESENCES[presence])


def say_inventory(inventory: ContextInventory) -> str:
    """Say how full the context is, and what of the turns is not in it as it was."""
    said = [
        tr("{0} of {1} tokens are in use.").format(f"{inventory.num_tokens:,}", f"{inventory.context_size:,}")
    ]
    if summarized := inventory.num_of(Presence.SUMMARIZED):
        said.append(
            trn(
                "A summary stands for the oldest turn.",
                "A summary stands for the {n} oldest turns.",
                summarized,
            )
        )
    if left_out := inventory.num_of(Presence.LEFT_OUT):
        said.append(
            trn("The last reply did not see {n} turn.", "The last reply did not see {n} turns.", left_out)
        )
    return " ".join(said)
