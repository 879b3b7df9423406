from __future__ import annotations

import pytest

from lmstudio_lite.tasks.generate.attempts import PartResult
from lmstudio_lite.tasks.summarize.forms.timeline import quoted_events, quoted_timeline
from lmstudio_lite.tasks.text.problems import Problem

TEXT = (
    "The harbour was rebuilt in brick in 1690 by the council of the town. Fishing goes on to this day. "
    "Most of the warehouses burned down in 1678, on a windy night. Salt kept for 1500 years in dry rooms. "
    "Salt was the town's wealth, as many have written (Svensson, 1999; Berg et al., 2003). "
    "The bridge was closed for repairs on 3 May 1912."
)


def test_sentences_that_name_a_year_are_quoted_in_order_of_time() -> None:
    assert quoted_events([TEXT], 5).splitlines() == [
        "- 1678: “Most of the warehouses burned down in 1678, on a windy night.”",
        "- 1690: “The harbour was rebuilt in brick in 1690 by the council of the town.”",
        "- 1912: “The bridge was closed for repairs on 3 May 1912.”",
    ]
    assert quoted_events(["Nothing of this has a date, and that is that."], 5) == ""


def test_they_come_from_all_over_the_text() -> None:
    text = " ".join(f"In {year} a bridge of the town was opened again." for year in range(1700, 1800))
    years = [int(line[2:6]) for line in quoted_events([text], 4).splitlines()]
    assert [(year - 1700) // 25 for year in years] == [0, 1, 2, 3]


def test_a_models_timeline_stands_if_it_names_years() -> None:
    good = PartResult("- 1678: A fire.\n- 1690: New houses.", None, 1)
    undated = PartResult("- First: A fire.\n- Then: New houses.", None, 1)
    assert quoted_timeline(good, [TEXT], 5) is None
    for bad in (undated, PartResult(good.text, Problem.LOOP, 2)):
        written = quoted_timeline(bad, [TEXT], 5)
        assert written is not None
        assert written.text == quoted_events([TEXT], 5)
        assert [warning.code for warning in written.warnings] == ["summary_events"]
    assert quoted_timeline(undated, ["There is no year."], 5) is None


@pytest.mark.parametrize(
    ("sentence", "year"),
    [
        ("The old harbour of the town was built in 1850 by the crown.", "1850"),
        ("这座港口建于1850年，由当地居民用石头修建而成，至今仍在使用。", "1850"),
        ("The harbour of the town had been there for 1500 years when it burned.", ""),
        ("Der Hafen der Stadt stand schon 1500 Jahre dort, als er abbrannte.", ""),
        ("Le port de la ville existait depuis 1500 ans lorsque la ville brûla.", ""),
        ("这座桥全长2000米，由当地居民用石头修建而成，至今仍在使用。", ""),
    ],
)
def test_years_are_told_from_other_numbers_in_every_language(sentence: str, year: str) -> None:
    assert quoted_events([sentence], 1) == (f"- {year}: “{sentence}”" if year else "")
