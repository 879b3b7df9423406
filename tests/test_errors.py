from __future__ import annotations

import pytest

from lmstudio_lite.errors import AppError, error_from_code, error_kinds


@pytest.mark.parametrize("code", sorted(error_kinds()))
def test_a_code_alone_is_an_error_without_numbers(code: str) -> None:
    assert type(error_from_code(code, {})) is error_kinds()[code]


def test_an_unknown_code_is_kept() -> None:
    error = error_from_code("of_the_future", {"size": 3})
    assert type(error) is AppError
    assert error.details == {"unknown_code": "of_the_future", "size": 3}
