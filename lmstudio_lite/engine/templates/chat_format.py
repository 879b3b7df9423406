"""Messages to a prompt, the way the model was trained to see them.

The GGUF's own Jinja template is rendered in a process of its own (``template_process``). Base models have no
template: they get a plain transcript, which they continue best. A template that fails even on the simplest
conversation, or loses what is said there, is replaced by ChatML or Gemma's turns where the vocabulary knows
them, else by the transcript. Text of users and documents can't forge a turn: see ``prompt_text``.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lmstudio_lite.domain.generation import ChatPrompt, Message, Role
from lmstudio_lite.domain.models import ReasoningMarks
from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts
from lmstudio_lite.engine.templates.habits import Habits, habits_of, trials_of
from lmstudio_lite.engine.templates.process import Template, TemplateProblem
from lmstudio_lite.engine.templates.prompt_text import PromptText, StandIns
from lmstudio_lite.engine.templates.reasoning import THINK, ReasoningSplitter, ReasoningStyle, style_of
from lmstudio_lite.errors import TemplateError

Options = Mapping[str, str | int | float | bool]
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
GEMMA = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}{{ bos_token }}"
    "{% for m in messages %}<start_of_turn>{{ 'model' if m.role == 'assistant' else 'user' }}\n"
    "{{ m.content }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
"""For Gemma's relatives: TranslateGemma's own template takes messages of no form but its own."""
_logger = logging.getLogger(__name__)
_END_LENGTH = 200
_SAME_FOR_S = 10.0
"""Templates may tell the date."""
_MENDED_BY_ANOTHER_FORM = frozenset((TemplateProblem.REFUSED, TemplateProblem.LOSES_TEXT))
_WORDS_CHECKED = 32
_SWITCHES = frozenset(("enable_thinking", "thinking", "thinking_budget"))
_MARKUP = re.compile(r"</?[A-Za-z][\w:.-]*>|<\|[^|<>\s]+\|>|\[/?[A-Z][A-Z_ ]*\]|◁/?\w+▷|/(?:no_?)?think\b")
_REPLACEMENTS = (
    (frozenset(("<|im_start|>", "<|im_end|>")), CHATML),
    (frozenset(("<start_of_turn>", "<end_of_turn>")), GEMMA),
)
"""What takes a template's place, by the control tokens that the vocabulary must have."""
TRANSCRIPT_STOP = ("\nUser:", "\n\nUser", "\nSystem:")
_TRANSCRIPT_NAMES = {Role.USER: "User", Role.ASSISTANT: "Assistant"}


@dataclass(frozen=True, slots=True)
class _Rendering:
    messages: tuple[Message, ...]
    options: Options
    rendered_at_s: float
    prompt: PromptText


