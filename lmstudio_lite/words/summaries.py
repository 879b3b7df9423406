"""What is said of a summary: how far it is, and how much was read, the same wherever it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lmstudio_lite.domain.documents import RECOGNIZED, Document, StretchKind
from lmstudio_lite.domain.evidence import ClaimKind, DoubtKind, Evidence, Passage, SentenceEvidence, Verdict
from lmstudio_lite.domain.inventory import Part, PartKind, missing_of
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.domain.summaries import LeftOut, SummaryFacts, SummaryForm, SummaryProgress, SummaryStage
from lmstudio_lite.words.inventory import say_places
from lmstudio_lite.words.saying import say_duration, say_time_left
from lmstudio_lite.words.translate import mark, tr, trn


def say_extent(document: Document) -> str:
    """``14 pages · 41,204 characters``; pages only where the format has them, and a web page's site."""
    characters = trn("{n} character", "{n} characters", len(document.text))
    if document.mime_type.endswith(RECOGNIZED):
        characters = tr("{0}, recognized in a scan").format(characters)
    pages = say_pages(document.num_pages) if document.num_pages else ""
    return " · ".join(part for part in (_site_of(document.address), pages, characters) if part)


def _site_of(address: str) -> str:
    """Return ``example.org`` of ``https://example.org/article``."""
    return address.partition("//")[2].partition("/")[0].rpartition("@")[2]


def say_pages(num_pages: int) -> str:
    return trn("{n} page", "{n} pages", num_pages)


def _parts(num_parts: int) -> str:
    return trn("{n} part", "{n} parts", num_parts)


def say_facts(facts: SummaryFacts) -> str:
    """``Read all 7 parts of 14 pages, 23 s``, or how far it came: ``Stopped early: read 12 of 61 parts``.

    What counts and was not read is named: ``Read 3 of 4 pages, 23 s; not read: page 2``.
    """
    missing = missing_of(facts.unread)
    said = _say_stop(facts) if facts.is_stopped else _say_all_read(facts, missing)
    return tr("{0}; not read: {1}").format(said, say_places(missing)) if missing else said


def _say_all_read(facts: SummaryFacts, missing: Sequence[Part]) -> str:
    what = _say_how_much(facts, missing)
    if facts.num_parts_summarized == 0:
        what = tr("{0}, only copied sentences").format(what)
    elif facts.num_parts_summarized < facts.num_parts:
        what = tr("{0}, could summarize {1}").format(what, f"{facts.num_parts_summarized:,}")
    if facts.is_edited:
        return tr("{0}, edited by you").format(what)
    return f"{what}, {say_duration(facts.seconds)}" if facts.seconds else what


def _say_how_much(facts: SummaryFacts, missing: Sequence[Part]) -> str:
    num_missing_pages = sum(part.kind in (PartKind.PAGE, PartKind.SLIDE) for part in missing)
    if num_missing_pages:
        num_read = max(0, facts.num_pages - num_missing_pages)
        return tr("Read {0} of {1}").format(f"{num_read:,}", say_pages(facts.num_pages))
    if facts.num_parts == 1:
        what = tr("Read the rest of the text") if missing else tr("Read the whole text")
    else:
        what = tr("Read all {0}").format(_parts(facts.num_parts))
    return tr("{0} of {1}").format(what, say_pages(facts.num_pages)) if facts.num_pages else what


def say_left_out(left_out: Sequence[LeftOut]) -> str:
    """``contents (1,204 characters), references (8,020 characters)``: what was not summarized."""
    counts = Counter[StretchKind]()
    for stretch in left_out:
        counts[stretch.kind] += stretch.end - stretch.start
    return ", ".join(
        trn("{0} ({n} character)", "{0} ({n} characters)", count).format(tr(_STRETCHES[kind]))
        for kind, count in counts.items()
    )


def form_name(form: SummaryForm) -> str:
    """Return what a form is called."""
    return tr(_FORMS[form])


