from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from lmstudio_lite.documents.rewriting.slots import apply_edits, edits_of, original_of
from lmstudio_lite.documents.rewriting.text_file import MalformedError
from lmstudio_lite.documents.rewriting.xliff import split_xliff
from lmstudio_lite.documents.rewriting.xml_pieces import xml_pieces
from lmstudio_lite.domain.units import Unit, UnitText, WriteUnitsOptions
from tests.documents.rewriting.texts import marked, nested_anywhere, pseudo

VERSION_1 = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
  <file source-language="en-US" datatype="plaintext" original="a.html">
    <body>
      <trans-unit id="1" xml:space="preserve">
        <source>Hello <g id="1" ctype="bold">big <g id="2">wide</g></g> world<x id="3"/> &amp; more</source>
        <note>Say hi</note>
      </trans-unit>
      <trans-unit id="2">
        <source>Done already</source>
        <target state="final">Schon fertig</target>
        <alt-trans><source>Done</source><target>Fertig</target></alt-trans>
      </trans-unit>
      <trans-unit id="3" translate="no"><source>Do not touch</source></trans-unit>
      <trans-unit id="4">
        <source>First one. Second one.</source>
        <seg-source><mrk mtype="seg" mid="1">First one.</mrk> <mrk mtype="seg" mid="2">Second \
<bpt id="1">&lt;b></bpt>one<ept id="1">&lt;/b></ept>.</mrk></seg-source>
      </trans-unit>
      <trans-unit id="5"><source>{N, plural, =1 {one <x id="I"/> minute} other {many minutes} }</source>\
<target state="new"/></trans-unit>
      <trans-unit id="6"><source>Press &lt;b&gt;now&lt;/b&gt; at &quot;once&quot;</source></trans-unit>
    </body>
  </file>
</xliff>
"""
VERSION_2 = """\
<?xml version="1.0"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1" srcLang="en">
 <file id="f1">
  <unit id="u1"><notes><note>Careful</note></notes>
   <segment><source>Hello <pc id="1">big <ph id="2" dataRef="d"/>one</pc>.</source></segment>
   <ignorable><source> </source></ignorable>
   <segment state="initial"><source>An <sc id="3"/>open <mrk id="m" translate="no">Code X</mrk> \
code<ec startRef="3"/>.</source><target></target></segment>
  </unit>
  <group id="g" translate="no"><unit id="u2"><segment><source>Not this</source></segment></unit></group>
 </file>
