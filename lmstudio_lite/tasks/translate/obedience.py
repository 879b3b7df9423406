"""Whether the model did what its text says, or answered it, where it was to translate it.

A text may ask a question or give an order: its translation asks and orders too. Words of the prompt in a
translation are of the same kind: the model spoke of its task.
"""

from __future__ import annotations

import functools

import regex

from lmstudio_lite.documents.structure.language_facts import phrases_of_all
from lmstudio_lite.tasks.prompts import translation_examples
from lmstudio_lite.tasks.text.languages import is_in_characters
from lmstudio_lite.tasks.text.orders import find_orders, wanted_by
from lmstudio_lite.tasks.text.overlap import share_run
from lmstudio_lite.tasks.text.tokens import tokenize

_LEAK_WORDS, _LEAK_CHARACTERS = 3, 6
_QUESTION_ENDS = ("?", "？", "؟", ";")
_GREEK_QUESTION = ";"
_CLOSING = " \t\"'”’»)）」』*_"
_ORDER_LANGUAGES = frozenset(("en", "de", "fr", "es", "it", "pt", "nl", "ru", "pl", "zh", "ar"))


def obeys(source: str, text: str) -> bool:
    """Tell whether ``text`` is what ``source`` orders to be written, and not the order."""
    said = tuple(tokenize(text))
    # What is wanted is a run of the source's own words: looking for orders takes 20 times as long as this.
    folded = source.casefold()
    if not said or any(word not in folded for word in said):
        return False
    return said != tuple(tokenize(source)) and said in (*find_orders(source).wanted, *wanted_by(source))


def loses_order(source: str, text: str, target_language: str) -> bool:
    """Tell whether ``source`` gives orders to a model and its translation, in a language known, none."""
    return target_language in _ORDER_LANGUAGES and bool(find_orders(source)) and not find_orders(text)


def answers(source: str, text: str) -> bool:
    """Tell whether ``text`` answers the question that ``source`` asks, or speaks to whoever asked."""
    is_question = _ends_in_question(source)
    if is_question and not any(mark in text for mark in _QUESTION_ENDS):
        return True
    return bool(_reply().match(text)) and not _reply().match(source)


def _ends_in_question(text: str) -> bool:
    return text.rstrip(_CLOSING).endswith(tuple(mark for mark in _QUESTION_ENDS if mark != _GREEK_QUESTION))


@functools.cache
def _reply() -> regex.Pattern[str]:
    """What models begin a reply with: "Sure! Here is", "I'm sorry, but", "As an AI"."""
    openings = "|".join(map(regex.escape, phrases_of_all(lambda facts: facts.openings)))
    refusals = (
        r"(?:I['’]m|I am) (?:sorry|afraid|unable)[^.!?]{0,60}\b(?:can(?:not|['’]t)|unable|translat)"
        r"|as an? (?:AI|language model)|als (?:KI|Sprachmodell)|es tut mir leid, (?:aber )?(?:ich kann|als)"
        r"|en tant qu['’](?:IA|assistant)|como (?:IA|modelo de lenguaje)|lo siento, pero no puedo"
        r"|je suis désolée?, (?:mais )?je ne peux"
        r"|作为(?:一个|一名)?(?:AI|人工智能|语言模型)|(?:抱歉|对不起)[，,]我(?:不能|无法)"
    )
    return regex.compile(rf"\A\W*(?:(?:{openings})[^\n]{{0,60}}[:：]|(?:{refusals}))", regex.IGNORECASE)


def leaks_example(source: str, text: str, source_language: str, target_language: str) -> bool:
    """Tell whether ``text`` has words of the prompt's examples that the source gave no reason for."""
    size = _LEAK_CHARACTERS if is_in_characters(target_language) else _LEAK_WORDS
    return any(
        share_run(text, answer, size) and not share_run(source, question, 2)
        for question, answer in translation_examples(source_language, target_language)
    )
