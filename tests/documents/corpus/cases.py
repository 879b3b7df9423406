"""What a case of the corpus is, what must hold of its reading, and the words that cases are written with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import PartKind, unread_of
from lmstudio_lite.formats.inventory_json import place_of

SENTENCES = {
    "en": "The harbour was deepened in spring, and the ferry came back to the northern quay.",
    "de": "Im Frühjahr wurde der Hafen vertieft, und die Fähre kehrte an den nördlichen Kai zurück.",
    "fr": "Au printemps, le port fut creusé, et le traversier revint à l’ancien quai près de la grève.",
    "pl": "Wiosną pogłębiono przystań, a prom znów przybił do północnego nabrzeża, gdzie czekała łódź.",
    "ru": "Весной гавань углубили, и паром снова стал подходить к северному причалу города.",
    "el": "Την άνοιξη το λιμάνι έγινε βαθύτερο και το πορθμείο γύρισε στη βόρεια προβλήτα.",
    "tr": "İlkbaharda liman derinleştirildi ve feribot kuzey rıhtımına geri döndü, şehir sevindi.",
    "he": "באביב העמיקו את הנמל, והמעבורת חזרה אל הרציף הצפוני של העיר הישנה.",
    "ar": "في الربيع جرى تعميق الميناء وعادت العبارة إلى الرصيف الشمالي للمدينة القديمة.",
    "zh": "春天，港口被挖深了，渡轮又回到了北边的码头，城里的人们都很高兴。",
    "ja": "春になると港は深く掘り直され、渡し船はふたたび北の波止場に戻ってきました。",
    "ko": "봄에 항구를 더 깊이 파냈고 나룻배는 다시 북쪽 부두로 돌아왔습니다.",
    "th": "ในฤดูใบไม้ผลิ ท่าเรือถูกขุดให้ลึกขึ้น และเรือข้ามฟากก็กลับมาที่ท่าทางเหนืออีกครั้ง",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A file and what must come out of it.

    ``words`` must each be in the text, once and whole. ``parts`` are words by the place that holds them: they
    must be in the text too, or that place must be named as unread ("header 2" does for "header").
    ``forbidden`` must not be in the text, ``named`` are places that must be named as unread.
    """

    name: str
    file_name: str
    data: bytes
    words: tuple[str, ...]
    forbidden: tuple[str, ...] = ()
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    named: tuple[str, ...] = ()


def problems_of(case: Case, document: Document) -> list[str]:
    """Return what is wrong with a case's reading, nothing if all is as it must be."""
    text, found = document.text, []
    unread = {place_of(part) for part in unread_of(document.inventory)}
    if not document.inventory:
        found.append("no inventory")
    for word in case.words:
        if (num := count(word, text)) != 1:
            found.append(f"{word!r} is there {num} times")
    for place, words in case.parts.items():
        missing = [word for word in words if not count(word, text)]
        if missing and not any(name == place or name.startswith(f"{place} ") for name in unread):
            found.append(f"{missing} of {place} are missing and not named: {sorted(unread)}")
        found += [f"{word!r} is doubled" for word in words if count(word, text) > 1]
    found += [f"{word!r} is there" for word in case.forbidden if word in text]
    found += [f"{place} is not named: {sorted(unread)}" for place in case.named if place not in unread]
    is_one_text = len(document.inventory) == 1 and document.inventory[0].kind is PartKind.BODY
    if is_one_text and not document.inventory[0].num_characters:
        found.append("an inventory without characters")
    return found


def count(word: str, text: str) -> int:
    """Count how often a word is there, whole; where a script has no spaces, anywhere."""
    if word.isascii():
        return len(re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", text))
    return text.count(word)


class Names:
    """Words that stand nowhere else, one after the other: ``kestrel01``, ``kestrel02``."""

    def __init__(self, stem: str) -> None:
        self._stem = stem
        self.given: list[str] = []

    def new(self) -> str:
        self.given.append(f"{self._stem}{len(self.given) + 1:02}")
        return self.given[-1]

    def sentence(self, about: str = "the harbour") -> str:
        """Return a sentence that holds a new word."""
        return f"The report on {about} mentions {self.new()} in passing and goes on to other matters."

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.given)
