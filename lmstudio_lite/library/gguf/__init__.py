"""What a GGUF file says of itself, read without loading it and without trusting it.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. A header is a few megabytes, most of it the
tokenizer's word list, which is walked over and not kept. Every count and length is checked against a
limit and against the file's size before anything is read or allocated, so that any bytes at all give an
answer or a ``ModelFileError`` in about a second and a few megabytes.

``source`` says where the bytes come from (a file, or a server that gives ranges), ``reader`` reads the
header out of them, ``facts`` says what memory and speed follow from it, ``inspection`` what is wrong with it.

``ModelFileError.reason``:
    empty                no bytes
    not_gguf             another magic number; ``kind`` says what it is, where that can be told
    big_endian           written for big-endian machines
    unsupported_version  version 1, or one from the future; ``version`` says which
    truncated            ends inside the header, or before the last tensor does: after ``size_bytes`` of
                         ``needed_bytes``, if the header says how many
    absurd_metadata      counts, lengths, types or offsets that no real model has
    no_tensors           a header without weights (a vocabulary-only file)
    unreadable           the system refuses to read it
    not_a_file           a folder, a pipe or a device
"""

from __future__ import annotations

from lmstudio_lite.library.gguf.header import GgufHeader, MetadataEntry, Scalar, TensorInfo
from lmstudio_lite.library.gguf.reader import read_gguf_header, read_header
from lmstudio_lite.library.gguf.source import ByteSource

__all__ = [
    "ByteSource",
    "GgufHeader",
    "MetadataEntry",
    "Scalar",
    "TensorInfo",
    "read_gguf_header",
    "read_header",
]
