"""What a summary as JSON says of its sentences."""

from __future__ import annotations

import json

from lmstudio_lite.domain.evidence import Doubt, DoubtKind, Evidence, SentenceEvidence, Verdict
from lmstudio_lite.domain.summaries import Summary
from lmstudio_lite.formats.summary_json import summary_to_json


def sentence(text: str, verdict: Verdict, *doubts: Doubt) -> SentenceEvidence:
    return SentenceEvidence(
        0, len(text), text, verdict, is_quote=False, unknown_claims=(), passages=(), doubts=doubts
    )


def test_verdicts_and_doubts_stand_beside_what_was_there_before() -> None:
    evidence = Evidence(
        (
            sentence("It fell.", Verdict.SUPPORTED),
            sentence("It rose.", Verdict.CONTRADICTED, Doubt(DoubtKind.OPPOSITE, "It fell.")),
            sentence("It sang.", Verdict.NOT_FOUND),
            sentence("It may fall.", Verdict.UNCLEAR, Doubt(DoubtKind.MODALITY, "It fell.")),
        )
    )
    summary = Summary("It fell.", 1, 1, 1, 0, 1.0, 1.0, "en", (), (), evidence=evidence)
    found = json.loads(json.dumps(summary_to_json(summary)))
    assert [(each["supported"], each["verdict"]) for each in found["sentences"]] == [
        (True, "supported"),
        (False, "contradicted"),
        (False, "not_found"),
        (False, "unclear"),
    ]
    assert found["sentences"][1]["doubts"] == [{"kind": "opposite", "passage": "It fell."}]
    assert (found["num_unsupported"], found["num_contradicted"], found["num_unclear"]) == (3, 1, 1)