def say_version(facts: SummaryFacts) -> str:
    """``Paragraph, 100 words, English``: what a version was asked for with."""
    options = facts.options
    name = options.instruction if options.form is SummaryForm.OWN else form_name(options.form)
    language = LANGUAGES.get(options.language)
    said = [
        name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…",
        trn("{n} word", "{n} words", options.words),
        language.native_name if language else "",
        tr("about {0}").format(options.focus) if options.focus else "",
        tr("edited by you") if facts.is_edited else "",
    ]
    return ", ".join(part for part in said if part)


def say_evidence(evidence: Evidence) -> str:
    """``4 of 5 sentences are backed by the text · 1 number or name is not in it``; "" without sentences."""
    if not evidence.sentences:
        return ""
    num = len(evidence.sentences)
    said = [
        tr("Every sentence is backed by the text")
        if evidence.num_supported == num
        else tr("{0} of {1} sentences are backed by the text").format(evidence.num_supported, num)
    ]
    num_contradicted, num_unclear = evidence.count(Verdict.CONTRADICTED), evidence.count(Verdict.UNCLEAR)
    if num_contradicted:
        said.append(trn("{n} is contradicted by it", "{n} are contradicted by it", num_contradicted))
    if num_unclear:
        said.append(trn("{n} can't be told for sure", "{n} can't be told for sure", num_unclear))
    num_quotes = sum(sentence.is_quote for sentence in evidence.sentences)
    if num_quotes:
        said.append(tr("{0} copied from it").format(num_quotes))
    if evidence.num_unknown_claims:
        said.append(
            trn(
                "{n} number or name is not in the text",
                "{n} numbers or names are not in the text",
                evidence.num_unknown_claims,
            )
        )
    return " · ".join(said)


def say_support(sentence: SentenceEvidence) -> str:
    """Say what speaks for or against a sentence, for the pointer's help; "" if there is nothing to say."""
    said = []
    if not sentence.is_supported:
        said.append(say_verdict(sentence))
    said += [say_doubt(sentence, place) for place in range(len(sentence.doubts))]
    for claim in sentence.unknown_claims:
        said.append(tr(_CLAIMS[claim.kind]).format(claim.text))
    pages = list(dict.fromkeys(passage.page for passage in sentence.passages if passage.page))
    if sentence.is_supported and pages:
        said.append(tr("Page {0}").format(", ".join(map(str, pages))))
    if sentence.is_supported and sentence.translated_from:
        said.append(tr("Before it was translated: {0}").format(sentence.translated_from))
    return "\n".join(said)


def say_verdict(sentence: SentenceEvidence) -> str:
    """Say in a sentence what the text has to do with this one."""
    return tr(_VERDICTS[sentence.verdict])


def say_doubt(sentence: SentenceEvidence, place: int) -> str:
    """``It gives another number. The text: “…”``: what speaks against a sentence."""
    doubt = sentence.doubts[place]
    quote = " ".join(doubt.passage.split())
    if len(quote) > _LONGEST_QUOTE:
        quote = quote[: _LONGEST_QUOTE - 1] + "…"
    said = tr(_DOUBTS[doubt.kind])
    return tr("{0} The text: “{1}”").format(said, quote) if quote else said


def say_place(passage: Passage) -> str:
    """``Page 3: `` before a quote, "" where the document has no pages."""
    return tr("Page {0}: ").format(passage.page) if passage.page else ""


