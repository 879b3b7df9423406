"""Count the letters of languages for ``documents/charset/model.py``: ``python packaging/letters.py FOLDER…``.

Writes ``resources/letters.json``. Each FOLDER is an unpacked package of freely licensed texts in many
languages, told by the names of its folders (``locale/de/``, ``lang/cs/``, ``providers/address/pl_PL/``). What
stands there now was counted from Django 5.2 and Wagtail 8.0 (BSD), Faker 40.63 and spaCy 3.8 (MIT), and
for Chinese from the word list of jieba 0.42 (MIT), turned into traditional characters with OpenCC's table
(Apache-2.0). Only how often letters follow each other is kept, nothing that could be read.
"""

from __future__ import annotations

import ast
import functools
import json
import math
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import polib
import regex

from lmstudio_lite.documents.charset.model import END, FIRST_STEP, QUANTUM, START, folded

_OUTPUT = Path(__file__).parent.parent / "resources" / "letters.json"
_LAST_STEP = 126
_SCRIPTS = {
    "Cyrillic": "ru uk be bg mk sr kk mn",
    "Greek": "el",
    "Hebrew": "he",
    "Arabic": "ar fa ur",
    "Thai": "th",
    "Latin": "en de fr es pt it nl sv da nb fi is pl cs sk hu ro hr sl sq tr az et lv lt vi ca eu ga cy eo "
    "af id",
}
_SCRIPT_OF = {code: script for script, languages in _SCRIPTS.items() for code in languages.split()}
_WIDE = ("zh-hans", "zh-hant", "ja", "ko")
_SAME = {
    "no": "nb",
    "nn": "nb",
    "bs": "hr",
    "sr_latn": "hr",
    "zh": "zh-hans",
    "zh_cn": "zh-hans",
    "zh_hans": "zh-hans",
    "zh_tw": "zh-hant",
    "zh_hk": "zh-hant",
    "zh_hant": "zh-hant",
}
_MARKUP = regex.compile(r"%\([^)]*\)\w|%\w|\{[^}]*\}|<[^>]*>|&\w+;|https?://\S+|\S+@\S+|\\\w")
_WORD = regex.compile(r"[\p{L}\p{M}\u200c\u200d]+")
_WIDE_CHARACTER = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\u3000-\u303f\u30fb\u30fc\uff00-\uff60\uffe0-\uffee]"
)
_KATAKANA = regex.compile(r"[\p{Katakana}\u30fc]{2,}")
_MOST_CHARACTERS = {"zh-hans": 2600, "zh-hant": 2600, "ja": 1900, "ko": 1200}
_LEVEL_SIZES = {
    "zh-hans": (3755, 3008, 14000),
    "zh-hant": (5401, 7652, 8000),
    "ja": (2965, 3390, 4000),
    "ko": (2350, 4888, 8822),
}
_LEVEL_SHARES = {
    "zh-hans": (0.93, 0.06, 0.01),
    "zh-hant": (0.95, 0.04, 0.01),
    "ja": (0.93, 0.06, 0.01),
    "ko": (0.97, 0.01, 0.02),
}
_LEVEL_WEIGHT, _SEED_WEIGHT = 0.2, 0.2
_LEVELS = {
    "zh-hans": ("gb2312", 0xD8),
    "zh-hant": ("big5", 0xC9),
    "ja": ("euc_jp", 0xD0),
    "ko": ("euc_kr", 0xC9),
}
_SIGNS = "、。，：；？！「」（）　・"
_SEEDS = {
    "zh-hans": "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过"
    "发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前"
    "开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最"
    "重并物手应战向头文体政美相见被利什二等产或新己制身果加西月话合回特代内信表化老给世位次度门任"
    "常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活更别打女变四神总何电数安少"
    "报才结反受目太量再感建务做接必场件计管期市直资命山金指克许统区保至队形社便空决治展司",
    "zh-hant": "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過"
    "發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心本前"
    "開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最"
    "重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西月話合回特代內信表化老給世位次度門任"
    "常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活更別打女變四神總何電數安少"
    "報才結反受目太量再感建務做接必場件計管期市直資命山金指克許統區保至隊形社便空決治展司",
    "ja": "のにはをたがでてとしれさいるもなすかきこそあっくまりらけよおんつうえやどだみねわせほへむめゆ"
    "ろちひふばンスルトアイクラリーシカタテマロサコドレジ日一人年大国本中出時行会者生月事分上自社"
    "前後間東見合手地部新場立方入今物高長語学何来話気思言市田山円内業電車名水子女男家外下目体野度"
    "作定意用私食書開店三二",
    "ko": "이다는의을에가고하지를한은로기도사리어자대나인서해시아일그것있들수라부정제보만전스과게적주와"
    "안여으원소장상성구공국관우어선신거마연세때면라까니계무경동조용요비유오문생각위없당말물음방진"
    "명미습중모르등실차또같재내년월금학교",
}


