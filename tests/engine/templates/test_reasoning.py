from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import ChatPrompt, GenerationRequest, Message, Role, Sampling, TextDelta
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.engine.core.text_stream import TextStream
from lmstudio_lite.engine.llama.model import load_llama
from lmstudio_lite.engine.templates.chat_format import ChatFormat
from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts
from lmstudio_lite.engine.templates.reasoning import THINK, ReasoningSplitter, ReasoningStyle, style_of
from tests.engine.scripted_model import ScriptedModel
from tests.engine.test_contract import Run
from tests.support.gguf_models import CHATML, write_model

QWEN3 = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content.split('</think>')[-1] }}<|im_end|>\n"
    "{% endfor %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}"
)
R1 = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]<think>\n\n"
HARMONY = (
    "{% for m in messages %}<|start|>{{ m.role }}<|message|>{{ m.content }}<|end|>{% endfor %}"
    "{# <|channel|>analysis<|message|> reasoning_effort #}<|start|>assistant"
)
# Where a family's templates name its marks, and a reply as its models write it.
FAMILIES = [
    ("<think></think>", "<think>\nhmm\n\nso\n</think>\n\nFour."),
    ("[THINK] [/THINK]", "[THINK]hmm\n\nso[/THINK]Four."),
    (
        "{{ '<|open|>' + 'think' }}<|close|>",
        "<|open|>think<|sep|>hmm\n\nso<|close|>think<|sep|><|open|>response<|sep|>Four."
        "<|close|>response<|sep|><|close|>message<|sep|>",
    ),
    (
        HARMONY,
        "<|channel|>analysis<|message|>hmm\n\nso<|end|><|start|>assistant<|channel|>final<|message|>Four.",
    ),
    ("<|channel>thought\n<channel|>", "<|channel>thought\nhmm\n\nso\n<channel|>Four."),
    (
        "<|START_THINKING|><|END_THINKING|>",
        "<|START_THINKING|>hmm\n\nso<|END_THINKING|><|START_RESPONSE|>Four.<|END_RESPONSE|>",
    ),
    ("<seed:think></seed:think>", "<seed:think>hmm\n\nso</seed:think>Four."),
    ("<|inner_prefix|><|inner_suffix|>", "<|inner_prefix|>hmm\n\nso<|inner_suffix|>Four."),
    ("<|think|><|content|>", "<|think|>hmm\n\nso<|end|><|begin|>assistant<|content|>Four."),
    ("<think></think> and <response></response>", "<think>hmm\n\nso</think><response>Four.</response>"),
    ("◁think▷◁/think▷", "◁think▷hmm\n\nso◁/think▷Four."),
    (
        "[BEGIN FINAL RESPONSE]",
        "Here are my reasoning steps:\nhmm\n\nso\n[BEGIN FINAL RESPONSE]\nFour.\n[END FINAL RESPONSE]",
    ),
]


def split(splitter: ReasoningSplitter, text: str, sizes: list[int] | None = None) -> tuple[str, str]:
    """Return reasoning and reply, the text given in parts of ``sizes``."""
    pieces = []
    for size in [*(sizes or []), len(text) + 1]:
        pieces += splitter.push(text[:size])
        text = text[size:]
    pieces += splitter.flush()
    assert all(piece.text for piece in pieces)
    reasoning = "".join(piece.text for piece in pieces if piece.is_reasoning)
    return reasoning, "".join(piece.text for piece in pieces if not piece.is_reasoning)


def known_style(template: str) -> ReasoningStyle:
    style = style_of(template)
    assert style is not None
    return style


def chat_format(template: str | None, *known: str) -> ChatFormat:
    return ChatFormat(template, special_texts=("", ""), guarded_texts=lambda: GuardedTexts(always=known))


def asked(**options: str | int | float | bool) -> ChatPrompt:
    return ChatPrompt((Message(Role.USER, "2+2?"),), template_options=options)


@pytest.mark.parametrize(("template", "reply"), FAMILIES)
@given(sizes=st.lists(st.integers(1, 9), max_size=60))
def test_every_family_cut_anywhere(template: str, reply: str, sizes: list[int]) -> None:
    reasoning, text = split(ReasoningSplitter(known_style(template)), reply, sizes)
    assert (reasoning, text.strip()) == ("hmm\n\nso", "Four.")


