"""What is said of a flag at a segment: why somebody should look at it, and what to do."""

from __future__ import annotations

from lmstudio_lite.domain.translations import Flag, FlagKind
from lmstudio_lite.words.translate import mark, tr


def name_flag(kind: FlagKind) -> str:
    """Return a few words for lists and filters."""
    return tr(_WORDS[kind][0])


def say_flag(flag: Flag) -> str:
    """Say the reason and what to do, in a sentence or two."""
    _, alone, detailed = _WORDS[flag.kind]
    if flag.detail and detailed:
        return tr(detailed).format(flag.detail)
    return tr(alone)


_WORDS: dict[FlagKind, tuple[str, str, str]] = {
    FlagKind.EMPTY: (
        mark("Nothing there"),
        mark("The model wrote nothing here. Translate it again or type the translation."),
        "",
    ),
    FlagKind.LOOP: (
        mark("Repeats itself"),
        mark("The model repeats itself here. Translate it again or type the translation."),
        "",
    ),
    FlagKind.WRONG_LANGUAGE: (
        mark("Other language"),
        mark("This, or a sentence of it, is not in the language you chose. Translate it again."),
        "",
    ),
    FlagKind.ECHO: (
        mark("Not translated"),
        mark("The model repeated the original. Translate it again, or accept it if it is to stay so."),
        "",
    ),
    FlagKind.OBEYED: (
        mark("Text was obeyed"),
        mark(
            "The text gives an order and the model obeyed it instead of translating it. Type the translation."
        ),
        "",
    ),
    FlagKind.ANSWERED: (
        mark("Answered, not translated"),
        mark("The model seems to answer the text instead of translating it. Translate it again."),
        "",
    ),
    FlagKind.LEAK: (
        mark("Foreign words"),
        mark("Words of the program's request stand in the translation. Remove them."),
        "",
    ),
    FlagKind.ADDED: (
        mark("Something added"),
        mark("The translation seems to say more than the original. Remove what is not in it."),
        mark("The translation says “{0}”, which the original seems not to have. Remove it if so."),
    ),
    FlagKind.OMITTED: (
        mark("Something missing"),
        mark("Something of the original seems to be missing. Compare the two."),
        mark("“{0}” seems to be missing in the translation. Add it if so."),
    ),
    FlagKind.NUMBER: (
        mark("Number or date"),
        mark("Numbers or dates are not those of the original. Compare them."),
        mark("“{0}” stands in only one of the two, or as another number or date. Compare them."),
    ),
    FlagKind.VALUES: (
        mark("Address or placeholder"),
        mark("An address, a placeholder or code is not that of the original. Put it back."),
        mark("“{0}” must be the same in both. Put it back as it is in the original."),
    ),
    FlagKind.NEGATION: (
        mark("“Not” or no “not”"),
        mark("Only one of the two says “not”. See whether the translation says the opposite."),
        mark("Only one of the two says “{0}” or the like. See whether the translation says the opposite."),
    ),
    FlagKind.TERM: (
        mark("Glossary"),
        mark("A term of your glossary is missing. Put it in."),
        mark("Your glossary asks for “{0}” here. Put it in."),
    ),
    FlagKind.FORBIDDEN_TERM: (
        mark("Forbidden term"),
        mark("The translation has a term that your glossary forbids. Take another word."),
        mark("Your glossary forbids “{0}”. Take another word."),
    ),
    FlagKind.NAME: (
        mark("Name"),
        mark("A name is written in another way elsewhere. Write it the same everywhere."),
        mark("“{0}” is written in another way elsewhere. Write the name the same everywhere."),
    ),
    FlagKind.UNTRANSLATED: (
        mark("Words not translated"),
        mark("Some words were not translated. Translate them, or accept them if they are to stay."),
        mark("“{0}” was not translated. Translate it, or accept it if it is to stay."),
    ),
    FlagKind.LEFTOVER: (
        mark("Foreign letters"),
        mark("Letters of another script stand in the translation. Translate those words."),
        "",
    ),
    FlagKind.MARK: (
        mark("Formatting"),
        mark("The place of a link, picture or style is a guess. See whether it stands at the right words."),
        "",
    ),
    FlagKind.TOO_LONG: (
        mark("Too long"),
        mark("The translation is longer than its place can take. Shorten it."),
        mark("Its place takes {0} characters at most. Shorten the translation."),
    ),
    FlagKind.ODD_LENGTH: (
        mark("Length"),
        mark("The translation is much longer or shorter than the original. Compare the two."),
        "",
    ),
    FlagKind.CUT_SHORT: (
        mark("Breaks off"),
        mark("The translation breaks off before its end. Translate it again or complete it."),
        "",
    ),
    FlagKind.FUZZY: (
        mark("From memory"),
        mark("This comes from your translation memory, for a text that is only alike. Compare the two."),
        mark("This comes from your translation memory, which has it for “{0}”. Compare the two."),
    ),
}
