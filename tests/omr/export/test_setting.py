"""The page as set in MusicXML: paper, places, groups and names."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from lxml import etree

from omr.export import musicxml
from omr.types import Clef, Lyric, Measure, Note, Part, Pitch, Score
from omr.types.paper import HeadingLine, PartGroup, Sheet, StaffPlace, SystemPlace

F = Fraction


def song(px_mm: float = 0.1, **more: object) -> Score:
    """A voice over a piano: two systems on the first page, the first indented, one on the second. Staff space 10 px."""
    note = (Note(onset_quarter=F(0), duration_quarter=F(4), voice=1, staff=1, pitch=Pitch("C", 5), type="whole"),)
    measures = tuple(Measure(number=i + 1, duration_quarter=F(4), notes=note,
                             clefs=(Clef(1, F(0), "G", 2), Clef(2, F(0), "F", 4)) if not i else (),
                             new_system=i > 0, new_page=i == 2) for i in range(3))
    voice = tuple(replace(m, clefs=m.clefs[:1]) for m in measures)

    def system(measure: int, page: int, left: float, top: float) -> SystemPlace:
        staves = [(0, 1, 0), (1, 1, 100), (1, 2, 180)]
        return SystemPlace(measure, page, left, 900, tuple(
            StaffPlace(part, staff, top + off, top + off + 40) for part, staff, off in staves))

    return Score(source="s",
                 parts=(Part(id="P1", name="", staves=1, measures=voice),
                        Part(id="P2", name="Klavier", staves=2, measures=measures, abbreviation="Kl.")),
                 systems=(system(0, 0, 150, 300), system(1, 0, 100, 660), system(2, 1, 100, 150)),
                 sheets=(Sheet(0, 1400, 1000, px_mm), Sheet(1, 1400, 1000, px_mm)), **more)  # type: ignore[arg-type]


def tree(score: Score) -> etree._Element:
    return etree.fromstring(musicxml.to_bytes(score))


def test_the_paper_is_the_page() -> None:
    defaults = tree(song(px_mm=0.15)).find("defaults")
    assert defaults.findtext("scaling/millimeters") == "6"  # 40 px of 0.15 mm
    assert defaults.findtext("page-layout/page-width") == "1000"
    assert defaults.findtext("page-layout/page-height") == "1400"
    margins = {m.tag: m.text for m in defaults.find("page-layout/page-margins")}
    assert margins == {"left-margin": "100", "right-margin": "100", "top-margin": "80", "bottom-margin": "450"}
    assert defaults.findtext("staff-layout/staff-distance") == "50"  # 60 over the piano, 40 within


@pytest.mark.parametrize("px_mm", [0.0, 1.0])
def test_without_a_resolution_that_can_be_the_paper_is_a4(px_mm: float) -> None:
    assert float(tree(song(px_mm)).findtext("defaults/scaling/millimeters")) == pytest.approx(210 / 1000 * 40)


def test_each_system_has_its_place() -> None:
    root = tree(song())
    voice, piano = root.findall("part")
    prints = [m.find("print") for m in voice.findall("measure")]
    assert [(p.get("new-system"), p.get("new-page")) for p in prints] == [(None, None), ("yes", None), (None, "yes")]
    assert [p.findtext("system-layout/system-margins/left-margin") for p in prints] == ["50", "0", "0"]
    assert [p.findtext("system-layout/system-distance") for p in prints] == [None, "140", None]
    assert [p.findtext("system-layout/top-system-distance") for p in prints] == ["220", None, "70"]
    staves = [(s.get("number"), s.findtext("staff-distance")) for s in piano.find("measure/print").iter("staff-layout")]
    assert staves == [("1", "60"), ("2", "40")]


def test_a_line_too_full_for_programs_makes_the_staves_smaller() -> None:
    score = song(px_mm=0.15)
    sixteenths = tuple(Note(onset_quarter=F(i, 4), duration_quarter=F(1, 4), voice=1, staff=1, pitch=Pitch("C", 5),
                            type="16th") for i in range(32))
    full_bar = {"notes": sixteenths, "duration_quarter": F(8)}
    dense = tuple(replace(p, measures=(replace(p.measures[0], **full_bar), *p.measures[1:])) for p in score.parts)
    plain, full = (tree(s).find("defaults") for s in (score, replace(score, parts=dense)))
    smaller = float(plain.findtext("scaling/millimeters")) / float(full.findtext("scaling/millimeters"))
    assert smaller == pytest.approx(1.1 * (8 + 1.5 + 32 * 2.6) / 75, rel=1e-3)
    assert float(full.findtext("page-layout/page-width")) == pytest.approx(1000 * smaller, abs=1)


def test_long_syllables_make_a_line_full_too() -> None:
    score = song(px_mm=0.15)
    words = ["stretched"] * 9 + ["光" * 5]
    sung = tuple(Note(onset_quarter=F(i), duration_quarter=F(1), voice=1, staff=1, pitch=Pitch("C", 5), type="quarter",
                      lyrics=(Lyric(1, word),)) for i, word in enumerate(words))
    bar = {"notes": sung, "duration_quarter": F(10)}
    voice, piano = (replace(p, measures=(replace(p.measures[0], **bar), *p.measures[1:])) for p in score.parts)
    full = tree(replace(score, parts=(voice, piano))).find("defaults")
    smaller = 6 / float(full.findtext("scaling/millimeters"))
    assert smaller == pytest.approx(1.1 * (8 + 1.5 + 9 * (0.5 + 9 * 0.9) + 0.5 + 5 * 1.8) / 75, rel=1e-3)



def test_groups_and_names() -> None:
    parts = list(tree(song(groups=(PartGroup(0, 1, "bracket", False),))).find("part-list"))
    assert [p.tag for p in parts] == ["part-group", "score-part", "score-part", "part-group"]
    assert (parts[0].findtext("group-symbol"), parts[0].findtext("group-barline")) == ("bracket", "no")
    assert parts[1].findtext("part-name") == "Part 1" and parts[1].find("part-name").get("print-object") == "no"
    assert parts[2].findtext("part-name") == "Klavier" and parts[2].findtext("part-abbreviation") == "Kl."


def test_groups_within_groups_are_nested() -> None:
    groups = (PartGroup(0, 1, "bracket", False), PartGroup(0, 1, "none", True))
    parts = list(tree(song(groups=groups)).find("part-list"))
    assert [(p.get("type"), p.get("number")) for p in parts if p.tag == "part-group"] == [
        ("start", "1"), ("start", "2"), ("stop", "2"), ("stop", "1")]


def test_systems_that_hardly_fit_stand_closer() -> None:
    score = song()
    *first_page, last = score.systems
    higher = (replace(system, staves=tuple(replace(s, top=s.top - 150, bottom=s.bottom - 150) for s in system.staves))
              for system in first_page)
    tight = replace(score, systems=(*higher, last))
    near, far = (tree(s).find("defaults") for s in (tight, song()))
    for name in ("staff-layout/staff-distance", "system-layout/system-distance"):
        assert int(near.findtext(name)) < int(far.findtext(name))
    height, top, bottom, systems, staves = (float(near.findtext(name)) for name in (
        "page-layout/page-height", "page-layout/page-margins/top-margin", "page-layout/page-margins/bottom-margin",
        "system-layout/system-distance", "staff-layout/staff-distance"))
    room = height - top - bottom - 2 * 70 - 6 * 40 - 100  # what MuseScore adds over and under, six staves, a title
    assert systems + 4 * staves == pytest.approx(0.9 * room, abs=3)


def test_all_lines_over_the_music_are_written_a_credit_a_column(schema: etree.XMLSchema) -> None:
    """MuseScore sets two credits of a column on each other, and shows title and authors from these alone."""
    lines = (HeadingLine("SONATE", "middle", 40, 32, ("title",)), HeadingLine("für das Pianoforte", "middle", 80, 20),
             HeadingLine("Op. 2.", "right", 100, 16), HeadingLine("W. A. MOZART", "middle", 110, 24, ("composer",)))
    root = tree(song(px_mm=0.2, title="SONATE", composer="W. A. Mozart", arranger="Ann", heading=lines))
    found = [(c.findtext("credit-type"), [(w.text, w.get("justify")) for w in c.iterfind("credit-words")])
             for c in root.iterfind("credit")]
    assert found == [
        ("title", [("SONATE", "center"), ("\nfür das Pianoforte", "center"), ("\nW. A. Mozart", "center")]),
        ("arranger", [("Op. 2.", "right"), ("\nAnn", "right")])]  # who mends a name mends it there, too
    sizes = [float(w.get("font-size")) for w in root.iter("credit-words")]
    assert sizes[0] > sizes[2] > sizes[1] > sizes[3] > 8
    assert root.find("credit/credit-words").get("default-y") == "1360"
    schema.assertValid(root)
    assert tree(song(title="Only")).find("credit") is None
