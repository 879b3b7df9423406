from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import ChatPrompt, Failed, GenerationRequest, Message, Role, Sampling
from lmstudio_lite.domain.models import EngineState, Failure, ModelPhase, Rung
from lmstudio_lite.engine import protocol
from lmstudio_lite.errors import InvariantError

REQUEST = GenerationRequest(
    "r", ChatPrompt((Message(Role.USER, "héllo 翻译 \0"),), "So"), 5, Sampling(seed=3), ("\n",)
)


@pytest.mark.parametrize(
    "value",
    [
        protocol.LoadModel(Path("/models/ä.gguf"), LoadOptions(context_size=5, rung=Rung.NO_EXTRA_BUFFERS)),
        protocol.SubmitGroup((REQUEST, GenerationRequest("s", "plain", retry_of="r", may_be_retried=True))),
        protocol.Settle("r"),
        protocol.CountTokens(7, ("a", "")),
        protocol.Shutdown(),
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
def test_values_survive_the_pipe(value: protocol.Command | protocol.Message) -> None:
    stream = io.BytesIO(protocol.encode([value, value]))
    assert protocol.read_frame(stream) == [value, value]
    assert protocol.read_frame(stream) is None


def test_a_frame_that_is_cut_off_is_an_end() -> None:
    frame = protocol.encode([protocol.Shutdown()])
    for length in range(len(frame)):
        assert protocol.read_frame(io.BytesIO(frame[:length])) is None


@given(st.binary(max_size=200))
def test_garbage_is_refused(body: bytes) -> None:
    try:
        protocol.decode(body)
    except InvariantError:
        return
    assert protocol.decode(body) == []


def test_unknown_kinds_and_wrong_types_are_refused() -> None:
    for body in (b'[["Exec",{}]]', b'[["Cancel",{"request_id":5}]]', b'[["Cancel",{}]]', b'{"a":1}'):
        with pytest.raises(InvariantError):
            protocol.decode(body)
