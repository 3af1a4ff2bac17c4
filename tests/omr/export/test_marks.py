"""Each mark of notation, engraved by Verovio and read from its exact labels, must be in the MusicXML on its own note:
nothing lost, moved or added between symbol and file. One line a measure says all that is marked in it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from lxml import etree

from omr.export.marks import _direction, _harmony, write_directions
from omr.music.directions import jump_of
from omr.types import Box, Direction, Fretboard, FretboardNote, Measure
from tests.omr.perfect import mei, xml_of

PIANO = ("G2", "F4")


def notes(names: str, first: int = 1, octave: int = 5, dur: int = 4, extra: str = "") -> str:
    """Notes one by one, with ids n1, n2, ..."""
    return "".join(f'<note xml:id="n{i}" pname="{name}" oct="{octave}" dur="{dur}" {extra}/>'
                   for i, name in enumerate(names, first))


def layer(content: str, staff: int = 1) -> str:
    return f'<staff n="{staff}"><layer n="1">{content}</layer></staff>'


def chord(id_: str, names: str, octave: int = 4, dur: int = 2) -> str:
    return (f'<chord xml:id="{id_}" dur="{dur}">'
            + "".join(f'<note xml:id="{id_}{p}" pname="{p}" oct="{octave}"/>' for p in names) + "</chord>")


def told(root: etree._Element) -> list[str]:
    """A line a measure: its notes (rests R) with what marks them in parentheses, its directions and endings in their
    places; a chord's notes are joined by +."""
    lines = []
    for measure in root.iter("measure"):
        words: list[str] = []
        for element in measure:
            if element.tag == "note":
                name = (element.findtext("pitch/step") or "R") + (element.findtext("pitch/octave") or "")
                marks = [_mark(e) for e in element.iterfind("notations/*") if e.tag not in _GROUPS]
                marks += [_mark(e) for group in _GROUPS for e in element.iterfind(f"notations/{group}/*")]
                for e in element:
                    if e.tag == "grace":
                        marks.append("slashed grace" if e.get("slash") == "yes" else "grace")
                    elif e.tag == "accidental":
                        marks.append(f"({e.text})" if e.get("parentheses") == "yes" else str(e.text))
                    elif e.tag == "type" and e.get("size") == "cue":
                        marks.append("cue")
                    elif e.tag == "notehead":
                        marks.append(str(e.text))
                word = name + (f"({' '.join(marks)})" if marks else "")
                if element.find("chord") is not None:
                    words[-1] += "+" + word
                else:
                    words.append(word)
            elif element.tag == "direction":
                sign = element.find("direction-type")[0]
                kind = sign.get("type") or (sign[0].tag if len(sign) else "")
                words.append(f"[{' '.join(filter(None, (sign.tag, kind, element.get('placement'))))}]")
            elif element.tag == "barline":
                words += [f"[{e.tag} {e.get('number')} {e.get('type')}]" for e in element.iterfind("ending")]
        lines.append(" ".join(words))
    return lines


_GROUPS = ("articulations", "technical", "ornaments")


def _mark(element: etree._Element) -> str:
    kind = element.get("type") or ""
    text = (element.text or "").strip()
    side = element.get("placement") or ""
    return ":".join(filter(None, (element.tag, kind, text, side, element.get("number"))))