def main(folders: list[str]) -> None:
    words: dict[str, Counter[str]] = defaultdict(Counter)
    characters: dict[str, Counter[str]] = defaultdict(Counter)
    for folder in map(Path, folders):
        for language, text in _texts(folder):
            _count(language, text, words, characters)
        _count_jieba(folder, characters)
    tables = {
        "alphabets": {language: _alphabet(counted) for language, counted in sorted(words.items()) if counted},
        "characters": {language: _characters(language, characters[language]) for language in _WIDE},
    }
    _OUTPUT.write_text(json.dumps(tables, ensure_ascii=False, indent=0) + "\n", "utf-8")
    for language, counted in sorted(words.items()):
        print(f"{language}: {counted.total():,} words")
    for language, found in sorted(characters.items()):
        print(f"{language}: {found.total():,} characters")


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield languages and what stands in the files of a folder that is named after each."""
    for path in sorted(folder.rglob("*")):
        language = next((code for part in reversed(path.parts[:-1]) if (code := _language(part))), "")
        if not language or path.suffix not in (".po", ".py"):
            continue
        if path.suffix == ".po":
            for entry in polib.pofile(str(path)):
                for text in (entry.msgstr, *entry.msgstr_plural.values()):
                    yield language, text
        elif not {"migrations", "tests"} & set(path.parts):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield language, node.value


def _language(name: str) -> str:
    name = name.lower().replace("-", "_")
    found = _SAME.get(name) or _SAME.get(name.partition("_")[0], name.partition("_")[0])
    return found if found in _SCRIPT_OF or found in _WIDE else ""


def _count(
    language: str, text: str, words: dict[str, Counter[str]], characters: dict[str, Counter[str]]
) -> None:
    text = unicodedata.normalize("NFC", _MARKUP.sub(" ", text))
    if language in _WIDE:
        characters[language].update(_WIDE_CHARACTER.findall(text))
        if language == "ja":
            words["ja-half"].update(map(_half_width, _KATAKANA.findall(text)))
        return
    for word in _WORD.findall(text):
        if _words_of(_SCRIPT_OF[language]).fullmatch(word):
            words[language][folded(word).translate(str.maketrans("șț", "şţ"))] += 1


@functools.cache
def _words_of(script: str) -> regex.Pattern[str]:
    return regex.compile(rf"[\p{{{script}}}\p{{M}}\u200c\u200d]+")


def _half_width(word: str) -> str:
    halves = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF66, 0xFFA0)}
    parts = unicodedata.normalize("NFD", word)
    marks = {"\u3099": "\uff9e", "\u309a": "\uff9f"}
    return "".join(marks.get(part) or halves.get(part, "") for part in parts)


def _count_jieba(folder: Path, characters: dict[str, Counter[str]]) -> None:
    lists = sorted(folder.rglob("jieba/dict.txt"))
    tables = sorted(folder.parent.rglob("STCharacters.txt"))
    for path in lists:
        found: Counter[str] = Counter()
        for line in path.read_text("utf-8").splitlines():
            word, number, *_ = line.split(" ")
            for character in _WIDE_CHARACTER.findall(word):
                found[character] += int(number)
        scale = 2_000_000 / found.total()
        traditional = {
            simple: forms.split()[0]
            for table in tables[:1]
            for simple, _, forms in (line.partition("\t") for line in table.read_text("utf-8").splitlines())
        }
        for character, number in found.items():
            characters["zh-hans"][character] += round(number * scale)
            if traditional:
                characters["zh-hant"][traditional.get(character, character)] += round(number * scale)


def _alphabet(words: Counter[str]) -> dict[str, str]:
    """Return the costs of pairs: Witten and Bell's mixture of pairs with single letters."""
    single: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for word, number in words.items():
        # A word that stands everywhere in a program says less about the language than its count.
        weight = math.sqrt(number)
        for before, after in zip(START + word, word + END, strict=True):
            pairs[before, after] += weight  # type: ignore[assignment]
            single[after] += weight  # type: ignore[assignment]
    total = sum(single.values())
    letters = "".join(
        letter for letter, number in single.most_common(90) if letter != END and number > total * 2e-6
    )
    share = {letter: (single[letter] + 0.3) / (total + 0.3 * len(letters)) for letter in letters + END}
    costs = [_step(-math.log(share[letter])) for letter in letters]
    for before in START + letters:
        followers = [pairs[before, after] for after in letters + END]
        number, kinds = sum(followers), sum(each > 0 for each in followers)
        known = number / (number + kinds) if number else 0.0
        for after, each in zip(letters + END, followers, strict=True):
            chance = (known * each / number if number else 0.0) + (1 - known) * share[after]
            costs.append(_step(-math.log(max(chance * 0.998, 1e-9))))
    return {"letters": letters, "costs": "".join(costs)}