class ChatFormat:
    """Renders prompts for one model. ``stop`` must be added to a request's own stop strings.

    ``problem`` says why the model's own template is not the one in use, a ``TemplateProblem`` or "" if it is.
    """

    def __init__(
        self,
        template: str | None,
        *,
        special_texts: tuple[str, str],
        guarded_texts: Callable[[], GuardedTexts],
        problem: str = "",
    ) -> None:
        """Compile the template and try it.

        Raises:
            TemplateError: it is not valid Jinja, absurdly long, or takes too much.
        """
        self.problem = problem
        self._source = template or ""
        self._bos, self._eos = special_texts
        self._find_guarded = guarded_texts
        self._style = style_of(template)
        self._looked_for = frozenset(_MARKUP.findall(self._source))
        self._template: Template | None = None
        self._last: _Rendering | None = None
        self._ends: dict[tuple[tuple[str, object], ...], str] = {}
        self.habits = Habits()
        if template:
            self._template = Template(template, trials_of(self._variables))
            self.habits = habits_of(self._template.trials)

    @cached_property
    def guarded(self) -> GuardedTexts:
        """What nobody's words may be read as."""
        return self._find_guarded()

    @cached_property
    def _hidden(self) -> GuardedTexts:
        """What no template sees in anybody's words: what is guarded, and what templates look for in them.

        Many cut an answer at its ``</think>``, some take "/think" out of a question: whoever speaks of these
        would lose words.
        """
        style = self.reasoning_style
        marks = style.controls if style is not None else ()
        return self.guarded.with_more({*self._looked_for, *marks})

    @property
    def stop(self) -> tuple[str, ...]:
        return () if self._template else TRANSCRIPT_STOP

    @property
    def is_transcript(self) -> bool:
        """Whether there is no template: nothing marks the end of a turn."""
        return self._template is None

    @property
    def reasoning_style(self) -> ReasoningStyle | None:
        """How the model marks thinking, None where it does not.

        A template that does not name the marks may belong to a model that writes them all the same; then
        its vocabulary has them.
        """
        if self._style is None and THINK.begin in self.guarded.all:
            return THINK
        return self._style

    @property
    def reasoning_marks(self) -> ReasoningMarks | None:
        return self._style.marks if self._style else None

    @property
    def has_thinking_switch(self) -> bool:
        """Whether ``enable_thinking`` decides: the template obeys it, or opens a block that we can close."""
        if self._template is None or self._style is None:
            return False
        return bool(self._template.variables & _SWITCHES) or self._opens_thinking({})

    def render(
        self, messages: Sequence[Message], reply_start: str = "", options: Options | None = None
    ) -> PromptText:
        """Return the prompt up to where the reply begins (with ``reply_start`` already said).

        Raises:
            TemplateError: the template refuses these messages in every form we know.
        """
        options = options or {}
        if self._template is None:
            prompt = self._transcribe(messages, "\n\nAssistant:")
            return prompt + self.as_reply(reply_start)
        return self._begin_reply(self._rendered(messages, options), reply_start, options)

    def _rendered(self, messages: Sequence[Message], options: Options) -> PromptText:
        """Render, or say again what was rendered just now: texts by the thousand follow one instruction."""
        last, now_s = self._last, time.monotonic()
        is_same = last is not None and (last.messages, last.options) == (tuple(messages), options)
        if last is None or not is_same or now_s - last.rendered_at_s > _SAME_FOR_S:
            found = self._render(messages, options)
            last = self._last = _Rendering(tuple(messages), dict(options), now_s, found)
        return last.prompt

    def transcribe(self, messages: Sequence[Message], options: Options | None = None) -> PromptText:
        """Return a whole conversation, answers included, without the beginning of another one.

        Raises:
            TemplateError: the template refuses these messages in every form we know.
        """
        if self._template is None:
            return self._transcribe(messages)
        return self._render(messages, options or {}, begins_reply=False)

    def splitter(self, prompt: ChatPrompt, *, marks_are_tokens: bool = False) -> ReasoningSplitter | None:
        """Return what tells thinking from reply, in the state that the prompt leaves it in.

        None where everything is reply. A model whose template names no marks, or has been told not to think,
        may begin a reply with the same characters: there, thinking must look like it.
        """
        style = self.reasoning_style
        if style is None:
            return None
        reply_start, options = prompt.reply_start, prompt.template_options
        opens = self._opens_thinking(options)
        if not reply_start and _may_think(options) and opens:
            return ReasoningSplitter(style, is_inside=True, marks_are_tokens=marks_are_tokens)
        is_doubtful = self._style is None or opens or style.closes(self._end_of_prompt(options))
        splitter = ReasoningSplitter(
            style, needs_line=is_doubtful and not style.is_anywhere, marks_are_tokens=marks_are_tokens
        )
        splitter.skip(reply_start)
        return splitter

    def _begin_reply(self, rendered: PromptText, reply_start: str, options: Options) -> PromptText:
        """Put the beginning of the reply where it belongs: not into thinking that the template opens."""
        style, said = self._style, self.as_reply(reply_start)
        if style is None:
            return rendered + said
        end = len(rendered.text.rstrip())
        opens = style.opens(rendered.text) and not any(
            start < end <= stop for start, stop in rendered.literal
        )
        if reply_start.startswith(style.begin):
            return (rendered.until(end - len(style.begin.rstrip())) if opens else rendered) + said
        if opens:
            is_over = reply_start or not _may_think(options)
            return rendered + style.marks.end + said if is_over else rendered
        has_lead = reply_start.startswith(style.lead) or rendered.text.endswith(style.lead)
        if reply_start and not has_lead:
            return rendered + style.lead + said
        return rendered + said

    def _opens_thinking(self, options: Options) -> bool:
        """Tell whether the template begins the thinking itself."""
        return self._style is not None and self._style.opens(self._end_of_prompt(options))

    def _end_of_prompt(self, options: Options) -> str:
        """Return what the template writes last before an answer, "" where it fails."""
        if self._template is None:
            return ""
        key = tuple(options.items())
        if key not in self._ends:
            try:
                self._ends[key] = self._render([Message(Role.USER, "Hello")], options).text[-_END_LENGTH:]
            except TemplateError:
                self._ends[key] = ""
        return self._ends[key]

    def _render(
        self, messages: Sequence[Message], options: Options, *, begins_reply: bool = True
    ) -> PromptText:
        """Render the messages in the first of the forms we know that the template says whole."""
        merged = _merge_system(messages)
        forms = [merged] if self.habits.drops_system else [list(messages), merged]
        forms.append(_alternating(merged))
        refusal: TemplateError | None = None
        for number, form in enumerate(forms):
            if form in forms[:number]:
                continue
            try:
                return self._render_as_is(form, options, begins_reply=begins_reply)
            except TemplateError as error:
                refusal = refusal or error
                if error.details["reason"] not in _MENDED_BY_ANOTHER_FORM:
                    break
        assert refusal is not None
        raise refusal

    def _render_as_is(
        self, messages: Sequence[Message], options: Options, *, begins_reply: bool
    ) -> PromptText:
        assert self._template is not None
        spoken = [text for text in options.values() if isinstance(text, str)]
        stand_ins = StandIns(self._hidden, (self._source, *spoken, *(message.text for message in messages)))
        options = {
            name: stand_ins.hide(value) if isinstance(value, str) else value
            for name, value in options.items()
        }
        rows = [(str(message.role), self._hide(message, stand_ins)) for message in messages]
        habits = self.habits
        text = self._template.render(self._variables(rows, begins_reply, habits.parts, options))
        if not habits.problem:
            _check_said(rows, text)
        if not begins_reply or not habits.header:
            return stand_ins.restore(text)
        return stand_ins.restore(text.removesuffix(habits.ending)) + habits.header

    def _variables(
        self,
        rows: Sequence[tuple[str, str]],
        begins_reply: bool,
        parts: Collection[str],
        options: Options | None = None,
    ) -> dict[str, object]:
        """Return what a template is given: the names that transformers gives, and the options."""
        return {
            "tools": None,
            "documents": None,
            **_with_synonyms(options or {}),
            "messages": [
                {"role": role, "content": [{"type": "text", "text": text}] if role in parts else text}
                for role, text in rows
            ],
            "bos_token": self._bos,
            "eos_token": self._eos,
            "add_generation_prompt": begins_reply,
        }

    def _hide(self, message: Message, stand_ins: StandIns) -> str:
        """Hide what looks like markup; an answer keeps the marks of its own thinking."""
        text = message.text.encode("utf-8", "replace").decode()
        style = self.reasoning_style
        if style is None or message.role is not Role.ASSISTANT:
            return stand_ins.hide(text)
        return stand_ins.hide(text, style.own_marks(text))

    def as_reply(self, text: str) -> PromptText:
        """Return a reply, or its beginning, as what the model itself wrote."""
        return self._transcribed([Message(Role.ASSISTANT, text)], lambda texts: texts[0])

    def _transcribe(self, messages: Sequence[Message], end: str = "") -> PromptText:
        def join(texts: Sequence[str]) -> str:
            parts = [
                text if message.role is Role.SYSTEM else f"{_TRANSCRIPT_NAMES[message.role]}: {text}"
                for message, text in zip(messages, texts, strict=True)
            ]
            return "\n\n".join(parts) + end

        return self._transcribed(messages, join)

    def _transcribed(self, messages: Sequence[Message], join: Callable[[Sequence[str]], str]) -> PromptText:
        stand_ins = StandIns(self._hidden, (message.text for message in messages))
        return stand_ins.restore(join([self._hide(message, stand_ins) for message in messages]))


