from __future__ import annotations

import json

import pytest

from lmstudio_lite.domain.batch import BatchRow, Extracted, ValueFlag
from lmstudio_lite.errors import SchemaError
from lmstudio_lite.tasks.batch.extract import checked, stands_in
from lmstudio_lite.tasks.batch.fitting import cut_to_fit
from lmstudio_lite.tasks.batch.schema import parse_schema

TEXT = "On 3 May  Anna Berg paid 1,204.50 euros for two lamps."


def of(text: str, schema: str = "name, amount:number", *, is_whole: bool = True) -> Extracted:
    return checked(BatchRow(1, TEXT), parse_schema(schema), text, is_whole=is_whole, is_cut=False)


def test_names_in_short_are_a_schema_of_values_that_may_be_missing() -> None:
    schema = parse_schema(" name, date of birth,\namount:number, tags: list ")
    assert schema.fields == ("name", "date of birth", "amount", "tags")
    assert schema.tree["properties"]["amount"] == {"type": ["number", "null"]}  # type: ignore[index]
    assert schema.tree["required"] == list(schema.fields)


def test_a_schema_is_kept_as_it_is_but_closed() -> None:
    given = {"properties": {"city": {"type": "string"}}, "required": []}
    schema = parse_schema(json.dumps(given))
    assert schema.fields == ("city",)
    assert schema.tree == {**given, "type": "object", "additionalProperties": False}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" , ", "empty"),
        ("{", "json"),
        ("[]", "object"),
        ('{"type": "array"}', "object"),
        ('{"type": "string", "properties": {"a": {}}}', "object"),
        ("name:date", "type"),
        ("a{b", "name"),
        ("a, a", "duplicate"),
        ("[" * 100_000, "json"),
        (",".join(f"f{number}" for number in range(101)), "many"),
    ],
)
def test_what_can_not_be_asked_for_is_refused(text: str, reason: str) -> None:
    with pytest.raises(SchemaError) as caught:
        parse_schema(text)
    assert caught.value.details["reason"] == reason


def test_values_of_the_text_have_no_flag() -> None:
    found = of('{"name": "anna berg", "amount": 1204.5}')
    assert found.values == {"name": "anna berg", "amount": 1204.5}
    assert found.flags == {}


def test_a_value_that_is_made_up_is_kept_and_flagged() -> None:
    found = of('{"name": "Anna Meyer", "amount": 1205}')
    assert found.values["name"] == "Anna Meyer"
    assert found.flags == {"name": ValueFlag.NOT_IN_TEXT, "amount": ValueFlag.NOT_IN_TEXT}


def test_what_breaks_the_schema_or_is_missing_is_flagged() -> None:
    assert of('{"name": 3}').flags == {"name": ValueFlag.INVALID, "amount": ValueFlag.INVALID}


@pytest.mark.parametrize(("is_whole", "flag"), [(True, ValueFlag.INVALID), (False, ValueFlag.INCOMPLETE)])
def test_half_an_answer_is_a_row_with_a_flag(is_whole: bool, flag: ValueFlag) -> None:
    assert of('{"name": "An', is_whole=is_whole).flags == {"": flag}


def test_choices_and_truth_values_need_not_stand_in_the_text() -> None:
    schema = '{"properties": {"mood": {"enum": ["glad", "sad"]}, "paid": {"type": "boolean"}}}'
    assert of('{"mood": "glad", "paid": true}', schema).flags == {}
    assert of('{"mood": "odd", "paid": true}', schema).flags == {"mood": ValueFlag.INVALID}


@pytest.mark.parametrize(
    ("value", "stands"),
    [("ANNA  berg", True), ("", True), (None, True), (3, True), (4, False), (["Anna", "two"], True),
     (["Anna", "Otto"], False), ({"who": "Berg"}, True), ("1,204.50", True), (1204.5, True)],
)  # fmt: skip
def test_values_are_found_whatever_their_case_spaces_and_marks(value: object, stands: bool) -> None:
    assert stands_in(value, TEXT) is stands


def test_long_texts_are_cut_at_a_space_and_short_ones_never_counted() -> None:
    def count(texts: object) -> list[int]:
        return [len(str(text).split()) * 2 for text in texts]  # type: ignore[attr-defined]

    def never(texts: object) -> list[int]:
        raise AssertionError

    assert cut_to_fit("short", 100, never) == ("short", False)
    kept, is_cut = cut_to_fit("word " * 2_000, 400, count)
    assert is_cut
    assert count([kept])[0] <= 300
    assert set(kept.split()) == {"word"}
    kept, is_cut = cut_to_fit("x" * 50_000, 400, lambda texts: [len(texts[0])])
    assert (len(kept) <= 300, is_cut) == (True, True)
