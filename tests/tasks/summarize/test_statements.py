from __future__ import annotations

from lmstudio_lite.domain.summaries import ChunkSummary
from lmstudio_lite.tasks.evidence.match import SupportingText
from lmstudio_lite.tasks.summarize.form import bullets_form, paragraph_form
from lmstudio_lite.tasks.summarize.statements import Source, choose_points, choose_statements
from lmstudio_lite.tasks.text.overlap import EchoCheck

PARTS = (
    "The harbour was closed in 1678 after a fire. Nobody was hurt.",
    "Herring spawn in May, and boats stay ashore for two weeks.",
    "The council pays for the new bridge with a toll on salt.",
)
DOCUMENT = "\n\n".join(PARTS)


def source_of(text: str, language: str = "en") -> Source:
    return Source(text, text, language, SupportingText(text, language), EchoCheck(text))


def section(index: int, text: str, problem: str = "") -> ChunkSummary:
    start = DOCUMENT.index(PARTS[index])
    end = start + len(PARTS[index])
    return ChunkSummary(index, start, end, None, None, text, is_extract=False, problem=problem)


def chosen(points: str, problem: str = "", count: int = 3, *, is_anew: bool = False) -> list[str]:
    sections = [
        section(0, "A fire closed the harbour in 1678. It burned long."),
        section(1, "Boats stay ashore while herring spawn. They wait."),
        section(2, "A toll on salt pays for the bridge. It is new.", problem),
    ]
    source, form = source_of(DOCUMENT), bullets_form(count)
    return choose_statements(points, sections, form, source, num_words=0, is_anew=is_anew).text.splitlines()


def test_another_wording_that_was_asked_for_comes_before_what_stays_the_same() -> None:
    point = "- Herring keeps the boats of many fishermen waiting."
    assert chosen(point)[1] == "- Boats stay ashore while herring spawn."
    assert chosen(point, is_anew=True)[1] == point


def test_stretches_without_a_point_get_the_beginning_of_their_summary() -> None:
    assert chosen("- While herring spawn in May, boats stay ashore.") == [
        "- A fire closed the harbour in 1678.",
        "- While herring spawn in May, boats stay ashore.",
        "- A toll on salt pays for the bridge.",
    ]


def test_a_copy_a_piece_of_a_list_or_what_nothing_supports_gives_way() -> None:
    for line in (
        "- Herring spawn in May, and boats stay ashore for two weeks.",
        "- Case: boats stay ashore in May.",
        "- Elephants ate the boats of Peru.",
    ):
        assert chosen(line)[1] == "- Boats stay ashore while herring spawn."


def test_a_doubtful_summary_speaks_for_its_stretch_where_nothing_else_does() -> None:
    assert chosen("", "echo")[2] == "- A toll on salt pays for the bridge."
    assert chosen("- Salt pays for the new bridge of the council.", "echo")[2].startswith("- Salt pays")


def test_no_more_is_said_than_was_asked_for_and_a_paragraph_is_one() -> None:
    assert len(chosen("- Boats stay ashore in May, it says.", count=2)) == 2
    sections = [section(0, "A fire closed the harbour.")]
    chosen_one = choose_statements("", sections, paragraph_form(3), source_of(DOCUMENT), num_words=0)
    assert chosen_one.text == "A fire closed the harbour."


def test_what_only_announces_something_stands_for_no_stretch() -> None:
    sections = [
        section(0, "A fire closed the harbour in 1678."),
        section(1, "The boats wait in these steps: 1."),
    ]
    chosen_ones = choose_statements("", sections, bullets_form(3), source_of(DOCUMENT), num_words=0)
    assert chosen_ones.text == "- A fire closed the harbour in 1678."
    assert not chosen_ones.warnings


REPORT = (
    "The ferry Sarabel stays in dock until 14 March. Inspectors found a crack of three metres in its hull. "
    "The repair costs 2.4 million crowns. The insurance pays nothing of it. "
    "A bus runs around the bay every two hours. It takes 70 minutes. "
    "Lorries of more than 12 tonnes take the mountain road. Season tickets are valid on the bus. "
    "The council decides on a loan on Thursday evening. The shipyard sends its records of the last refit."
)


def test_what_the_parts_say_further_comes_in_for_the_words_that_are_wanted() -> None:
    sections = [section(0, "A fire closed the harbour in 1678. Nobody was hurt by the fire there.")]
    few = choose_statements("", sections, bullets_form(1), source_of(DOCUMENT), num_words=7)
    more = choose_statements("", sections, bullets_form(1), source_of(DOCUMENT), num_words=16)
    assert few.num_statements == 1
    assert "- Nobody was hurt by the fire there." in more.text.splitlines()


def test_points_that_say_most_come_first_and_what_nothing_supports_never() -> None:
    answers = [
        "- The ferry Sarabel stays in dock with a crack until 14 March.\n- The bus is for people.",
        "- The repair costs 2.4 million crowns and the insurance pays nothing.\n- It costs 9 million crowns.",
        "- The ferry Sarabel stays in dock until 14 March, with a crack.",
    ]
    points = choose_points(answers, bullets_form(3), source_of(REPORT), 30)
    assert points is not None
    assert points.text.splitlines()[:2] == [
        "- The ferry Sarabel stays in dock with a crack until 14 March.",
        "- The repair costs 2.4 million crowns and the insurance pays nothing.",
    ]
    assert "9 million" not in points.text
    assert points.text.count("Sarabel") == 1


def test_sentences_of_the_document_fill_in_where_too_little_is_said_in_quotation_marks_and_told() -> None:
    points = choose_points(["- The ferry stays in dock until March."], bullets_form(3), source_of(REPORT), 40)
    assert points is not None
    quotes = [line for line in points.text.splitlines() if line.startswith("- “")]
    assert quotes
    assert all(quote.removeprefix("- “").removesuffix("”") in REPORT for quote in quotes)
    assert 34 <= len(points.text.replace("-", "").split()) <= 42
    (warning,) = points.warnings
    assert (warning.code, warning.num_affected) == ("summary_filled", len(quotes))


def test_a_short_document_is_not_quoted_whole() -> None:
    points = choose_points(
        ["- The ferry stays in dock until March."], bullets_form(9), source_of(REPORT), 600
    )
    assert points is not None
    assert len(points.text.split()) < 0.75 * len(REPORT.split())


def test_chinese_with_characters_that_the_document_does_not_have_is_not_believed() -> None:
    news = "青石桥从本周六起封闭检修，十月底前禁止机动车通行。桥头有四十六家商户，可以申请减免租金。"
    source = source_of(news, "zh")
    assert choose_points(["- 青石桥从本周六起封闭检修。"], bullets_form(2), source, 10) is not None
    for line in ("- 樱石桥本周六起封闭检修。", "- 青石桥九月底前禁止机动车通行。", "- 桥头有三十六家商户。"):
        assert choose_points([line], bullets_form(2), source, 10) is None, line
