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
        "The model could not summarize this text. You see sentences copied from it instead.",
        "The model could not summarize {0} of {1} parts of the text. For these you see copied sentences.",
    ),
    "summary_quoted": (
        "The model could summarize too little of this text. You see sentences copied from it instead.",
        "The model could summarize too little of {0} of {1} texts. For these you see copied sentences.",
    ),
    "summary_chosen": (
        "This small model summarizes a text part by part. You see the best sentences of those summaries.",
        "For {0} of {1} texts you see the best sentences of the summaries of their parts.",
    ),
    "summary_short": (
        "This text is as short as a summary, so its own sentences are shown.",
        "{0} of {1} texts are as short as a summary, so their own sentences are shown.",
    ),
    "summary_events": (
        "The model found hardly any dates. You see the sentences of the text that name a year.",
        "For {0} of {1} texts you see the sentences that name a year instead of a timeline.",
    ),
    "summary_echo": (
        "The model copied most of this from the text instead of summarizing it.",
        "The model copied most of {0} of {1} parts of the text instead of summarizing them.",
    ),
    "summary_fragments": (
        "The text has many formulas, and much of this summary is made of pieces of them.",
        "The summaries of {0} of {1} parts of the text are mostly pieces of formulas.",
    ),
    "summary_wrong_language": (
        "The summary is not in the language you chose. A larger model may do better.",
        "The model wrote {0} of {1} parts in a language you did not choose. A larger model may do better.",
    ),
    "summary_unmerged": (
        "The model summarized each part but could not combine them. You see the summaries of the parts.",
        "The model could not combine everything: in {0} of {1} places you see the summaries of the parts.",
    ),
    "translation_untranslated": (
        "The model could not translate this. You see the original text.",
        "The model could not translate {0} of {1} sentences. For these you see the original text.",
    ),
    "translation_echo": (
        "The model repeated the text instead of translating it. A larger model may do better.",
        "The model repeated {0} of {1} sentences instead of translating them. A larger model may do better.",
    ),
    "translation_wrong_language": (
        "The translation is not in the language you chose. A larger model may do better.",
        "{0} of {1} sentences are not in the language you chose. A larger model may do better.",
    ),
    "translation_leftover": (
        "Some words were not translated. Check this translation.",
        "In {0} of {1} sentences some words were not translated. Check them.",
    ),
    "translation_leak": (
        "The model added words that are not in the text. Check this translation.",
        "In {0} of {1} sentences the model added words that are not in the text. Check them.",
    ),
    "translation_loop": (
        "The model repeated itself. Check this translation.",
        "In {0} of {1} sentences the model repeated itself. Check them.",
    ),
    "translation_odd_length": (
        "The translation is much longer or shorter than the text. Check it.",
        "{0} of {1} sentences are much longer or shorter than the original. Check them.",
    ),
    "translation_cut_short": (
        "The translation breaks off before its end.",
        "{0} of {1} sentences break off before their end.",
    ),
    "translation_same_language": (
        "The text is already in the language you chose, so it was left as it is.",
        "The text is already in the language you chose, so it was left as it is.",
    ),
    "translation_small_model": (
        "This model is very small and often writes nonsense in a translation. A larger model does better.",
        "This model is very small and often writes nonsense in a translation. A larger model does better.",
    ),
}
