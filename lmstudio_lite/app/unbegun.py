"""What was chosen for a conversation that has not begun: kept beside its draft, until the first message."""

from __future__ import annotations

import json

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.control import NO_CONTROL, ConversationControl
from lmstudio_lite.domain.persona_values import control_from, control_values
from lmstudio_lite.storage.reading import values_from
from lmstudio_lite.unsaved import Place, UnsavedPiece

_DRAFT = "control:"


def control_for_new(services: Services) -> ConversationControl:
    """Return what was chosen, its persona as it is now.

    Raises:
        StorageError: it can't be read.
    """
    draft = services.drafts.get(_DRAFT)
    return services.personas.newest(control_from(values_from(draft.text))) if draft else NO_CONTROL


def piece_for_new(services: Services, control: ConversationControl) -> UnsavedPiece:
    """Return what keeps ``control``; nothing chosen removes what was kept."""
    text = "" if control.is_empty else json.dumps(control_values(control))
    return UnsavedPiece(
        f"draft:{_DRAFT}", Place.CHAT, "", "", lambda: services.drafts.keep(_DRAFT, text, attachments=())
    )
