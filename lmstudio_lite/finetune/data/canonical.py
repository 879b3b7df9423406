"""The one form that prepared examples have on disk: what the data side writes and the training reads.

JSON lines in UTF-8, one example each: ``{"messages": [{"role": "user", "content": "…"}, …], "at": "…"}``,
with ``"learns_last": true`` where only the last answer is learned and ``"unlearned": [1]`` where the message
at that place is not, or ``{"text": "…", "at": "…"}``. Read and written as streams: a file may be larger than
the memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.errors import DatasetLineError
from lmstudio_lite.files import open_regular
from lmstudio_lite.paths import replacing

TRAIN_FILE = "train.jsonl"
VALIDATION_FILE = "validation.jsonl"
_REASON_LENGTH = 200


class _Message(msgspec.Struct, frozen=True):
    role: Role
    content: str


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    messages: tuple[_Message, ...] = ()
    text: str = ""
    at: str = ""
    learns_last: bool = False
    unlearned: tuple[int, ...] = ()


def read_examples(path: Path, offset: int = 0) -> Iterator[TrainingExample]:
    """Yield the examples of a file that ``write_examples`` wrote, one line in memory at a time.

    ``offset`` is the byte that the first line to be read begins at; lines are numbered from there.

    Raises:
        DatasetLineError: a line is no example; says which.
        OSError: the file can't be read.
    """
    decoder = msgspec.json.Decoder(_Line)
    with open_regular(path) as file:
        file.seek(offset)
        for number, line in enumerate(file, 1):
            try:
                decoded = decoder.decode(line)
                if bool(decoded.messages) == bool(decoded.text):
                    raise msgspec.ValidationError("Expected either messages or text")
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                reason = str(error)[:_REASON_LENGTH]
                raise DatasetLineError(path=str(path), line=number, reason=reason) from error
            messages = tuple(Message(message.role, message.content) for message in decoded.messages)
            yield TrainingExample(messages, decoded.text, decoded.at, decoded.learns_last, decoded.unlearned)


def write_examples(path: Path, examples: Iterable[TrainingExample]) -> int:
    """Write ``examples`` to ``path``, whole or not at all; return how many they were.

    Raises:
        StorageError: the file can't be written.
    """
    encoder = msgspec.json.Encoder()
    num_examples = 0
    with replacing(path) as file:
        for example in examples:
            file.write(encode_example(example, encoder))
            num_examples += 1
    return num_examples


def encode_example(example: TrainingExample, encoder: msgspec.json.Encoder | None = None) -> bytes:
    """Return the line of ``example``, its end included."""
    messages = tuple(_Message(message.role, message.text) for message in example.messages)
    line = _Line(messages, example.text, example.at, example.learns_last, example.unlearned)
    return (encoder or msgspec.json.Encoder()).encode(line) + b"\n"
