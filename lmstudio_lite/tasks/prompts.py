"""The words that models are asked with, read from ``resources/prompts``: one table a language.

Prompts are data, so that they can be tuned and tried on models without touching the tasks.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.translations import Register, TranslationOptions
from lmstudio_lite.paths import resources

_FENCE = re.compile('"{3,}')


@dataclass(frozen=True, slots=True)
class SummaryPrompts:
    """How to ask for summaries in one language; ``instruction`` is what the form "own" asks for."""

    table: dict[str, str]
    focus: str = ""
    instruction: str = ""

    def messages(
        self, text: str, *, form: str, count: int, is_merge: bool = False, is_again: bool = False
    ) -> tuple[Message, ...]:
        """Ask for ``form`` (bullets, paragraph, section and so on) with ``count`` points of ``text``."""
        before = self.table["before_merge" if is_merge else "before"]
        after = self.table[form].format(count=count, instruction=self.instruction)
        if self.focus:
            after = f"{after} {self.table['focus'].format(focus=self.focus)}"
        if is_again:
            after = f"{after} {self.table['again']}"
        question = f"{before}\n\n{fenced(text)}\n\n{after}"
        return Message(Role.SYSTEM, self.table["system"]), Message(Role.USER, question)

    def order(self, words: str) -> str:
        """Return what stands in a text for ``words`` of its own that give orders to its reader."""
        return self.table["order"].format(order=words)

    @property
    def about_start(self) -> str:
        """Return how an answer to "about" begins; "" in languages without a table of their own."""
        return self.table["about_start"]

    def title(self, heading: str) -> str:
        """Return the words of a fixed heading."""
        return self.table[f"{heading}_title"]


def fenced(text: str) -> str:
    """Return a text between marks that it has nowhere itself, so that it can't end before its end."""
    longest = max((len(found) for found in _FENCE.findall(text)), default=2)
    fence = '"' * (longest + 1)
    return f"{fence}\n{text.strip()}\n{fence}"


def summary_prompts(language: str, *, focus: str = "", instruction: str = "") -> SummaryPrompts:
    """Return the prompts for a summary in ``language`` (ISO 639-1; "" is taken as English).

    What a language's table lacks is asked for in English, with the name of the language.
    """
    tables = _read("summarize")
    name = language_name(language or "en")
    other = {key: text.replace("{language}", name) for key, text in tables["other"].items()}
    return SummaryPrompts({**other, **tables.get(language or "en", {})}, focus, instruction)


def about_words(language: str) -> str:
    """Return words that speak of a text, whatever it is about."""
    return summary_prompts(language).table["about_words"]


@dataclass(frozen=True, slots=True)
class EvidencePrompts:
    """How to ask whether a passage says a sentence; ``yes`` and ``no`` are how answers begin."""

    system: str
    ask: str
    yes: tuple[str, ...]
    no: tuple[str, ...]

    def messages(self, passage: str, sentence: str) -> tuple[Message, ...]:
        """Ask about one sentence."""
        question = self.ask.replace("{passage}", passage.strip(), 1)
        head, _, tail = question.rpartition("{sentence}")
        return Message(Role.SYSTEM, self.system), Message(Role.USER, f"{head}{sentence.strip()}{tail}")


def evidence_prompts(language: str) -> EvidencePrompts:
    """Return the words in ``language``, in English where it has none."""
    tables = _read("evidence")
    table = tables.get(language) or tables["en"]
    return EvidencePrompts(str(table["system"]), str(table["ask"]), tuple(table["yes"]), tuple(table["no"]))


def translation_examples(source: str, target: str) -> list[tuple[str, str]]:
    """Return sentences and their translations, empty where one of the languages has none."""
    examples = _read("translate")["examples"]
    return list(zip(examples.get(source, ()), examples.get(target, ()), strict=False))


