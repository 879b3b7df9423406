"""Words that a line's end divides, made whole: "govern-" "ment" is one word, "well-" "known" keeps its
hyphen.

Nothing in a PDF tells the two apart. What the rest of the document writes decides first: the whole word, the
compound with its hyphen, or both halves as words of their own. Then come what a language does: German or
Dutch write compounds as one word, English typesetters leave no single letter and keep "self-" and "well-"
apart. A part of a divided word is no evidence: "govern" before the hyphen does not make "govern" a word.

Tried on English texts that the lists below were not made from (licences, specifications, design notes), with
words of six letters and more divided where a syllable may begin: 99 % of 4,075 words came out whole; of 205
compounds 81 % kept their hyphen, 46 % where only their own sentence was known. Of 1,001 German words all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise

import regex

DIVIDED = "\x02"
"""Stands where the hyphen at a line's end was."""

_DIVIDED_WORD = regex.compile(rf"(-?)([\p{{L}}\p{{M}}]+){DIVIDED}([\p{{L}}\p{{M}}]+)(?=(.?))", regex.DOTALL)
_AT_END = regex.compile(rf"(-?)([\p{{L}}\p{{M}}]+){DIVIDED}\Z")
_AT_START = regex.compile(r"([\p{L}\p{M}]+|\p{Nd}+)(.?)", regex.DOTALL)
_NOT_OF_WORD = rf"\p{{L}}\p{{M}}\p{{N}}{DIVIDED}-"
_WORD = regex.compile(rf"(?<![{_NOT_OF_WORD}])[\p{{L}}\p{{M}}]{{2,}}(?![{_NOT_OF_WORD}])")
_COMPOUND = regex.compile(
    rf"(?<![{_NOT_OF_WORD}])[\p{{L}}\p{{M}}]+-[\p{{L}}\p{{M}}]+(?![\p{{L}}\p{{M}}\p{{N}}{DIVIDED}])"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WRITE_AS_ONE = _words("de nl sv da nb nn no fi et hu tr is lb af")
"""Languages that write their compounds as one word: a hyphen before a small letter only divides."""

_AND = _words("and or nor und oder bzw sowie bis en och og eller et ou y o e ed")
"""Behind a hyphen that stands for a word to come: "pre- and post-war"."""

_FIRST_HALVES = _words(
    """
    read ready fine light heavy wide self well ill half cross high low long short hard soft full part real
    large small best better first second third last next one two three four five six seven eight nine ten
    twenty thirty forty fifty sixty seventy eighty ninety hundred multi state time data user open close
    closed deep fast slow good new old left right top year free single double triple above below much ever
    never late early all decision evidence risk cost work world peer tax gluten english french german peut
    celui celle ceux celles demi vice arrière
    """
)
"""First halves that keep their hyphen before a word of four letters or more."""

_SECOND_HALVES = _words(
    """
    based driven oriented related friendly only made term terms scale level quality known aware specific
    centric optimized optimised emitting producing saving looking hours year old dependent independent
    efficient
    """
)
"""Second halves that keep their hyphen, "web-based", unless the first only begins a word, "un-known"."""

_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
_UNITS = regex.compile(
    "(?:one|two|three|four|five|six|seven|eight|nine|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)s?"
)

_ENDING = regex.compile(
    r"(?:ment|ness|less|ful|ship|able|ible|ably|ibly|ing|er|ed|or|ist|ism|i[sz]|ial|ical|al|ally|ation"
    r"|ative|ition|tion|sion|cian|ity|ive|sive|tive|ance|ence|ancy|ency|ant|ent|ary|ory|ery|ous|ious|hood|dom|wise"
    r"|ward|fold|ling|ure|ture|age|ate|ify|ly|ty|like|some|teen)\p{L}{0,4}"
)
"""What a word ends in: no compound's second half, "govern-ment", "organ-ization"."""

_WHOLE = _words(
    """
    copyright copyrights copyrighted trademark trademarks knowledge newline without within into onto upon
    therefore however moreover whereas whereby wherever whenever whatever whoever something sometimes
    somewhat somewhere somebody someone anything anyone anybody anyhow anyway anywhere everything everyone
    everybody everywhere nothing nobody nowhere himself herself itself myself yourself themselves
    ourselves oneself hardware software firmware database databases dataset datasets network networks
    highlight highlights highlighted understand understanding understood undertake overall overcome
    overview outcome outcomes output outputs input inputs update updates upgrade background backgrounds
    workplace lifetime daytime nighttime meantime longitude latitude together altogether already although
    always almost cannot maybe perhaps notwithstanding nevertheless nonetheless furthermore forward
    forwards backward towards newspaper newspapers household households highway highways landmark deadline
    deadlines timeline timelines worldwide nationwide fullness shortcoming shortcomings worksheet website
    websites online offline download downloads upload feedback framework frameworks guideline guidelines
    headline headlines healthcare handbook partnership secondary highest lowest longest newest oldest
    reality realize realistic largely openly newly
    """
)
"""Frequent words that both look like and are no compounds."""

_NEVER_FIRST = _words(
    """
    in on over under up out with for to be per an as at no so do or if is it am us re de con com pro pre
    dis mis un inter intra super sub trans some any every there where here how when what who him her your
    my our them non anti auto bio geo micro macro mono poly semi ultra hyper
    """
)
"""First halves that are mostly the beginning of one word."""

_SHORT_SECONDS = _words("in up on by to of off out go it me us do")


class Hyphens:
    """Judges the divided words of one document by ``texts``, its pages with the marks in them.

    ``language_of`` is asked at most once, for a word that the document itself does not settle.
    """

    def __init__(self, texts: Iterable[str], language_of: Callable[[], str]) -> None:
        texts = list(texts)
        wanted: set[str] = set()
        for text in texts:
            for match in _DIVIDED_WORD.finditer(text, overlapped=True):
                wanted |= _forms(match[2].casefold(), match[3].casefold())
        for text, following in pairwise(texts):
            end, start = _AT_END.search(text[-80:]), _AT_START.match(following)
            if end and start:
                wanted |= _forms(end[2].casefold(), start[1].casefold())
        self._count = _counted(texts, wanted) if wanted else Counter[str]()
        self._language_of = language_of
        self._language: str | None = None

    def undo(self, text: str) -> str:
        """Return ``text`` without its marks, but for one at its end."""

        def joined(match: regex.Match[str]) -> str:
            before, left, right, after = match.groups()
            return f"{before}{left}{self._between(before, left, right, after)}{right}"

        for _ in range(3):  # a word may be divided twice
            if DIVIDED not in text[:-1]:
                break
            text = _DIVIDED_WORD.sub(joined, text)
        ending = DIVIDED if text.endswith(DIVIDED) else ""
        return text.removesuffix(DIVIDED).replace(DIVIDED, "-") + ending

    def undo_between(self, text: str, following: str) -> str | None:
        """Return what stands for the mark at the end of ``text`` before ``following``, another page.

        None where the two do not make one word.
        """
        end, start = _AT_END.search(text[-80:]), _AT_START.match(following)
        if not end or not start:
            return None
        if start[1][0].isdigit():
            return "-"
        return self._between(end[1], end[2], start[1], start[2])

    def _between(self, before: str, left: str, right: str, after: str) -> str:
        if right[0].isupper():
            return "" if left.isupper() and right.isupper() and len(left) > 1 else "-"
        left, right = left.casefold(), right.casefold()
        whole = left + right
        num_whole, num_compound = self._count[whole], self._count[f"{left}-{right}"]
        if num_whole or num_compound:
            return "-" if num_compound > num_whole else ""
        if right in _AND and after != "-":
            return "- "
        if len(left) == 1:
            return "-"
        if whole in _WHOLE:
            return ""
        if (before == "-" and self._is_word(left)) or (after == "-" and self._is_word(right)):
            return "" if _ENDING.fullmatch(right) else "-"
        if left in _NEVER_FIRST or self._told_language() in _WRITE_AS_ONE:
            return ""
        if right in _SHORT_SECONDS:
            return "-" if self._count[left] else ""
        if right in _SECOND_HALVES or (left in _TENS and _UNITS.fullmatch(right)):
            return "-"
        if _ENDING.fullmatch(right) or min(len(left), len(right)) < 3:
            return ""
        is_compound = left in _FIRST_HALVES and len(right) > 3
        is_compound |= self._count[left] > 0 and (
            self._count[right] > 0 or min(len(left), len(right) - 1) > 3
        )
        return "-" if is_compound else ""

    def _is_word(self, part: str) -> bool:
        return bool(self._count[part]) or part in _SHORT_SECONDS or part in ("the", "and", "a", "an")

    def _told_language(self) -> str:
        if self._language is None:
            self._language = self._language_of()
        return self._language


def _forms(left: str, right: str) -> set[str]:
    return {left, right, left + right, f"{left}-{right}"}


def _counted(texts: Iterable[str], wanted: set[str]) -> Counter[str]:
    count: Counter[str] = Counter()
    for text in texts:
        folded = text.casefold()
        count.update(word for word in _WORD.findall(folded) if word in wanted)
        count.update(word for word in _COMPOUND.findall(folded) if word in wanted)
    return count
