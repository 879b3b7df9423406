from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lmstudio_lite.tasks.generate.fingerprint import fingerprint_of

BODY = "LIMIT = 3\n\n\ndef is_enough(text):\n    return len(text) > LIMIT and text in {'a', 'b', 'c'}\n"


@pytest.mark.parametrize(
    ("body", "is_same"),
    [
        (BODY, True),
        (f"# A comment.\n\n{BODY}  # and another\n", True),
        (BODY.replace("3", "4"), False),
        (BODY.replace("'c'", "'d'"), False),
        (BODY.replace(">", "<"), False),
        (BODY.replace("LIMIT and", "LIMIT or"), False),
    ],
)
def test_what_the_code_does_is_summed_and_not_how_it_looks(tmp_path: Path, body: str, is_same: bool) -> None:
    assert (_sum(tmp_path / "one", BODY) == _sum(tmp_path / "other", body)) is is_same


def test_the_words_are_summed_too() -> None:
    packages = ("lmstudio_lite.tasks.text",)
    assert fingerprint_of(packages, ("prompts",)) != fingerprint_of(packages, ("languages",))


def _sum(folder: Path, body: str) -> str:
    """Return the sum of a package of one module, from a process of its own: sets have another order there."""
    package = folder / "judged"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "rules.py").write_text(body)
    code = (
        "from lmstudio_lite.tasks.generate.fingerprint import fingerprint_of\n"
        "print(fingerprint_of(('judged',), ()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(folder), *sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
