"""``personas list|import|export``: whom the model can be. No model is loaded."""

from __future__ import annotations

import argparse

from lmstudio_lite.cli.output import put
from lmstudio_lite.cli.terminal import EXIT_OK, EXIT_USAGE, complain, note, open_services, print_json
from lmstudio_lite.domain.persona_values import persona_values
from lmstudio_lite.domain.personas import KeptPersona
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.control import say_sampling
from lmstudio_lite.words.translate import tr

_SHORT_ID = 12


def run_list(options: argparse.Namespace) -> int:
    """List the personas, or show one."""
    with open_services(options) as services:
        found = [services.personas.find(options.name)] if options.name else services.personas.list()
    if options.json:
        print_json({"personas": [_json(each) for each in found]})
    elif options.name:
        _show(found[0])
    else:
        for each in found:
            marks = [tr("built in")] if each.is_built_in else []
            marks += [safe_line(each.persona.model.name)] if each.persona.model is not None else []
            put("\t".join([_id(each), safe_line(each.persona.name), *marks]) + "\n")
    return EXIT_OK


def run_import(options: argparse.Namespace) -> int:
    """Keep the persona of a file."""
    with open_services(options) as services:
        kept = services.personas.import_file(options.file)
    if options.json:
        print_json(_json(kept))
    else:
        note(tr("“{0}” is among the personas now.").format(safe_line(kept.persona.name)))
    return EXIT_OK


def run_export(options: argparse.Namespace) -> int:
    """Write a persona into a file; one that is there is not written over."""
    with open_services(options) as services:
        kept = services.personas.find(options.name)
        if options.output.exists():
            complain(tr("{0} is there already: name another file.").format(safe_line(str(options.output))))
            return EXIT_USAGE
        services.personas.export_file(kept.persona, options.output)
    if options.json:
        print_json({"path": str(options.output)})
    return EXIT_OK


def _id(kept: KeptPersona) -> str:
    return kept.id.partition(":")[2] or kept.id[:_SHORT_ID]


def _json(kept: KeptPersona) -> dict[str, object]:
    return {"id": kept.id, "is_built_in": kept.is_built_in, **persona_values(kept.persona)}


def _show(kept: KeptPersona) -> None:
    persona = kept.persona
    put(f"{safe_line(persona.name)}\n\n")
    if persona.system_prompt:
        put(f"{persona.system_prompt.strip()}\n\n")
    if persona.model is not None:
        put(tr("Model: {0}").format(safe_line(persona.model.name)) + "\n")
    for line in say_sampling(persona.sampling):
        put(f"{line}\n")
    for starter in persona.starters:
        put(f"- {safe_line(starter)}\n")
