"""What a model thinks before it answers, told apart from the answer while both stream.

Model families mark their thinking differently. Which marks a model uses is read from its chat template,
which names them; where it names none, a vocabulary that has ``<think>`` as a token tells as much. In the
reply of any other model a tag is text, and so it is in the reply of one that thinks, behind its thinking: a
mark counts where thinking can begin or end, and where the vocabulary has it as a token, as that. Learned
from the templates that llama.cpp ships (``models/templates``) and its ``common/chat-diff-analyzer.cpp``. A
pure state machine: text in as it comes, pieces of reply and reasoning out; a mark may arrive in any number
of parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lmstudio_lite.domain.models import ReasoningMarks


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of the reply, or of what the model thinks before it."""

    text: str
    is_reasoning: bool = False


@dataclass(frozen=True, slots=True)
class ReasoningStyle:
    """A family's marks.

    ``begin`` and ``end`` are what the model writes; ``marks`` how they look around a text that is given to
    the model (with the white space it was trained on). ``dropped`` are marks that belong to neither part.
    ``lead`` must stand before a reply that begins without thinking. With ``is_anywhere`` thinking may begin
    in the middle of a reply too, for nothing else can be written that way: the marks are control tokens.
    """

    begin: str
    end: str
    marks: ReasoningMarks
    dropped: tuple[str, ...] = ()
    lead: str = ""
    is_anywhere: bool = False

    @property
    def controls(self) -> tuple[str, ...]:
        """The parts of the marks that a vocabulary may hold as control tokens."""
        return tuple(dict.fromkeys(re.findall(r"<[^<>\s]+>|\[/?[A-Z]+\]|◁/?\w+▷", self._all_marks)))

    @property
    def _all_marks(self) -> str:
        return " ".join((self.begin, self.end, self.lead, *self.dropped))

    @property
    def closers(self) -> tuple[str, ...]:
        """The dropped marks that stand behind a reply; ``openers`` stand before it."""
        return tuple(mark for mark in self.dropped if mark.startswith(("</", "[END")))

    @property
    def openers(self) -> tuple[str, ...]:
        return tuple(mark for mark in self.dropped if mark not in self.closers)

    @property
    def limits(self) -> tuple[str, ...]:
        """The controls that thinking begins and ends with."""
        return tuple(mark for mark in self.controls if mark in self.begin or mark in self.end)

    def opens(self, prompt: str) -> bool:
        """Whether a rendered prompt ends inside the thinking, for its template begins it."""
        return prompt.rstrip().endswith(self.begin.rstrip())

    def closes(self, prompt: str) -> bool:
        """Whether a rendered prompt ends behind thinking: the reply is asked for without any."""
        return prompt.rstrip().endswith(self.end.rstrip())

    def own_marks(self, reply: str, *, is_inside: bool = False) -> list[tuple[int, int]]:
        """Return the half-open ranges of a reply's own marks; what looks like one elsewhere is content.

        ``is_inside`` where its prompt has begun the thinking already.
        """
        found: list[tuple[int, int]] = []
        at = _behind_space(reply, 0)

        def take(mark: str) -> bool:
            nonlocal at
            if not mark or not reply.startswith(mark, at):
                return False
            found.append((at, at + len(mark)))
            at += len(mark)
            return True

        if take(self.begin) or is_inside:
            end = reply.find(self.end, at)
            if end < 0:
                return found
            at = end
            take(self.end)
        marks = sorted(self.dropped, key=len, reverse=True)
        while any(map(take, marks)) or _behind_space(reply, at) > at:
            at = _behind_space(reply, at)
        last = next((mark for mark in marks if reply.rstrip().endswith(mark)), "")
        start = len(reply.rstrip()) - len(last)
        return [*found, (start, start + len(last))] if last and start >= at else found


def _tags(begin: str, end: str, *dropped: str, is_anywhere: bool = False) -> ReasoningStyle:
    marks = ReasoningMarks(f"{begin}\n", f"\n{end}\n\n")
    return ReasoningStyle(begin, end, marks, dropped, is_anywhere=is_anywhere)


def _controls(begin: str, end: str, *dropped: str, reopen: str = "", lead: str = "") -> ReasoningStyle:
    marks = ReasoningMarks(begin, end + reopen + lead)
    return ReasoningStyle(begin, end, marks, dropped, lead, is_anywhere=True)


THINK = _tags("<think>", "</think>")
_HARMONY_FINAL = "<|channel|>final<|message|>"

