from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import ChatPrompt, Failed, GenerationRequest, Message, Role, Sampling
from lmstudio_lite.domain.models import EngineState, Failure, ModelPhase, Rung
from lmstudio_lite.engine import protocol
from lmstudio_lite.workers.frames import UnreadableError, read_frame

REQUEST = GenerationRequest(
    "r", ChatPrompt((Message(Role.USER, "héllo 翻译 \0"),), "So"), 5, Sampling(seed=3), ("\n",)
)


def content_of(*values: protocol.Command | protocol.Message) -> bytes:
    content = read_frame(io.BytesIO(protocol.encode(values)))
    assert content is not None
    return content


@pytest.mark.parametrize(
    "command",
    [
        protocol.LoadModel(Path("/models/ä.gguf"), LoadOptions(context_size=5, rung=Rung.NO_EXTRA_BUFFERS)),
        protocol.SubmitGroup((REQUEST, GenerationRequest("s", "plain", retry_of="r", may_be_retried=True))),
        protocol.Settle("r"),
        protocol.CountTokens(7, ("a", "")),
        protocol.Shutdown(),
    ],
)
def test_commands_survive_the_pipe(command: protocol.Command) -> None:
    assert protocol.decode_commands(content_of(command, command)) == [command, command]


@pytest.mark.parametrize(
    "message",
    [
        protocol.StateChanged(
            EngineState(
                phase=ModelPhase.FAILED,
                path=Path("x"),
                failure=Failure("model_load", {"path": "x", "n": 2}),
            )
        ),
        Failed("r", "decode", {"status": "failed", "count": 3}),
    ],
)
def test_messages_survive_the_pipe(message: protocol.Message) -> None:
    assert protocol.decode_messages(content_of(message, message)) == [message, message]


@pytest.mark.parametrize("decode", [protocol.decode_commands, protocol.decode_messages])
@given(content=st.binary(max_size=200))
def test_garbage_is_refused(decode: Callable[[bytes], object], content: bytes) -> None:
    try:
        assert decode(content) == []
    except UnreadableError:
        return


def test_unknown_kinds_and_wrong_types_are_refused() -> None:
    for content in (b'[["Exec",{}]]', b'[["Cancel",{"request_id":5}]]', b'[["Cancel",{}]]', b'{"a":1}'):
        with pytest.raises(UnreadableError):
            protocol.decode_commands(content)


def test_only_the_engine_says_how_it_is_and_only_its_client_tells_it_what_to_do() -> None:
    with pytest.raises(UnreadableError):
        protocol.decode_commands(content_of(protocol.Heartbeat()))
    with pytest.raises(UnreadableError):
        protocol.decode_messages(content_of(protocol.Shutdown()))
