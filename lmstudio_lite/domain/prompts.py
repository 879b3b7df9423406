"""Prompts that are kept under a name, with places to fill in: ``{{topic}}``, or ``{{tone=friendly}}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

NAME_LENGTH_MAX = 80
TEXT_LENGTH_MAX = 50_000
VARIABLES_MAX = 20

_PLACE = re.compile(r"\{\{[ \t]*(\w[\w \t-]{0,39}?)[ \t]*(?:=[ \t]*([^{}\n]{0,200}?)[ \t]*)?\}\}")


@dataclass(frozen=True, slots=True)
class Variable:
    """``default`` stands where nothing is filled in; "" for none."""

    name: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    name: str
    text: str

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Return what is to be filled in, each once, in the order in which it first stands there."""
        found: dict[str, str] = {}
        for place in _PLACE.finditer(self.text):
            name, default = place[1], place[2] or ""
            found[name] = found.get(name) or default
        return tuple(Variable(name, default) for name, default in list(found.items())[:VARIABLES_MAX])

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the text with ``values`` in their places, all at once; an empty one leaves the default."""
        defaults = {variable.name: variable.default for variable in self.variables}

        def fill(place: re.Match[str]) -> str:
            if place[1] not in defaults:
                return place[0]
            return values.get(place[1], "").strip() or defaults[place[1]]

        return _PLACE.sub(fill, self.text)


@dataclass(frozen=True, slots=True)
class KeptPrompt:
    id: str
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class PromptsBroughtIn:
    """``num_known`` were here already, word for word; ``num_refused`` have no name or text, or too long."""

    num_added: int
    num_known: int
    num_refused: int
