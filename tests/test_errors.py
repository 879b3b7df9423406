from __future__ import annotations

import pytest

from lmstudio_lite.errors import (
    AppError,
    PromptTooLongError,
    error_as_text,
    error_from_text,
    error_kinds,
)


def test_an_error_survives_being_kept_as_text() -> None:
    error = error_from_text(error_as_text(PromptTooLongError(num_prompt_tokens=900, context_size=512)))
    assert isinstance(error, PromptTooLongError)
    assert error.details == {"num_prompt_tokens": 900, "context_size": 512}


@pytest.mark.parametrize("code", sorted(error_kinds()))
def test_a_code_alone_is_an_error_without_numbers(code: str) -> None:
    assert type(error_from_text(code)) is error_kinds()[code]


@pytest.mark.parametrize("text", ["", "[", "[1, 2]", "[1]", '{"a": 1}', "[" * 100_000, "7", "null"])
def test_any_text_gives_an_error(text: str) -> None:
    assert isinstance(error_from_text(text), AppError)
