"""TBX of both generations, as terminology programs write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.documents.terminology.files import read_terms
from lmstudio_lite.domain.glossary import EntryProblem, Term

MARTIF = """<?xml version='1.0'?>
<!DOCTYPE martif SYSTEM "TBXBasiccoreStructV02.dtd">
<martif type="TBX-Basic" xml:lang="en">
 <martifHeader><fileDesc><sourceDesc><p>x</p></sourceDesc></fileDesc></martifHeader>
 <text><body>
  <termEntry id="c1">
   <descripGrp><descrip type="definition">lets a <hi>fluid</hi> through</descrip></descripGrp>
   <langSet xml:lang="en-US">
    <tig><term>valve</term><termNote type="partOfSpeech">noun</termNote></tig>
    <tig><term>tap</term></tig>
   </langSet>
   <langSet xml:lang="de">
    <tig><term>Ventil</term><termNote type="administrativeStatus">preferredTerm-admn-sts</termNote></tig>
    <ntig><termGrp><term>Klappe</term>
     <termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></termGrp></ntig>
   </langSet>
   <langSet xml:lang="fr"><tig><term>vanne</term></tig></langSet>
  </termEntry>
  <termEntry id="c2"><langSet xml:lang="en"><tig><term>boiler</term></tig></langSet></termEntry>
 </body></text>
</martif>"""
DCA = """<?xml version="1.0" encoding="UTF-8"?>
<tbx style="dca" type="TBX-Basic" xml:lang="en" xmlns="urn:iso:std:iso:30042:ed-2"><text><body>
<conceptEntry id="c1"><langSec xml:lang="en"><termSec><term>valve</term>
<termNote type="partOfSpeech">noun</termNote></termSec></langSec>
<langSec xml:lang="de"><termSec><term>Ventil</term><note>DIN</note></termSec></langSec></conceptEntry>
</body></text></tbx>"""
DCT = """<?xml version="1.0" encoding="UTF-8"?>
<tbx style="dct" type="TBX-Min" xml:lang="en" xmlns="urn:iso:std:iso:30042:ed-2"
 xmlns:min="http://www.tbxinfo.net/ns/min" xmlns:basic="http://www.tbxinfo.net/ns/basic"><text><body>
<conceptEntry id="c1"><langSec xml:lang="en"><termSec><term>valve</term>
<min:partOfSpeech>noun</min:partOfSpeech></termSec></langSec>
<langSec xml:lang="de"><termSec><term>Ventil</term></termSec>
<termSec><term>Klappe</term><min:administrativeStatus>deprecatedTerm-admn-sts</min:administrativeStatus>
</termSec></langSec></conceptEntry></body></text></tbx>"""
OLD_MIN = """<TBX dialect="TBX-Min"><header><languages source="en" target="de"/></header><body>
<entry id="c1"><langGroup xml:lang="en"><termGroup><term>valve</term></termGroup></langGroup>
<langGroup xml:lang="de"><termGroup><term>Ventil</term><note>DIN</note><termStatus>preferred</termStatus>
<partOfSpeech>noun</partOfSpeech></termGroup></langGroup></entry></body></TBX>"""


def terms_in(tmp_path: Path, content: str | bytes, source: str = "en", target: str = "de") -> list[Term]:
    path = tmp_path / "terms.tbx"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_terms(path, source, target).terms)


def test_concepts_of_the_older_form(tmp_path: Path) -> None:
    definition = "lets a fluid through"
    assert terms_in(tmp_path, MARTIF) == [
        Term("valve", "Ventil", "noun", definition),
        Term("valve", "Klappe", "noun", definition, is_forbidden=True),
        Term("tap", "Ventil", "", definition),
        Term("tap", "Klappe", "", definition, is_forbidden=True),
    ]
    assert terms_in(tmp_path, MARTIF, "fr", "de")[0] == Term("vanne", "Ventil", "", definition)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (DCA, [Term("valve", "Ventil", "noun", "DIN")]),
        (DCT, [Term("valve", "Ventil", "noun"), Term("valve", "Klappe", "noun", is_forbidden=True)]),
        (OLD_MIN, [Term("valve", "Ventil", "noun", "DIN")]),
        (DCA.replace("<", "<t:").replace("<t:/", "</t:").replace("<t:?", "<?").replace("xmlns=", "xmlns:t="),
         [Term("valve", "Ventil", "noun", "DIN")]),
    ],
)  # fmt: skip
def test_concepts_of_the_newer_forms(tmp_path: Path, content: str, expected: list[Term]) -> None:
    assert terms_in(tmp_path, content) == expected


def test_utf_16_with_and_without_a_mark(tmp_path: Path) -> None:
    text = DCA.replace("UTF-8", "UTF-16").replace("Ventil", "Überströmventil")
    for encoded in (text.encode("utf-16"), text.encode("utf-16-le"), text.encode("utf-16-be")):
        assert [term.target for term in terms_in(tmp_path, encoded)] == ["Überströmventil"]


def test_a_damaged_concept_costs_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "terms.tbx"
    entry = '<termEntry><langSet xml:lang="en"><tig><term>{0}</term></tig></langSet>\n<langSet xml:lang="de">'
    entry += "<tig><term>{1}</term></tig></langSet></termEntry>\n"
    body = entry.format("one", "eins") + entry.format("R&D", "F&E") + entry.format("two", "zwei")
    body += "<termEntry><langSet>broken\n" + entry.format("three", "drei") + "<termEntry>cut"
    path.write_text(f'<martif type="TBX"><text><body>\n{body}')
    found = read_terms(path, "en", "de")
    assert [(term.source, term.target) for term in found.terms] == [
        ("one", "eins"),
        ("two", "zwei"),
        ("three", "drei"),
    ]
    assert [(each.line, each.problem) for each in found.left_out] == [
        (4, EntryProblem.DAMAGED),
        (8, EntryProblem.DAMAGED),
        (11, EntryProblem.DAMAGED),
    ]


def test_no_entity_is_followed_and_no_other_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    declared = f'<!DOCTYPE tbx [<!ENTITY s SYSTEM "{secret.as_uri()}"><!ENTITY a "&b;&b;"><!ENTITY b "x">]>'
    content = DCA.replace("<tbx", f"{declared}<tbx", 1).replace("Ventil", "&s;").encode()
    path = tmp_path / "terms.tbx"
    path.write_bytes(content)
    found = read_terms(path, "en", "de")
    assert found.terms == ()
    assert [each.problem for each in found.left_out] == [EntryProblem.DAMAGED]