CASES: dict[str, tuple[str, list[str]]] = {
    "slur": (mei([layer(notes("cdef")) + '<slur startid="#n1" endid="#n3"/>']),
             ["C5(slur:start:1) D5 E5(slur:stop:1) F5"]),
    "tie": (mei([layer(notes("ccef")) + '<tie startid="#n1" endid="#n2"/>']),
            ["C5(tied:start) C5(tied:stop) E5 F5"]),
    "slur over a tie": (
        mei([layer(notes("ccef")) + '<tie startid="#n1" endid="#n2"/><slur startid="#n1" endid="#n4"/>']),
        ["C5(tied:start slur:start:1) C5(tied:stop) E5 F5(slur:stop:1)"]),
    "slurs end to end": (
        mei([layer(notes("cdef")) + '<slur startid="#n1" endid="#n2"/><slur startid="#n2" endid="#n4"/>']),
        ["C5(slur:start:1) D5(slur:stop:1 slur:start:2) E5 F5(slur:stop:2)"]),
    "slur over a line's end": (
        mei([layer(notes("cdef")) + '<slur startid="#n3" endid="#n6"/>', "<sb/>" + layer(notes("gagf", 5, 4))]),
        ["C5 D5 E5(slur:start:1) F5", "G4 A4(slur:stop:1) G4 F4"]),
    "slur from the last note to the first": (
        mei([layer(notes("cdee")) + '<slur startid="#n4" endid="#n5"/>', "<sb/>" + layer(notes("gagf", 5))]),
        ["C5 D5 E5 E5(slur:start:1)", "G5(slur:stop:1) A5 G5 F5"]),
    "tie over a line's end": (
        mei([layer(notes("cdee")) + '<tie startid="#n4" endid="#n5"/>', "<sb/>" + layer(notes("eagf", 5))]),
        ["C5 D5 E5 E5(tied:start)", "E5(tied:stop) A5 G5 F5"]),
    "slur and tie over a line's end": (
        mei([layer(notes("cdee")) + '<tie startid="#n4" endid="#n5"/><slur startid="#n3" endid="#n7"/>',
             "<sb/>" + layer(notes("eagf", 5))]),
        ["C5 D5 E5(slur:start:1) E5(tied:start)", "E5(tied:stop) A5 G5(slur:stop:1) F5"]),
    "slurs of two staves over a line's end": (
        mei([layer(notes("cdee")) + layer(notes("cdee", 21, 3), 2)
             + '<slur startid="#n3" endid="#n7"/><slur startid="#n21" endid="#n26"/>',
             "<sb/>" + layer(notes("gagf", 5)) + layer(notes("gagf", 25, 3), 2)], PIANO, braced=True),
        ["C5 D5 E5(slur:start:1) E5 C3(slur:start:2) D3 E3 E3", "G5 A5 G5(slur:stop:1) F5 G3 A3(slur:stop:2) G3 F3"]),
    "articulations": (
        mei([layer("".join(notes("c", 1, extra=f'artic="{a}"') for a in ("stacc", "acc", "ten", "marc")))]),
        ["C5(staccato:above) C5(accent:above) C5(tenuto:above) C5(strong-accent:up:above)"]),
    "articulations below, two on a note": (
        mei([layer("".join(notes("d", 1, 4, extra=f'artic="{a}"') for a in ("stacciss", "acc", "stacc ten", "marc")))]),
        ["D4(staccatissimo:below) D4(accent:below) D4(tenuto:below staccato:below) D4(strong-accent:up:above)"]),
    "bowing": (mei([layer("".join(notes("c", 1, extra=f'artic="{a}"') for a in ("dnbow", "upbow")))], meter="2/4"),
               ["C5(down-bow:above) C5(up-bow:above)"]),
    "ornaments": (
        mei([layer(notes("cdef")) + '<trill startid="#n1"/><turn startid="#n2"/><mordent startid="#n3" form="lower"/>'
             '<mordent startid="#n4" form="upper"/>']),
        ["C5(trill-mark:above) D5(turn:above) E5(mordent:above) F5(inverted-mordent:above)"]),
    "turn between two notes": (
        mei([layer(notes("cd", dur=2)) + '<turn tstamp="1.7" staff="1"/>']), ["C5(delayed-turn:above) D5"]),
    "ornaments' accidentals": (
        mei([layer(notes("cdef")) + '<turn startid="#n1" form="lower"/><trill startid="#n2" accidupper="f"/>'
             '<turn startid="#n3" accidlower="s"/><mordent startid="#n4" form="lower" accidlower="n"/>']),
        ["C5(inverted-turn:above) D5(trill-mark:above accidental-mark:flat:above) "
         "E5(turn:above accidental-mark:sharp:below) F5(mordent:above accidental-mark:natural:below)"]),
    "trill with a wavy line": (
        mei([layer(notes("cdef")) + '<trill startid="#n1" endid="#n3" extender="true"/>']),
        ["C5(trill-mark:above wavy-line:start:above) D5(wavy-line:stop) E5 F5"]),
    "fermatas": (
        mei([layer(notes("cd") + '<rest xml:id="r" dur="4"/>' + notes("f", 4)) + '<fermata startid="#n2"/>'
             '<fermata startid="#r"/><fermata startid="#n4" place="below"/>']),
        ["C5 D5(fermata:upright) R(fermata:upright) F5(fermata:inverted)"]),
    "arpeggios": (
        mei([layer(chord("a", "ceg") + chord("b", "ceg")) + layer(chord("x", "ce", 3) + chord("y", "ce", 3), 2)
             + '<arpeg plist="#a #x"/><arpeg plist="#b"/>'], PIANO, braced=True),
        ["C4(arpeggiate:1)+E4(arpeggiate:1)+G4(arpeggiate:1) C4(arpeggiate)+E4(arpeggiate)+G4(arpeggiate) "
         "C3(arpeggiate:1)+E3(arpeggiate:1) C3+E3"]),
    "dynamics": (
        mei([layer(notes("cdef")) + '<dynam startid="#n1">p</dynam><dynam startid="#n3" place="above">sfz</dynam>'
             '<dynam startid="#n4">mf</dynam>']),
        ["[dynamics p below] C5 D5 [dynamics sfz above] E5 [dynamics mf below] F5"]),
    "hairpins": (
        mei([layer(notes("cdef")) + '<hairpin form="cres" startid="#n1" endid="#n3"/>',
             layer(notes("cdef", 5)) + '<hairpin form="dim" startid="#n5" endid="#n8" place="above"/>']),
        ["[wedge crescendo below] C5 D5 [wedge stop below] E5 F5",
         "[wedge diminuendo above] C5 D5 E5 [wedge stop above] F5"]),
    "hairpin over a line's end": (
        mei([layer(notes("cdef")) + '<hairpin form="cres" startid="#n2" endid="#n7"/>',
             "<sb/>" + layer(notes("cdef", 5))]),
        ["C5 [wedge crescendo below] D5 E5 F5", "C5 D5 [wedge stop below] E5 F5"]),
    "hairpin between two staves is the upper one's": (
        mei([layer(notes("cdef")) + layer(notes("cdef", 21, 3), 2)
             + '<hairpin form="cres" staff="1" startid="#n1" endid="#n3" place="below"/>'], PIANO, braced=True),
        ["[wedge crescendo below] C5 D5 [wedge stop below] E5 F5 C3 D3 E3 F3"]),
    "pedal": (mei([layer(notes("cdef")) + '<pedal dir="down" startid="#n1"/><pedal dir="up" startid="#n3"/>']),
              ["[pedal start below] C5 D5 [pedal stop below] E5 F5"]),
    "pedal anew": (
        mei([layer(notes("cdef")) + '<pedal dir="down" startid="#n1"/><pedal dir="down" startid="#n2"/>'
             '<pedal dir="up" startid="#n4"/>']),
        ["[pedal start below] C5 [pedal stop below] [pedal start below] D5 E5 [pedal stop below] F5"]),
    "segno and coda": (
        mei([layer(notes("cdef")) + '<repeatMark startid="#n1" func="segno"/><repeatMark startid="#n3" func="coda"/>']),
        ["[segno above] C5 D5 [coda above] E5 F5"]),
    "breath and caesura": (mei([layer(notes("cdef")) + '<breath startid="#n2"/><caesura startid="#n3"/>']),
                           ["C5 D5(breath-mark:above) E5(caesura:above) F5"]),
    "fingerings": (
        mei([layer(notes("cdef")) + '<fing startid="#n1">1</fing><fing startid="#n3" place="below">4</fing>']),
        ["C5(fingering:1:above) D5 E5(fingering:4:below) F5"]),
    "fingerings on a chord": (
        mei([layer(chord("a", "ceg", dur=1))
             + '<fing startid="#ac">1</fing><fing startid="#ae">3</fing><fing startid="#ag">5</fing>']),
        ["C4(fingering:1:above)+E4(fingering:3:above)+G4(fingering:5:above)"]),
    "fingering of one note of a chord": (
        mei([layer(chord("a", "ceg") + chord("b", "ceg")) + '<fing startid="#ag">5</fing>'
             '<fing startid="#bc" place="below">1</fing>']),
        ["C4+E4+G4(fingering:5:above) C4(fingering:1:below)+E4+G4"]),
    "tremolo": (
        mei([layer('<bTrem><note pname="c" oct="5" dur="2" stem.mod="3slash"/></bTrem>'
                   '<bTrem><note pname="c" oct="5" dur="4" stem.mod="1slash"/></bTrem>'
                   '<bTrem><chord dur="4" stem.mod="2slash"><note pname="c" oct="5"/><note pname="e" oct="5"/></chord>'
                   '</bTrem>')]),
        ["C5(tremolo:single:3) C5(tremolo:single:1) C5(tremolo:single:2)+E5"]),
    "tremolo of two notes": (
        mei([layer('<fTrem beams="3">' + notes("ce", dur=2) + "</fTrem>"
                   '<fTrem beams="2">' + notes("ce", 3) + "</fTrem>")], meter="3/4"),
        ["C5(tremolo:start:3) E5(tremolo:stop:3) C5(tremolo:start:2) E5(tremolo:stop:2)"]),
    "tremolo of two whole notes": (
        mei([layer('<fTrem beams="3">' + notes("ce", dur=1) + "</fTrem>")]),
        ["C5(tremolo:start:3) E5(tremolo:stop:3)"]),
    "8va": (mei([layer(notes("cdef", octave=6)) + '<octave dis="8" dis.place="above" startid="#n2" endid="#n3"/>']),
            ["C6 [octave-shift down above] D7 E7 [octave-shift stop above] F6"]),
    "8vb": (mei([layer(notes("cdef", octave=3)) + '<octave dis="8" dis.place="below" startid="#n2" endid="#n3"/>']),
            ["C3 [octave-shift up below] D2 E2 [octave-shift stop below] F3"]),
    "15ma": (mei([layer(notes("cdef", octave=6)) + '<octave dis="15" dis.place="above" startid="#n2" endid="#n3"/>']),
             ["C6 [octave-shift down above] D8 E8 [octave-shift stop above] F6"]),
    "8va over a line's end": (
        mei([layer(notes("cdef", octave=6)) + '<octave dis="8" dis.place="above" startid="#n2" endid="#n6"/>',
             "<sb/>" + layer(notes("cdef", 5, 6))]),
        ["C6 [octave-shift down above] D7 E7 F7", "C7 D7 [octave-shift stop above] E6 F6"]),
    "grace notes": (
        mei([layer('<note pname="d" oct="5" dur="8" grace="unacc" stem.mod="1slash"/>' + notes("cd")
                   + "<beam>" + notes("de", 21, dur=16, extra='grace="acc"') + "</beam>" + notes("ef", 3))]),
        ["D5(slashed grace) C5 D5 D5(grace) E5(grace) E5 F5"]),
    "grace notes keep their order, before a note and after a trill": (
        mei([layer("<beam>" + notes("fed", 21, dur=16, extra='grace="acc"') + "</beam>" + notes("cd")
                   + "<graceGrp><beam>" + notes("cd", 31, dur=16, extra='grace="unacc"') + "</beam></graceGrp>"),
             layer(notes("ef", 5))], meter="2/4"),
        ["F5(grace) E5(grace) D5(grace) C5 D5 C5(grace) D5(grace)", "E5 F5"]),
    "grace chord": (
        mei([layer('<chord grace="acc" dur="16"><note pname="e" oct="5"/><note pname="g" oct="5"/></chord>'
                   + notes("ff"))], meter="2/4"),
        ["E5(grace)+G5(grace) F5 F5"]),
    "heads of other shapes": (
        mei([layer(notes("cd", extra='head.shape="x"') + notes("e", 3, extra='head.shape="diamond"')
                   + notes("f", 4, extra='head.shape="slash"'))]),
        ["C5(x) D5(x) E5(diamond) F5(slash)"]),
    "quarter tones": (
        mei([layer("".join(f'<note pname="{p}" oct="5" dur="4" accid="{a}"/>'
                           for p, a in zip("cdef", ("1qs", "1qf", "3qs", "3qf"), strict=True)))]),
        ["C5(quarter-sharp) D5(quarter-flat) E5(three-quarters-sharp) F5(three-quarters-flat)"]),
    "a short fermata, a long one": (
        mei([layer(notes("cdef")) + '<fermata startid="#n1" shape="angular" place="above"/>'
             + '<fermata startid="#n4" shape="square" place="above"/>']),
        ["C5(fermata:upright:angled) D5 E5 F5(fermata:upright:square)"]),
    "strings": (
        mei([layer("".join(f'<note pname="{p}" oct="5" dur="4"><artic artic="{a}"/></note>'
                           for p, a in zip("cdef", ("harm", "snap", "lhpizz", "upbow"), strict=True)))]),
        ["C5(harmonic:above) D5(snap-pizzicato:above) E5(stopped:above) F5(up-bow:above)"]),
    "a bar played again": (
        mei([layer(notes("ceg", dur=4) + '<rest dur="4"/>'), layer("<mRpt/>"), layer(notes("cdef", 5))]),
        ["C5 E5 G5 R", "C5 E5 G5 R", "C5 D5 E5 F5"]),
    "cue notes": (
        mei([layer(notes("cdef", extra='cue="true"')), layer(notes("cdef", 5))]),
        ["C5(cue) D5(cue) E5(cue) F5(cue)", "C5 D5 E5 F5"]),
    "reminding accidentals": (
        mei([layer('<note pname="d" oct="5" dur="4" accid="s"/>'
                   '<note pname="d" oct="5" dur="4"><accid accid="s" func="caution" enclose="paren"/></note>'
                   '<note pname="d" oct="5" dur="4"><accid accid="n" enclose="paren"/></note>' + notes("d"))]),
        ["D5(sharp) D5((sharp)) D5((natural)) D5"]),
    "endings": (
        mei([layer(notes("cdef")), '</measure><ending n="1"><measure n="2" right="rptend">' + layer(notes("cdef", 5))
             + '</measure></ending><ending n="2"><measure n="3">' + layer(notes("cdef", 9))
             + "</measure></ending><measure>" + layer(notes("cdef", 13))]),
        ["C5 D5 E5 F5", "[ending 1 start] C5 D5 E5 F5 [ending 1 stop]", "[ending 2 start] C5 D5 E5 F5 [ending 2 stop]",
         "C5 D5 E5 F5"]),
}


