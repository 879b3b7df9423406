"""Sentences of a summary that its document contradicts: written anew from their passages, else left out.

All are asked for at once. What is written anew stands only if the document backs it; where nothing would be
left of the summary it stays as it is, marked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.evidence import Evidence, SentenceEvidence, Verdict
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.summaries import SummaryStage
from lmstudio_lite.tasks.evidence.index import sentence_spans
from lmstudio_lite.tasks.evidence.match import EvidenceFinder, SupportingText
from lmstudio_lite.tasks.generate.attempts import PartResult, PartsProgress
from lmstudio_lite.tasks.prompts import summary_prompts
from lmstudio_lite.tasks.summarize.asking import Asker
from lmstudio_lite.tasks.summarize.edit import with_sentence, without_sentences
from lmstudio_lite.tasks.summarize.form import part_form
from lmstudio_lite.tasks.summarize.parts import is_of_no_use, summary_part
from lmstudio_lite.tasks.summarize.refine import is_said, place_of

_MOST_WRITTEN_ANEW = 6
"""More than that is left out unasked: a text so full of mistakes takes too long to mend."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A text, its evidence, and what was done so that nothing in it is contradicted."""

    text: str
    evidence: Evidence
    warnings: tuple[TaskWarning, ...] = ()


def correct(checked: Corrected, document: Document, finder: EvidenceFinder, asker: Asker) -> Corrected:
    """Mend a text in the document's language, of which the evidence is known."""
    text, evidence = checked.text, checked.evidence
    wrong = [each for each in evidence.sentences if each.verdict is Verdict.CONTRADICTED]
    if not wrong:
        return checked
    asked = [each for each in wrong if each.passages][:_MOST_WRITTEN_ANEW]
    anew = dict(zip((each.start for each in asked), _write(asked, text, document, asker), strict=True))
    points = "\n".join(f"- {each}" for each in anew.values() if each)
    backed = finder.find(points) if points else Evidence()
    right = {each.text for each in backed.sentences if each.is_supported}
    mended, num_mended, dropped = text, 0, []
    for sentence in reversed(wrong):
        new = anew.get(sentence.start, "")
        if new in right and not is_said(mended, new):
            mended = with_sentence(mended, sentence, new)
            num_mended += 1
        else:
            dropped.append(sentence)
    # From the end on, so that the places before stay; what is dropped keeps its place until the end.
    kept = _without(mended, dropped)
    if not kept.strip():
        return Corrected(
            text, evidence, (TaskWarning("summary_contradicted", len(wrong), len(evidence.sentences)),)
        )
    counts = (("summary_corrected", num_mended), ("summary_dropped", len(dropped)))
    warnings = tuple(TaskWarning(code, count, len(evidence.sentences)) for code, count in counts if count)
    known = {each.text: each for each in (*evidence.sentences, *backed.sentences)}
    return Corrected(kept, _placed(kept, known) or finder.find(kept), warnings)


def _placed(text: str, known: dict[str, SentenceEvidence]) -> Evidence | None:
    """Return what is known of the sentences of ``text`` at their places; None if there is another one."""
    spans = sentence_spans(text)
    if any(text[start:end] not in known for start, end in spans):
        return None
    return Evidence(tuple(replace(known[text[start:end]], start=start, end=end) for start, end in spans))


def _without(text: str, sentences: list[SentenceEvidence]) -> str:
    """Leave out sentences by their words, for their places have moved."""
    return without_sentences(text, [each.text for each in sentences])


def _write(sentences: list[SentenceEvidence], shown: str, document: Document, asker: Asker) -> list[str]:
    """Return another sentence on the passage of each, "" where the model has none; ``shown`` meanwhile."""
    if not sentences:
        return []
    sources = [document.text[slice(*place_of(document, each.passages))] for each in sentences]
    form, language = part_form(1), asker.language
    prompts = summary_prompts(language)
    parts = [
        summary_part(
            source, form, count, prompts, language=language, support=SupportingText(source, language)
        )
        for source, count in zip(sources, asker.count_tokens(sources), strict=True)
    ]

    def show(progress: PartsProgress) -> None:
        asker.tell(SummaryStage.EVIDENCE, progress.num_done, progress.num_total, None, shown)

    return [_first_sentence(result) for result in asker.generate(parts, show)]


def _first_sentence(result: PartResult) -> str:
    if is_of_no_use(result.problem):
        return ""
    first = next(iter(split_sentences(result.text)), None)
    return first.text.strip() if first else ""
