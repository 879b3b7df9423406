"""The corpus with bytes changed, doubled, cut out and cut off: read, or refused with an error of ours."""

from __future__ import annotations

import io
import random
import time
import zipfile
from pathlib import Path

import pytest

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.errors import DocumentError
from tests.documents.corpus import CASES
from tests.documents.corpus.cases import Case

_LIMITS = ReadLimits(recognizes_scans=False)
_ONE_OF_EACH = tuple({Path(case.file_name).suffix: case for case in CASES}.values())


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return ``content`` damaged in one of five ways."""
    changed = bytearray(content)
    place = chance.randrange(len(changed))
    match chance.randrange(5):
        case 0:
            return bytes(changed[: max(1, place)])
        case 1:
            for _ in range(chance.choice((1, 3, 20))):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
        case 2:
            changed[place:place] = changed[place : place + chance.randrange(1, 200)]
        case 3:
            del changed[place : place + chance.randrange(1, 60)]
        case _:
            changed[place : place + 8] = bytes(8)
    return bytes(changed)


def read_or_refuse(content: bytes, path: Path) -> Document | None:
    """Return what was read, None if it was refused with a reason to show; anything else fails."""
    path.write_bytes(content)
    code = ""
    try:
        document = read_document(path, _LIMITS)
    except DocumentError as error:
        code = error.code
    if code:
        assert code.startswith("document_")
        return None
    assert document.inventory
    assert all((part.why is not None) == part.is_unread for part in document.inventory)
    for text in (document.text, document.title, *(part.name for part in document.inventory)):
        text.encode("utf-8")
    return document


@pytest.mark.parametrize("case", _ONE_OF_EACH, ids=lambda case: Path(case.file_name).suffix)
def test_a_damaged_file_is_read_or_refused(case: Case, tmp_path: Path) -> None:
    chance = random.Random(case.name)
    path = tmp_path / case.file_name
    for _ in range(25):
        read_or_refuse(damaged(case.data, chance), path)
    whole = read_or_refuse(case.data, path)  # after all of these the file itself reads as ever
    assert whole is not None
    assert whole.text.strip()


@pytest.mark.parametrize("name", ["epub plain", "open text paragraphs", "word paragraphs", "sheet small"])
def test_an_archive_whose_members_do_not_unpack_is_refused_or_read(name: str, tmp_path: Path) -> None:
    (case,) = [case for case in CASES if case.name == name]
    path = tmp_path / case.file_name
    whole = read_or_refuse(case.data, path)
    assert whole is not None
    outcomes = set()
    for place in range(0, len(case.data), 7):
        found = read_or_refuse(case.data[:place] + b"\xff\xff\xff" + case.data[place + 3 :], path)
        outcomes.add(found is None)
        if found is not None and not any(part.is_unread for part in found.inventory):
            # An index that names one file less may bring the others in another order.
            assert sorted(found.text.split()) == sorted(whole.text.split())
    assert outcomes == {True, False}


@pytest.mark.soak
def test_no_damage_is_a_bug_of_ours(tmp_path: Path) -> None:
    chance = random.Random(14)
    for _ in range(20_000):
        case = chance.choice(CASES)
        read_or_refuse(damaged(case.data, chance), tmp_path / case.file_name)


@pytest.mark.parametrize("repeated", [b"<?xml version='1.0'?>", b"<!-- a -->", b"<?a", b"<!--", b"<a>", b" "])
def test_what_is_repeated_a_thousand_times_takes_no_more_than_its_length(
    repeated: bytes, tmp_path: Path
) -> None:
    (case,) = [case for case in CASES if case.name == "word paragraphs"]
    path, changed = tmp_path / case.file_name, io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(case.data)) as archive, zipfile.ZipFile(changed, "w") as written:
        for name in archive.namelist():
            written.writestr(name, repeated * 1000 + archive.read(name))
    started = time.process_time()
    read_or_refuse(changed.getvalue(), path)
    assert time.process_time() - started < 10
