"""What is asked of a model, and what is made of fixed answers: written down, so that no change goes unseen.

``python -m tests.tasks.summarize.golden`` writes it anew, after a change that is meant.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.generation import ChatPrompt, GenerationRequest, Sampling
from lmstudio_lite.domain.summaries import SummaryForm, SummaryOptions
from lmstudio_lite.tasks.summarize.summarizer import summarize
from tests.support.engines import AnsweringEngine, question_of

FILE = Path(__file__).with_name("golden.json")
FORMS = (SummaryForm.BULLETS, SummaryForm.PARAGRAPH, SummaryForm.OUTLINE)
SIZES = {"unknown": 0, "tiny": 135_000_000, "small": 500_000_000}
Ways = dict[str, list[str]]
Make = Callable[[Ways], dict[str, object]]
_USUAL = asdict(Sampling())
_FENCE = '"""'
_CHARACTERS_A_TOKEN = {"en": 5, "zh": 1}

_EN = (
    "{name} walked to the {place} number {n} before the sun had risen over the hills.",
    "Nobody there had heard that the bridge near mile {n} was closed for repairs.",
    "On day {n} a letter arrived in which the mayor of {place} {n} asked for patience.",
    "It took {name} another {n} hours to find a boat that was both dry and free.",
)
_ZH = (
    "{name}在太阳升起以前走到第{n}号{place}。",
    "那里没有人听说第{n}公里附近的大桥因为维修已经关闭。",
    "第{n}天来了一封信，{place}的镇长在信里请大家耐心等待。",
    "{name}又花了{n}个小时才找到一条又干净又空闲的船。",
)
_NAMES = {"en": ("Anna", "Boris", "Clara", "David"), "zh": ("王小明", "李华", "张丽", "陈伟")}
_PLACES = {"en": ("market", "harbour", "station"), "zh": ("市场", "港口", "车站")}


def story(language: str, num_chapters: int) -> str:
    """Return a text whose sentences are all different."""
    sentences, space = (_EN, " ") if language == "en" else (_ZH, "")
    names, places = _NAMES[language], _PLACES[language]
    return "\n\n".join(
        space.join(
            line.format(name=names[n % len(names)], place=places[n % len(places)], n=n + 2)
            for line in sentences
        )
        for n in range(num_chapters)
    )


def answer(request: GenerationRequest) -> str:
    """Answer well or in one of the ways that small models fail, as the question's own letters choose."""
    question = question_of(request)
    text = question.partition(_FENCE)[2].rpartition(_FENCE)[0].strip()
    ends = "。" if "。" in text else ". "
    sentences = [sentence.strip("- \n") + ends.strip() for sentence in text.split(ends) if sentence.strip()]
    said = [sentence for number, sentence in enumerate(sentences) if number % 4 in (1, 2)]
    said = said or sentences or ["Nothing is said."]
    listed = "\n".join(f"- {sentence}" for sentence in said[:4])
    answers = (
        " ".join(said[:4]),
        listed,
        f"Here is a summary:\n\n{listed}\n- The text provides an overview.\n- {said[0]}\n- It was cut off in",
        f"摘要：{''.join(said[:3])}",
        text[: 2 * len(text) // 3],
        "and so on " * 60,
        "1 Introduction\n2 Overview\n3 Conclusion",
        "Die Reisenden suchen einen Weg. Nach einer Weile finden sie ihn am Ende doch.",
        "Read this text carefully. You will be asked to summarize it.",
        f"Elephants dance in Peru. {said[0]} Whales sing about opera in the deep blue sea.",
        "大象在秘鲁跳舞。" + said[0],
        said[-1],
        f'"{said[0]}"\n- The b\ufffd bridge.\n- 12\n- {said[-1]}',
    )
    return answers[zlib.crc32(question.encode()) % len(answers)]


class _WholeAnswers(AnsweringEngine):
    """Counts tokens by letters, for Chinese has no spaces."""

    characters_a_token = 5

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [-(-len(text) // self.characters_a_token) for text in texts]


def cases() -> Iterator[tuple[str, Make]]:
    """Yield the names of the cases, and what makes each; it adds to the ways of asking that it is given."""
    for language in ("en", "zh"):
        for num_chapters in (6, 40):
            for form in FORMS:
                for size in SIZES:
                    name = f"{language}, {num_chapters} chapters, {form.value}, {size} model"
                    yield name, partial(_case, language, num_chapters, form, size)


def _case(language: str, num_chapters: int, form: SummaryForm, size: str, ways: Ways) -> dict[str, object]:
    # Whole answers: how far one has come when it is stopped would depend on the threads.
    engine = _WholeAnswers(answer, context_size=4096, step=100_000)
    engine.characters_a_token = _CHARACTERS_A_TOKEN[language]
    engine.model = replace(engine.model, num_parameters=SIZES[size])
    try:
        summary = summarize(
            text_document(story(language, num_chapters), "story"),
            SummaryOptions(form),
            engine=engine,
            report=lambda progress: None,
            cancellation=Cancellation(),
        )
    finally:
        engine.close()
    return {
        "asked": [_asked(request, ways) for request in engine.requests],
        "sections": [f"{section.problem}: {section.text}" for section in summary.chunk_summaries],
        "text": summary.text.splitlines(),
        "warnings": [f"{each.code} {each.num_affected} of {each.num_total}" for each in summary.warnings],
    }


def _asked(request: GenerationRequest, ways: Ways) -> str:
    """Return the sum of how it is asked, which goes into ``ways``, and the beginning of the text."""
    assert isinstance(request.prompt, ChatPrompt)
    *before, question = [message.text for message in request.prompt.messages]
    start, _, rest = question.partition(_FENCE)
    text, _, end = rest.rpartition(_FENCE)
    sampling = {name: value for name, value in asdict(request.sampling).items() if value != _USUAL[name]}
    options = request.prompt.template_options
    answer = [request.prompt.reply_start, options, request.max_tokens, request.stop, sampling]
    way = [*before, start.strip(), end.strip(), json.dumps(answer)]
    name = _sum(json.dumps(way))
    ways[name] = way
    return f"{name} {text.strip()[:24]}… {len(text)} {_sum(text)}"


def _sum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def write() -> None:
    """Write what is done today."""
    ways: Ways = {}
    done = {name: make(ways) for name, make in cases()}
    written = {"ways": dict(sorted(ways.items())), "cases": done}
    FILE.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