_LONGEST_NAME = 40
_FORMS: dict[SummaryForm, str] = {
    SummaryForm.BULLETS: mark("Bullet points"),
    SummaryForm.PARAGRAPH: mark("Paragraph"),
    SummaryForm.ABSTRACT: mark("Abstract"),
    SummaryForm.BRIEF: mark("Executive brief"),
    SummaryForm.OUTLINE: mark("Outline"),
    SummaryForm.QUOTES: mark("Key quotes"),
    SummaryForm.GLOSSARY: mark("Glossary"),
    SummaryForm.TIMELINE: mark("Timeline"),
    SummaryForm.QUESTIONS: mark("Questions and answers"),
    SummaryForm.NEWCOMER: mark("For a newcomer"),
    SummaryForm.MINUTES: mark("Minutes"),
    SummaryForm.COMPARISON: mark("Comparison"),
    SummaryForm.OWN: mark("Your own…"),
}
_STRETCHES = {
    StretchKind.TEXT: mark("text"),
    StretchKind.CONTENTS: mark("contents"),
    StretchKind.NAVIGATION: mark("navigation"),
    StretchKind.REFERENCES: mark("references"),
    StretchKind.INDEX: mark("index"),
    StretchKind.METADATA: mark("front matter"),
}
_LONGEST_QUOTE = 160
_VERDICTS: dict[Verdict, str] = {
    Verdict.SUPPORTED: mark("The text backs this sentence."),
    Verdict.CONTRADICTED: mark("The text contradicts this sentence."),
    Verdict.NOT_FOUND: mark("Nothing in the text backs this sentence."),
    Verdict.UNCLEAR: mark("It can't be told for sure whether the text says this."),
}
_DOUBTS: dict[DoubtKind, str] = {
    DoubtKind.NUMBER: mark("The number belongs to something else."),
    DoubtKind.UNIT: mark("The number has another unit."),
    DoubtKind.DATE: mark("The date belongs to something else."),
    DoubtKind.NEGATION: mark("One of the two says “not”."),
    DoubtKind.MODALITY: mark("What may, must or will be is told as something else."),
    DoubtKind.OPPOSITE: mark("The text says the opposite, or the other way round."),
    DoubtKind.ROLES: mark("Who did what to whom is told the other way round."),
    DoubtKind.QUANTIFIER: mark("The text does not speak of all, or not only of these."),
    DoubtKind.CAUSE: mark("The text does not name this as the cause."),
    DoubtKind.CONDITION: mark("The text says so only under a condition."),
    DoubtKind.ORDER: mark("The document orders its reader to write this; it does not state it."),
    DoubtKind.SCATTERED: mark("Its words stand in places far apart, and no one place says it."),
    DoubtKind.MODEL: mark("The model does not find it in the passage."),
}
_CLAIMS: dict[ClaimKind, str] = {
    ClaimKind.NUMBER: mark("The number {0} is not in the text."),
    ClaimKind.DATE: mark("The date {0} is not in the text."),
    ClaimKind.NAME: mark("The name {0} is not in the text."),
}


def _say_stop(facts: SummaryFacts) -> str:
    if facts.num_parts <= 1:
        return tr("Stopped while writing")
    if facts.num_parts_read == facts.num_parts:
        return tr("Read all {0}, stopped before combining them").format(_parts(facts.num_parts))
    return tr("Stopped early: read {0} of {1}").format(facts.num_parts_read, _parts(facts.num_parts))


def say_progress(progress: SummaryProgress | None) -> str:
    """``12 of 61 parts read, about 40 s left`` or what happens instead."""
    if progress is None or progress.num_total == 0:
        return tr("Preparing the text…")
    if progress.stage is SummaryStage.EVIDENCE:
        return tr("Checking each sentence against the text")
    if progress.stage is SummaryStage.READING:
        return tr("Preparing the text…")
    if progress.stage is SummaryStage.MERGE:
        words = tr("Combining the parts")
        if progress.num_total > 1:
            words = tr("Combining the parts, step {0} of {1}").format(progress.num_done, progress.num_total)
    elif progress.num_total == 1:
        words = tr("Writing the summary") if progress.partial_text.strip() else tr("Reading the text")
    else:
        words = tr("{0} of {1} parts read").format(progress.num_done, progress.num_total)
    if progress.seconds_left is None:
        return words
    return tr("{0}, {1}").format(words, say_time_left(progress.seconds_left, progress.delay or ""))


def say_pause(progress: SummaryProgress | None) -> str:
    """``Paused after 12 of 61 parts``."""
    if progress is None or progress.num_total <= 1:
        return tr("Paused")
    if progress.stage is SummaryStage.MAP:
        return tr("Paused after {0} of {1} parts").format(progress.num_done, progress.num_total)
    return tr("Paused while combining the parts")


def say_model_wait(state: EngineState) -> str:
    """Say what the work waits for while the model is not ready, "" when it is."""
    if state.phase is ModelPhase.LOADING:
        return tr("Waiting for the model, {0} % loaded").format(round(state.loading_fraction * 100))
    if state.phase is ModelPhase.RESTARTING:
        return tr("The model is being started again; the work then goes on by itself")
    return ""
