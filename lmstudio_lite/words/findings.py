"""What a finished result should be trusted with."""

from __future__ import annotations

from typing import Protocol


class Finding(Protocol):
    """What ``tasks.checks.TaskWarning`` is to this module, which imports nothing above it."""

    @property
    def code(self) -> str: ...
    @property
    def num_affected(self) -> int: ...
    @property
    def num_total(self) -> int: ...


def explain_warning(finding: Finding) -> str:
    """Say in a sentence or two what is wrong with a result, and in how much of it."""
    alone, several = _WARNINGS.get(finding.code, _UNKNOWN_WARNING)
    if finding.num_total <= 1:
        return alone
    return several.format(finding.num_affected, finding.num_total)


def warning_codes() -> frozenset[str]:
    """Return the codes that ``explain_warning`` has words for."""
    return frozenset(_WARNINGS)


_UNKNOWN_WARNING = ("Something about this result is doubtful.", "{0} of {1} parts are doubtful.")
_WARNINGS: dict[str, tuple[str, str]] = {
    "summary_extract": (
        "The model could not summarize this text. The quoted sentences are taken from it as they are.",
        "The model could not summarize {0} of {1} parts; sentences taken from them stand in their place.",
    ),
    "summary_quoted": (
        "The model could summarize too little of this text to be trusted with the whole. This is quoted.",
        "The model could summarize too little of {0} of {1} texts; what stands there is quoted.",
    ),
    "summary_chosen": (
        "The model is too small to put the parts together: the best sentences of their summaries stand here.",
        "For {0} of {1} texts the model is too small to put the parts together.",
    ),
    "summary_short": (
        "This text is as short as a summary. The quoted sentences are its own.",
        "{0} of {1} texts are as short as a summary; the quoted sentences are their own.",
    ),
    "summary_events": (
        "The model named hardly any date. These are sentences of the text that name a year.",
        "For {0} of {1} texts, sentences that name a year stand in for a timeline.",
    ),
    "summary_echo": (
        "The model copied most of this from the text instead of summarizing it.",
        "The model mostly copied {0} of {1} parts instead of summarizing them.",
    ),
    "summary_fragments": (
        "Much of this is cut out of formulas.",
        "What the model wrote on {0} of {1} parts is mostly cut out of formulas.",
    ),
    "summary_wrong_language": (
        "The summary is not in the language that was asked for. A larger model may do better.",
        "The model answered {0} of {1} parts in another language than the one asked for.",
    ),
    "summary_unmerged": (
        "The model could not put the parts together; sentences from their summaries stand here.",
        "The model could not put {0} of {1} groups of parts together; their own words stand there.",
    ),
    "translation_untranslated": (
        "The model could not translate this; the original stands in its place.",
        "The model could not translate {0} of {1} passages; the originals stand in their place.",
    ),
    "translation_echo": (
        "The model repeated the text instead of translating it. A larger model may do better.",
        "The model repeated {0} of {1} passages instead of translating them. A larger model may do better.",
    ),
    "translation_wrong_language": (
        "The translation is not in the language that was asked for. A larger model may do better.",
        "{0} of {1} passages came out in another language. A larger model may do better.",
    ),
    "translation_leftover": (
        "Some words were left as they were; check this translation.",
        "Words were left untranslated in {0} of {1} passages; check them.",
    ),
    "translation_leak": (
        "The model added words that are not in the text; check this translation.",
        "The model added words that are not in the text to {0} of {1} passages; check them.",
    ),
    "translation_loop": (
        "The model repeated itself; check this translation.",
        "The model repeated itself in {0} of {1} passages; check them.",
    ),
    "translation_odd_length": (
        "The translation is much longer or shorter than the text; check it.",
        "{0} of {1} passages are much longer or shorter than the original; check them.",
    ),
    "translation_cut_short": (
        "The translation was cut off: the model did not come to an end.",
        "The model did not come to an end in {0} of {1} passages.",
    ),
    "translation_same_language": (
        "The text is already in the language that was asked for, so it was left as it is.",
        "The text is already in the language that was asked for, so it was left as it is.",
    ),
    "translation_small_model": (
        "This model is very small and often writes nonsense in a translation. A larger model does better.",
        "This model is very small and often writes nonsense in a translation. A larger model does better.",
    ),
}
