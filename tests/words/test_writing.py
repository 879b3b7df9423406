from __future__ import annotations

from lmstudio_lite.domain.writing import EditKind, Fault, Finding, Grade, Preset, Written
from lmstudio_lite.tasks.write.asking import fault_words
from lmstudio_lite.words.writing import (
    edit_name,
    preset_checks,
    preset_name,
    preset_takes,
    say_findings,
    say_grade,
    say_score,
    say_written,
)


def test_everything_has_its_words() -> None:
    assert all(preset_name(each) and preset_takes(each) and preset_checks(each) for each in Preset)
    assert all(map(edit_name, EditKind))
    assert all(map(say_grade, Grade))
    for fault in Fault:
        finding = Finding(fault, 3, 5, "[Name]")
        assert say_findings([finding]).endswith(".")
        assert fault_words(finding, "en").endswith(".")


def test_what_is_still_wrong_is_said_with_its_numbers() -> None:
    written = Written("…", (Finding(Fault.LONGER, 240, 120),), 2, 240)
    assert say_written(written) == (
        "240 words. What is still wrong after two attempts: 240 words, about 120 were wanted"
    )
    assert say_written(Written("…", (), 2, 1)) == "1 word, all checks passed, at the second attempt"


def test_a_score_counts_what_could_not_be_told() -> None:
    grades = [Grade.RIGHT, Grade.PARTLY, Grade.UNSURE]
    assert say_score(grades, 5) == "1 of 5 right, 1 partly, 1 that the model could not tell, 2 not answered"