@pytest.mark.parametrize("name", CASES)
def test_mark(name: str, schema: etree.XMLSchema) -> None:
    text, expected = CASES[name]
    root = xml_of(text)
    assert told(root) == expected
    schema.assertValid(root)


@pytest.mark.parametrize(("words", "sound"), [
    ("D.C. al Fine", {"dacapo": "yes"}), ("Da Capo", {"dacapo": "yes"}), ("d. c.", {"dacapo": "yes"}),
    ("D.S. al Coda", {"dalsegno": "segno"}), ("Dal Segno", {"dalsegno": "segno"}), ("To Coda", {"tocoda": "coda"}),
    ("Fine", {"fine": "yes"}), ("Fine.", {"fine": "yes"}), ("finement", {}), ("dolce", {}), ("D.Scarlatti", {}),
    ("al Fine", {}),
])
def test_jump(words: str, sound: dict[str, str]) -> None:
    assert jump_of(words) == sound


@pytest.mark.parametrize(("text", "printed"), [("C7♯5", "7#5"), ("F♯m7(♭9)", "m7(b9)"), ("C7#5", "7#5")])
def test_degrees_of_a_chord_symbol_are_printed_once(text: str, printed: str) -> None:
    """MuseScore prints them a second time if it cannot find them in the text, other programs unless told not to."""
    harmony = _harmony(text, staves=1, staff=1)
    kind, degree = harmony.find("kind"), harmony.find("degree")
    assert kind is not None and kind.get("text") == printed
    assert degree is not None and degree.get("print-object") == "no"


