"""Recommended models in words: what each is good at, how fast it writes here, what its licence means."""

from __future__ import annotations

from lmstudio_lite.domain.catalog import Licence, LicenceTerms, Rank, UseCase
from lmstudio_lite.domain.fit import FitVerdict
from lmstudio_lite.words.saying import say_duration
from lmstudio_lite.words.translate import mark, tr

USES: dict[UseCase, str] = {
    UseCase.CHAT: mark("Chat"),
    UseCase.SUMMARIZE: mark("Summarize"),
    UseCase.TRANSLATE: mark("Translate"),
    UseCase.CODE: mark("Write code"),
}
"""What a person can say they do."""
ALL_USES = USES | {UseCase.EMBED: mark("Find by meaning")}
RANKS: dict[Rank, str] = {
    Rank.QUICK: mark("Quick"),
    Rank.BALANCED: mark("Balanced"),
    Rank.BEST: mark("Best"),
}
WHYS = {
    "smallest": mark("Runs on almost any computer. For simple questions and short texts."),
    "light": mark("Light and quick. For everyday questions and short texts."),
    "all_round": mark("Good at questions, texts and documents of all kinds."),
    "knows_more": mark("Knows more and makes fewer mistakes. For demanding work."),
    "sparse": mark("Knows as much as a large model and writes as fast as a small one."),
    "languages": mark("Good at many languages, and at texts of all kinds."),
    "european": mark("Made for all languages of the European Union."),
    "translates": mark("Made for translating, and for nothing else."),
    "code": mark("Made for writing and explaining code."),
    "thinks": mark("Thinks before it answers. For hard questions; it is slow to begin."),
    "embeds": mark("Finds passages by what they mean: for questions about documents, and for summaries."),
    "pictures": mark("Understands pictures, which this program can't show it yet."),
}
"""What the words under ``why`` in the catalog mean."""

_FITS: dict[FitVerdict, str] = {
    FitVerdict.ON_GPU: mark("on the graphics card"),
    FitVerdict.PARTLY_ON_GPU: mark("partly on the graphics card"),
    FitVerdict.IN_MEMORY: "",
    FitVerdict.SLOW: mark("more than is free: slow"),
    FitVerdict.TOO_LARGE: mark("too large for this computer"),
}
_TERMS: dict[LicenceTerms, str] = {
    LicenceTerms.FREE: mark("free for any use ({0})"),
    LicenceTerms.NON_COMMERCIAL: mark("not for commercial use ({0})"),
    LicenceTerms.NOT_IN_EU: mark("not in the EU ({0})"),
    LicenceTerms.UNKNOWN: mark("licence not known ({0})"),
}
_OWN_TERMS = {
    "Gemma": mark("free, but not for what Google's Gemma terms forbid"),
    "LFM-1.0": mark("free, but not for companies with over 10 million dollars a year (LFM Open License)"),
}

_WORDS_PER_TOKEN = {"en": 0.62, "de": 0.43, "ar": 0.38}
_WORDS_PER_TOKEN_ELSEWHERE = 0.43
_CHARACTERS_PER_TOKEN = {"zh": 1.43, "ja": 1.43}
"""Counted with the tokenizer of Qwen2.5 over our own reports, news and stories (``resources/corpus``), not
over tables and code: 9,199 tokens of English, 6,967 of German, 2,770 of Arabic, 2,428 of Chinese.
Languages that were not counted are given German's, the most careful one in Latin letters; Japanese is given
Chinese's."""

PAGES_MEANT = 40


def say_why(why: str) -> str:
    """Say what a model is good at; ``why`` is a key of ``WHYS``."""
    return tr(WHYS.get(why, ""))


def say_fit_briefly(verdict: FitVerdict) -> str:
    """Say where a model would lie, "" for the usual place."""
    return tr(_FITS[verdict])


def say_writing_speed(tokens_per_s: float, language: str) -> str:
    """Word a speed in what readers of ``language`` (a code) count: "about 9 words a second"."""
    characters = _CHARACTERS_PER_TOKEN.get(language)
    if characters is not None:
        return tr("about {0} characters a second").format(_round(tokens_per_s * characters))
    factor = _WORDS_PER_TOKEN.get(language, _WORDS_PER_TOKEN_ELSEWHERE)
    return tr("about {0} words a second").format(_round(tokens_per_s * factor))


def say_summary_pace(pages_per_min: float) -> str:
    """Say how long a document takes: "40 pages summarized in about 6 min"; "" where that is not known."""
    if pages_per_min <= 0:
        return ""
    duration = say_duration(PAGES_MEANT / pages_per_min * 60)
    return tr("{0} pages summarized in about {1}").format(PAGES_MEANT, duration)


def say_licence(licence: Licence) -> str:
    """Say what a licence means for its reader, with its name."""
    if licence.terms is LicenceTerms.OWN_TERMS:
        own = _OWN_TERMS.get(licence.name)
        return tr(own) if own else tr("free under terms of its own ({0})").format(licence.name)
    return tr(_TERMS[licence.terms]).format(licence.name)


def _round(amount: float) -> str:
    """Word a rate no finer than it can be foretold: 0.4, 3, 9, 15, 120."""
    if amount < 1:
        return f"{max(amount, 0.1):.1f}"
    if amount < 10:
        return f"{amount:.0f}"
    if amount < 100:
        return f"{round(amount / 5) * 5}"
    return f"{round(amount / 10) * 10:,}"
