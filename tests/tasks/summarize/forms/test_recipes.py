from __future__ import annotations

import pytest

from lmstudio_lite.domain.summaries import SummaryForm
from lmstudio_lite.tasks.prompts import summary_prompts
from lmstudio_lite.tasks.summarize.forms.recipes import RECIPES
from lmstudio_lite.tasks.summarize.plan import Length, OneText, UnderHeadings, num_points


@pytest.mark.parametrize("form", list(SummaryForm))
def test_every_form_has_a_recipe_whose_words_are_there(form: SummaryForm) -> None:
    plan = RECIPES[form].plan(Length(100))
    names = plan.headings if isinstance(plan, UnderHeadings) else (plan.form.name,)
    assert all(summary_prompts("en").messages("text", form=name, count=3) for name in names)
    assert num_points(plan) >= 4


@pytest.mark.parametrize(("words", "points"), [(1, 2), (100, 5), (600, 30), (5_000, 30)])
def test_length_is_kept_within_what_can_be_asked_for(words: int, points: int) -> None:
    assert Length(words).points == points


def test_only_what_is_written_by_stretch_is_asked_for_in_stretches() -> None:
    for is_by_stretch, num_stretches in ((False, 1), (True, 3)):
        plan = RECIPES[SummaryForm.BULLETS].plan(Length(100, is_by_stretch))
        assert isinstance(plan, OneText)
        assert plan.num_stretches == num_stretches