@pytest.mark.parametrize(("template", "reply"), FAMILIES)
def test_a_reply_put_together_again_reads_the_same(template: str, reply: str) -> None:
    style = known_style(template)
    model = LoadedModel(
        *(ScriptedModel().info.path, "", "", 0, 0, 0, "", True, 0), reasoning_marks=style.marks
    )
    inside, after = model.raw_reply("hmm", ""), model.raw_reply("hmm", "Fo")
    assert model.raw_reply("m", "", model.raw_reply("hm", "")) == inside
    assert model.raw_reply("", "Fo", model.raw_reply("hmm", "")) == after
    assert model.raw_reply("", "Fo") == "Fo"
    for raw, rest, expected in (
        (inside, f"ph{style.end}Four.", ("ph", "Four.")),
        (after, "ur.", ("", "ur.")),
    ):
        splitter = ReasoningSplitter(style)
        splitter.skip(raw)
        assert split(splitter, rest) == expected


@given(st.text("<think/>ab \n", max_size=60), st.lists(st.integers(1, 5), max_size=60), st.booleans())
def test_parts_never_change_what_comes_out(text: str, sizes: list[int], is_inside: bool) -> None:
    whole = split(ReasoningSplitter(THINK, is_inside), text)
    assert split(ReasoningSplitter(THINK, is_inside), text, sizes) == whole


@pytest.mark.parametrize(("template", "_reply"), FAMILIES)
@given(data=st.data())
def test_no_family_s_parts_change_what_comes_out(template: str, _reply: str, data: st.DataObject) -> None:
    style = known_style(template)
    bits = [
        style.begin,
        style.end,
        *style.dropped,
        *style.controls,
        "a",
        "\n",
        " ",
        "<",
        "[",
        "</",
        "think",
        ">",
    ]
    text = "".join(data.draw(st.lists(st.sampled_from(bits), max_size=12)))
    sizes = data.draw(st.lists(st.integers(1, 9), max_size=60))
    assert split(ReasoningSplitter(style), text, sizes) == split(ReasoningSplitter(style), text)


@given(st.text(max_size=40))
def test_without_marks_everything_is_reply_to_the_letter(text: str) -> None:
    if not text.lstrip().startswith("<think>"):
        assert split(ReasoningSplitter(), text) == ("", text)


def test_a_mark_in_the_middle_of_a_reply_is_text() -> None:
    text = "Models write <think> and </think>."
    assert split(ReasoningSplitter(), text) == ("", text)


def test_an_unclosed_block_ends_with_the_stream() -> None:
    assert split(ReasoningSplitter(), "<think>I wonder ") == ("I wonder ", "")


def test_text_is_not_held_longer_than_needed() -> None:
    splitter = ReasoningSplitter()
    assert [piece.text for piece in splitter.push("<think>one two")] == ["one two"]
    assert [piece.text for piece in splitter.push(" three </th")] == [" three"]
    assert [piece.text for piece in splitter.push("ree")] == [" </three"]


def test_stop_strings_do_not_end_the_thinking() -> None:
    stream = TextStream(["\n\n"], ReasoningSplitter())
    pieces = [*stream.push(b"<think>a\n\nb</think>"), *stream.push("é one\n\ntwo".encode()), *stream.flush()]
    assert [(piece.text, piece.is_reasoning) for piece in pieces] == [("a\n\nb", True), ("é one", False)]
    assert stream.is_stopped


def test_a_template_that_opens_the_block_starts_inside_it() -> None:
    def is_inside(told: ChatFormat, **options: bool) -> bool:
        splitter = told.splitter(asked(**options))
        return splitter is not None and splitter.is_inside

    assert is_inside(chat_format(R1))
    assert not is_inside(chat_format(R1), enable_thinking=False)
    assert not is_inside(chat_format(QWEN3))
    assert not is_inside(chat_format(None, "<think>"))


def test_without_marks_in_template_and_vocabulary_a_tag_is_text() -> None:
    assert chat_format(CHATML).splitter(asked()) is None
    assert chat_format(None).splitter(asked()) is None
    splitter = chat_format(CHATML, "<think>", "</think>").splitter(asked())
    assert splitter is not None
    assert split(splitter, "<think>\nhm</think>Four.") == ("hm", "Four.")
    line = "<think>hello</think> is an HTML-like tag."
    unnamed = chat_format(CHATML, "<think>", "</think>").splitter(asked())
    assert unnamed is not None
    assert split(unnamed, line) == ("", line)


