from __future__ import annotations

from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.translate.check import find_translation_problem
from lmstudio_lite.tasks.translate.obedience import leaks_example


def translation(passage: str, text: str, *, source: str = "en", target: str = "de") -> Problem | None:
    return find_translation_problem(passage, text, source=source, target=target, is_whole=True)


def test_translations_are_judged() -> None:
    english = "The library is closed on Sundays and on public holidays."
    assert translation(english, "Die Bibliothek ist sonntags und an Feiertagen geschlossen.") is None
    assert translation(english, "") is Problem.EMPTY
    assert translation(english, english) is Problem.ECHO
    assert translation(english, "La bibliothèque est fermée le dimanche et les jours fériés.") is (
        Problem.WRONG_LANGUAGE
    )
    assert (
        translation(english, "The library will be shut every Sunday and holiday.") is Problem.WRONG_LANGUAGE
    )
    assert translation(english, "Die Bibliothek ist zu. " * 9) is Problem.LOOP
    assert translation(
        "Yes.", "Ja, das ist sicher richtig, denn " + "gestern war alles noch ganz anders" * 3
    ) is (Problem.ODD_LENGTH)


def test_words_in_the_sources_script_are_left_over() -> None:
    english = "The industry chain (产业链) of models covers training, deployment and applications."
    assert (
        translation("模型产业链涵盖训练、部署和应用。", english, source="zh", target="en") is Problem.LEFTOVER
    )
    assert translation("A model called LLM.", "一种名为 LLM 的模型。", target="zh") is None
    assert translation("A model.", "モデルという物です。", target="ja") is None


def test_names_and_numbers_may_stay_as_they_are() -> None:
    assert translation("Hidden Markov Model", "Hidden Markov Model") is None
    assert translation("Figure 3.1", "Figure 3.1") is None
    assert translation("Bank of America", "Bank of America") is None
    assert translation("Over there.", "Over there.") is Problem.ECHO


def test_a_long_sentence_that_doubles_in_length_or_halves_is_told() -> None:
    english = "The library in the old town is closed on Sundays and on all public holidays."
    german = "Die Bibliothek in der Altstadt ist an Sonntagen und an allen Feiertagen geschlossen"
    assert translation(english, f"{german}.") is None
    more = ", und sie ist ein mächtiges Werkzeug, das vielen Menschen bei ihrer Arbeit und im Leben hilft"
    assert translation(english, f"{german}{more}.") is Problem.ADDED
    assert translation(english, "Die Bibliothek ist zu.") is Problem.OMITTED


def test_lengths_are_compared_across_scripts() -> None:
    assert (
        translation("图书馆星期天不开门。", "The library is closed on Sundays.", source="zh", target="en")
        is None
    )


def test_words_of_the_examples_are_no_translation_of_another_sentence() -> None:
    leaked = "Die Bibliothek ist sonntags geschlossen."
    assert leaks_example("The harbour is old.", leaked, "en", "de")
    assert not leaks_example("The library is closed on Sundays.", leaked, "en", "de")
    assert leaks_example("The harbour is old.", "图书馆星期天不开门。", "en", "zh")
    assert not leaks_example("The harbour is old.", "图书馆很旧。", "en", "zh")
