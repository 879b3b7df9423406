"""Set up this checkout and run the program or its checks: `bootstrap.py run` and `bootstrap.py test`.

Needs nothing but Python 3.11 or newer. The work is in the folder ``bootstrapping`` beside this file;
this file alone must also parse on old Pythons (no f-strings, no annotated variables), because it is
what tells their users which Python to get.
"""

import sys

OLDEST_PYTHON = (3, 11)


def _old_python_message(found: "tuple[int, ...]", oldest: "tuple[int, ...]") -> str:
    """Return what to say, and what to do, when Python ``found`` runs this file."""
    wanted = "{}.{}".format(*oldest)
    return "\n".join(
        [
            "LM Studio Lite needs Python {} or newer; this is Python {}.{}.".format(wanted, *found[:2]),
            "  Debian, Ubuntu:  sudo apt install python3.11 python3.11-venv   (or a newer one)",
            "  Fedora:          sudo dnf install python3.11",
            "  Arch:            sudo pacman -S python",
            "  macOS:           brew install python@3.12",
            "  Windows:         winget install Python.Python.3.12",
            "Then run this command again with it, for example: python3.11 packaging/bootstrap.py run",
        ]
    )


def _main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        sys.stderr.write(_old_python_message(tuple(sys.version_info[:3]), OLDEST_PYTHON) + "\n")
        return 1
    from bootstrapping.commands import main

    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(_main())
