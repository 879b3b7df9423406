from __future__ import annotations

import subprocess
import sys

import pytest

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.domain.languages import LANGUAGES


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The weather is nice today.", "en"),
        ("Where is the station?", "en"),
        ("Thank you very much!", "en"),
        ("Hello, how are you?", "en"),
        ("Please open the window", "en"),
        ("Summarize this document", "en"),
        ("Das Wetter ist heute schön.", "de"),
        ("Wo ist der Bahnhof?", "de"),
        ("Ich habe keine Zeit.", "de"),
        ("Vielen Dank für Ihre Hilfe", "de"),
        ("Guten Morgen", "de"),
        ("Il fait beau aujourd'hui.", "fr"),
        ("Où est la gare ?", "fr"),
        ("Je ne sais pas.", "fr"),
        ("Merci beaucoup pour votre aide", "fr"),
        ("Hoy hace buen tiempo.", "es"),
        ("¿Dónde está la estación?", "es"),
        ("No lo sé, gracias", "es"),
        ("El perro come mucho", "es"),
        ("今天天气很好。", "zh"),
        ("火车站在哪里？", "zh"),
        ("我用 Python 写 LLM 程序", "zh"),
        ("今日は天気がいいですね。", "ja"),
        ("駅はどこですか？", "ja"),
        ("東京タワー", "ja"),
        ("오늘 날씨가 좋네요.", "ko"),
        ("역이 어디예요?", "ko"),
        ("Сегодня хорошая погода.", "ru"),
        ("Где находится вокзал?", "ru"),
        ("Я не знаю, спасибо.", "ru"),
        ("الطقس جميل اليوم.", "ar"),
        ("أين المحطة؟", "ar"),
        ("Dove si trova la stazione?", "it"),
        ("Onde fica a estação?", "pt"),
        ("Waar is het station?", "nl"),
        ("Gdzie jest dworzec?", "pl"),
        ("Де знаходиться вокзал?", "uk"),
        ("Πού είναι ο σταθμός;", "el"),
        ("สถานีอยู่ที่ไหน", "th"),
        ("स्टेशन कहाँ है?", "hi"),
        ("היכן התחנה?", "he"),
        ("ایستگاه کجاست؟ این کتاب خوب است", "fa"),
        ("Tren istasyonu nerede?", "tr"),
        ("Nhà ga ở đâu? Tôi không biết.", "vi"),
    ],
)
def test_short_sentences(text: str, code: str) -> None:
    assert detect_language(text) == code


@pytest.mark.parametrize("text", ["", "   \n", "12345 67.8", "…!?", "https://example.com/a/b", "x", "🙂🙂"])
def test_hopeless_texts_have_no_language(text: str) -> None:
    assert detect_language(text) == ""


def test_addresses_and_code_do_not_count() -> None:
    assert detect_language("```\nfor the and of is with\n``` Das ist ein Beispiel https://the.and.of") == "de"


def test_quotations_in_another_script_do_not_decide() -> None:
    assert detect_language("The word 天气 means weather, and 今天 means today in Chinese.") == "en"
    assert detect_language("本文旨在探讨语言模型（Large Language Model，简称 LLM）产业链的生态发展。") == "zh"


def test_every_detected_language_can_be_chosen() -> None:
    assert len(LANGUAGES) > 50
    assert all(len(code) == 2 and language.native_name for code, language in LANGUAGES.items())


_AFRIKAANS = (
    "Die land is groot en die mense is vriendelik. Ons het gister na die see gegaan omdat die weer mooi was. "
    "Daar is baie mense wat nie weet wat hulle moet doen nie, maar hulle probeer elke dag om beter te word. "
)
_NORWEGIAN = (
    "Landet er lite og vakkert. Vi dro til byen i går fordi været var godt. Det er mange mennesker som ikke "
    "vet hva de skal gjøre, men de prøver hver dag å bli bedre. "
)
_LUXEMBOURGISH = (
    "D’Land ass kleng a schéin. Mir sinn gëschter an d’Stad gaangen, well d’Wieder gutt war. Vill Leit "
    "wëssen net, wat se maache sollen, awer si probéieren all Dag, besser ze ginn. "
)


@pytest.mark.parametrize(
    ("text", "code"), [(_AFRIKAANS, "af"), (_NORWEGIAN, "no"), (_LUXEMBOURGISH, "")], ids=["af", "no", "lb"]
)
def test_a_long_text_is_not_taken_for_its_neighbour(text: str, code: str) -> None:
    assert detect_language(text * 8) == code


def test_a_long_text_of_clear_words_needs_no_classifier() -> None:
    script = (
        "import sys; from lmstudio_lite.documents.structure.language import detect_language as detect\n"
        "text = 'It was the best of times and it was the worst of times for all of them in the city. ' * 20\n"
        "print(detect(text), 'numpy' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", script], check=True, timeout=60, stdout=subprocess.PIPE)
    assert told.stdout.split() == [b"en", b"False"]
