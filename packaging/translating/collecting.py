"""Collect the texts of the code into a template, and bring the translations up to it.

Babel writes the files and merges what changed; only development needs it, the program reads translations
without (``lmstudio_lite.words.translate``). The texts are found in the syntax tree: Babel's own search reads
tokens, and before Python 3.12 a call within an f-string is none.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from lmstudio_lite import __version__
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.words.languages import CONTEXT
from lmstudio_lite.words.translate import DOMAIN, catalogue_path, languages

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "lmstudio_lite"
FOLDER = ROOT / "resources" / "translations"
TEMPLATE = FOLDER / f"{DOMAIN}.pot"
_WIDTH = 100


def collect() -> Catalog:
    """Return every text that ``tr``, ``trn``, ``trc`` and ``mark`` are called with, and its modules.

    Without line numbers: a template that changed with every line of code would hide what is new in it.
    """
    catalog = Catalog(
        project="LM Studio Lite",
        version=__version__,
        header_comment="# LM Studio Lite's texts, under the program's own license (Apache-2.0).",
        msgid_bugs_address="",
        fuzzy=False,
    )
    for path in sorted(PACKAGE.rglob("*.py")):
        place = (path.relative_to(ROOT).as_posix(), 0)
        for message, context in _messages(ast.parse(path.read_text(encoding="utf-8"))):
            catalog.add(message, None, [place], context=context)
    for language in LANGUAGES.values():
        catalog.add(language.english_name, None, [("resources/languages.toml", 0)], context=CONTEXT)
    return catalog


def _messages(module: ast.Module) -> Iterator[tuple[str | tuple[str, str], str | None]]:
    """Yield each text of a module, with its plural where it has one, and the context."""
    for call in ast.walk(module):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        texts = [
            each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        match call.func.id, texts:
            case "tr" | "mark", [text]:
                yield text, None
            case "trn", [singular, plural]:
                yield (singular, plural), None
            case "trc", [context, text]:
                yield text, context


def write_template() -> None:
    """Write the template anew."""
    _write(TEMPLATE, collect())


def update(code: str) -> None:
    """Bring the translation for ``code`` up to the code, or begin one.

    Texts that are gone are left out; for one that changed the old translation is kept as a proposal (fuzzy),
    which is not shown until the translator has looked at it.
    """
    template = collect()
    path = catalogue_path(code, FOLDER)
    if not path.is_file():
        path.parent.mkdir(parents=True)
        template.locale = code
        _write(path, template)
        return
    with path.open("rb") as file:
        catalog = read_po(file, locale=code, domain=DOMAIN)
    catalog.update(template)
    _write(path, catalog)


def update_all() -> list[str]:
    """Write the template and bring all translations up to it; returns their codes."""
    write_template()
    codes = languages(FOLDER)
    for code in codes:
        update(code)
    return codes


def _write(path: Path, catalog: Catalog) -> None:
    """Write a file without the date of the template: two changes of texts would conflict in that line."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=_WIDTH, sort_output=True, ignore_obsolete=True, include_lineno=False)
    lines = buffer.getvalue().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if not line.startswith(b'"POT-Creation-Date')))
