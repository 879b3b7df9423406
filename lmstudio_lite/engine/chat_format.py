"""Messages to a prompt, the way the model was trained to see them.

The GGUF's own Jinja template is rendered in a sandbox (``template_sandbox``). Base models have no
template: they get a plain transcript, which they continue best. A template that fails even on the
simplest conversation is replaced by ChatML where the vocabulary knows it, else by the transcript.
Text of users and documents can't forge a turn: what the tokenizer would read as a control token is
broken up before it enters the template.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from lmstudio_lite.domain.generation import ChatPrompt, Message, Overflow, Role
from lmstudio_lite.domain.models import ReasoningMarks
from lmstudio_lite.engine.reasoning import THINK, ReasoningSplitter, ReasoningStyle, style_of
from lmstudio_lite.engine.template_sandbox import SandboxedTemplate
from lmstudio_lite.errors import PromptTooLongError, TemplateError

Options = Mapping[str, str | int | float | bool]
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_CHATML_CONTROLS = frozenset(("<|im_start|>", "<|im_end|>"))
TRANSCRIPT_STOP = ("\nUser:", "\n\nUser", "\nSystem:")
_TRANSCRIPT_NAMES = {Role.USER: "User", Role.ASSISTANT: "Assistant"}


class ChatFormat:
    """Renders prompts for one model. ``stop`` must be added to a request's own stop strings.

    ``problem`` says why the model's own template is not the one in use, "" if it is.
    """

    def __init__(
        self,
        template: str | None,
        *,
        special_texts: tuple[str, str],
        control_texts: Callable[[], frozenset[str]],
        problem: str = "",
    ) -> None:
        """Compile the template.

        Raises:
            TemplateError: it is not valid Jinja, or absurdly long.
        """
        self.problem = problem
        self._bos, self._eos = special_texts
        self._control_texts = control_texts
        self._control_pattern: re.Pattern[str] | None = None
        self._template = SandboxedTemplate(template) if template else None
        self._style = style_of(template)
        self._opens_thinking = cache(self._probe)

    @property
    def stop(self) -> tuple[str, ...]:
        return () if self._template else TRANSCRIPT_STOP

    @property
    def adds_special(self) -> bool:
        """Whether the tokenizer must add its own beginning; a template that writes it forbids that."""
        return self._template is None

    @property
    def reasoning_style(self) -> ReasoningStyle | None:
        """How the template marks thinking, None where it does not."""
        return self._style

    @property
    def reasoning_marks(self) -> ReasoningMarks | None:
        return self._style.marks if self._style else None

    @property
    def has_thinking_switch(self) -> bool:
        """Whether ``enable_thinking`` decides: the template obeys it, or opens a block that we can close."""
        if self._template is None or self._style is None:
            return False
        return bool(self._template.variables & {"enable_thinking", "thinking"}) or self._opens_thinking(())

    def render(
        self, messages: Sequence[Message], reply_start: str = "", options: Options | None = None
    ) -> str:
        """Return the prompt up to where the reply begins (with ``reply_start`` already said).

        Raises:
            TemplateError: the template refuses these messages in every form we know.
        """
        options = options or {}
        safe = [Message(message.role, self._defuse(message.text)) for message in messages]
        if self._template is None:
            return _transcript(safe) + reply_start
        try:
            rendered = self._render(safe, options)
        except TemplateError:
            merged = _merge_system(safe)
            if merged == safe:
                raise
            rendered = self._render(merged, options)
        return self._begin_reply(rendered, reply_start, options)

    def transcribe(self, messages: Sequence[Message], options: Options | None = None) -> str:
        """Return a whole conversation, answers included, without the beginning of another one.

        Raises:
            TemplateError: the template refuses these messages in every form we know.
        """
        safe = [Message(message.role, self._defuse(message.text)) for message in messages]
        if self._template is None:
            return "\n\n".join(_transcript_parts(safe))
        try:
            return self._render(safe, options or {}, begins_reply=False)
        except TemplateError:
            merged = _merge_system(safe)
            if merged == safe:
                raise
            return self._render(merged, options or {}, begins_reply=False)

    def splitter(self, prompt: ChatPrompt) -> ReasoningSplitter:
        """Return what tells thinking from reply, in the state that the prompt leaves it in."""
        style = self._style or THINK
        reply_start, options = prompt.reply_start, prompt.template_options
        if not reply_start and _may_think(options) and self._opens_thinking(tuple(options.items())):
            return ReasoningSplitter(style, is_inside=True)
        splitter = ReasoningSplitter(style)
        splitter.skip(reply_start)
        return splitter

    def _begin_reply(self, rendered: str, reply_start: str, options: Options) -> str:
        """Put the beginning of the reply where it belongs: not into thinking that the template opens."""
        style = self._style
        if style is None or reply_start.startswith(style.begin):
            if style is not None and style.opens(rendered):
                rendered = rendered.rstrip().removesuffix(style.begin.rstrip())
            return rendered + reply_start
        if style.opens(rendered):
            is_over = reply_start or not _may_think(options)
            return rendered + style.marks.end + reply_start if is_over else rendered
        if reply_start and not reply_start.startswith(style.lead):
            return rendered + style.lead + reply_start
        return rendered + reply_start

    def _probe(self, options: tuple[tuple[str, str | int | float | bool], ...]) -> bool:
        """Tell whether the template begins the thinking itself."""
        if self._template is None or self._style is None:
            return False
        try:
            return self._style.opens(self._render([Message(Role.USER, "Hello")], dict(options)))
        except TemplateError:
            return False

    def _render(self, messages: Sequence[Message], options: Options, *, begins_reply: bool = True) -> str:
        assert self._template is not None
        rows = [{"role": str(message.role), "content": message.text} for message in messages]
        return self._template.render(
            {
                **_with_synonyms(options),
                "messages": rows,
                "bos_token": self._bos,
                "eos_token": self._eos,
                "add_generation_prompt": begins_reply,
            }
        )

    def _defuse(self, text: str) -> str:
        """Put a space into whatever would be read as a control token."""
        if "<" not in text and "[" not in text:
            return text
        if self._control_pattern is None:
            longest_first = sorted((t for t in self._control_texts() if len(t) > 1), key=len, reverse=True)
            self._control_pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        return self._control_pattern.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)


def choose_format(
    template: str | None,
    *,
    special_texts: tuple[str, str],
    control_texts: Callable[[], frozenset[str]],
) -> ChatFormat:
    """Return the model's own format, or one that works where its template does not; see ``problem``."""

    def build(source: str | None, problem: str = "") -> ChatFormat:
        return ChatFormat(source, special_texts=special_texts, control_texts=control_texts, problem=problem)

    try:
        own = build(template)
        own.render([Message(Role.USER, "Hello")])
    except TemplateError as error:
        knows_chatml = control_texts() >= _CHATML_CONTROLS
        return build(CHATML if knows_chatml else None, str(error.details["reason"]))
    return own


