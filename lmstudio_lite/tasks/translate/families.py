"""Families of models that are made for translating: how their makers say they are asked, in what languages.

The table is ``resources/prompts/translation_families.toml``. A model that belongs to none is asked like any
model that follows instructions. Encoder-decoder models (MADLAD, NLLB) are no part of it: the engine has none.
"""

from __future__ import annotations

import functools
import tomllib
from enum import StrEnum

import msgspec
import regex

from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.paths import resources
from lmstudio_lite.tasks.prompts import language_name

_CHINESE = "zh"


class PromptForm(StrEnum):
    """Whether a model is asked in turns of a conversation, or goes on with a bare text."""

    CHAT = "chat"
    TEXT = "text"


class Family(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One family; the keys are explained in its file. Without ``ask`` it is asked like any other model."""

    name: str
    names: tuple[str, ...]
    form: PromptForm
    languages: str
    claimed_in: str
    ask: str = ""
    ask_chinese: str = ""
    style: str = ""
    sampling: dict[str, float | int] = {}

    @property
    def sampling_as_published(self) -> Sampling:
        """Return how its makers have it sampled; the likeliest token each time where they don't say."""
        return msgspec.convert({"temperature": 0.0, **self.sampling}, Sampling)

    def claims(self, language: str) -> bool:
        """Tell whether its makers say that it knows ``language`` (ISO 639-1)."""
        return language in self.languages.split()

    def question(self, text: str, source: str, target: str, wishes: str = "") -> str:
        """Return what it is asked for the translation of ``text``; ``wishes`` are for style, "" for none."""
        ask = self.ask_chinese if self.ask_chinese and _CHINESE in (source, target) else self.ask
        chinese = LANGUAGES[target].native_name if target == _CHINESE else language_name(target)
        names = {
            "source": language_name(source) or "source",
            "target": language_name(target),
            "source_code": source,
            "target_code": target,
            "target_chinese": chinese,
        }
        asked = ask.format(**names, text="{text}")
        if wishes and self.style:
            asked = self.style.replace("{style}", wishes).replace("{ask}", asked)
        return asked.replace("{text}", text, 1)


def family_of(model: LoadedModel | None) -> Family | None:
    """Return the family that a model belongs to by its name, or that of its file; None for none."""
    names = f"{model.name} {model.path.stem}" if model else ""
    return next((family for family in families() if _pattern(family.names).search(names)), None)


@functools.cache
def families() -> tuple[Family, ...]:
    """Return the families, those with narrower names first."""
    with (resources() / "prompts" / "translation_families.toml").open("rb") as file:
        return msgspec.convert(tomllib.load(file)["families"], tuple[Family, ...])


@functools.cache
def _pattern(names: tuple[str, ...]) -> regex.Pattern[str]:
    return regex.compile("|".join(names), regex.IGNORECASE)