</xliff>
"""


def units_of(text: str) -> tuple[Unit, ...]:
    return tuple(slot.unit for slot in split_xliff(text).slots)


def written(text: str, texts: Mapping[int, UnitText], target: str = "de") -> str:
    slotted = split_xliff(text)
    assert slotted.whole is not None
    edits = [*edits_of(slotted.slots, texts), *slotted.whole(texts, WriteUnitsOptions(target=target))]
    return apply_edits(text, edits)


def translated(text: str, translate: Callable[[Unit], UnitText] = pseudo) -> str:
    return written(text, {number: translate(unit) for number, unit in enumerate(units_of(text))})


def targets_of(text: str) -> list[str]:
    root = etree.fromstring(text.encode())
    return ["".join(target.itertext()) for target in root.iter("{*}target")]


def codes_of(text: str, name: str) -> list[list[tuple[str, str]]]:
    root = etree.fromstring(text.encode())
    return [
        [
            (etree.QName(code).localname, code.get("id", ""))
            for code in element.iter("{*}*")
            if code is not element
        ]
        for element in root.iter(f"{{*}}{name}")
    ]


def test_segments_of_version_1_have_their_marks_notes_and_targets() -> None:
    units = units_of(VERSION_1)
    assert [(unit.text, marked(unit), unit.note, unit.existing) for unit in units] == [
        (
            "Hello big wide world & more",
            [("span", "big wide"), ("span", "wide"), ("object", "")],
            "Say hi",
            "",
        ),
        ("Done already", [], "", "Schon fertig"),
        ("First one.", [], "", ""),
        ("Second one.", [("span", "one")], "", ""),
        ("one  minute", [("object", "")], "", ""),
        ("many minutes", [], "", ""),
        ('Press now at "once"', [("span", "now")], "", ""),
    ]
    slotted = split_xliff(VERSION_1)
    assert (slotted.language, slotted.kept) == ("en", (("not_to_be_translated", 1),))


def test_segments_of_version_2_have_their_marks_and_notes() -> None:
    assert [(unit.text, marked(unit), unit.note) for unit in units_of(VERSION_2)] == [
        ("Hello big one.", [("span", "big one"), ("object", "")], "Careful"),
        ("An open Code X code.", [("span", "open Code X code"), ("span", "Code X")], "Careful"),
    ]
    assert [mark.keeps_text for mark in units_of(VERSION_2)[1].marks] == [False, True]


def test_targets_stand_beside_the_sources_with_their_codes() -> None:
    result = translated(VERSION_1)
    assert (
        '\n        <target state="translated">Ifmmp <g id="1" ctype="bold">cjh <g id="2">xjef</g></g> '
        'xpsme<x id="3"/> &amp; npsf</target>\n        <note>' in result
    )
    assert (
        '<target state="translated"><mrk mtype="seg" mid="1">Gjstu pof.</mrk> '
        '<mrk mtype="seg" mid="2">Tfdpoe '
        '<bpt id="1">&lt;b></bpt>pof<ept id="1">&lt;/b></ept>.</mrk></target>' in result
    )
    assert '{N, plural, =1 {pof <x id="I"/> njovuf} other {nboz njovuft} }</target>' in result
    assert 'original="a.html" target-language="de">' in result
    assert "Do not touch</source></trans-unit>" in result
    result = translated(VERSION_2)
    assert 'version="2.1" srcLang="en" trgLang="de">' in result
    assert '<segment state="translated"><source>Hello' in result
    assert '<target>Ifmmp <pc id="1">cjh <ph id="2" dataRef="d"/>pof</pc>.</target>' in result
    assert targets_of(result) == ["Ifmmp cjh pof.", "Bo pqfo Code X dpef."]


@pytest.mark.parametrize("text", [VERSION_1, VERSION_2])
def test_nothing_else_changes(text: str) -> None:
    assert written(text, {}) == text
    assert bare(translated(text)) == bare(text)


def bare(text: str) -> str:
    """Return a file without targets, states and the language of the targets."""
    root = etree.fromstring(text.encode())
    for element in list(root.iter("{*}*")):
        parent = element.getparent()
        if etree.QName(element).localname == "target" and parent is not None:
            parent.remove(element)
        for name in ("state", "target-language", "trgLang"):
            element.attrib.pop(name, None)
    return "".join(etree.tostring(root, method="c14n").decode().split())


def test_a_target_that_is_there_stays_unless_it_is_given_anew() -> None:
    units = units_of(VERSION_1)
    texts = {number: UnitText(unit.existing) for number, unit in enumerate(units) if unit.existing}
    assert written(VERSION_1, texts) == VERSION_1
    result = written(VERSION_1, {1: UnitText("Neu & <gut>")})
    assert '<target state="translated">Neu &amp; &lt;gut&gt;</target>' in result


@pytest.mark.parametrize(
    "text",
    [
        "",
        "words",
        "<html><body/></html>",
        "<xliff version='1.2'><file></xliff>",
        "<xliff/><xliff/>",
        "<a>" * 600 + "</a>" * 600,
        "<xliff version='1.2'><file>&lt</file></xliff>",
        "<!DOCTYPE xliff [<!ENTITY a 'aa'>]><xliff version='1.2'><file>&a;</file></xliff>",
    ],
)
def test_what_is_no_xliff_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        split_xliff(text)


@st.composite
def contents(draw: st.DrawFn, depth: int = 3) -> str:
    """Return a source with codes in any nesting, crossing pairs among them."""
    parts: list[str] = []
    for _ in range(draw(st.integers(0, 4))):
        number = draw(st.integers(1, 3))
        match draw(st.integers(0, 6 if depth else 3)):
            case 0 | 1:
                parts.append(draw(st.sampled_from(["words ", "of it", " &amp; ", "a&lt;b ", " x ", ". "])))
            case 2:
                parts.append(f'<x id="{number}"/>')
            case 3:
                parts.append(
                    draw(st.sampled_from([f'<bx id="{number}"/>', f'<ex id="{number}" rid="{number}"/>']))
                )
            case 4:
                parts.append(f'<g id="{number}">{draw(contents(depth=depth - 1))}</g>')
            case 5:
                parts.append(f'<ph id="{number}">&lt;br/></ph>')
            case _:
                parts.append(
                    f'<bpt id="{number}">b</bpt>{draw(contents(depth=depth - 1))}<ept id="{number}">e</ept>'
                )
    return "".join(parts)


@given(contents())
def test_codes_of_any_nesting_come_back_as_they_were(content: str) -> None:
    text = (
        '<xliff version="1.2"><file source-language="en"><body><trans-unit id="1"><source>'
        f"Begin {content} end</source></trans-unit></body></file></xliff>"
    )
    result = translated(text, original_of)
    source = result[result.index("<source>") + 8 : result.index("</source>")]
    target = result[result.index("<target") :].partition(">")[2].partition("</target>")[0]
    assert target == source


@given(contents(), st.data())
def test_codes_are_kept_whatever_the_marks_of_a_translation_hold(content: str, data: st.DataObject) -> None:
    text = (
        '<xliff version="1.2"><file source-language="en"><body><trans-unit id="1"><source>'
        f"Begin {content} end</source></trans-unit></body></file></xliff>"
    )
    result = written(text, {n: nested_anywhere(unit, data) for n, unit in enumerate(units_of(text))})
    ours = sorted(code for codes in codes_of(result, "target") for code in codes)
    assert ours == sorted(code for codes in codes_of(result, "source") for code in codes)


@given(st.text(alphabet="<>/ab=\"'&;![]?-xliff \n", max_size=60))
def test_pieces_of_any_text_join_or_are_refused(text: str) -> None:
    with contextlib.suppress(MalformedError):
        assert "".join(piece.raw for piece in xml_pieces(text)) == text