# (what a template must contain, the style); the first that fits is taken, the special ones first.
_STYLES: tuple[tuple[tuple[str, ...], ReasoningStyle], ...] = (
    (
        ("<|channel|>analysis<|message|>",),  # gpt-oss
        _controls(
            "<|channel|>analysis<|message|>",
            "<|end|>",
            "<|start|>assistant" + _HARMONY_FINAL,
            "<|start|>assistant<|channel|>commentary<|message|>",
            "<|start|>assistant",
            _HARMONY_FINAL,
            "<|channel|>commentary<|message|>",
            "<|return|>",
            reopen="<|start|>assistant",
            lead=_HARMONY_FINAL,
        ),
    ),
    (("<|channel>", "<channel|>"), _controls("<|channel>thought\n", "<channel|>")),  # Gemma 4
    (
        ("<|think|>", "<|content|>"),  # Solar Open
        _controls(
            "<|think|>",
            "<|end|>",
            "<|begin|>assistant<|content|>",
            "<|content|>",
            reopen="<|begin|>assistant",
            lead="<|content|>",
        ),
    ),
    (
        ("<|START_THINKING|>", "<|END_THINKING|>"),  # Command R, Command A
        _controls(
            "<|START_THINKING|>",
            "<|END_THINKING|>",
            *("<|START_RESPONSE|>", "<|END_RESPONSE|>", "<|START_TEXT|>", "<|END_TEXT|>"),
        ),
    ),
    (
        ("<|open|>", "<|close|>", "'think'"),  # Kimi K3
        _controls(
            "<|open|>think<|sep|>",
            "<|close|>think<|sep|>",
            "<|open|>response<|sep|>",
            "<|close|>response<|sep|>",
            "<|close|>message<|sep|>",
            lead="<|open|>response<|sep|>",
        ),
    ),
    (("[THINK]", "[/THINK]"), _controls("[THINK]", "[/THINK]")),  # Magistral, Ministral
    (("<|inner_prefix|>", "<|inner_suffix|>"), _controls("<|inner_prefix|>", "<|inner_suffix|>")),  # Apertus
    (
        ("[BEGIN FINAL RESPONSE]",),  # Apriel; its template writes the first line
        ReasoningStyle(
            "Here are my reasoning steps:\n",
            "[BEGIN FINAL RESPONSE]",
            ReasoningMarks("Here are my reasoning steps:\n", "\n[BEGIN FINAL RESPONSE]\n"),
            ("[END FINAL RESPONSE]",),
        ),
    ),
    (("<seed:think>", "</seed:think>"), _tags("<seed:think>", "</seed:think>")),  # Seed-OSS
    (("<mm:think>", "</mm:think>"), _tags("<mm:think>", "</mm:think>")),  # MiniMax M3
    (("◁think▷", "◁/think▷"), _tags("◁think▷", "◁/think▷")),  # Kimi-VL
    (("<thought>", "</thought>"), _tags("<thought>", "</thought>")),  # EXAONE Deep
    (("<think></think>", "<response></response>"), _tags("<think>", "</think>", "<response>", "</response>")),
    (("<think>", "<answer>"), _tags("<think>", "</think>", "<answer>", "</answer>")),  # Hunyuan
)


def style_of(template: str | None) -> ReasoningStyle | None:
    """Return the style that a chat template names, None where it names none."""
    if not template:
        return None
    for needed, style in _STYLES:
        if all(mark in template for mark in needed):
            return style
    return THINK if "<think>" in template or "</think>" in template else None


