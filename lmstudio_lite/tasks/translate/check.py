"""What is wrong with the translation of one passage."""

from __future__ import annotations

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.tasks.prompts import translation_examples, translation_instruction
from lmstudio_lite.tasks.text.languages import (
    SURE_LETTERS,
    is_in_another_language,
    is_in_characters,
    length_in_any_language,
    num_foreign_letters,
)
from lmstudio_lite.tasks.text.orders import find_orders, wanted_by
from lmstudio_lite.tasks.text.overlap import ECHO_SHARE, EchoCheck, has_loop, share_run
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.text.sentences import SENTENCE_ENDS
from lmstudio_lite.tasks.text.tokens import tokenize
from lmstudio_lite.tasks.translate.carried import is_carried_over, without_carried
from lmstudio_lite.tasks.translate.figures import has_the_numbers

_NAME_WORDS = 3
_LENGTH_RATIO_MAX = 2.5
_LENGTH_SLACK = 25
_MEASURED_LENGTH, _SHORTEST_SHARE, _LONGEST_SHARE = 60, 0.45, 2.0
"""Of 50,612 human translations of programs' messages from English into 15 languages, of so many letters and
more, 99.9 % lie between; in the other three languages a letter says more or less."""
_OF_ANOTHER_LENGTH = frozenset({"zh", "ja", "ko"})
_WHOLE_SHARE, _ADDED_SHARE, _LONGER, _SHORTEST_ADDED = 0.6, 0.2, 1.35, 12
_LEAK_WORDS, _LEAK_CHARACTERS = 3, 6


def find_translation_problem(
    passage: str, text: str, *, source: str, target: str, is_whole: bool
) -> Problem | None:
    """Judge the translation of one passage; a growing one is judged only by what more text can't mend."""
    if is_whole and not text:
        return Problem.EMPTY
    if has_loop(text) and not has_loop(passage):
        return Problem.LOOP
    if not is_whole:
        return None
    words = tokenize(passage)
    is_same = tokenize(text) == words and (len(words) > _NAME_WORDS or _is_short_sentence(passage))
    if is_same or (len(words) > _NAME_WORDS and EchoCheck(passage).share(text) > ECHO_SHARE):
        return Problem.ECHO
    is_source = bool(source) and source != target and detect_language(text) == source
    if is_source and sum(character.isalpha() for character in text) >= SURE_LETTERS // 2:
        return Problem.WRONG_LANGUAGE
    if is_in_another_language(text, target, SURE_LETTERS):
        return Problem.WRONG_LANGUAGE
    if num_foreign_letters(text, target) > 1:
        return Problem.LEFTOVER
    if adds_sentences(passage, text):
        return Problem.ADDED
    if not (is_carried_over(text, passage) and has_the_numbers(text, passage, source, target)):
        return Problem.VALUES
    return Problem.ODD_LENGTH if has_odd_length(passage, text, source, target) else None


def has_odd_length(passage: str, text: str, source: str, target: str) -> bool:
    """Tell whether a translation is much longer or shorter than its passage."""
    before, after = length_in_any_language(passage), length_in_any_language(text)
    shorter, longer = sorted((before, after))
    if longer > _LENGTH_RATIO_MAX * shorter + _LENGTH_SLACK:
        return True
    is_measured = before >= _MEASURED_LENGTH and not {source or target, target} & _OF_ANOTHER_LENGTH
    return is_measured and not _SHORTEST_SHARE * before <= after <= _LONGEST_SHARE * before


def _is_short_sentence(passage: str) -> bool:
    """Tell whether a few words are a sentence ("Over there."), and no name, which may stay as it is."""
    plain = without_carried(passage).strip()
    return plain.endswith(SENTENCE_ENDS) and any(word.islower() for word in plain.split()[1:])


def adds_sentences(passage: str, text: str) -> bool:
    """Tell whether a translation has more sentences than its passage, behind what is as long as that.

    A long sentence may be translated as two; then the first is not the length of the whole.
    """
    sentences = [segment.text.strip() for segment in split_sentences(without_carried(text))]
    num_of_source = len(split_sentences(without_carried(passage)))
    if len(sentences) <= num_of_source:
        return False
    wanted = length_in_any_language(passage)
    said = sum(map(length_in_any_language, sentences[:num_of_source]))
    added = sum(map(length_in_any_language, sentences[num_of_source:]))
    is_longer = said + added >= _LONGER * wanted
    return (
        is_longer and said >= _WHOLE_SHARE * wanted and added >= max(_SHORTEST_ADDED, _ADDED_SHARE * wanted)
    )


def obeys(passage: str, text: str) -> bool:
    """Tell whether ``text`` is what ``passage`` orders to be written, and not the order."""
    said = tuple(tokenize(text))
    return said != tuple(tokenize(passage)) and said in (*find_orders(passage).wanted, *wanted_by(passage))


def leaks_example(passage: str, text: str, source: str, target: str) -> bool:
    """Tell whether ``text`` has words of the prompt's examples, or of its instruction, that the passage gave
    no reason for.
    """
    size = _LEAK_CHARACTERS if is_in_characters(target) else _LEAK_WORDS
    instruction = translation_instruction(target)
    length = len(tokenize(instruction))
    if share_run(text, instruction, length) and not share_run(passage, instruction, length):
        return True
    return any(
        share_run(text, answer, size) and not share_run(passage, question, 2)
        for question, answer in translation_examples(source, target)
    )