def _step(cost: float) -> str:
    character = chr(min(_LAST_STEP, FIRST_STEP + round(cost / QUANTUM)))
    return character if character != "\\" else "]"


def _characters(language: str, counted: Counter[str]) -> dict[str, object]:
    """Return the costs of single characters: what was counted, mixed with what an unknown text may hold."""
    seed = _SEEDS[language] + _SIGNS
    ranks = {character: 1 / (rank + 10) for rank, character in enumerate(dict.fromkeys(seed))}
    seed_total, total = sum(ranks.values()), counted.total()
    sizes, shares = _LEVEL_SIZES[language], _LEVEL_SHARES[language]
    levels = [_LEVEL_WEIGHT * share / size for share, size in zip(shares, sizes, strict=True)]
    chances = {
        character: (1 - _LEVEL_WEIGHT - _SEED_WEIGHT) * counted[character] / total
        + _SEED_WEIGHT * ranks.get(character, 0.0) / seed_total
        + levels[_level(language, character)]
        for character in set(counted) | set(ranks)
    }
    best = sorted(chances, key=lambda each: -chances[each])[: _MOST_CHARACTERS[language]]
    steps: list[tuple[float, int]] = []
    for character in best:
        cost = round(-math.log(chances[character]) * 4) / 4
        if steps and steps[-1][0] == cost:
            steps[-1] = (cost, steps[-1][1] + 1)
        else:
            steps.append((cost, 1))
    first, second, outside = (round(-math.log(level), 2) for level in levels)
    return {
        "characters": "".join(best),
        "steps": steps,
        "first_level": first,
        "second_level": second,
        "outside": outside,
    }


def _level(language: str, character: str) -> int:
    encoding, rarer_from = _LEVELS[language]
    try:
        code = character.encode(encoding)
    except UnicodeEncodeError:
        return 2
    return 2 if len(code) != 2 else int(code[0] >= rarer_from)


if __name__ == "__main__":
    main(sys.argv[1:])
