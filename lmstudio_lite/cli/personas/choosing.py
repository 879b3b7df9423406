"""What ``chat`` is told to be controlled by: its persona, which stays, and the options of a run."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.app.chat import schema_problem
from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.terminal import complain, note, open_services
from lmstudio_lite.domain.control import ConversationControl
from lmstudio_lite.domain.persona_values import SCHEMA_LENGTH_MAX
from lmstudio_lite.domain.personas import KeptPersona
from lmstudio_lite.domain.profiles import SamplingChoice
from lmstudio_lite.files import read_regular
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.personas import say_missing_model
from lmstudio_lite.words.translate import tr


class SchemaRefusedError(Exception):
    """What ``--schema`` names is no JSON schema; it has been said why."""


def persona_for(options: argparse.Namespace) -> KeptPersona | None:
    """Find ``--persona`` and have its model loaded, unless ``--model`` names another one.

    Raises:
        NotStoredError: there is no such persona, or there are several.
    """
    if options.persona is None:
        return None
    with open_services(options) as services:
        found = services.personas.find(options.persona)
        wanted = found.persona.model
        path = services.personas.model_path(wanted) if wanted is not None and not options.model else None
    if path is not None:
        options.model = str(path)
    elif wanted is not None and not options.model:
        note(say_missing_model(found.persona.name, wanted.name))
    return found


def control_of_run(options: argparse.Namespace) -> ConversationControl:
    """Return what holds for this run, whatever was chosen for the conversation.

    Raises:
        SchemaRefusedError: ``--schema`` is none.
    """
    return ConversationControl(
        system_prompt=options.system,
        sampling=SamplingChoice(temperature=options.temperature, seed=options.seed),
        max_tokens=options.max_tokens,
        stop=tuple(options.stop),
        json_schema=_schema(options.schema) if options.schema is not None else "",
        summarizes=options.summarize or None,
    )


def keep_persona(services: Services, conversation_id: str, persona: KeptPersona) -> None:
    """Let a conversation that is gone on with have a persona from now on."""
    control = services.personas.control_of(conversation_id)
    services.personas.keep_control(conversation_id, replace(control, persona=persona))


def _schema(named: str) -> str:
    """Return the schema of a file, or the text itself where it is JSON."""
    text = named
    if not named.lstrip().startswith("{"):
        try:
            text = read_regular(Path(named), SCHEMA_LENGTH_MAX).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            complain(tr("the schema {0} can't be read: {1}.").format(safe_line(named), safe_line(reason)))
            raise SchemaRefusedError from error
    if problem := schema_problem(text):
        complain(
            tr("{0} is no JSON schema: {1}.").format(
                safe_line(named if text is not named else tr("what --schema has")), safe_line(problem)
            )
        )
        raise SchemaRefusedError
    return text
