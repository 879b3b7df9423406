"""The plural forms of languages, as the header of a catalogue of GNU gettext states them.

After the table of the gettext manual ("Plural forms") and Unicode's CLDR; for Spanish, French, Italian,
Catalan and Portuguese without CLDR's form for millions, which catalogues do not have.
"""

from __future__ import annotations

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
