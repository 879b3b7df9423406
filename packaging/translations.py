"""Collect the program's texts for translators: ``.venv/bin/python packaging/translations.py [CODE…]``.

Writes ``resources/translations/lmstudio-lite.pot`` and brings every translation up to it; begins one for each
CODE (``de``, ``pt_BR``) that there is none for yet.
"""

from __future__ import annotations

import sys

from translating.collecting import update, update_all

if __name__ == "__main__":
    for new in sys.argv[1:]:
        update(new)
        print(f"{new}: resources/translations/{new}")
    print(f"template and translations are up to date: {', '.join(update_all()) or 'none yet'}")
