from __future__ import annotations

import pytest

from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.errors import Detail, error_from_code, error_kinds
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.words import explain, explain_warning, say_duration, say_size, warning_codes

FULL_DETAILS: dict[str, Detail] = {
    "path": "/somewhere/a file.gguf",
    "reason": "because",
    "needed_bytes": 5_100_000_000,
    "available_bytes": 3_200_000_000,
    "num_prompt_tokens": 12_345,
    "context_size": 8_192,
    "status": -3,
    "num_crashes": 3,
    "num_pages": 12,
    "mime_type": "image/x-odd",
    "size_bytes": 400_000_000,
    "limit_bytes": 200_000_000,
    "limit_s": 60.0,
    "found_version": 9,
    "known_version": 1,
}


@pytest.mark.parametrize("code", sorted(error_kinds()))
@pytest.mark.parametrize(
    "details", [{}, FULL_DETAILS, dict.fromkeys(FULL_DETAILS, "odd")], ids=["none", "full", "odd"]
)
def test_every_code_has_words_with_any_details(code: str, details: dict[str, Detail]) -> None:
    explanation = explain(error_from_code(code, details))
    assert code == "error" or not explanation.what.startswith("Something went wrong")
    for sentence in (explanation.what, explanation.remedy):
        assert sentence[0].isupper() or sentence[0] in "“"
        assert sentence.endswith(".")
        assert "{" not in sentence
        assert "  " not in sentence
        assert "None" not in sentence


def test_the_numbers_are_said() -> None:
    said = explain(error_from_code("model_too_large", FULL_DETAILS)).what
    assert said == "“a file.gguf” needs 5.1 GB of memory; 3.2 GB are free."


@pytest.mark.parametrize(
    "reason", ["empty", "not_gguf", "truncated", "absurd_metadata", "no_tensors", "part_missing", "new"]
)
def test_each_reason_of_a_bad_model_file_is_a_sentence(reason: str) -> None:
    explanation = explain(error_from_code("model_file", {"path": "m.gguf", "reason": reason}))
    assert explanation.what.startswith("“m.gguf” ")


@pytest.mark.parametrize("reason", ["corrupt", "permission", "unreadable", "crashed", "out_of_memory"])
def test_each_reason_of_a_damaged_document_is_a_sentence(reason: str) -> None:
    explanation = explain(error_from_code("document_damaged", {"path": "a.pdf", "reason": reason}))
    assert explanation.what.startswith("“a.pdf” ")
    assert reason not in f"{explanation.what} {explanation.remedy}"


def test_an_unknown_code_is_named() -> None:
    assert "weird" in explain(error_from_code("weird", {})).what


@pytest.mark.parametrize(
    ("num_bytes", "said"),
    [(0, "0 bytes"), (12_345, "12 kB"), (98_000_000, "98 MB"), (5_120_000_000, "5.1 GB")],
)
def test_sizes(num_bytes: int, said: str) -> None:
    assert say_size(num_bytes) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "1 s"),
        (8.2, "8 s"),
        (41, "40 s"),
        (58, "1 min"),
        (170, "3 min"),
        (3600, "1 h"),
        (7800, "2 h 10 min"),
    ],
)
def test_durations_are_no_finer_than_known(seconds: float, said: str) -> None:
    assert say_duration(seconds) == said


def test_every_warning_has_words_for_one_and_for_many() -> None:
    for code in warning_codes():
        for num_total in (1, 12):
            said = explain_warning(TaskWarning(code, 1, num_total))
            assert said.endswith(".")
            assert "{" not in said


def test_every_problem_of_a_task_has_words() -> None:
    problems = {problem.value for problem in Problem}
    assert {
        f"translation_{problem}" for problem in problems - {"empty", "loop", "echo", "invented", "fragments"}
    } <= warning_codes()
    assert {
        "summary_echo",
        "summary_fragments",
        "summary_wrong_language",
        "summary_extract",
        "summary_chosen",
        "summary_filled",
        "summary_quoted",
        "summary_unmerged",
    } <= warning_codes()


def test_an_unknown_warning_is_still_a_sentence() -> None:
    assert explain_warning(TaskWarning("new", 2, 3)).startswith("2 of 3")


@pytest.mark.parametrize(
    ("details", "said"),
    [
        (
            {"reason": "truncated", "size_bytes": 12_000_000, "needed_bytes": 98_000_000},
            "“m.gguf” is cut off after 12 MB of 98 MB. "
            "The download was probably interrupted: download it again.",
        ),
        (
            {"reason": "truncated", "size_bytes": 97_999_000, "needed_bytes": 98_000_000},
            "“m.gguf” is cut off after 97,999,000 of 98,000,000 bytes. "
            "The download was probably interrupted: download it again.",
        ),
        (
            {"reason": "unsupported_version", "version": 4},
            "“m.gguf” is GGUF version 4; this program reads versions 2 and 3. "
            "Update this program, or choose another version of the model.",
        ),
        (
            {"reason": "unsupported_version", "version": 1},
            "“m.gguf” is GGUF version 1; this program reads versions 2 and 3. "
            "Download a newer conversion of the model.",
        ),
        (
            {"reason": "not_gguf"},
            "“m.gguf” does not begin as a model in GGUF format does. "
            "The file is damaged, or it is something else under a model's name: download it again.",
        ),
    ],
)
def test_a_bad_model_file_is_told_what_is_wrong_and_what_helps(details: dict[str, Detail], said: str) -> None:
    explanation = explain(error_from_code("model_file", {"path": "/models/m.gguf", **details}))
    assert f"{explanation.what} {explanation.remedy}" == said
