"""A reply is held to its schema: valid or not, and where not; nothing is fetched and nothing hangs."""

from __future__ import annotations

import json
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.reply_making import SchemaCheck
from lmstudio_lite.tasks.chat.schema_check import check_reply, schema_problem

ORDER = json.dumps(
    {
        "type": "object",
        "properties": {
            "name": {"type": "string", "pattern": "^[A-Z]"},
            "items": {"type": "array", "items": {"type": "object", "required": ["price"]}},
            "n/a": {"type": "number", "maximum": 5},
        },
        "required": ["name"],
    }
)


def test_a_valid_reply_is_valid() -> None:
    assert check_reply('{"name": "Anna", "items": [{"price": 2}], "n/a": 5}', ORDER).is_valid


@pytest.mark.parametrize(
    ("text", "problem", "place"),
    [
        ('{"name": "Anna', "not_json", ""),
        ("Sure! Here it is", "not_json", ""),
        ('{"items": []}', "required", ""),
        ('{"name": 3}', "type", "/name"),
        ('{"name": "anna"}', "pattern", "/name"),
        ('{"name": "Anna", "items": [{"price": 1}, {}]}', "required", "/items/1"),
        ('{"name": "Anna", "n/a": 6}', "maximum", "/n~1a"),
        ("[" * 100_000, "too_long", ""),
        ("1" * 2_000_000, "too_long", ""),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, problem: str, place: str) -> None:
    check = check_reply(text, ORDER)
    assert (check.problem, check.place) == (problem, place)
    assert max(len(check.found), len(check.wanted)) <= 120


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    schema = json.dumps({"$ref": "https://json.example/schema.json"})
    assert check_reply("{}", schema).problem == "schema"
    assert check_reply("{}", json.dumps({"$ref": "#/nowhere"})).problem == "schema"


def test_a_pattern_that_backtracks_for_ever_ends() -> None:
    schema = json.dumps({"pattern": r"^(\w+\s?)*$"})
    begun = time.monotonic()
    check = check_reply(json.dumps("a" * 60 + "!"), schema)
    assert time.monotonic() - begun < 20
    assert check.problem in ("schema", "pattern")


@pytest.mark.parametrize(
    ("schema", "is_usable"),
    [
        (ORDER, True),
        ("{}", True),
        ("", False),
        ("[]", False),
        ('{"type": "strin"}', False),
        ('{"properties": 3}', False),
        ("[" * 100_000, False),
        ('{"items": {"$ref": "https://json.example/schema.json"}}', False),
        ('{"$defs": {"a": {"type": "string"}}, "items": {"$ref": "#/$defs/a"}}', True),
    ],
)
def test_a_schema_is_checked_before_it_is_used(schema: str, is_usable: bool) -> None:
    assert (schema_problem(schema) == "") is is_usable


@given(st.text(max_size=40), st.text(max_size=40) | st.sampled_from(("{}", "[]", '{"type": 1}', "true")))
def test_any_texts_give_a_result(text: str, schema: str) -> None:
    assert isinstance(check_reply(text, schema), SchemaCheck)
    assert isinstance(schema_problem(schema), str)
