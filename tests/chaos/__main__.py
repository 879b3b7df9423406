"""Runs schedules by hand and prints a line for each and a table at the end.

python -m tests.chaos 0-199          all of them
python -m tests.chaos 17 --keep F    one, whose journals and errors stay in the folder F
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.chaos.disk import can_be_filled
from tests.chaos.judging import judge, story_of
from tests.chaos.reporting import line_of, table_of
from tests.chaos.running import run
from tests.chaos.schedules import Fault, schedule_of


def main(argv: list[str] | None = None) -> int:
    """Run the schedules named; returns how many failed, 100 at most."""
    parser = argparse.ArgumentParser(prog="tests.chaos")
    parser.add_argument("seeds", nargs="+", help="numbers, and ranges such as 0-199")
    parser.add_argument("--keep", type=Path, help="leave what each schedule wrote below this folder")
    options = parser.parse_args(argv)
    verdicts = []
    for seed in [seed for part in options.seeds for seed in _seeds(part)]:
        schedule = schedule_of(seed)
        if schedule.has(Fault.FULL_DISK) and not can_be_filled():
            sys.stdout.write(f"{seed:4} left out: mounting needs an administrator's account\n")
            continue
        with tempfile.TemporaryDirectory(prefix="chaos-") as temporary:
            folder = options.keep / f"seed {seed}" if options.keep else Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            evidence = run(schedule, folder)
            verdict = judge(evidence)
            if options.keep:
                folder.joinpath("story.txt.log").write_text("\n".join(story_of(evidence)), "utf-8")
        verdicts.append((schedule, verdict))
        sys.stdout.write(line_of(schedule, verdict) + "\n")
        sys.stdout.flush()
    sys.stdout.write(table_of(verdicts) + "\n")
    return min(100, sum(bool(verdict.failures) for _, verdict in verdicts))


def _seeds(part: str) -> range:
    first, _, last = part.partition("-")
    return range(int(first), int(last or first) + 1)


if __name__ == "__main__":
    sys.exit(main())
