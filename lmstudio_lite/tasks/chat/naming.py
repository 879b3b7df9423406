"""A title for a conversation, by the model: short, in its language, and no worse than first words.

The model sees the first exchange and is asked for a few words. What it writes is believed only where it is a
title: one line without quotes or marks, not too long, in the letters of the question, and no echo of what was
asked of it. Anything else is no title, and the first words stay.

Of 20 first exchanges in seven languages, read one by one: SmolLM2 135M wrote no title that was better
than first words (13 were the instruction again), so tiny models are not asked. Qwen2.5 0.5B wrote good ones
in English and Chinese (of the 7 whose first words were cut, 5 were better, 1 as good, 1 worse) and nonsense
in 4 of 6 others, so small models are asked in these two languages only. Qwen2.5 1.5B wrote good ones in all
languages but for two titles. A question that fits whole is its own best title.
"""

from __future__ import annotations

import re

import regex

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.domain.generation import ChatPrompt, GenerationRequest, Message, Priority, Role, Sampling
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.tasks.generate.capability import Capability
from lmstudio_lite.tasks.text.languages import is_in_another_language, num_foreign_letters
from lmstudio_lite.tasks.text.overlap import share_run
from lmstudio_lite.tasks.text.titles import title_from

TITLE_LENGTH = 60
_LANGUAGES_OF_SMALL = frozenset({"en", "zh"})
_TOKENS_MAX = 28
_QUESTION_LENGTH, _ANSWER_LENGTH = 600, 600
_SURE_LETTERS = 20
_LEAKS = 4
"""So many words in a row with the instruction are an echo of it."""
_INSTRUCTION = (
    "Write a title for this conversation: its topic in two to six words, in {0}. "
    "No quotation marks, no full stop. Answer with the title only."
)
_OPENINGS = re.compile(r"^(?:title|titel|titre|título|标题|題名|العنوان|заголовок)\s*[:：]\s*", re.IGNORECASE)
_AROUND = " \t*_#`-–—"
_QUOTES = dict(zip("\"'“„«‘《「『【", "\"'”“»’》」』】", strict=True))
_LATIN = regex.compile(r"\p{Latin}")
_BEHIND = " .。．,，;；:：…!！"
_TALK = re.compile(r"\b(?:as an ai|i can'?t|i'?m sorry|conversation|the user)\b", re.IGNORECASE)


def may_name(model: LoadedModel, question: str) -> bool:
    """Tell whether ``model`` is likely to do better than the first words of a question."""
    if title_from(question) == " ".join(question.split()):
        return False
    capability = Capability.of(model)
    if capability.is_small and detect_language(question) not in _LANGUAGES_OF_SMALL:
        return False
    return not capability.is_tiny


def title_request(request_id: str, question: str, answer: str) -> GenerationRequest:
    """Ask for the title of a conversation that begins with these two texts."""
    language = detect_language(question)
    name = LANGUAGES[language].english_name if language in LANGUAGES else "the language of the question"
    said = f"Question:\n{_beginning(question, _QUESTION_LENGTH)}"
    said += f"\n\nAnswer:\n{_beginning(answer, _ANSWER_LENGTH)}"
    text = f"{said}\n\n{_INSTRUCTION.format(name)}"
    return GenerationRequest(
        request_id=request_id,
        prompt=ChatPrompt((Message(Role.USER, text),), template_options={"enable_thinking": False}),
        max_tokens=_TOKENS_MAX,
        sampling=Sampling(temperature=0.0),
        stop=("\n",),
        priority=Priority.BULK,
    )


def checked_title(written: str, question: str) -> str:
    """Return the title that a model wrote, cleaned, or "" where it wrote none."""
    line = " ".join(written.split("\n", 1)[0].split())
    title = _bare(_OPENINGS.sub("", _bare(line)))
    is_title = (
        1 < len(title) <= TITLE_LENGTH
        and any(character.isalpha() for character in title)
        and not _TALK.search(title)
        and not share_run(title, _INSTRUCTION, _LEAKS)
        and _is_in_language_of(title, question)
    )
    return title if is_title else ""


def _bare(title: str) -> str:
    """Take away marks, full stops and quotation marks around a title, not those within it."""
    before = ""
    while title != before:
        before = title
        title = title.strip(_AROUND).rstrip(_BEHIND)
        if len(title) > 1 and _QUOTES.get(title[0]) == title[-1] and title[-1] not in title[1:-1]:
            title = title[1:-1]
    return title


def _is_in_language_of(title: str, question: str) -> bool:
    if _is_latin(title) is not _is_latin(question):
        return False
    language = detect_language(question)
    if is_in_another_language(title, language, _SURE_LETTERS):
        return False
    num_letters = sum(character.isalpha() for character in title)
    return not language or 2 * num_foreign_letters(title, language) <= num_letters


def _is_latin(text: str) -> bool:
    return 2 * len(_LATIN.findall(text)) >= sum(character.isalpha() for character in text)


def _beginning(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " …"
