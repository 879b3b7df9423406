"""Names and negations of a summary that its document does not bear out: the bench's own, simple rules.

They miss some (a German name of one word, a Chinese one without a title behind it) on both sides alike;
what they name is rarely right. ``tests/bench/quality`` holds what they must find and what they must let pass.
"""

from __future__ import annotations

import regex

from lmstudio_lite.bench.quality.tokens import is_unspaced, sentences, words

_WORD = r"\p{Lu}[\p{L}\p{M}’'-]*\p{Ll}[\p{L}’'-]*"
_INSIDE = regex.compile(rf"(?<=[\p{{Ll}},;)\p{{Nd}}] )(?:{_WORD})(?: {_WORD})*")
_PAIR = regex.compile(rf"(?<![\p{{L}}.])({_WORD}) ({_WORD})")
_TITLED = regex.compile(rf"\b(?:Mr|Mrs|Ms|Dr|Prof|Herr|Frau|Professor|Bürgermeister(?:in)?)\.? ({_WORD})")
_HAN_TITLED = regex.compile(
    r"([赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹苏潘葛范彭鲁韦马方俞任袁柳唐罗薛雷贺倪汤"
    r"殷毕郝安常乐于傅顾孟黄穆萧尹姚邵汪毛米戴宋庞熊纪舒屈项祝董梁杜阮蓝季贾江童颜郭梅林徐邱高夏蔡田胡凌霍万柯"
    r"卢莫丁邓石龚程邢陆白]\p{Han}{1,2}?)(?:先生|女士|主任|市长|校长|教授|博士|院长|村长|书记|经理|表示|认为|指出)"
)
_ARABIC_TITLED = regex.compile(
    r"(?:السيد|السيدة|الدكتور|الدكتورة|المهندس|المهندسة|الأستاذ|الأستاذة) (\p{Arabic}+)"
)


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMMON = _listed("""
    i english german chinese arabic summary text document report mr mrs ms dr prof herr frau
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july
    august september october november december montag dienstag mittwoch donnerstag freitag samstag sonntag
    januar februar märz mai juni juli oktober dezember anfang ende mitte zusammenfassung bericht dokument
""")
_NEGATIONS = {
    "en": _listed("""
        not no never none nobody nothing without neither nor cannot can't didn't wasn't isn't won't doesn't
        hasn't couldn't don't weren't aren't refused rejected
    """),
    "de": _listed("nicht kein keine keinen keiner keinem nie niemand nichts ohne weder abgelehnt"),
    "ar": _listed("لا لم لن ليس ليست لست دون بدون غير ما رفض رفضت"),
}
_HAN_NEGATION = regex.compile(r"不(?!仅|但|同|断|过|少|久|止|足|锈)|没有|未(?!来)|无(?!锡|论)|否决|拒绝")
_ALIGNED = 0.6
_BEHIND = 3


def false_names(summary: str, source: str, language: str) -> list[str]:
    """Return the names of ``summary`` with a word that ``source`` has nowhere."""
    known = {_stem(word) for word in words(source)}
    flat = " ".join(source.split())
    found: list[str] = []
    if language == "zh":
        found += [m.group(1) for m in _HAN_TITLED.finditer(summary) if m.group(1)[:2] not in source]
    elif language == "ar":
        found += [m.group(1) for m in _ARABIC_TITLED.finditer(summary) if m.group(1) not in flat]
    candidates: list[str] = []
    for sentence in sentences(summary):
        if _is_title_case(sentence):
            continue
        candidates += [m.group(1) for m in _TITLED.finditer(sentence)]
        if language == "de":
            candidates += [
                m.group() for m in _PAIR.finditer(sentence) if m.start() > 0 or _both_new(m, known)
            ]
        else:
            candidates += [m.group() for m in _INSIDE.finditer(sentence)]
            candidates += [
                m.group() for m in _PAIR.finditer(sentence) if m.start() == 0 and _both_new(m, known)
            ]
    return list(dict.fromkeys(found + [name for name in candidates if _is_false(name, known)]))


def _both_new(match: regex.Match[str], known: set[str]) -> bool:
    return all(_stem(word) not in known for word in match.groups())


def _is_false(name: str, known: set[str]) -> bool:
    parts = [_stem(part) for part in regex.split(r"[ -]", name.casefold()) if part]
    return any(part not in known and part not in _COMMON and len(part) > 1 for part in parts)


def _stem(word: str) -> str:
    """Without the genitive, and without an English or German plural's end."""
    bare = str(regex.sub(r"[’']s?$", "", word.casefold()))
    return bare if bare in _COMMON else str(regex.sub(r"(?<=\p{L}{4})(?:s|es|en|n|e)$", "", bare))


def _is_title_case(sentence: str) -> bool:
    """Headings like "Key Points Of The Report" tell nothing by their capitals."""
    if sentence.endswith((".", "!", "?")):
        return False
    letters = regex.findall(r"\p{L}[\p{L}’'-]+", sentence)
    return len(letters) > 2 and sum(word[0].isupper() for word in letters) > 0.7 * len(letters)


def false_negations(summary: str, source: str, language: str) -> list[str]:
    """Return the sentences that say "not" of what the document affirms, or the other way round.

    A sentence is compared with the one of the document that holds most of its words; the words behind the
    negation have to stand in the other sentence, so that a "not" elsewhere in it counts for nothing. What
    stands in the document word for word is no other statement, whichever sentence is most like it.
    """
    is_han = is_unspaced(source)
    whole = f" {' '.join(words(source))} "
    statements = [(set(words(sentence)), sentence) for sentence in sentences(source)]
    false = []
    for sentence in sentences(summary):
        own = set(words(sentence))
        if len(own) < 4 or not statements or f" {' '.join(words(sentence))} " in whole:
            continue
        best, text = max(statements, key=lambda each: len(own & each[0]))
        if len(own & best) < (0.8 if is_han else _ALIGNED) * len(own):
            continue
        here, there = (_negated(each, language, is_han) for each in (sentence, text))
        if (here and not there and _share(here, best)) or (there and not here and _share(there, own)):
            false.append(sentence)
    return false


def _share(negated: list[list[str]], others: set[str]) -> bool:
    return any(len(behind) > 1 and len(set(behind) & others) >= 2 for behind in negated)


def _negated(sentence: str, language: str, is_han: bool) -> list[list[str]]:
    """Return the words behind each negation."""
    if is_han:
        return [words(sentence[m.end() : m.end() + _BEHIND]) for m in _HAN_NEGATION.finditer(sentence)]
    tokens = words(sentence.replace("’", "'"))
    marks = _NEGATIONS.get(language, _NEGATIONS["en"])
    return [tokens[at + 1 : at + 1 + _BEHIND] for at, token in enumerate(tokens) if token in marks]
