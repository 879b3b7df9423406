"""What travels between the window's process and the engine's: commands one way, messages the other.

A frame (``workers.frames``) holds a JSON array of ``[kind, fields]`` pairs. Kinds are checked against a
closed table and fields against their types, so a broken peer can only be refused; nothing is ever unpickled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from lmstudio_lite.domain.embedding import Embeddings
from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    GenerationRequest,
    PromptProgress,
    TextDelta,
)
from lmstudio_lite.domain.models import EngineState
from lmstudio_lite.errors import Detail
from lmstudio_lite.workers import frames


@dataclass(frozen=True, slots=True)
class LoadModel:
    """``load_number`` tells the states of this model from those of the ones before."""

    path: Path
    options: LoadOptions
    load_number: int = 0


@dataclass(frozen=True, slots=True)
class UnloadModel:
    pass


@dataclass(frozen=True, slots=True)
class SubmitGroup:
    """Requests that belong together; no more of them come for now."""

    requests: tuple[GenerationRequest, ...]


@dataclass(frozen=True, slots=True)
class Cancel:
    request_id: str


@dataclass(frozen=True, slots=True)
class Settle:
    """No retry follows the finished request."""

    request_id: str


@dataclass(frozen=True, slots=True)
class CountTokens:
    call_id: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountPrompt:
    call_id: int
    prompt: ChatPrompt


@dataclass(frozen=True, slots=True)
class Embed:
    call_id: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shutdown:
    pass


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The engine thread is alive, in work that says nothing else for a while."""


@dataclass(frozen=True, slots=True)
class StateChanged:
    state: EngineState
    load_number: int = 0


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Answer to ``CountTokens`` and, with one count, to ``CountPrompt``."""

    call_id: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Embedded:
    """Answer to ``Embed``."""

    call_id: int
    embeddings: Embeddings


@dataclass(frozen=True, slots=True)
class CallFailed:
    """``CountTokens``, ``CountPrompt`` or ``Embed`` can't be answered; code and details of the error."""

    call_id: int
    code: str
    details: dict[str, Detail]


Command = (
    LoadModel | UnloadModel | SubmitGroup | Cancel | Settle | CountTokens | CountPrompt | Embed | Shutdown
)
Answer = TokenCounts | Embedded | CallFailed
Message = StateChanged | Heartbeat | PromptProgress | TextDelta | Finished | Failed | Answer

_Value = TypeVar("_Value")


def _encode_other(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(type(value).__name__)


def _decode_other(kind: type, value: object) -> object:
    if issubclass(kind, Path) and isinstance(value, str):
        return Path(value)
    raise TypeError(kind.__name__)


_encoder = msgspec.json.Encoder(enc_hook=_encode_other)
_outer = msgspec.json.Decoder(list[tuple[str, msgspec.Raw]])
_commands = {
    kind.__name__: msgspec.json.Decoder[Command](kind, dec_hook=_decode_other)
    for kind in (
        *(LoadModel, UnloadModel, SubmitGroup, Cancel, Settle, CountTokens, CountPrompt, Embed, Shutdown),
    )
}
_messages = {
    kind.__name__: msgspec.json.Decoder[Message](kind, dec_hook=_decode_other)
    for kind in (
        *(StateChanged, Heartbeat, PromptProgress, TextDelta, Finished, Failed),
        *(TokenCounts, Embedded, CallFailed),
    )
}


def encode(values: Iterable[Command | Message]) -> bytes:
    """Return one frame that holds ``values`` in order."""
    return frames.frame(_encoder.encode([(type(value).__name__, value) for value in values]))


def decode_commands(content: bytes) -> Sequence[Command]:
    """Return what a frame's content tells the engine.

    Raises:
        UnreadableError: it is not what ``encode`` writes of commands.
    """
    return _decode(_commands, content)


def decode_messages(content: bytes) -> Sequence[Message]:
    """Return what the engine says in a frame's content.

    Raises:
        UnreadableError: it is not what ``encode`` writes of messages.
    """
    return _decode(_messages, content)


def _decode(kinds: Mapping[str, msgspec.json.Decoder[_Value]], content: bytes) -> Sequence[_Value]:
    pairs = frames.decode(_outer, content)
    if unknown := [name for name, _ in pairs if name not in kinds]:
        raise frames.UnreadableError(f"no such kind: {unknown[0]}")
    return [frames.decode(kinds[name], raw) for name, raw in pairs]
