from __future__ import annotations

from lmstudio_lite.domain.prompts import Prompt, Variable


def test_blanks_are_found_once_with_their_defaults() -> None:
    prompt = Prompt("p", "Explain {{topic}} to {{ reader = a child }}, {{topic}} again, {{读者}}.")
    assert prompt.variables == (Variable("topic"), Variable("reader", "a child"), Variable("读者"))


def test_values_are_put_in_all_at_once() -> None:
    prompt = Prompt("p", "{{a}} and {{b=two}} and {{b}}")
    assert prompt.filled({"a": "{{b}}"}) == "{{b}} and two and two"
    assert prompt.filled({"a": "1", "b": " 3 "}) == "1 and 3 and 3"


def test_what_is_no_blank_stays() -> None:
    text = "{single} {{}} {{ }} {{a\nb}} {{x}"
    assert Prompt("p", text).variables == ()
    assert Prompt("p", text).filled({}) == text
