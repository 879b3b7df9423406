"""Chinese numbers and days, held against a source."""

from __future__ import annotations

import pytest

from lmstudio_lite.bench.quality.corpus import CorpusDocument, read_corpus
from lmstudio_lite.tasks.evidence.claims import KnownFacts

NEWS = (
    "本报讯 青石桥从本周六零时起封闭检修，十月底前禁止机动车通行。桥建于1988年，每天约有1.2万辆车经过。"
    "预算为860万元，其中省里补助三百万元。桥头两侧的四十六家商户可以申请减免三个月的租金。"
    "下次会议在六月十五日、十六日，报名从9月3日至7日。"
)


def unknown(text: str) -> list[str]:
    return [claim.text for claim in KnownFacts(NEWS, "zh").unknown_claims(text, "zh")]


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("九月一日起封闭", ["九月一日"]),
        ("十一月底前禁止通行", ["十一月"]),
        ("9月1日起禁止机动车通行", ["9月1日"]),
        ("三十六家商户可以减免租金", ["三十六"]),
        ("预算为880万元", ["880"]),
        ("1.3万辆车经过", ["1.3"]),
    ],
)
def test_a_number_or_day_that_the_source_does_not_have_is_found(text: str, claims: list[str]) -> None:
    assert unknown(text) == claims


@pytest.mark.parametrize(
    "text",
    [
        "10月底前禁止机动车通行",
        "预算为八百六十万元",
        "每天一万二千辆车经过",
        "1.2万辆车经过",
        "12000辆车",
        "46家商户减免3个月租金",
        "6月16日开会，9月7日截止",
        "十分担心，一一说明，第十二条",
    ],
)
def test_another_way_to_write_it_is_no_claim(text: str) -> None:
    assert not unknown(text)


@pytest.mark.parametrize("document", read_corpus(["zh-*"]), ids=lambda document: document.name)
def test_a_text_claims_nothing_that_it_does_not_say(document: CorpusDocument) -> None:
    text = document.text
    assert not KnownFacts(text, "zh").unknown_claims(text, "zh")
