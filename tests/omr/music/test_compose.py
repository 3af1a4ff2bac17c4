"""Whole scores from hand-made pages: one or two staves, space 10 px, middle line of staff i at row 120 + 120 i."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from omr.music.compose import read_measures, read_score
from omr.notation.assembly import assemble
from omr.types import Box, NotationGraph, Score, Staff, Stroke, Symbol, System
from omr.types.plain import from_json, to_json


class Sheet:
    """A page of one system: symbols by staff position, barlines over all staves."""

    def __init__(self, staves: int = 1, width: float = 600.0, braces: bool = False):
        self.staves = [
            Staff(index=i, system=0, left=20.0, right=width,
                  lines=np.repeat((100.0 + 120 * i + 10 * np.arange(5))[:, None], 2, axis=1))
            for i in range(staves)
        ]
        self.braces = (tuple(range(staves)),) if braces else ()
        self.symbols: list[Symbol] = []
        self.strokes: list[Stroke] = []

    def symbol(self, name: str, position: float, left: float, height: float = 10, width: float = 12, staff: int = 0):
        row = self.staves[staff].row(position, left)
        box = Box(row - height / 2, left, row + height / 2, left + width)
        self.symbols.append(Symbol(len(self.symbols) + len(self.strokes), name, box))
        return self.symbols[-1]

    def stroke(self, kind, *points, thick=1.5):
        self.strokes.append(Stroke(len(self.symbols) + len(self.strokes), kind, points, thick))

    def note(self, position: float, left: float, name: str = "noteheadBlack", staff: int = 0, up: bool = True):
        head = self.symbol(name, position, left, staff=staff)
        row = head.box.center[0]
        if name != "noteheadWhole":
            top, col = (row - 35, left + 11.5) if up else (row, left + 0.5)
            self.stroke("stem", (top, col), (top + 35, col))
        return head

    def clef(self, name: str = "gClef", staff: int = 0):
        self.symbol(name, -2 if name == "gClef" else 2, 24, 60, 24, staff)

    def time(self, beats: int, beat_type: int, left: float = 60, staff: int = 0):
        self.symbol(f"timeSig{beats}", 2, left, 20, 15, staff)
        self.symbol(f"timeSig{beat_type}", -2, left, 20, 15, staff)

    def barline(self, col: float, thick: float = 1.5):
        bottom = 140 + 120 * (len(self.staves) - 1)
        self.stroke("barline", (100, col), (bottom, col), thick=thick)

    def graph(self, page: int = 0) -> NotationGraph:
        system = System(0, tuple(s.index for s in self.staves), self.braces)
        return assemble(page, self.staves, [system], self.symbols, self.strokes)

    def score(self) -> Score:
        return read_score([self.graph()], "test")


def notes(score: Score, part: int = 0) -> list[list[tuple]]:
    return [
        [(n.onset_quarter, n.pitch.step + str(n.pitch.octave), n.pitch.alter) for n in m.notes]
        for m in score.parts[part].measures
    ]


def test_pitches_and_measures():
    sheet = Sheet()
    sheet.clef()
    sheet.time(2, 4)
    for i, position in enumerate((-6, -2, 0, 4)):  # C4 G4 B4 F5
        sheet.note(position, 100 + 50 * i + (20 if i > 1 else 0))
    sheet.barline(200)
    sheet.barline(600, thick=6)
    score = sheet.score()
    assert notes(score) == [[(0, "C4", 0), (1, "G4", 0)], [(0, "B4", 0), (1, "F5", 0)]]
    assert score.parts[0].measures[0].time == (2, 4)
    assert score.parts[0].measures[1].right == "final" and not score.doubts
    assert from_json(Score, to_json(score)) == score


def test_accidental_holds_to_the_barline_and_key_after():
    sheet = Sheet()
    sheet.clef()
    sheet.symbol("accidentalSharp", 4, 55, 28, 9)  # G major
    sheet.time(2, 4, 75)
    sheet.symbol("accidentalNatural", 4, 104, 28, 8)
    sheet.note(4, 116)
    sheet.note(4, 160)
    sheet.barline(200)
    sheet.note(4, 220)
    sheet.note(4, 260)
    sheet.barline(300)
    assert [[a for _, _, a in m] for m in notes(sheet.score())] == [[0, 0], [1, 1]]


def test_piano_is_one_part_and_song_is_two():
    piano = Sheet(2, braces=True)
    song = Sheet(2)
    for sheet in (piano, song):
        sheet.clef()
        sheet.clef("gClef" if sheet is song else "fClef", staff=1)
        for staff in (0, 1):
            sheet.note(0, 150, "noteheadWhole", staff)
        sheet.barline(300)
    assert [p.staves for p in piano.score().parts] == [2]
    lower = [n for n in piano.score().parts[0].measures[0].notes if n.staff == 2]
    assert [(n.pitch.step, n.pitch.octave, n.voice) for n in lower] == [("D", 3, 5)]
    assert [p.staves for p in song.score().parts] == [1, 1]


def test_time_is_inferred_where_none_is_printed():
    sheet = Sheet(width=1000)
    sheet.clef()
    for bar in range(5):
        for beat in range(3):
            sheet.note(0, 80 + 180 * bar + 50 * beat)
        sheet.barline(245 + 180 * bar)
    score = sheet.score()
    assert {m.duration_quarter for m in score.parts[0].measures} == {Fraction(3)}
    assert score.parts[0].measures[0].time == (3, 4)


def test_doubt_names_the_measure_that_does_not_add_up():
    sheet = Sheet(width=1000)
    sheet.clef()
    sheet.time(3, 4)
    for bar, beats in enumerate((3, 3, 7, 3)):
        for beat in range(beats):
            sheet.note(0, 100 + 200 * bar + 26 * beat)
        sheet.barline(290 + 200 * bar)
    score = sheet.score()
    assert {d.measure for d in score.doubts} == {3}
    assert all(d.kind == "rhythm" and d.box is not None for d in score.doubts)


def test_a_measure_lasts_equally_long_in_all_parts():
    """The lower part plays a bar of four quarters again where the time is 2/4: the upper part waits for it."""
    sheet = Sheet(2, width=700)
    for staff in (0, 1):
        sheet.clef(staff=staff)
        sheet.time(4, 4, staff=staff)
        for beat in range(4):
            sheet.note(0, 100 + 40 * beat, staff=staff)
        sheet.time(2, 4, 306, staff)
    sheet.barline(300)
    sheet.note(0, 340)
    sheet.note(0, 400)
    sheet.symbol("repeat1Bar", 0, 380, 20, 20, staff=1)
    sheet.barline(500)
    upper, lower = (p.measures[1] for p in sheet.score().parts)
    assert upper.time == (2, 4) and len(lower.notes) == 4
    assert upper.duration_quarter == lower.duration_quarter == 4
    assert sum(r.duration_quarter for r in upper.rests) == 2


def test_every_voice_fills_its_measure():
    sheet = Sheet()
    sheet.clef()
    sheet.time(4, 4)
    sheet.note(0, 100, "noteheadHalf")
    sheet.note(-4, 100, "noteheadHalf", up=False)
    sheet.note(0, 200, "noteheadHalf")
    sheet.barline(300)
    measure = sheet.score().parts[0].measures[0]
    by_voice: dict[int, Fraction] = {}
    for e in (*measure.notes, *measure.rests):
        by_voice[e.voice] = by_voice.get(e.voice, Fraction(0)) + e.duration_quarter
    assert set(by_voice.values()) == {Fraction(4)}
    assert any(r.hidden for r in measure.rests)


def test_ties_over_a_barline_carry_the_accidental():
    sheet = Sheet()
    sheet.clef()
    sheet.time(2, 4)
    sheet.symbol("accidentalSharp", 0, 136, 28, 9)
    sheet.note(-2, 90)
    sheet.note(0, 148)
    sheet.barline(200)
    sheet.note(0, 220)
    sheet.note(0, 270)
    sheet.barline(320)
    sheet.stroke("tie", (127, 158), (131, 190), (127, 222))
    measures = sheet.score().parts[0].measures
    assert [n.tie_start for m in measures for n in m.notes] == [False, True, False, False]
    assert [n.tie_stop for m in measures for n in m.notes] == [False, False, True, False]
    assert [n.pitch.alter for m in measures for n in m.notes] == [0, 1, 1, 0]


def test_repeats_and_measure_rests():
    sheet = Sheet()
    sheet.clef()
    sheet.time(3, 4)
    sheet.symbol("restWhole", 2, 130, 5, 12)
    sheet.symbol("repeatDot", 1, 190, 4, 4)
    sheet.symbol("repeatDot", -1, 190, 4, 4)
    sheet.barline(199)
    sheet.barline(206, thick=5)
    for i in range(3):
        sheet.note(0, 230 + 40 * i)
    sheet.barline(360)
    first, second = sheet.score().parts[0].measures
    assert first.right == "repeat-end" and first.rests[0].measure_rest and first.duration_quarter == 3
    assert len(second.notes) == 3


def test_pages_follow_each_other_and_keep_their_parts():
    pages = []
    for page in range(2):
        sheet = Sheet(2, braces=page == 0)  # the brace is missed on the second page
        sheet.clef()
        sheet.clef("fClef", staff=1)
        for staff in (0, 1):
            sheet.note(0, 150, "noteheadWhole", staff)
        sheet.barline(300)
        pages.append(sheet.graph(page))
    score = read_score(pages, "x")
    assert [p.staves for p in score.parts] == [2]
    assert [m.page for m in score.parts[0].measures] == [0, 1]
    assert score.parts[0].measures[1].new_page


def test_nothing_read_is_an_empty_score():
    assert read_score([], "x").parts == ()
    assert read_score([Sheet().graph()], "x").parts == ()


def test_first_and_second_ending():
    sheet = Sheet(width=800)
    sheet.clef()
    sheet.time(2, 4)
    for bar in range(3):
        for beat in range(2):
            sheet.note(0, 100 + 200 * bar + 80 * beat)
    sheet.barline(280)
    for position in (1, -1):
        sheet.symbol("repeatDot", position, 470, 4, 4)
    sheet.barline(480)
    sheet.barline(690)
    sheet.stroke("bracket", (70, 282), (70, 470))
    sheet.stroke("bracket", (70, 470), (85, 470))
    sheet.stroke("bracket", (70, 484), (70, 600))
    measures = sheet.score().parts[0].measures
    assert [m.ending_start for m in measures] == [(), (1,), (2,)]
    assert [m.ending_stop for m in measures] == [False, True, True]
    assert [m.ending_open for m in measures] == [False, False, True]


def test_long_stem_is_no_barline():
    """A stem that runs from the upper staff into the lower, taken for a barline, has its head in its column."""
    sheet = Sheet(2, braces=True)
    sheet.clef()
    sheet.clef("fClef", staff=1)
    for beat in range(2):
        for staff in (0, 1):
            sheet.note(0, 100 + 90 * beat, staff=staff)
    sheet.stroke("barline", (98, 190.5), (200, 190.5))
    sheet.barline(280)
    assert len(sheet.score().parts[0].measures) == 1


def test_octave_line_reaches_as_far_as_its_dashes():
    """Dashes may be found as hairpins, and not all of them; an 8 without dashes is no octave sign."""
    for dashes, octaves in (((), [5, 5, 5, 5]), ((130, 190), [6, 6, 6, 5])):
        sheet = Sheet(width=600)
        sheet.clef()
        sheet.time(4, 4)
        for beat in range(4):
            sheet.note(1, 110 + 50 * beat, up=False)
        sheet.barline(330)
        sheet.symbol("ottava", 10, 108, 15, 12)
        for left in dashes:
            sheet.stroke("hairpin", (70, left), (71, left + 25))
        score = sheet.score()
        assert [n.pitch.octave for n in score.parts[0].measures[0].notes] == octaves
        kinds = [(d.kind, d.onset_quarter) for d in score.parts[0].measures[0].directions]
        assert kinds == ([("octave-start", 0), ("octave-stop", 3)] if dashes else [])


def test_a_second_of_whole_notes_sounds_with_what_stands_beside_it() -> None:
    """The head set aside to the left is not where the chord begins."""
    from tests.omr.perfect import mei, score_of

    eighths = "".join(f'<note pname="{p}" oct="5" dur="8"/>' for p in "cdefgfed")
    second = '<chord dur="1"><note pname="b" oct="3"/><note pname="c" oct="4"/></chord>'
    score = score_of(mei([f'<staff n="1"><layer n="1">{eighths}</layer></staff>'
                          f'<staff n="2"><layer n="1">{second}</layer></staff>'], ("G2", "F4"), braced=True))
    assert not [d.message for d in score.doubts if d.kind == "rhythm"]
    notes = score.parts[0].measures[0].notes
    assert [n.onset_quarter for n in notes if n.staff == 1] == [Fraction(i, 2) for i in range(8)]
    assert [(n.onset_quarter, n.duration_quarter) for n in notes if n.staff == 2] == [(0, 4), (0, 4)]


@pytest.mark.parametrize(("names", "octave"), [
    (("gClef8va", "gClef", "gClef"), 5), (("gClef8vb", "gClef8vb", "gClef"), 4), (("gClef", "gClef8va"), 5),
    (("gClef8vb", "gClef8vb"), 4), (("gClef8va",), 6), (("gClef8va!", "gClef8va!"), 5),
])
def test_the_systems_of_a_part_agree_on_an_octave(names: tuple[str, ...], octave: int) -> None:
    from tests.omr.perfect import graph_of, labels_of, mei

    bar = '<staff n="1"><layer n="1"><note pname="c" oct="5" dur="1"/></layer></staff>'
    graph = graph_of(labels_of(mei([bar, *["<sb/>" + bar] * (len(names) - 1)])))
    clefs = sorted((s for s in graph.symbols if s.name == "gClef"), key=lambda s: s.box.top)
    marked = {clef.id: _with_octave(clef, name) for clef, name in zip(clefs, names, strict=True)}
    graph = replace(graph, symbols=tuple(marked.get(s.id, s) for s in graph.symbols))
    measures = read_score([graph], "test").parts[0].measures
    assert [n.pitch.octave for m in measures for n in m.notes] == [octave] * len(names)


def _with_octave(clef: Symbol, name: str) -> Symbol:
    """A clef with the 8 that its name tells of; "!": of which there is nothing to be seen."""
    box = clef.box
    up, down = (9.0 * (name == f"gClef8v{way}") for way in "ab")
    return replace(clef, name=name.rstrip("!"), box=Box(box.top - up, box.left, box.bottom + down, box.right))


@pytest.mark.parametrize(("second", "sign"), [(0.6, "G"), (0.9, "F")])
def test_an_unsure_clef_does_not_change_the_parts_unannounced(second: float, sign: str) -> None:
    from tests.omr.perfect import graph_of, labels_of, mei

    bar = '<staff n="1"><layer n="1"><note pname="c" oct="5" dur="1"/></layer></staff>'
    graph = graph_of(labels_of(mei([bar, "<sb/>" + bar, "<sb/>" + bar])))
    last = max((s for s in graph.symbols if s.name == "gClef"), key=lambda s: s.box.top)
    misread = replace(last, name="fClef", score=second)
    score = read_score([replace(graph, symbols=tuple(misread if s is last else s for s in graph.symbols))], "test")
    third = score.parts[0].measures[2]
    assert [c.sign for c in third.clefs] == ([] if sign == "G" else ["F"])
    assert [n.pitch.octave for n in third.notes] == [5 if sign == "G" else 3]


def test_another_reading_of_a_bar_can_be_taken():
    """The measures that another reading of a bar makes are those of the score in which it is taken."""
    sheet = Sheet(staves=2, braces=True)
    for staff, clef in enumerate(("gClef", "fClef")):
        sheet.clef(clef, staff)
        sheet.time(2, 4, staff=staff)
    for left in (120, 300, 340):
        sheet.note(-2, left)
    for left in (120, 180, 300, 340):
        sheet.note(0, left, staff=1)
    sheet.barline(260)
    sheet.barline(420)
    graph = sheet.graph()
    builder = read_measures([graph])
    likeliest = builder.score("test")
    others = builder.others(0, most=3)
    assert len(others) == 3
    before = [part.measures[0] for part in likeliest.parts]
    for other in others:
        assert list(other.measures) != before
        taken = read_measures([graph], choose=lambda bar, other=other: (
            other.reading if bar.bar.left == builder.bars[0].bar.left else bar.reading)).score("test")
        assert [part.measures[0] for part in taken.parts] == list(other.measures)
        assert [part.measures[1] for part in taken.parts] == [part.measures[1] for part in likeliest.parts]
