"""What people read goes through ``tr``: found in the code itself, for the window and the terminal."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import lmstudio_lite

PACKAGE = Path(lmstudio_lite.__file__).parent
ROOMS = ("ui", "cli", "words")
LOOKED_UP = frozenset({"tr", "trn", "trc"})
SHOWN_BY = frozenset(
    {
        *("setText", "setWindowTitle", "setToolTip", "setStatusTip", "setPlaceholderText", "setTitle"),
        *("setAccessibleName", "setAccessibleDescription", "setInformativeText", "setSpecialValueText"),
        *("setSuffix", "setPrefix", "setHeaderLabels", "setLabel", "addItem", "addRow", "addAction"),
        *("addMenu", "addTab", "addButton", "setNameFilter", "setItemText"),
        *(
            "QAction",
            "QLabel",
            "QPushButton",
            "QCheckBox",
            "QRadioButton",
            "QGroupBox",
            "QMenu",
            "QFileDialog",
        ),
        *("text_label", "text_button", "icon_button", "wrapped", "show_message", "show_warning"),
        *("note", "complain", "put", "write", "ArgumentTypeError"),
    }
)
"""Calls that put their texts before people; ``Progress.show`` and ``help=`` are looked at besides."""
NOT_TRANSLATED = {
    "LM Studio Lite": "the program's name",
    "English": "a language is called as its speakers call it",
    "lmstudio-lite: ": "the program's name on the terminal",
    "left": "a side of a chart, no text",
    "bottom": "a side of a chart, no text",
}
NOT_LOOKED_AT = {
    "cli/bench.py": "measurements for developers, in the terms of docs and changelog; the help is translated"
}


def modules() -> list[Path]:
    return [path for room in ROOMS for path in sorted((PACKAGE / room).rglob("*.py"))]


def name_of(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def literals(node: ast.expr) -> Iterator[str]:
    """Yield the texts that ``node`` shows as they stand, whatever else is shown with them."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            for value in values:
                yield from literals(value)
        case ast.IfExp(body=body, orelse=otherwise):
            yield from literals(body)
            yield from literals(otherwise)
        case ast.BinOp(left=left, right=right):
            yield from literals(left)
            yield from literals(right)
        case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
            for value in values:
                yield from literals(value)
        case ast.Call(func=ast.Attribute(value=value, attr="format" | "strip" | "rstrip" | "join")):
            yield from literals(value)


def shown(call: ast.Call) -> Iterator[str]:
    """Yield the texts that a call shows as they stand."""
    if name_of(call) in SHOWN_BY:
        for argument in call.args:
            yield from literals(argument)
    if name_of(call) == "show" and call.args:
        yield from literals(call.args[0])
    for keyword in call.keywords:
        if keyword.arg in {"help", "description", "hint", "title"}:
            yield from literals(keyword.value)


def is_said(text: str) -> bool:
    """Tell whether ``text`` says something in words: no sign, no markup, no name of a signal."""
    return bool(re.search(r"[^\W\d_]{2}", re.sub(r"<[^>]*>|&\w+;", "", text)))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_text_is_looked_up_when_it_is_shown(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if place not in NOT_LOOKED_AT:
        plain = [
            f"{place}:{call.lineno}: {text!r}"
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            for text in shown(call)
            if is_said(text) and text not in NOT_TRANSLATED
        ]
        assert not plain, "shown without tr:\n" + "\n".join(plain)
    in_functions = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for part in (function.body if isinstance(function.body, list) else [function.body])
        for node in ast.walk(part)
    }
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or name_of(call) not in {*LOOKED_UP, "mark"}:
            continue
        where = f"{place}:{call.lineno}"
        if name_of(call) in LOOKED_UP:
            assert id(call) in in_functions, f"{where} is looked up when the module is imported: mark it"
        else:
            assert isinstance(call.args[0], ast.Constant), f"{where} marks what is no plain text"
        for argument in call.args[: 2 if name_of(call) == "trn" else None]:
            assert isinstance(argument, ast.Constant | ast.Name | ast.Subscript | ast.Call | ast.Attribute), (
                f"{where} is put together: translators never see {ast.unparse(argument)}"
            )


def test_nothing_asks_qt_for_a_text() -> None:
    for path in (PACKAGE / "ui").rglob("*.py"):
        content = path.read_text(encoding="utf-8")
        assert not re.search(r"\.tr\(|QCoreApplication\.translate", content), path