def written(*directions: tuple[str, str, str]) -> list[tuple[str | None, str | None, str | None]]:
    """(words, weight, tempo) of every direction of a measure. directions: (kind, text, placement)."""
    measure = etree.Element("measure")
    found = tuple(Direction(1, Fraction(0), *d) for d in directions)  # type: ignore[arg-type]
    write_directions(measure, Measure(number=1, duration_quarter=Fraction(4), directions=found), 1, 1)
    found = []
    for direction in measure:
        words, sound = direction.find("direction-type/words"), direction.find("sound")
        found.append((None if words is None else words.text, None if words is None else words.get("font-weight"),
                      None if sound is None else sound.get("tempo")))
    return found


def test_tempo_words_are_bold_and_are_played() -> None:
    assert written(("words", "Adagio", "above")) == [("Adagio", "bold", "71")]
    assert written(("words", "dolce", "above")) == [("dolce", None, None)]
    assert written(("words", "allegro", "below")) == [("allegro", None, None)]


def test_a_metronome_mark_says_more_than_words() -> None:
    found = written(("words", "Adagio", "above"), ("metronome", "quarter=50", "above"))
    assert found == [("Adagio", "bold", None), (None, None, "50")]


def test_a_chord_symbol_has_its_diagram() -> None:
    board = Fretboard(Box(0, 0, 40, 40), 6, 4, 5, (FretboardNote(6, 5, "start"), FretboardNote(1, 5, "stop")))
    frame = _harmony("Am", 1, 1, board).find("frame")
    assert frame is not None
    assert [(e.tag, e.text) for e in frame if e.tag != "frame-note"] == [
        ("frame-strings", "6"), ("frame-frets", "4"), ("first-fret", "5")]
    assert [(note.findtext("string"), note.findtext("fret"), note.find("barre").get("type"))
            for note in frame.iterfind("frame-note")] == [("6", "5", "start"), ("1", "5", "stop")]