def words_examples(source: str, target: str) -> list[tuple[str, str]]:
    """Return a sentence and words of it with their translations, empty where a language has none."""
    words = _read("translate")["words"]
    pairs = list(zip(words.get(source, ()), words.get(target, ()), strict=False))
    return [*translation_examples(source, target)[:1], *pairs] if pairs else []


def register_example(register: Register, source: str, target: str) -> tuple[str, str] | None:
    """Return a sentence that addresses its reader so, and its translation; None where a language has none."""
    sentences = _read("translate")[register.value]
    question, answer = sentences.get(source), sentences.get(target)
    return (question, answer) if question and answer else None


def wishes_of(options: TranslationOptions) -> str:
    """Return the user's wishes for a translation in words for a model, "" for none."""
    table = _read("translate")["wishes"]
    wishes = [
        table[options.register.value] if options.register is not Register.ANY else "",
        table["audience"].replace("{audience}", options.audience.strip()) if options.audience.strip() else "",
        options.instruction.strip(),
    ]
    return " ".join(filter(None, wishes))


def translation_messages(
    text: str,
    *,
    source: str,
    target: str,
    examples: Sequence[tuple[str, str]] | None = None,
    further_examples: Sequence[tuple[str, str]] = (),
    wishes: str = "",
    terms: Sequence[tuple[str, str]] = (),
) -> tuple[Message, ...]:
    """Ask for the translation of one passage, after examples: those of both languages if none are given.

    ``further_examples`` are this passage's own, nearest to it. ``wishes`` are added to the instruction,
    ``terms`` with their translations to the question.
    """
    prompt = _read("translate")["prompt"]
    names = {"source": language_name(source), "target": language_name(target)}
    system = prompt["system" if source else "system_unknown"].format(**names)
    messages = [Message(Role.SYSTEM, f"{system} {wishes}".strip())]
    shown = translation_examples(source, target) if examples is None else examples
    for question, answer in (*shown, *further_examples):
        messages.append(Message(Role.USER, prompt["ask"].format(text=question, **names)))
        messages.append(Message(Role.ASSISTANT, answer))
    said = ", ".join(prompt["term"].format(term=term, translation=each) for term, each in terms)
    asked = prompt["ask_terms" if terms else "ask"].format(text=text, terms=said, **names)
    return (*messages, Message(Role.USER, asked))


def words_messages(
    words: str, *, source: str, target: str, examples: Sequence[tuple[str, str]]
) -> tuple[Message, ...]:
    """Ask for the translation of words after ``examples``: of sentences and words, and at last their own.

    In more words than ``translation_messages`` has: with fewer, fewer are found in their sentence.
    """
    prompt = _read("translate")["prompt"]
    names = {"source": language_name(source), "target": language_name(target)}
    messages = [Message(Role.SYSTEM, prompt["system" if source else "system_unknown"].format(**names))]
    for question, answer in examples:
        messages.append(Message(Role.USER, prompt["ask_words"].format(text=question, **names)))
        messages.append(Message(Role.ASSISTANT, answer))
    return (*messages, Message(Role.USER, prompt["ask_words"].format(text=words, **names)))


def transcript(
    text: str,
    *,
    source: str,
    target: str,
    examples: Sequence[tuple[str, str]] | None = None,
    further_examples: Sequence[tuple[str, str]] = (),
) -> str:
    """Return a list of sentences and translations for a model without a chat template to go on with."""
    ask = _read("translate")["prompt"]["transcript"]
    names = {"source": language_name(source) or "Text", "target": language_name(target)}
    shown = translation_examples(source, target) if examples is None else examples
    pairs = (*shown, *further_examples)
    done = [f"{ask.format(text=question, **names)} {answer}\n\n" for question, answer in pairs]
    return "".join(done) + str(ask.format(text=text, **names))


def language_name(code: str) -> str:
    """Return the English name of a language, the code itself if it is not in the table."""
    known = LANGUAGES.get(code)
    return known.english_name if known else code


@functools.cache
def _read(name: str) -> dict[str, dict[str, str]]:
    with (resources() / "prompts" / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)