@dataclass(slots=True)
class ReasoningSplitter:
    """Splits one reply. ``is_inside`` is where it begins: in the thinking if the prompt opened it.

    White space around the marks belongs to them and is dropped. A block that is never closed ends with
    the stream. Where it is doubtful that the model thinks, thinking ``needs_line``: its mark is the first
    line. With ``marks_are_tokens`` only what is pushed as a mark is one.
    """

    style: ReasoningStyle = THINK
    is_inside: bool = False
    needs_line: bool = False
    marks_are_tokens: bool = False
    _held: str = ""
    _is_at_start: bool = field(init=False, default=True)
    _is_after_mark: bool = field(init=False, default=False)
    _has_thought: bool = field(init=False, default=False)
    _is_opened: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._is_after_mark = self.is_inside

    def push(self, text: str, *, is_mark: bool = False) -> list[Piece]:
        """Take new text, or the token of a mark; return the pieces that are now certain."""
        self._held += text if is_mark else self._as_content(text)
        return self._release(is_final=False)

    def flush(self) -> list[Piece]:
        """Return what was held back; the reply has ended."""
        return self._release(is_final=True)

    def skip(self, text: str) -> None:
        """Take the beginning of the reply that was given to the model: nothing of it comes out."""
        if text:
            done = 0
            for start, end in self.style.own_marks(text, is_inside=self.is_inside):
                self._held += self._as_content(text[done:start]) + text[start:end]
                done = end
            self._held += self._as_content(text[done:])
            self._release(is_final=True)
            self._is_at_start = self._is_after_mark = False

    def _as_content(self, text: str) -> str:
        return text.translate(_DISGUISES) if self.marks_are_tokens else text

    def _release(self, *, is_final: bool) -> list[Piece]:
        pieces: list[Piece] = []
        while True:
            if self._is_after_mark:
                self._held = self._held.lstrip()
            end, mark = self._next(is_final=is_final)
            before, self._held = self._held[:end], self._held[end:]
            if mark:
                self._held = self._held[self._held.index(mark) + len(mark) :]
            if before:
                pieces.append(Piece(before.translate(_UNDISGUISED), self.is_inside))
                self._is_at_start = self._is_after_mark = False
            if not mark:
                return pieces
            self._has_thought = self._has_thought or mark == self.style.end
            self._is_opened = self._is_opened or mark in self.style.openers
            self.is_inside = mark == self.style.begin or (self.is_inside and mark != self.style.end)
            self._is_at_start = self._is_after_mark = True

    def _next(self, *, is_final: bool) -> tuple[int, str]:
        """Return where certain text ends, and the mark that comes right after it, "" for none."""
        held = self._held
        if not self.is_inside and self._is_at_start:
            first = self._first(held.lstrip(), is_final=is_final)
            if first is not None:
                return 0, first
        if not self.is_inside and not self.style.is_anywhere:
            return self._last(is_final=is_final)
        marks = self._marks()
        found = min((at, -len(mark), mark) for mark in (*marks, "") if (at := _find(held, mark)) >= 0)
        certain = len(held) if is_final else len(held) - max(map(_overlap(held), marks), default=0)
        end, mark = (found[0], found[2]) if found[0] < certain else (certain, "")
        if self.is_inside and (mark or not is_final):
            end = len(held[:end].rstrip())
        return end, mark

    def _first(self, text: str, *, is_final: bool) -> str | None:
        """Return the mark that ``text``, which no text goes before, begins with; "" if that is open still."""
        begin, openers = self.style.begin, self.style.openers
        if self.style.is_anywhere or self._is_opened:
            openers = ()
        if self._has_thought and not self.style.is_anywhere:
            begin = ""
        if begin and text.startswith(begin):
            behind = text[len(begin) :].lstrip(" \t")
            if not self.needs_line or behind.startswith(("\n", "\r")):
                return begin
            if not behind:
                return None if is_final else ""
        opener = next((mark for mark in openers if text.startswith(mark)), None)
        if opener is not None:
            return opener
        is_open = not is_final and any(mark.startswith(text) for mark in (begin, *openers) if mark)
        return "" if is_open else None

    def _last(self, *, is_final: bool) -> tuple[int, str]:
        """Hold back a mark that may be the reply's last word: with more text behind it, it is content."""
        held, closers = self._held, self.style.closers
        said = held.rstrip()
        last = next((mark for mark in closers if said.endswith(mark)), "")
        if last:
            return len(said) - len(last), last if is_final else ""
        unsure = max(map(_overlap(held), closers), default=0)
        return len(held) if is_final else len(held) - unsure, ""

    def _marks(self) -> tuple[str, ...]:
        """The marks that mean something anywhere in the text from here on."""
        style = self.style
        if self.is_inside:
            return (style.end,)
        return (style.begin, style.end, *style.dropped, *style.controls)


_DISGUISES = {ord(first): 0xD800 + number for number, first in enumerate("<[◁")}
"""What marks begin with, in content: surrogates, which no decoded text has."""
_UNDISGUISED = {disguise: first for first, disguise in _DISGUISES.items()}


def _behind_space(text: str, at: int) -> int:
    return len(text) - len(text[at:].lstrip())


def _find(text: str, mark: str) -> int:
    """Where ``mark`` stands first, -1 for nowhere; "" stands at the end."""
    return text.find(mark) if mark else len(text)


def _overlap(text: str) -> Callable[[str], int]:
    """Return a function: the length of the longest proper beginning of a mark that ``text`` ends with."""

    def of(mark: str) -> int:
        longest = min(len(mark) - 1, len(text))
        return next((n for n in range(longest, 0, -1) if text.endswith(mark[:n])), 0)

    return of
