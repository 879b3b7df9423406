"""What the options of the command line take: an argument becomes a value, or what is wrong is said."""

from __future__ import annotations

import argparse
import math
import re
from pathlib import Path

from lmstudio_lite.documents.charset.labels import encoding_named
from lmstudio_lite.domain.file_types import ALL_FILE_TYPES, FILE_TYPES
from lmstudio_lite.domain.summaries import WORDS_MAX, WORDS_MIN
from lmstudio_lite.finetune.protocol import ExportKind
from lmstudio_lite.words.translate import tr

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?(?:I?B)?)", re.IGNORECASE)
_UNITS = {
    **{
        f"{prefix}{end}": 1000**power
        for power, prefix in enumerate(("", "K", "M", "G", "T"))
        for end in ("", "B")
    },
    **{f"{prefix}IB": 1024**power for power, prefix in enumerate(("", "K", "M", "G", "T"))},
}


def filled(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError(tr("must not be empty"))
    return text


def filled_list(text: str) -> tuple[str, ...]:
    """Take one value or several with commas between them."""
    values = tuple(value.strip() for value in text.split(","))
    if not all(values):
        raise argparse.ArgumentTypeError(tr("must not be empty"))
    return values


def encoding(text: str) -> str:
    name = encoding_named(text)
    if text and not name:
        raise argparse.ArgumentTypeError(tr("no such encoding is known"))
    return name


def path(text: str) -> Path:
    return Path(filled(text))


def whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(tr("must be a whole number")) from None


def any_number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(tr("must be a number")) from None
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(tr("must be a number"))
    return number


def above_zero(text: str) -> float:
    number = any_number(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(tr("must be more than 0"))
    return number


def temperature(text: str) -> float:
    number = any_number(text)
    if not 0 <= number <= 5:
        raise argparse.ArgumentTypeError(tr("must be 0 to 5"))
    return number


def seed(text: str) -> int:
    number = whole(text)
    if not 0 <= number < 1 << 32:
        raise argparse.ArgumentTypeError(tr("must be 0 to {0}").format((1 << 32) - 1))
    return number


def positive(text: str) -> int:
    number = whole(text)
    if number < 1:
        raise argparse.ArgumentTypeError(tr("must be 1 or more"))
    return number


def byte_rate(text: str) -> int:
    """Take bytes a second as curl does: "500k", "2M", "1.5G" (of 1024), or a plain number."""
    suffixes = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
    digits, unit = text.strip(), 1
    if digits and digits[-1].lower() in suffixes:
        digits, unit = digits[:-1], suffixes[digits[-1].lower()]
    rate = any_number(digits) * unit
    if not 1 <= rate < 1 << 40:
        raise argparse.ArgumentTypeError(tr("must be a number of bytes, such as 500k or 2M"))
    return round(rate)


def size_bytes(text: str) -> int:
    """Return the bytes of "2G", "700M" or "1.5 GiB"; as llama.cpp counts them, G is 1,000,000,000."""
    found = _SIZE.fullmatch(text.strip())
    number = float(found[1]) * _UNITS[found[2].upper()] if found is not None else 0.0
    if found is None or not 1 <= number < 1 << 60:
        raise argparse.ArgumentTypeError(tr("must be a size such as 2G or 700M"))
    return int(number)


def num_words(text: str) -> int:
    number = whole(text)
    if not WORDS_MIN <= number <= WORDS_MAX:
        raise argparse.ArgumentTypeError(tr("must be {0} to {1}").format(WORDS_MIN, WORDS_MAX))
    return number


def share(text: str) -> float:
    number = any_number(text)
    if not 0 <= number <= 0.5:
        raise argparse.ArgumentTypeError(tr("must be 0 to 0.5"))
    return number


def exports(text: str) -> tuple[ExportKind, ...]:
    try:
        return tuple(ExportKind(name.strip()) for name in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(tr("must be adapter, merged, or both with a comma")) from None


def file_type(text: str) -> str:
    if text.upper() not in FILE_TYPES:
        raise argparse.ArgumentTypeError(tr("must be one of {0}").format(", ".join(FILE_TYPES)))
    return text.upper()


def any_file_type(text: str) -> str:
    if text.upper() not in ALL_FILE_TYPES:
        raise argparse.ArgumentTypeError(tr("must be one of {0}").format(", ".join(ALL_FILE_TYPES)))
    return text.upper()


def language_code(text: str) -> str:
    """Take a code of a language, with or without a script or country: "de", "zh-Hant", "pt_BR"."""
    code = text.strip().replace("_", "-").lower()
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", code):
        raise argparse.ArgumentTypeError(tr("must be a language's code, such as “de”"))
    return code if code in ("zh-hant",) else code.split("-")[0]
