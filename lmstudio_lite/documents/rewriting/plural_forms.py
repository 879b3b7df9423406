"""The plural forms of languages, as the header of a catalogue of GNU gettext states them.

After the table of the gettext manual ("Plural forms") and Unicode's CLDR; for Spanish, French, Italian,
Catalan and Portuguese without CLDR's form for millions, which catalogues do not have.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass

import regex

_ONE_FORM = "nplurals=1; plural=0;"
_ONE = "nplurals=2; plural=(n != 1);"
_NONE_OR_ONE = "nplurals=2; plural=(n > 1);"
_EAST_SLAVIC = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
)
_FORMS = {
    **dict.fromkeys("zh ja ko vi id th ms km lo my".split(), _ONE_FORM),  # noqa: SIM905
    **dict.fromkeys("fr pt hi fa hy bn gu pa kn si am".split(), _NONE_OR_ONE),  # noqa: SIM905
    **dict.fromkeys("ru uk hr sr be".split(), _EAST_SLAVIC),  # noqa: SIM905
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : "
    "n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    "pl": "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "he": "nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);",
    "cs": "nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);",
    "sk": "nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);",
    "sl": "nplurals=4; plural=(n%100==1 ? 0 : n%100==2 ? 1 : n%100==3 || n%100==4 ? 2 : 3);",
    "mk": "nplurals=2; plural=(n%10!=1 || n%100==11);",
    "is": "nplurals=2; plural=(n%10!=1 || n%100==11);",
    "ro": "nplurals=3; plural=(n==1 ? 0 : n==0 || n%100>=1 && n%100<=19 ? 1 : 2);",
    "lv": "nplurals=3; plural=(n%10==0 || n%100>=11 && n%100<=19 ? 0 : n%10==1 && n%100!=11 ? 1 : 2);",
    "lt": "nplurals=3; plural=(n%10==1 && (n%100<11 || n%100>19) ? 0 : "
    "n%10>=2 && n%10<=9 && (n%100<11 || n%100>19) ? 1 : 2);",
    "ga": "nplurals=5; plural=(n==1 ? 0 : n==2 ? 1 : n>=3 && n<=6 ? 2 : n>=7 && n<=10 ? 3 : 4);",
    "tl": "nplurals=2; plural=(n!=1 && n!=2 && n!=3 && (n%10==4 || n%10==6 || n%10==9));",
}


def plural_forms(language: str) -> str:
    """Return what the header says of ``language`` (ISO 639-1); English's two forms where no rule is known."""
    return _FORMS.get(language, _ONE)


_STATED = regex.compile(r"nplurals\s*=\s*(\d+)\s*;\s*plural\s*=([^;]+)")
_MOST_FORMS = 6
_FEW_NUMBERS = 8
_NUMBERS = range(1000)


@dataclass(frozen=True, slots=True)
class PluralForm:
    """One of a language's forms: that of the numbers in ``numbers``, the smallest ones, in order."""

    numbers: tuple[int, ...]

    @property
    def is_singular(self) -> bool:
        """Whether it is rather English's singular: of a language with one form for all it is the plural."""
        return 1 in self.numbers and 2 not in self.numbers

    @property
    def example(self) -> int | None:
        """A number of this form with which English has its plural; None where it has none."""
        return next((number for number in self.numbers if number > 1), 0 if 0 in self.numbers else None)


def forms_stated(stated: str) -> tuple[PluralForm, ...]:
    """Return the forms that a header's ``Plural-Forms`` states, () where it states none that can be read."""
    found = _STATED.search(stated)
    if found is None or not 1 <= int(found[1]) <= _MOST_FORMS:
        return ()
    try:
        form_of = gettext.c2py(found[2])
        forms = [form_of(number) for number in _NUMBERS]
    except (ValueError, ZeroDivisionError, RecursionError, OverflowError):
        return ()
    return tuple(
        PluralForm(tuple(number for number in _NUMBERS if forms[number] == form)[:_FEW_NUMBERS])
        for form in range(int(found[1]))
    )
