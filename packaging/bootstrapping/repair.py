"""Finds what an interrupted pip left half-written in site-packages, so that the next run installs it again.

pip trusts a ``dist-info`` folder as soon as it is there; a Ctrl-C may leave one whose files are not.
Every wheel lists its files with their sizes in RECORD (PEP 376, PEP 627), written last.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

# Rewritten by pip or Python after installing, so their size is not RECORD's.
_REWRITTEN = (".pyc", "RECORD", "direct_url.json")


def _is_whole(info: Path) -> bool:
    record = info / "RECORD"
    if not record.is_file() or not (info / "METADATA").is_file():
        return False
    with record.open(encoding="utf-8", newline="") as lines:
        for row in csv.reader(lines):
            if len(row) < 3 or not row[2].isdigit() or row[0].endswith(_REWRITTEN):
                continue
            file = info.parent / row[0]
            if not file.is_file() or file.stat().st_size != int(row[2]):
                return False
    return True


def forget_half_installed(site_packages: Path) -> list[str]:
    """Remove the ``dist-info`` of every distribution whose files are not all there; return their names.

    pip then takes them for missing. Its own half-moved leftovers (``~name``) go too.
    """
    if not site_packages.is_dir():
        return []
    for leftover in site_packages.glob("~*"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
    broken = [info for info in site_packages.glob("*.dist-info") if not _is_whole(info)]
    for info in broken:
        shutil.rmtree(info)
    return sorted(info.name.removesuffix(".dist-info") for info in broken)
