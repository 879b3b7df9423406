"""How a model is called and how large it is said to be, from what its file and its header say.

Publishers name files with care and ``general.name`` by accident ("Smollm2 135M 8k Lc100K Mix1 Ep2", "AWQ",
"/tmp/merged"), while a file that was renamed ("m.gguf") says nothing. The field names are those of the
GGUF specification (``general.basename``, ``size_label``, ``finetune``). Pure; no file is read here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lmstudio_lite.library.gguf.header import EMBEDDING_TENSOR, OUTPUT_TENSOR, GgufHeader

_QUANTIZATION = re.compile(r"[-._ ](?:I?Q\d\w*|TQ\d\w*|B?F16|F32|MXFP4\w*)$", re.IGNORECASE)
_SIZE = re.compile(
    r"(?<![A-Za-z0-9.])(?:(?P<experts>\d{1,3})x)?(?P<count>\d{1,4}(?:\.\d+)?)(?P<unit>[MB])(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_UNITS = {"m": 1e6, "b": 1e9}
_FORMATS = frozenset(
    ("awq", "gptq", "gguf", "ggml", "exl2", "mlx", "hf", "fp8", "int4", "int8", "bnb", "4bit")
)
_JUNK = _FORMATS | {
    *("model", "models", "tmp", "temp", "merged", "merge", "output", "final"),
    *("checkpoint", "export", "new", "unknown", "none", "null", "untitled", "test"),
    *("llm", "weights", "adapter", "snapshot", "blob", "file"),
}
_VARIANTS = frozenset(
    ("instruct", "chat", "it", "base", "coder", "code", "math", "thinking", "reasoning", "distill", "vision")
)
_HASH = re.compile(r"(?:sha\d+|[0-9a-f]{12,})", re.IGNORECASE)
_LABEL_TOLERANCE = 0.4
"""A size in a name that is farther from what the tensors hold is another model's, or a mistake."""


def model_name(stem: str, header: GgufHeader) -> str:
    """Return the name people know; ``stem`` is the file's name without its ending and its part's number."""
    plain = _without_formats(stem)
    if _describes(plain):
        return " ".join(_words(plain))
    composed = _composed(header)
    if composed:
        return composed
    given = _without_formats(re.split(r"[/\\]", header.text("general.name").strip().rstrip("/\\"))[-1])
    if any(_is_telling(word) for word in _words(given)):
        return " ".join(given.split())
    return stem


def count_parameters(stem: str, headers: Sequence[GgufHeader]) -> int:
    """Return how many parameters the makers count, of a model's files that ``headers`` describe.

    Some conversions write the embedding a second time, as the output matrix, although the model shares
    them. It is counted once, unless the size in the header or the name says that both are the model's own.
    """
    total = sum(header.num_parameters for header in headers)
    output = sum(header.named_parameters.get(OUTPUT_TENSOR, 0) for header in headers)
    embedding = sum(header.named_parameters.get(EMBEDDING_TENSOR, 0) for header in headers)
    if not output or output != embedding:
        return total
    shared = total - output
    said = (headers[0].text("general.size_label"), stem, headers[0].text("general.name"))
    for size in filter(None, map(_size_said, said)):
        nearest = min((shared, total), key=lambda count: abs(count - size))
        if abs(nearest - size) <= _LABEL_TOLERANCE * size:
            return nearest
    return shared


def sizes_said(text: str) -> list[float]:
    """Return the parameters that the labels in ``text`` mean, such as "0.5B" or "8x7B", in their order."""
    return [
        float(found["count"]) * _UNITS[found["unit"].lower()] * int(found["experts"] or 1)
        for found in _SIZE.finditer(text)
    ]


def _size_said(text: str) -> float | None:
    return next(iter(sizes_said(text)), None)


def without_quantization(stem: str) -> str:
    """Return a file's name without the types that it ends with: "model-Q4_K_M" is "model"."""
    return _without_formats(stem) or stem


def _without_formats(name: str) -> str:
    """Cut quantizations and file formats off the end ("-Q4_K_M", "-AWQ", "-GGUF")."""
    while True:
        plain = _QUANTIZATION.sub("", name)
        head, separator, last = plain.rpartition("-") if "-" in plain else plain.rpartition(" ")
        if separator and last.lower() in _FORMATS:
            plain = head
        if plain == name:
            return plain
        name = plain


def _describes(plain: str) -> bool:
    """Tell whether a file's name has a name and a number in it, as publishers write them."""
    words = _words(plain)
    has_number = any(any(letter.isdigit() for letter in word) for word in words)
    return len(words) > 1 and has_number and any(_is_telling(word) for word in words)


def _composed(header: GgufHeader) -> str:
    """Put a name together of the header's parts, "" where they say nothing."""
    base = _without_formats(header.text("general.basename").strip())
    if not any(_is_telling(word) for word in _words(base)):
        return ""
    variants = [word for word in _words(header.text("general.finetune")) if word.lower() in _VARIANTS]
    parts = [*_words(base), header.text("general.size_label").strip(), *variants]
    return " ".join(dict.fromkeys(filter(None, parts)))


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[-_\s]+", name) if word]


def _is_telling(word: str) -> bool:
    """Tell whether a word could be a model's name: no size, no format, no hash, no single letter."""
    letters = sum(letter.isalpha() for letter in word)
    is_size = _SIZE.fullmatch(word) is not None
    return letters > 1 and not is_size and word.lower() not in _JUNK and _HASH.fullmatch(word) is None
