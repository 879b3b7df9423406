"""What a model is asked with to write a text: one sentence in the language of the text, then the wishes.

The words stand in ``resources/prompts/write.toml``, with what was learned about them.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from lmstudio_lite.domain.generation import ChatPrompt, Message, Role, Sampling
from lmstudio_lite.domain.writing import Brief, Finding, Preset
from lmstudio_lite.paths import resources
from lmstudio_lite.tasks.prompts import fenced, language_name

NUM_QUESTIONS = 5
_WORDS_A_PARAGRAPH = 70
_LONG_BRIEF = 400
_FEWEST_PARAGRAPHS, _MOST_PARAGRAPHS = 2, 12
_TOKENS_A_WORD, _TOKENS_MORE, _TOKENS_OF_CODE = 4, 200, 1_200
_FIELD = re.compile(r"\{(\w+)\}")
_KEEPS_TO_FACTS = (Preset.NEWS, Preset.AD, Preset.EMAIL)
_QUIZ_SCHEMA = """{"type": "object", "properties": {"questions": {"type": "array", "minItems": %d,
"maxItems": %d, "items": {"type": "object", "properties": {"question": {"type": "string", "maxLength": 240},
"answer": {"type": "string", "maxLength": 120}}, "required": ["question", "answer"],
"additionalProperties": false}}}, "required": ["questions"], "additionalProperties": false}"""


def wanted_words(brief: Brief) -> int:
    """Return how many words are to be written: those that were asked for, or the preset's own."""
    return brief.words or int(_preset(brief.preset)["words"])


def num_paragraphs(brief: Brief) -> int:
    """Return how many paragraphs that comes to."""
    number = round(wanted_words(brief) / _WORDS_A_PARAGRAPH)
    return min(_MOST_PARAGRAPHS, max(_FEWEST_PARAGRAPHS, number))


def prompt_for(brief: Brief, language: str) -> ChatPrompt:
    """Ask for the text of ``brief`` in ``language`` (ISO 639-1)."""
    words = _words_of(language)
    text = brief.text.strip()
    is_long = "\n" in text or len(text) > _LONG_BRIEF
    asked = _filled(words[brief.preset.value], brief, language, "" if is_long else text).strip()
    said = [asked, fenced(text)] if is_long else [asked]
    if brief.before:
        size = words["shorter" if brief.resize < 1 else "longer"]
        said += [_filled(size, brief, language, ""), fenced(brief.before)]
    if wishes := _wishes(brief, words):
        said.append(wishes)
    messages = (Message(Role.SYSTEM, words["system"]), Message(Role.USER, "\n\n".join(said)))
    start = _preset(brief.preset)["start"].format(subject=words["subject"], title=words["title"])
    return ChatPrompt(messages, start)


def asked_words(brief: Brief, language: str) -> str:
    """Return the words of a request that are not the user's: they have no place in the text."""
    words = _words_of(language)
    return f"{_filled(words[brief.preset.value], brief, language, '')} {words['known']} {words['system']}"


def prompt_again(first: ChatPrompt, text: str, findings: Sequence[Finding], language: str) -> ChatPrompt:
    """Ask once more after ``text``, with what is wrong with it."""
    faults = " ".join(fault_words(finding, language) for finding in findings)
    again = _words_of(language)["again"].format(faults=faults)
    messages = (*first.messages, Message(Role.ASSISTANT, text), Message(Role.USER, again))
    return ChatPrompt(messages, first.reply_start)


def bare_prompt(brief: Brief) -> ChatPrompt:
    """Ask as somebody does who just types it: what the prompts here are measured against."""
    words = f" in about {brief.words} words" if brief.words else ""
    tone = f", {brief.tone}" if brief.tone else ""
    kind = {"seo": "SEO title and description"}.get(brief.preset.value, brief.preset.value)
    return ChatPrompt((Message(Role.USER, f"Write a {kind}{words}{tone}: {brief.text}"),))


def role_prompt(brief: Brief, language: str) -> str:
    """Return the instruction for a conversation in which the model plays the preset's part."""
    words = _words_of(language)
    written: dict[str, str] = _read()["language"]
    in_language = written.get(language) or f"Write in {language_name(language)}."
    wishes = f"{_wishes(brief, words)} {in_language}".strip()
    values = {"brief": brief.text.strip(), "wishes": wishes}
    return _put_in(_table("roles")[brief.preset.value], values)


def sampling_for(preset: Preset, seed: int | None) -> Sampling:
    """Return how it is drawn: code nearly without chance, poems with much of it."""
    schema = _QUIZ_SCHEMA % (NUM_QUESTIONS, NUM_QUESTIONS) if preset is Preset.QUIZ else ""
    temperature = float(_preset(preset)["temperature"])
    return Sampling(temperature=temperature, repeat_penalty=1.05, seed=seed, json_schema=schema)


def max_tokens_for(brief: Brief) -> int:
    """Return a length that a text of the wanted one surely stays below."""
    if brief.preset is Preset.CODE:
        return _TOKENS_OF_CODE
    return _TOKENS_A_WORD * wanted_words(brief) + _TOKENS_MORE


def fault_words(finding: Finding, language: str) -> str:
    """Say a fault to a model."""
    words: str = _table("faults")[finding.fault.value]
    return words.format(
        found=finding.found,
        wanted=finding.wanted,
        words=finding.words,
        language=language_name(language),
    )


def edit_table() -> dict[str, Any]:
    """Return the words that edits are asked for with."""
    return _table("edit")


def edit_examples(kind: str) -> list[tuple[str, str]]:
    """Return texts with what becomes of them."""
    return [(each["before"], each["after"]) for each in _read()["examples"].get(kind, ())]


def grade_table() -> dict[str, Any]:
    """Return the words that answers are graded with."""
    return _table("grade")


def _wishes(brief: Brief, words: Mapping[str, str]) -> str:
    """Return what else is wished for, "" for nothing."""
    said = []
    if brief.tone.strip():
        said.append(words["tone"].replace("{tone}", brief.tone.strip()))
    if brief.audience.strip():
        said.append(words["audience"].replace("{audience}", brief.audience.strip()))
    if brief.preset in _KEEPS_TO_FACTS:
        said.append(words["known"])
    return " ".join(said)


def _filled(words: str, brief: Brief, language: str, text: str) -> str:
    values = {
        "words": str(wanted_words(brief)),
        "paragraphs": str(num_paragraphs(brief)),
        "questions": str(NUM_QUESTIONS),
        "language": language_name(language),
        "brief": text,
    }
    return _put_in(words, values)


def _put_in(words: str, values: Mapping[str, str]) -> str:
    """Put values into their places in one go: what a user wrote in braces stays as it is."""
    return _FIELD.sub(lambda found: values.get(found[1], found[0]), words)


def _words_of(language: str) -> dict[str, str]:
    """Return the words to ask with in a language; what its table lacks is asked in English."""
    tables: dict[str, dict[str, str]] = _read()["ask"]
    other = {} if language == "en" else tables["other"]
    return {**tables["en"], **other, **tables.get(language, {})}


def _preset(preset: Preset) -> dict[str, Any]:
    facts: dict[str, Any] = _read()["presets"][preset.value]
    return facts


def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = _read()[name]
    return table


@functools.cache
def _read() -> dict[str, Any]:
    with (resources() / "prompts" / "write.toml").open("rb") as file:
        return tomllib.load(file)
