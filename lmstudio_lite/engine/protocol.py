"""What travels between the window's process and the engine's: commands one way, messages the other.

A frame is a 4-byte big-endian length and a JSON array of ``[kind, fields]`` pairs. Kinds are checked
against a closed table and fields against their types, so a broken peer can only be refused; nothing
is ever unpickled.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

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
from lmstudio_lite.errors import Detail, InvariantError

FRAME_SIZE_MAX = 1 << 30
_HEADER = struct.Struct(">I")


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

_KINDS: dict[str, type[Command | Message]] = {
    kind.__name__: kind
    for kind in (
        *(LoadModel, UnloadModel, SubmitGroup, Cancel, Settle, CountTokens, CountPrompt, Embed, Shutdown),
        *(StateChanged, PromptProgress, TextDelta, Finished, Failed, TokenCounts, Embedded, CallFailed),
        Heartbeat,
    )
}


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
_decoders = {name: msgspec.json.Decoder(kind, dec_hook=_decode_other) for name, kind in _KINDS.items()}


def encode(values: Iterable[Command | Message]) -> bytes:
    """Return one frame that holds ``values`` in order."""
    body = _encoder.encode([(type(value).__name__, value) for value in values])
    return _HEADER.pack(len(body)) + body


def decode(body: bytes) -> Sequence[Command | Message]:
    """Return the values of a frame's body.

    Raises:
        InvariantError: it is not what ``encode`` writes.
    """
    try:
        return [_decoders[name].decode(raw) for name, raw in _outer.decode(body)]
    except (msgspec.MsgspecError, KeyError) as error:
        raise InvariantError(f"bad frame: {error}") from error


def read_frame(stream: IO[bytes]) -> Sequence[Command | Message] | None:
    """Read one frame; None where the stream ends (between frames or within one).

    Raises:
        InvariantError: the stream does not speak this protocol.
    """
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    (size,) = _HEADER.unpack(header)
    if size > FRAME_SIZE_MAX:
        raise InvariantError(f"frame of {size} bytes")
    body = stream.read(size)
    return decode(body) if len(body) == size else None
