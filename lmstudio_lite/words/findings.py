"""What a finished result should be trusted with."""

from __future__ import annotations

from typing import Protocol

from lmstudio_lite.words.translate import mark, tr


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
        return tr(alone)
    return tr(several).format(finding.num_affected, finding.num_total)


def warning_codes() -> frozenset[str]:
    """Return the codes that ``explain_warning`` has words for."""
    return frozenset(_WARNINGS)


_UNKNOWN_WARNING = (mark("Something about this result is doubtful."), mark("{0} of {1} parts are doubtful."))
_WARNINGS: dict[str, tuple[str, str]] = {
    "summary_extract": (
        mark("The model could not summarize this text. You see sentences copied from it instead."),
        mark(
            "The model could not summarize {0} of {1} parts of the text. For these you see copied sentences."
        ),
    ),
    "summary_orders": (
        mark(
            "A place of the text gives orders to whoever reads it, such as what to write. It was read as "
            "text, not as an order."
        ),
        mark(
            "{0} places of the text give orders to whoever reads it, such as what to write. They were read "
            "as text, not as orders."
        ),
    ),
    "summary_obeyed": (
        mark("The model obeyed an order that stands in the text. What it wrote for that was left out."),
        mark(
            "In {0} of {1} parts the model obeyed an order that stands in the text. What it wrote for that "
            "was left out."
        ),
    ),
    "summary_quoted": (
        mark("The model could summarize too little of this text. You see sentences copied from it instead."),
        mark("The model could summarize too little of {0} of {1} texts. For these you see copied sentences."),
    ),
    "summary_chosen": (
        mark(
            "This small model summarizes a text part by part. You see the best sentences of those summaries."
        ),
        mark("For {0} of {1} texts you see the best sentences of the summaries of their parts."),
    ),
    "summary_filled": (
        mark("The model said less than you asked for. One sentence is quoted from the text."),
        mark("The model said less than you asked for. {0} of {1} sentences are quoted from the text."),
    ),
    "summary_corrected": (
        mark("The text contradicted the sentence that the model wrote; it was written anew."),
        mark("{0} of {1} sentences contradicted the text and were written anew."),
    ),
    "summary_dropped": (
        mark("The text contradicted a sentence that the model wrote; it was left out."),
        mark("{0} of {1} sentences contradicted the text and were left out."),
    ),
    "summary_contradicted": (
        mark("The text contradicts this summary. A larger model may do better."),
        mark("The text contradicts {0} of {1} sentences. A larger model may do better."),
    ),
    "summary_unjudged": (
        mark(
            "This model can't tell what a text says from what it does not say, so sentences were checked by "
            "words alone."
        ),
        mark("{0} of {1} texts were checked by words alone: the model can't tell what they say."),
    ),
    "summary_unlike": (
        mark("Nothing could be said of what these documents have in common or how they differ."),
        mark("Nothing could be said of {0} of {1} comparisons."),
    ),
    "summary_short": (
        mark("This text is as short as a summary, so its own sentences are shown."),
        mark("{0} of {1} texts are as short as a summary, so their own sentences are shown."),
    ),
    "summary_events": (
        mark("The model found hardly any dates. You see the sentences of the text that name a year."),
        mark("For {0} of {1} texts you see the sentences that name a year instead of a timeline."),
    ),
    "summary_echo": (
        mark("The model copied most of this from the text instead of summarizing it."),
        mark("The model copied most of {0} of {1} parts of the text instead of summarizing them."),
    ),
    "summary_fragments": (
        mark("The text has many formulas, and much of this summary is made of pieces of them."),
        mark("The summaries of {0} of {1} parts of the text are mostly pieces of formulas."),
    ),
    "summary_wrong_language": (
        mark("The summary is not in the language you chose. A larger model may do better."),
        mark(
            "The model wrote {0} of {1} parts in a language you did not choose. A larger model may do better."
        ),
    ),
    "summary_unmerged": (
        mark(
            "The model summarized each part but could not combine them. You see the summaries of the parts."
        ),
        mark(
            "The model could not combine everything: in {0} of {1} places you see the summaries of the parts."
        ),
    ),
    "translation_untranslated": (
        mark("The model could not translate this. You see the original text."),
        mark("The model could not translate {0} of {1} sentences. For these you see the original text."),
    ),
    "translation_echo": (
        mark("The model repeated the text instead of translating it. A larger model may do better."),
        mark(
            "The model repeated {0} of {1} sentences instead of translating them. A larger model may do "
            "better."
        ),
    ),
    "translation_wrong_language": (
        mark("The translation is not in the language you chose. A larger model may do better."),
        mark("{0} of {1} sentences are not in the language you chose. A larger model may do better."),
    ),
    "translation_leftover": (
        mark("Some words were not translated. Check this translation."),
        mark("In {0} of {1} sentences some words were not translated. Check them."),
    ),
    "translation_leak": (
        mark("The model added words that are not in the text. Check this translation."),
        mark("In {0} of {1} sentences the model added words that are not in the text. Check them."),
    ),
    "translation_added": (
        mark("The model added sentences that are not in the text. Check this translation."),
        mark("In {0} of {1} places the model added sentences that are not in the text. Check them."),
    ),
    "translation_values": (
        mark("Numbers, addresses or placeholders are not those of the text. Check this translation."),
        mark(
            "In {0} of {1} sentences numbers, addresses or placeholders are not those of the text. "
            "Check them."
        ),
    ),
    "translation_omitted": (
        mark("Something of the text seems to be missing in its translation. Check it."),
        mark("In {0} of {1} sentences something of the text seems to be missing. Check them."),
    ),
    "translation_negation": (
        mark("The text says “not” where its translation doesn't, or the other way round. Check it."),
        mark(
            "{0} of {1} sentences say “not” where the original doesn't, or the other way round. Check them."
        ),
    ),
    "translation_term": (
        mark("A term of your glossary is missing in the translation. Check it."),
        mark("In {0} of {1} sentences a term of your glossary is missing. Check them."),
    ),
    "translation_obeyed": (
        mark("The model obeyed the text instead of translating it. You see the original text."),
        mark(
            "The model obeyed {0} of {1} sentences instead of translating them. For these you see the "
            "original text."
        ),
    ),
    "translation_loop": (
        mark("The model repeated itself. Check this translation."),
        mark("In {0} of {1} sentences the model repeated itself. Check them."),
    ),
    "translation_odd_length": (
        mark("The translation is much longer or shorter than the text. Check it."),
        mark("{0} of {1} sentences are much longer or shorter than the original. Check them."),
    ),
    "translation_cut_short": (
        mark("The translation breaks off before its end."),
        mark("{0} of {1} sentences break off before their end."),
    ),
    "translation_same_language": (
        mark("The text is already in the language you chose, so it was left as it is."),
        mark("The text is already in the language you chose, so it was left as it is."),
    ),
    "translation_unclaimed_language": (
        mark("The makers of this model do not name one of these languages. Check the translation with care."),
        mark("The makers of this model do not name one of these languages. Check the translation with care."),
    ),
    "translation_small_model": (
        mark(
            "This model is very small and often writes nonsense in a translation. A larger model does better."
        ),
        mark(
            "This model is very small and often writes nonsense in a translation. A larger model does better."
        ),
    ),
}
