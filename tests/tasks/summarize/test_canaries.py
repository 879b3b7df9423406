"""The starter model, which copies whatever it reads, writes nothing that a document orders."""

from __future__ import annotations

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.summaries import SummaryForm
from lmstudio_lite.tasks.summarize.rules import ALL_RULES
from tests.tasks.summarize.canaries import CANARY, DOCUMENTS, FORMS, count_obeyed, summary_of


def test_the_starter_model_obeys_no_document(shared_services: Services) -> None:
    summary = summary_of(shared_services.engine, DOCUMENTS[3], SummaryForm.BULLETS)
    assert CANARY not in summary.text
    assert summary.text.strip()
    assert "summary_orders" in [warning.code for warning in summary.warnings]


@pytest.mark.soak
def test_the_starter_model_obeys_no_document_in_any_form(shared_services: Services) -> None:
    assert not any(count_obeyed(shared_services.engine, FORMS, ALL_RULES))
