from __future__ import annotations

import pytest

from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.tasks.prompts import (
    language_name,
    summary_prompts,
    translation_messages,
)

ODD = 'A {text} with {braces}, %s and """quotes""".'


@pytest.mark.parametrize("language", ["", *LANGUAGES])
@pytest.mark.parametrize("form", ["bullets", "paragraph", "title", "section", "about"])
def test_every_language_and_form_has_a_prompt(language: str, form: str) -> None:
    for is_merge in (False, True):
        system, question = summary_prompts(language).messages(
            ODD, form=form, count=3, is_merge=is_merge, is_again=True
        )
        assert system.role is Role.SYSTEM
        assert ODD in question.text
        assert form in ("title", "about") or "3" in question.text.replace(ODD, "")
        assert "{" not in question.text.replace(ODD, "")
        before, _, after = question.text.partition(ODD)
        assert len(before) > 10
        assert len(after) > 20


def test_all_forms_share_the_beginning_up_to_the_text() -> None:
    prompts = summary_prompts("en")
    questions = [prompts.messages("T", form=form, count=2)[1].text for form in ("bullets", "section")]
    assert questions[0].partition("T\n")[0] == questions[1].partition("T\n")[0]


@pytest.mark.parametrize("target", list(LANGUAGES))
def test_every_target_can_be_asked_for(target: str) -> None:
    for source in ("", "en", "zh", "is"):
        first = translation_messages(ODD, source=source, target=target)
        assert ODD in first[-1].text
        assert language_name(target) in first[0].text
        assert [message.role for message in first[1:]] == [Role.USER, Role.ASSISTANT] * (
            (len(first) - 2) // 2
        ) + [Role.USER]