def fit_prompt(
    prompt: ChatPrompt,
    *,
    encode: Callable[[Sequence[Message], str], list[int]],
    limit: int,
    context_size: int,
) -> tuple[list[int], int]:
    """Tokenize a chat prompt to at most ``limit`` tokens; return the ids and how many turns were dropped.

    With ``DROP_OLDEST_TURNS`` whole turns (a user's message and what answers it) leave from the front, in
    steps of half the limit: until the next step is due the beginning stays the same from turn to turn, so
    that the KV cache still serves. System messages and the last turn stay.

    Raises:
        PromptTooLongError: it can't be made to fit.
        TemplateError: see ``ChatFormat.render``.
    """
    token_ids = encode(prompt.messages, prompt.reply_start)
    num_tokens = len(token_ids)
    if num_tokens <= limit:
        return token_ids, 0
    last_turn = len(_turn_starts(prompt.messages)) - 1
    num_dropped = 0
    if prompt.overflow is Overflow.DROP_OLDEST_TURNS:
        step = max(1, limit // 2)
        at_least = step
        while len(token_ids) > limit and num_dropped < last_turn:

            def drops_enough(count: int, at_least: int = at_least) -> bool:
                shorter = encode(_without_turns(prompt.messages, count), prompt.reply_start)
                return num_tokens - len(shorter) >= at_least

            num_dropped += 1 + bisect_left(range(num_dropped + 1, last_turn), True, key=drops_enough)
            token_ids = encode(_without_turns(prompt.messages, num_dropped), prompt.reply_start)
            at_least += step
    if len(token_ids) > limit:
        raise PromptTooLongError(num_prompt_tokens=len(token_ids), context_size=context_size)
    return token_ids, num_dropped


def _turn_starts(messages: Sequence[Message]) -> list[int]:
    return [at for at, message in enumerate(messages) if message.role is Role.USER]


def _without_turns(messages: Sequence[Message], count: int) -> Sequence[Message]:
    """Leave the first ``count`` turns out; system messages among them stay."""
    starts = _turn_starts(messages)
    first, end = starts[0], starts[count]
    kept = [message for message in messages[first:end] if message.role is Role.SYSTEM]
    return [*messages[:first], *kept, *messages[end:]]


def _may_think(options: Options) -> bool:
    return options.get("enable_thinking", True) is not False


def _with_synonyms(options: Options) -> Options:
    """Say ``enable_thinking`` in the words of every family: DeepSeek, Granite and Kimi; gpt-oss."""
    if "enable_thinking" not in options:
        return options
    thinks = bool(options["enable_thinking"])
    return {"thinking": thinks, **({} if thinks else {"reasoning_effort": "low"}), **options}


def _merge_system(messages: Sequence[Message]) -> list[Message]:
    """Move system text into the first user's message, for templates that know no system role."""
    system = "\n\n".join(message.text for message in messages if message.role is Role.SYSTEM)
    rest = [message for message in messages if message.role is not Role.SYSTEM]
    if not system or not rest or rest[0].role is not Role.USER:
        return list(messages)
    return [Message(Role.USER, f"{system}\n\n{rest[0].text}"), *rest[1:]]


def _transcript(messages: Sequence[Message]) -> str:
    return "\n\n".join([*_transcript_parts(messages), "Assistant:"])


def _transcript_parts(messages: Sequence[Message]) -> list[str]:
    return [
        message.text if message.role is Role.SYSTEM else f"{_TRANSCRIPT_NAMES[message.role]}: {message.text}"
        for message in messages
    ]