def test_a_rehearsal_mark_is_one() -> None:
    made = _direction(Direction(1, Fraction(0), "rehearsal", "B", "above"), 1, False)
    assert (made.get("placement"), made.findtext("direction-type/rehearsal")) == ("above", "B")


def test_of_two_lines_that_share_a_note_the_first_is_closed_before_the_second() -> None:
    """Both have one number: a reader that met the second beginning first took the first's end for its own."""
    measure = etree.fromstring("<measure><note><rest/><duration>4</duration></note></measure>")
    found = (Direction(1, Fraction(0), "wedge-crescendo"), Direction(1, Fraction(2), "wedge-stop"),
             Direction(1, Fraction(2), "wedge-diminuendo"), Direction(1, Fraction(4), "wedge-stop"))
    write_directions(measure, Measure(number=1, duration_quarter=Fraction(4), directions=found), 1, 1)
    assert [(e.find(".//wedge").get("type"), e.findtext("offset")) if e.tag == "direction" else e.tag for e in measure
            ] == [("crescendo", None), ("stop", "2"), ("diminuendo", "2"), "note", ("stop", None)]


def test_a_direction_without_a_note_of_its_staff_stands_at_one_of_another_staff() -> None:
    """MuseScore leaves offsets aside: a p on the third quarter of a half note stood on the half note."""
    def note(staff: int, quarters: int) -> str:
        return f"<note><rest/><duration>{quarters}</duration><staff>{staff}</staff></note>"

    measure = etree.fromstring(f"<measure>{note(1, 4)}<backup><duration>4</duration></backup>"
                               f"{note(2, 2)}{note(2, 1)}{note(2, 1)}</measure>")
    found = (Direction(1, Fraction(0), "wedge-crescendo"), Direction(1, Fraction(2), "wedge-stop"),
             Direction(1, Fraction(3), "dynamics", "p"))
    write_directions(measure, Measure(number=1, duration_quarter=Fraction(4), directions=found), 1, 2)
    order = [e.findtext("duration") or e.find("direction-type")[0].tag for e in measure]
    # A line's end stays with its staff: at a note of a later staff its beginning could come after it in the file.
    assert order == ["wedge", "4", "wedge", "4", "2", "1", "dynamics", "1"]
    assert [e.getparent().find(".//wedge") is not None for e in measure.iter("offset")] == [True]
    assert {e.findtext("staff") for e in measure.iterfind("direction")} == {"1"}