@pytest.mark.parametrize("sizes", [[], [1] * 99, [7, 2, 5, 30]])
def test_a_tag_that_the_answer_is_about_stays(sizes: list[int]) -> None:
    line = "<think>hello</think> is an HTML-like tag.\n```\n<think>\n</think>\n```"
    assert split(ReasoningSplitter(THINK), f"<think>\nhm\n</think>\n\n{line}", sizes) == ("hm", line)
    assert split(ReasoningSplitter(THINK, is_inside=True), f"hm</think>{line}", sizes) == ("hm", line)
    switched_off = chat_format(QWEN3).splitter(asked(enable_thinking=False))
    assert switched_off is not None
    assert split(switched_off, line, sizes) == ("", line)
    hunyuan = known_style("<think></think><answer></answer>")
    text = "<answer> is opened, </answer> closes it </answer> here"
    reply = f"<think>hm</think>\n<answer>\n{text}\n</answer>\n"
    assert split(ReasoningSplitter(hunyuan), reply, sizes) == ("hm", f"{text}\n")


def test_where_marks_are_tokens_their_characters_are_content() -> None:
    splitter = ReasoningSplitter(known_style(HARMONY), marks_are_tokens=True)
    pieces = []
    for text in (
        "<|channel|>",
        "analysis",
        "<|message|>",
        "hm, <|end|>",
        "<|end|>",
        "<|start|>",
        "assistant",
    ):
        pieces += splitter.push(text, is_mark=text.startswith("<|"))
    for text in ("<|channel|>", "final", "<|message|>"):
        pieces += splitter.push(text, is_mark=text != "final")
    pieces += splitter.push("Write `<|channel|>analysis<|message|>` and `<|end|>`.")
    pieces += splitter.flush()
    assert "".join(piece.text for piece in pieces if piece.is_reasoning) == "hm, <|end|>"
    reply = "".join(piece.text for piece in pieces if not piece.is_reasoning)
    assert reply == "Write `<|channel|>analysis<|message|>` and `<|end|>`."


def test_a_reply_that_has_begun_stands_after_the_thinking() -> None:
    messages = asked().messages
    assert chat_format(R1).render(messages, "Fo").text.endswith("[assistant]<think>\n\n</think>\n\nFo")
    assert chat_format(R1).render(messages, "<think>\nhm").text.endswith("[assistant]<think>\nhm")
    assert chat_format(R1).render(messages, "", {"enable_thinking": False}).text.endswith("</think>\n\n")
    assert chat_format(HARMONY).render(messages, "Fo").text.endswith("assistant<|channel|>final<|message|>Fo")
    assert chat_format(QWEN3).render(messages, "Fo").text.endswith("assistant\nFo")


def test_the_switch_is_found_in_the_template() -> None:
    assert chat_format(QWEN3).has_thinking_switch
    assert chat_format("{% if thinking %}<think></think>{% endif %}").has_thinking_switch
    assert chat_format(R1).has_thinking_switch
    assert not chat_format("{{ messages[0].content.split('</think>') }}").has_thinking_switch
    assert not chat_format(None).has_thinking_switch
    assert "<think>" in chat_format(QWEN3).render(asked().messages, "", {"enable_thinking": False}).text


@pytest.mark.parametrize("template", [None, "", "{{ messages }}"])
def test_a_template_without_marks_has_no_style(template: str | None) -> None:
    assert style_of(template) is None


def test_marks_that_are_control_tokens_are_seen_all_the_same(tmp_path: Path) -> None:
    template = CHATML + "{# <think></think> #}"
    path = write_model(
        tmp_path / "thinker.gguf", "llama", template=template, controls=("<think>", "</think>")
    )
    model = load_llama(path, LoadOptions(context_size=512, num_sequences_max=2), lambda _: True)
    try:
        run = Run(model.context)
        (begin,) = model.tokenizer.tokenize("<think>", add_special=False, parse_special=True)
        assert model.tokenizer.token_bytes(begin) == b""
        for request_id, bias in (("thinks", ((begin, 1000.0),)), ("answers", ())):
            sampling = Sampling(temperature=0, logit_bias=bias)
            run.engine.submit(GenerationRequest(request_id, asked(), 5, sampling))
        run.finish()
        deltas = {
            request_id: [event for event in run.of(request_id) if isinstance(event, TextDelta)]
            for request_id in ("thinks", "answers")
        }
        assert {delta.is_reasoning for delta in deltas["thinks"]} == {True}
        assert {delta.is_reasoning for delta in deltas["answers"]} == {False}
    finally:
        model.close()
