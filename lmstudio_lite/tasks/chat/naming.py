"""A title for a conversation, by the model: short, in its language, and no worse than first words.

The model sees the first exchange and is asked for a few words. What it writes is believed only where it is a
title: one line without quotes or marks, not too long, in the letters of the question, and no echo of what was
asked of it. Anything else is no title, and the first words stay.
"""

from __future__ import annotations

import re

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.domain.generation import ChatPrompt, GenerationRequest, Message, Priority, Role, Sampling
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.tasks.text.languages import is_in_another_language, num_foreign_letters
from lmstudio_lite.tasks.text.overlap import share_run

TITLE_LENGTH = 60
_TOKENS_MAX = 28
_QUESTION_LENGTH, _ANSWER_LENGTH = 600, 600
_SURE_LETTERS = 12
_LEAKS = 4
"""So many words in a row with the instruction are an echo of it."""
_INSTRUCTION = (
    "Write a title for this conversation: its topic in two to six words, in {0}. "
    "No quotation marks, no full stop. Answer with the title only."
)
_OPENINGS = re.compile(r"^(?:title|titel|titre|título|标题|題名|العنوان|заголовок)\s*[:：]\s*", re.IGNORECASE)
_AROUND = " \t*_#`\"'“”„«»‘’《》「」『』【】()[]{}<>-–—"
_BEHIND = " .。．,，;；:：…!！"
_TALK = re.compile(r"\b(?:as an ai|i can'?t|i'?m sorry|conversation|the user)\b", re.IGNORECASE)


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
    title = _OPENINGS.sub("", line.strip(_AROUND)).strip(_AROUND).rstrip(_BEHIND).strip(_AROUND)
    is_title = (
        1 < len(title) <= TITLE_LENGTH
        and any(character.isalpha() for character in title)
        and not _TALK.search(title)
        and not share_run(title, _INSTRUCTION, _LEAKS)
        and _is_in_language_of(title, question)
    )
    return title if is_title else ""


def _is_in_language_of(title: str, question: str) -> bool:
    language = detect_language(question)
    if not language:
        return True
    if is_in_another_language(title, language, _SURE_LETTERS):
        return False
    num_letters = sum(character.isalpha() for character in title)
    return 2 * num_foreign_letters(title, language) <= num_letters


def _beginning(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " …"
