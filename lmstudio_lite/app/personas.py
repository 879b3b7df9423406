"""Personas: the built-in ones and the user's own, kept, shared as files, and put on conversations."""

from __future__ import annotations

import builtins
import logging
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.app.built_in_personas import ID_PREFIX, built_in_personas
from lmstudio_lite.app.models.profiles import Profiles
from lmstudio_lite.domain.control import ConversationControl
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.domain.personas import KeptPersona, Persona, WantedModel
from lmstudio_lite.errors import AppError, InvariantError, NotStoredError
from lmstudio_lite.formats.persona_file import SUFFIX, read_persona, write_persona
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.paths import replace_file
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.conversation_controls import ConversationControls
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.personas import PersonaRows
from lmstudio_lite.tasks.adapters import chosen_adapters

__all__ = ["SUFFIX", "Personas", "adapter_in_use"]

log = logging.getLogger(__name__)


class Personas:
    """Thread-safe. Reads the database and files, so not for the GUI thread."""

    def __init__(self, database: Database, library: ModelLibrary, profiles: Profiles) -> None:
        self._rows = PersonaRows(database)
        self._controls = ConversationControls(database)
        self._library = library
        self._profiles = profiles

    def list(self) -> builtins.list[KeptPersona]:
        """Return the built-in personas, then the user's own in the order in which they were made."""
        return [*built_in_personas(), *self._rows.list()]

    def find(self, name: str) -> KeptPersona:
        """Return the persona of a name, in whatever case, or of an id or the beginning of one.

        Of one's own and a built-in one of the same name it is the own one.

        Raises:
            NotStoredError: there is none, or more than one.
        """
        everything, wanted = self.list(), name.strip().casefold()
        alike = [each for each in everything if each.id == name]
        alike = alike or [each for each in everything if each.persona.name.casefold() == wanted]
        alike = alike or [
            each for each in everything if wanted and each.id.removeprefix(ID_PREFIX).startswith(wanted)
        ]
        own = [each for each in alike if not each.is_built_in]
        alike = own if len(own) == 1 else alike
        if len(alike) != 1:
            raise NotStoredError(kind="persona", id=name, num_alike=len(alike))
        return alike[0]

    def add(self, persona: Persona) -> KeptPersona:
        """Keep a new persona."""
        return self._rows.add(persona)

    def change(self, persona_id: str, persona: Persona) -> KeptPersona:
        """Put ``persona`` in place of what is kept under an id; what was answered stays as it is."""
        if persona_id.startswith(ID_PREFIX):
            raise InvariantError("a built-in persona is copied, not changed")
        self._rows.change(persona_id, persona)
        return KeptPersona(persona_id, persona)

    def delete(self, persona_id: str) -> None:
        """Take a persona out of the list; conversations that have it keep it. ``restore`` undoes this."""
        self._rows.delete(persona_id)

    def restore(self, persona_id: str) -> None:
        """Undo ``delete``."""
        self._rows.restore(persona_id)

    def import_file(self, path: Path) -> KeptPersona:
        """Keep the persona of a file; one that is here already, word for word, is not kept twice.

        An adapter counts only where a file of that name is in the library.

        Raises:
            PersonaFileError: it is none.
        """
        persona = read_persona(path)
        persona = replace(persona, adapter=self._adapter_called(persona.adapter))
        same = next((each for each in self._rows.list() if each.persona == persona), None)
        return same or self._rows.add(persona)

    def export_file(self, persona: Persona, path: Path) -> None:
        """Write a persona into a file that can be passed on.

        Raises:
            DataFolderReadOnlyError, DiskFullError, NotAFileError: it can't be written.
        """
        replace_file(path, write_persona(persona), is_private=False)

    def model_path(self, wanted: WantedModel) -> Path | None:
        """Return where a persona's model is: the same content, else the same name; None where it is not here.

        Reads a few samples of each model that was not known before.
        """
        entries = [entry for entry in self._library.list() if entry.file is not None]
        if wanted.fingerprint:
            for entry in entries:
                try:
                    if self._library.fingerprint_of(entry) == wanted.fingerprint:
                        return entry.path
                except AppError as error:
                    log.info("a model can't be compared: %s", error)
        named = (each.path for each in entries if each.file is not None and each.file.name == wanted.name)
        return next(named, None)

    def is_model(self, path: Path, name: str, wanted: WantedModel) -> bool:
        """Tell whether the model at ``path``, called ``name``, is the one that a persona wants."""
        if name == wanted.name:
            return True
        return bool(wanted.fingerprint) and self._profiles.fingerprint(path) == wanted.fingerprint

    def wanted(self, path: Path, name: str) -> WantedModel:
        """Return the model at ``path``, called ``name``, as a persona remembers it."""
        return WantedModel(name, self._profiles.fingerprint(path))

    def control_of(self, conversation_id: str) -> ConversationControl:
        """Return what a conversation is controlled by, its persona as it is now; a deleted one as it was."""
        return self.newest(self._controls.get(conversation_id))

    def newest(self, control: ConversationControl) -> ConversationControl:
        """Return ``control`` with its persona as it is now."""
        kept = control.persona
        if kept is None or not kept.id:
            return control
        if kept.id.startswith(ID_PREFIX):
            found = next((each for each in built_in_personas() if each.id == kept.id), None)
            return replace(control, persona=found) if found is not None else control
        persona = self._rows.get(kept.id)
        return replace(control, persona=KeptPersona(kept.id, persona)) if persona is not None else control

    def keep_control(self, conversation_id: str, control: ConversationControl) -> None:
        """Let ``control`` hold for what follows in a conversation."""
        self._controls.keep(conversation_id, control)

    def _adapter_called(self, name: str) -> str:
        if not name:
            return ""
        entries = self._library.list_all()
        return next((str(entry.path) for entry in entries if entry.path.name == name), "")


def adapter_in_use(settings: SettingsStore, engine: EngineClient) -> AdapterUse | None:
    """Return the adapter that chats use on the model in use, None for none."""
    adapters = chosen_adapters(settings, engine)
    return adapters[0] if adapters else None
