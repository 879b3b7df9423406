"""What every error is made of, and the two that belong to no area."""

from __future__ import annotations

from typing import ClassVar

Detail = str | int | float


class AppError(Exception):
    """The environment's fault. ``code`` names the kind, ``details`` the thing and the numbers."""

    code: ClassVar[str] = "error"

    def __init__(self, **details: Detail) -> None:
        listed = ", ".join(f"{name}={value!r}" for name, value in details.items())
        super().__init__(f"{self.code}({listed})")
        self.details: dict[str, Detail] = details


class CancelledError(AppError):
    """The user stopped it. Callers end quietly and keep what is done."""

    code = "cancelled"


class InvariantError(Exception):
    """A promise of ours is broken: a bug, shown with its traceback."""