def choose_format(
    template: str | None,
    *,
    special_texts: tuple[str, str],
    guarded_texts: Callable[[], GuardedTexts],
) -> ChatFormat:
    """Return the model's own format, or one that works where its template does not; see ``problem``."""

    def build(source: str | None, problem: str = "") -> ChatFormat:
        return ChatFormat(source, special_texts=special_texts, guarded_texts=guarded_texts, problem=problem)

    try:
        own = build(template)
        problem = own.habits.problem
    except TemplateError as error:
        problem = str(error.details["reason"])
        _logger.debug("the chat template failed: %s", error.details.get("detail"))
    else:
        if not problem:
            return own
    known = guarded_texts().all
    return build(next((source for controls, source in _REPLACEMENTS if known >= controls), None), problem)


def _may_think(options: Options) -> bool:
    return options.get("enable_thinking", True) is not False


def _with_synonyms(options: Options) -> Options:
    """Say ``enable_thinking`` in the words of every family: DeepSeek, Granite and Kimi; gpt-oss; Seed."""
    if "enable_thinking" not in options:
        return options
    thinks = bool(options["enable_thinking"])
    off: Options = {} if thinks else {"reasoning_effort": "low", "thinking_budget": 0}
    return {"thinking": thinks, **off, **options}


def _merge_system(messages: Sequence[Message]) -> list[Message]:
    """Move system text into the first user's message, for templates that know no system role."""
    system = "\n\n".join(message.text for message in messages if message.role is Role.SYSTEM)
    rest = [message for message in messages if message.role is not Role.SYSTEM]
    if not system or not rest or rest[0].role is not Role.USER:
        return list(messages)
    return [Message(Role.USER, f"{system}\n\n{rest[0].text}"), *rest[1:]]


def _alternating(messages: Sequence[Message]) -> list[Message]:
    """Join neighbours of one role, for templates that demand turns."""
    joined: list[Message] = []
    for message in messages:
        if joined and joined[-1].role is message.role:
            joined[-1] = Message(message.role, f"{joined[-1].text}\n\n{message.text}")
        else:
            joined.append(message)
    return joined


def _check_said(rows: Sequence[tuple[str, str]], text: str) -> None:
    """Look for the question and the system text in what a template made of them.

    It may trim or rearrange them, so some words of each are looked for, and most must be there.

    Raises:
        TemplateError: it says something else.
    """
    asked = [said for role, said in rows if role == Role.USER][-1:]
    for said in (*(said for role, said in rows if role == Role.SYSTEM), *asked):
        words = said.split()
        some = words[:: max(1, len(words) // _WORDS_CHECKED)]
        if 2 * sum(word in text for word in some) < len(some):
            raise TemplateError(reason=TemplateProblem.LOSES_TEXT, detail=f"{len(said)} characters")
