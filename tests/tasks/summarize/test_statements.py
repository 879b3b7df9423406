from __future__ import annotations

from lmstudio_lite.domain.summaries import ChunkSummary
from lmstudio_lite.tasks.evidence.match import SupportingText
from lmstudio_lite.tasks.summarize.forms.form import bullets_form, paragraph_form
from lmstudio_lite.tasks.summarize.statements import choose_statements
from lmstudio_lite.tasks.text.overlap import EchoCheck

PARTS = (
    "The harbour was closed in 1678 after a fire. Nobody was hurt.",
    "Herring spawn in May, and boats stay ashore for two weeks.",
    "The council pays for the new bridge with a toll on salt.",
)
DOCUMENT = "\n\n".join(PARTS)


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
    support, echo = SupportingText(DOCUMENT, "en"), EchoCheck(DOCUMENT)
    form = bullets_form(count)
    return choose_statements(points, sections, form, support, echo, is_anew=is_anew).splitlines()


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
    support, echo = SupportingText(DOCUMENT, "en"), EchoCheck(DOCUMENT)
    text = choose_statements("", [section(0, "A fire closed the harbour.")], paragraph_form(3), support, echo)
    assert text == "A fire closed the harbour."


def test_what_only_announces_something_stands_for_no_stretch() -> None:
    sections = [
        section(0, "A fire closed the harbour in 1678."),
        section(1, "The boats wait in these steps: 1."),
    ]
    support, echo = SupportingText(DOCUMENT, "en"), EchoCheck(DOCUMENT)
    text = choose_statements("", sections, bullets_form(3), support, echo)
    assert text == "- A fire closed the harbour in 1678."
