from __future__ import annotations

import pytest

from lmstudio_lite.documents.structure.language_facts import language_facts
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.tasks.summarize.rules import Rule
from lmstudio_lite.tasks.text.talk import (
    says_nothing,
    speaks_of_task,
    without_empty_talk,
    without_opening,
    without_title_label,
)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Sure! Here is the summary:\n\nThe harbour is old.", "The harbour is old."),
        ("Here's a summary of the text:\n- The harbour", "- The harbour"),
        ("**Zusammenfassung:** Der Hafen ist alt.", "Der Hafen ist alt."),
        ("Hier sind fünf Punkte:\n\nDer Hafen ist alt.", "Der Hafen ist alt."),
        ("Voici le résumé :\n\nLe port est vieux.", "Le port est vieux."),
        ("Claro, aquí está el resumen:\n\nEl puerto es viejo.", "El puerto es viejo."),
        ("Ecco il riassunto:\nIl porto è vecchio.", "Il porto è vecchio."),
        ("Aqui está o resumo:\nO porto é velho.", "O porto é velho."),
        ("Samenvatting: De haven is oud.", "De haven is oud."),
        ("Вот краткое содержание:\nГавань стара.", "Гавань стара."),
        ("以下是这段文字的总结：\n\n港口很古老。", "港口很古老。"),
        ("摘要：港口很古老。", "港口很古老。"),
        ("以下は要約です：\n港は古い。", "港は古い。"),
        ("다음은 요약입니다:\n항구는 오래되었다.", "항구는 오래되었다."),
        ("فيما يلي ملخص النص:\nالميناء قديم.", "الميناء قديم."),
        ("Oto streszczenie:\nPort jest stary.", "Port jest stary."),
        ("İşte özet:\nLiman eski.".replace("İ", "i"), "Liman eski."),
    ],
)
def test_openings_are_left_out_in_every_language(raw: str, text: str) -> None:
    assert without_opening(raw) == text


@pytest.mark.parametrize(
    "text",
    [
        "Surely the reasons are these:\nThe harbour silted up.",
        "Here is where the river meets the sea.",
        "Certosa di Pavia:\nun monastero.",
        "The summary of the council said: no.",
        "总结会议由市长主持。",
    ],
)
def test_texts_that_begin_alike_are_left_as_they_are(text: str) -> None:
    assert without_opening(text) == text


@pytest.mark.parametrize("label", ["Title", "Titel", "Titre", "Título", "Titolo", "Заголовок", "タイトル"])
def test_labels_of_titles_are_left_out(label: str) -> None:
    assert without_title_label(f"**{label}:** The harbour").strip("* ") == "The harbour"
    assert without_title_label(f"The {label}: a harbour") == f"The {label}: a harbour"


@pytest.mark.parametrize(
    "line",
    [
        "- None.", "- nothing was decided", "- Keine.", "- Il n'y en a aucune.", "- Ninguno", "- Nessuno.",
        "- Nenhum.", "- Geen.", "- Нет.", "- 无。", "- 没有。", "- 没有提到。", "- なし",
        "- 없음", "- لا يوجد.", "- Brak.", "-",
    ],
)  # fmt: skip
def test_answers_that_there_is_nothing_are_known(line: str) -> None:
    assert says_nothing(line)


@pytest.mark.parametrize(
    "line",
    ["- The harbour was rebuilt.", "- 无人机坠毁。", "- 没有人受伤。", "- يوجد ميناء"],
)
def test_what_says_something_is_kept(line: str) -> None:
    assert not says_nothing(line)


@pytest.mark.parametrize(
    "text",
    [
        "The original sentence says that the harbour is old.",
        "Der ursprüngliche Satz sagt, dass der Hafen alt ist.",
        "La phrase originale dit que le port est vieux.",
        "La frase original dice que el puerto es viejo.",
        "La frase originale dice che il porto è vecchio.",
        "De oorspronkelijke zin zegt dat de haven oud is.",
        "Исходное предложение говорит о гавани.",
        "原文的句子说港口很古老。",
        "元の文は港が古いと述べています。",
        "الجملة الأصلية تقول إن الميناء قديم.",
    ],
)
def test_talk_of_the_task_is_known_unless_the_text_speaks_so(text: str) -> None:
    assert speaks_of_task(text, "a text about a harbour")
    assert not speaks_of_task(text, text)


@pytest.mark.parametrize(
    "sentence",
    [
        "The text provides an overview of the harbour.",
        "Der Text enthält Informationen über den Hafen.",
        "Le texte fournit des informations sur le port.",
        "El texto ofrece información sobre el puerto.",
        "Il testo fornisce informazioni sul porto.",
        "O texto apresenta uma visão geral do porto.",
        "De tekst geeft een overzicht van de haven.",
        "Текст содержит информацию о гавани.",
        "本文提供了关于港口的信息。",
        "この文章は港の情報を提供しています。",
        "يقدم النص معلومات عن الميناء.",
    ],
)
def test_sentences_that_only_announce_are_left_out(sentence: str) -> None:
    assert without_empty_talk([sentence, "1850"]) == ["1850"]
    assert without_empty_talk([sentence]) == [sentence]


def test_patterns_of_one_language_find_nothing_in_what_another_says_of_a_matter() -> None:
    told = [
        "The harbour was built in 1850 and provides shelter for fishing boats.",
        "Der Hafen wurde 1850 gebaut und bietet den Booten Schutz.",
        "Le port fut construit en 1850 et offre un abri aux bateaux.",
        "El puerto fue construido en 1850 y ofrece refugio.",
        "港口建于1850年，为渔船提供庇护。",
        "بني الميناء عام 1850 ويوفر مأوى للقوارب.",
    ]
    assert without_empty_talk(told) == told
    assert not any(speaks_of_task(text, "") for text in told)


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        (Rule.TASK_TALK, "task_talk"),
        (Rule.EMPTY_TALK, "empty_talk"),
        (Rule.LEAD_IN, "openings"),
        (Rule.TITLE_LABEL, "title_labels"),
        (Rule.NOTHING, "nothing"),
    ],
)
def test_rules_name_the_languages_that_they_have_words_of(rule: Rule, key: str) -> None:
    having = {code: language_facts(code) for code in LANGUAGES}
    english = language_facts("en")
    codes = {code for code, facts in having.items() if facts is not english or code == "en"}
    assert set(rule.languages) == {code for code in codes if getattr(having[code], key)}
