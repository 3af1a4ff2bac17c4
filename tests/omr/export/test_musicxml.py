"""A score written and read again is the same score; the file is valid MusicXML 4.0."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from music21 import stream
from music21.musicxml.m21ToXml import ScoreExporter

from omr.export import musicxml
from omr.export.files import write
from omr.types import Clef, Direction, Mark, Measure, Note, NoteType, Part, Pitch, Rest, Score

F = Fraction
QUARTERS: dict[NoteType, Fraction] = {"whole": F(4), "half": F(2), "quarter": F(1), "eighth": F(1, 2), "16th": F(1, 4)}


def n(onset: Fraction | int, name: str, kind: NoteType = "quarter", staff: int = 1, voice: int = 1,
      **more: object) -> Note:
    """A note from its name, as "F#4"; its duration follows from type, dots and tuplet."""
    alter = name.count("#") - name.count("b")
    length = QUARTERS[kind] * (2 - F(1, 2 ** int(more.get("dots", 0))))  # type: ignore[call-overload]
    actual, normal = more.get("tuplet") or (1, 1)  # type: ignore[misc]
    duration = F(0) if more.get("grace") else length * normal / actual
    return Note(onset_quarter=F(onset), duration_quarter=duration, voice=voice, staff=staff,
                pitch=Pitch(name[0], int(name[-1]), alter), type=kind, **more)  # type: ignore[arg-type]


def everything() -> Score:
    """A song-like score: a melody staff and a piano, five measures with one of each."""
    triplet = {"tuplet": (3, 2)}
    piano = (
        Measure(number=0, duration_quarter=F(1),
                notes=(n(0, "E4", stem="up", staff=1), n(0, "C3", staff=2, stem="down")), fifths=-3, time=(4, 4),
                time_symbol="common", pickup=True,
                clefs=(Clef(1, F(0), "G", 2), Clef(2, F(0), "F", 4))),
        Measure(number=1, duration_quarter=F(4), notes=(
            n(0, "C5", "eighth", stem="up", beams=("begin",), marks=(Mark(name="staccato"),), slur_starts=(1,)),
            n(F(1, 2), "D5", "16th", stem="up", beams=("continue", "begin")),
            n(F(3, 4), "Eb5", "16th", stem="up", beams=("end", "end"), accidental="flat"),
            n(1, "F#5", "half", dots=1, stem="up", accidental="sharp", tie_start=True, slur_stops=(1,)),
            n(1, "C5", "half", dots=1, stem="up"),
            n(0, "G4", "half", voice=2, stem="down", marks=(Mark(name="fermata"),)),
            n(2, "A4", grace=True, kind="eighth", voice=2, stem="up"),
            n(2, "B4", "half", voice=2, stem="down", marks=(Mark(name="trill-mark"), Mark(name="accent"))),
            n(0, "C3", "eighth", staff=2, beams=("begin",), tuplet_ends=("start",), **triplet),
            n(F(1, 3), "D3", "eighth", staff=2, beams=("continue",), **triplet),
            n(F(2, 3), "E3", "eighth", staff=2, beams=("end",), tuplet_ends=("stop",), **triplet),
            n(1, "F3", "quarter", staff=2, tuplet_ends=("start",), **triplet),
            n(F(5, 3), "G3", "eighth", staff=2, tuplet_ends=("stop",), **triplet),
            n(2, "C4", "half", staff=2)),
            clefs=(Clef(2, F(2), "G", 2),), left="repeat-start",
            directions=(Direction(1, F(0), "dynamics", "mf"), Direction(1, F(1), "wedge-crescendo"),
                        Direction(1, F(4), "wedge-stop"), Direction(2, F(0), "pedal-start"),
                        Direction(2, F(2), "pedal-stop"), Direction(1, F(2), "words", "dolce"))),
        Measure(number=2, duration_quarter=F(4), notes=(n(0, "F#5", "whole", tie_stop=True),),
                rests=(Rest(onset_quarter=F(0), duration_quarter=F(4), voice=1, staff=2, type="whole",
                            measure_rest=True),), new_system=True, ending_start=(1,),
                ending_stop=True, right="repeat-end"),
        Measure(number=3, duration_quarter=F(3), notes=(n(1, "C5", "quarter", stem="down", accidental="natural"),
                          n(F(5, 2), "G#4", "eighth", stem="up"),
                          n(2, "C3", "quarter", staff=2)),
                rests=(Rest(onset_quarter=F(0), duration_quarter=F(1), voice=1, staff=1, type="quarter"),
                       Rest(onset_quarter=F(0), duration_quarter=F(2), voice=1, staff=2, type="half",
                            hidden=True)), time=(3, 4), fifths=2,
                ending_start=(2,), ending_stop=True, right="double", new_page=True,
                clefs=(Clef(2, F(0), "F", 4),)),
        Measure(number=4, duration_quarter=F(3), notes=(n(0, "D4", "quarter"),),
                rests=(Rest(onset_quarter=F(0), duration_quarter=F(3), voice=1, staff=2, type="half", dots=1,
                            measure_rest=True),),
                right="final"),
    )
    voice = tuple(
        Measure(number=m.number, duration_quarter=m.duration_quarter,
                rests=(Rest(onset_quarter=F(0), duration_quarter=m.duration_quarter, voice=1, staff=1, type="whole",
                            measure_rest=True),),
                clefs=(Clef(1, F(0), "G", 2, -1),) if i == 0 else (), fifths=m.fifths, time=m.time,
                time_symbol=m.time_symbol, left=m.left, right=m.right, ending_start=m.ending_start,
                ending_stop=m.ending_stop, pickup=m.pickup)
        for i, m in enumerate(piano))
    return Score(source="page.png",
                 parts=(Part(id="P1", name="Tenor", staves=1, measures=voice),
                        Part(id="P2", name="Piano", staves=2, measures=piano)), title="Alles & mehr")


def written(score: Score, part: Part) -> Counter[tuple]:
    """What must be in the file: one entry a notehead, all that can be said about it."""
    return Counter(
        (i, x.staff, x.onset_quarter, F(0) if x.grace else x.duration_quarter, x.pitch.midi, x.type, x.dots, x.grace,
         x.tie_start, x.tie_stop, x.accidental) for i, m in enumerate(part.measures) for x in m.notes)


def read(path: Path, staves: list[int]) -> list[Counter[tuple]]:
    """The same from the file, by music21. staves: how many each part has."""
    from music21 import converter

    names = {"double-flat": "flat-flat"}
    streams = iter(converter.parse(path, forceSource=True).parts)
    result = []
    for count in staves:
        found: Counter[tuple] = Counter()
        for staff in range(1, count + 1):
            for i, measure in enumerate(next(streams).getElementsByClass("Measure")):
                for item in measure.recurse().notes:
                    for note in item.notes if item.isChord else [item]:
                        shown = note.pitch.accidental
                        tie = note.tie.type if note.tie else ""
                        found[i, staff, F(item.getOffsetInHierarchy(measure)).limit_denominator(1000),
                              F(item.duration.quarterLength).limit_denominator(1000), note.pitch.midi,
                              item.duration.type, item.duration.dots, item.duration.isGrace,
                              tie in ("start", "continue"), tie in ("stop", "continue"),
                              names.get(shown.name, shown.name) if shown and shown.displayStatus else None] += 1
        result.append(found)
    return result


def test_everything_comes_back(tmp_path: Path, schema: etree.XMLSchema) -> None:
    score = everything()
    path = tmp_path / "score.musicxml"
    write(score, path)
    schema.assertValid(etree.parse(str(path)))
    assert read(path, [1, 2]) == [written(score, p) for p in score.parts]


def test_the_file_says_what_the_page_says(tmp_path: Path) -> None:
    root = etree.fromstring(musicxml.to_bytes(everything()))
    assert root.findtext("work/work-title") == "Alles & mehr"
    assert root.findtext("identification/encoding/software").startswith("omr ")
    assert root.findtext("identification/source") == "page.png"
    parts = root.findall("part")
    assert [p.findtext("measure/attributes/staves") for p in parts] == [None, "2"]
    tenor, piano = parts
    measures = piano.findall("measure")
    assert [(m.get("number"), m.get("implicit")) for m in measures] == [
        ("0", "yes"), ("1", "no"), ("2", "no"), ("3", "no"), ("4", "no")]
    clefs = [(c.getparent().getparent().get("number"), c.get("number"), c.findtext("sign")) for c in piano.iter("clef")]
    assert clefs == [("0", "1", "G"), ("0", "2", "F"), ("1", "2", "G"), ("2", "2", "F")]
    # MuseScore draws the clef that opens a system right only if it stands at the end of the measure before.
    assert measures[2][-1].tag == "barline" and measures[2][-2].find("clef").get("number") == "2"
    assert measures[3].find("attributes/clef") is None
    assert tenor.findtext(".//clef-octave-change") == "-1"
    assert piano.find(".//time").get("symbol") == "common"
    assert [t.findtext("beats") for t in piano.iter("time")] == ["4", "3"]
    assert [k.findtext("fifths") for k in piano.iter("key")] == ["-3", "2"]
    beams = [[(b.get("number"), b.text) for b in x.findall("beam")] for x in measures[1].findall("note")]
    assert beams[:3] == [[("1", "begin")], [("1", "continue"), ("2", "begin")], [("1", "end"), ("2", "end")]]
    assert sum(map(len, beams)) == 8  # five of the melody, three of the triplet; none invented
    tuplets = [(t.get("type"), t.get("bracket")) for t in piano.iter("tuplet")]
    assert tuplets == [("start", "no"), ("stop", None), ("start", "yes"), ("stop", None)]
    assert {t.findtext("normal-type") for t in piano.iter("time-modification")} == {"eighth"}
    assert [s.text for s in measures[1].iter("stem")][:3] == ["up"] * 3
    assert len(piano.findall(".//tie[@type='start']")) == len(piano.findall(".//tie[@type='stop']")) == 1
    assert len(piano.findall(".//tied")) == 2
    assert [(s.get("type")) for s in piano.iter("slur")] == ["start", "stop"]
    assert [w.get("type") for w in piano.iter("wedge")] == ["crescendo", "stop"]
    assert [w.get("type") for w in piano.iter("pedal")] == ["start", "stop"]
    assert piano.find(".//dynamics/mf") is not None and piano.findtext(".//words") == "dolce"
    for name in ("staccato", "accent", "trill-mark", "fermata", "grace"):
        assert len(piano.findall(f".//{name}")) == 1, name
    bars = [(m.get("number"), b.get("location"), b.findtext("bar-style"), r.get("direction") if (r := b.find("repeat"))
             is not None else None) for m in measures for b in m.findall("barline")]
    assert ("1", "left", "heavy-light", "forward") in bars and ("2", "right", "light-heavy", "backward") in bars
    assert ("3", "right", "light-light", None) in bars and ("4", "right", "light-heavy", None) in bars
    assert [(e.get("number"), e.get("type")) for e in piano.iter("ending")] == [
        ("1", "start"), ("1", "stop"), ("2", "start"), ("2", "stop")]
    prints = [(p.getparent().get("number"), p.get("new-system"), p.get("new-page")) for p in tenor.iter("print")]
    assert prints == []
    hidden = [x for x in piano.iter("note") if x.get("print-object") == "no"]
    assert len(hidden) == 1 and hidden[0].findtext("type") == "half"
    assert len(piano.findall(".//rest[@measure='yes']")) == 2


def test_systems_and_pages_break_in_the_first_part() -> None:
    score = everything()
    root = etree.fromstring(musicxml.to_bytes(Score(source="x", parts=score.parts[1:])))
    prints = [(p.getparent().get("number"), p.get("new-system"), p.get("new-page")) for p in root.iter("print")]
    assert prints == [("2", "yes", None), ("3", None, "yes")]


def positions(root: etree._Element) -> list[tuple[Fraction, list[Fraction]]]:
    """(end of the measure, onsets of its pitched notes) for every measure of the first part."""
    divisions = int(root.findtext("part/measure/attributes/divisions"))
    result = []
    for measure in root.find("part").iterfind("measure"):
        now = end = F(0)
        onsets = []
        for element in measure:
            if element.tag not in ("note", "backup", "forward") or element.find("grace") is not None:
                continue
            step = F(int(element.findtext("duration")), divisions)
            if element.find("chord") is None:
                if element.find("pitch") is not None:
                    onsets.append(now)
                now += -step if element.tag == "backup" else step
            end = max(end, now)
        result.append((end, onsets))
    return result


def test_short_voices_keep_their_places() -> None:
    measure = Measure(number=1, duration_quarter=F(4),
                      notes=(n(F(3, 2), "C5", "eighth"), n(3, "D5", "eighth", voice=2)), time=(4, 4))
    root = etree.fromstring(musicxml.to_bytes(Score(source="x",
                                                    parts=(Part(id="P1", name="", staves=1,
                                                                measures=(measure, measure)),))))
    assert positions(root) == [(F(4), [F(3, 2), F(3)])] * 2


def test_padding_of_a_third_is_a_gap() -> None:
    """A hidden rest outside any bracketed tuplet: MuseScore would draw a 3 over nothing."""
    pad = Rest(onset_quarter=F(0), duration_quarter=F(1, 3), voice=2, staff=1, type="eighth", tuplet=(3, 2),
               hidden=True)
    notes = (n(0, "C5", "whole"),
             Note(onset_quarter=F(1, 3), duration_quarter=F(1), voice=2, staff=1, pitch=Pitch("E", 4), type="quarter"))
    measure = Measure(number=1, duration_quarter=F(4), notes=notes, rests=(pad,))
    root = etree.fromstring(musicxml.to_bytes(Score(source="x",
                                                    parts=(Part(id="P1", name="", staves=1, measures=(measure,)),))))
    assert not root.findall(".//time-modification")
    assert positions(root) == [(F(4), [F(0), F(1, 3)])]


def test_overlap_in_a_voice_shifts_nothing() -> None:
    notes = (n(0, "C5", "half"), n(1, "D5", "half"), n(3, "E5"))
    root = etree.fromstring(musicxml.to_bytes(Score(source="x",
                                                    parts=(Part(id="P1", name="", staves=1,
                                                                measures=(Measure(number=1, duration_quarter=F(4),
                                                                                  notes=notes),)),))))
    end, onsets = positions(root)[0]
    assert end == 4 and sorted(onsets) == [0, 1, 3]
    assert len({x.findtext("voice") for x in root.iter("note")}) == 2


def test_a_hand_that_crosses_over_keeps_its_voice(tmp_path: Path, schema: etree.XMLSchema) -> None:
    beam = [("begin",), ("continue",), ("continue",), ("end",)]
    plain = tuple(n(F(i, 2), "C5", "eighth") for i in range(8))
    crossing = (*(n(F(i, 2), "G4", "eighth", staff=1 + (i > 1), beams=beam[i]) for i in range(4)),
                n(2, "E5", "half"), n(2, "E3", "half", staff=2), n(0, "C2", "whole", staff=2, voice=5))
    part = Part(id="P1", name="Piano", staves=2,
                measures=(Measure(number=1, duration_quarter=F(4), notes=plain, time=(4, 4)),
                          Measure(number=2, duration_quarter=F(4), notes=crossing)))
    path = tmp_path / "score.musicxml"
    write(Score(source="x", parts=(part,)), path)
    root = etree.parse(str(path)).getroot()
    schema.assertValid(root)
    second = root.findall("part/measure")[1]
    found = [(x.findtext("pitch/step"), x.findtext("staff"), x.findtext("voice")) for x in second.iter("note")]
    assert [f[:2] for f in found] == [*zip("GGGGEEC", "1122212", strict=True)]
    assert [f[2] for f in found] == ["1"] * 6 + ["5"]
    assert [b.text for b in second.iter("beam")] == ["begin", "continue", "continue", "end"]
    # music21 puts a chord on one staff; all else must come back.
    assert Counter(key[:1] + key[2:] for key in read(path, [2])[0].elements()) == Counter(
        key[:1] + key[2:] for key in written(Score(source="x", parts=(part,)), part).elements())


def test_a_length_that_contradicts_its_sign_is_kept() -> None:
    odd = Note(onset_quarter=F(0), duration_quarter=F(3), voice=1, staff=1, pitch=Pitch("C", 4), type="half")
    root = etree.fromstring(musicxml.to_bytes(Score(source="x",
                                                    parts=(Part(id="P1", name="", staves=1,
                                                                measures=(Measure(number=1, duration_quarter=F(3),
                                                                                  notes=(odd,)),)),))))
    assert root.findtext(".//note/type") == "half" and positions(root)[0][0] == 3


def test_measures_of_any_length() -> None:
    rests = tuple(Measure(number=i, duration_quarter=length,
                          rests=(Rest(onset_quarter=F(0), duration_quarter=length, voice=1, staff=1, type="whole",
                                      measure_rest=True),))
                  for i, length in enumerate((F(9, 2), F(5), F(5, 2), F(1, 4)), 1))
    root = etree.fromstring(musicxml.to_bytes(Score(source="x",
                                                    parts=(Part(id="P1", name="", staves=1, measures=rests),))))
    assert [end for end, _ in positions(root)] == [F(9, 2), F(5), F(5, 2), F(1, 4)]


def test_a_sum_of_beats_stands_as_it_is_printed(schema: etree.XMLSchema) -> None:
    rest = Rest(onset_quarter=F(0), duration_quarter=F(7, 2), voice=1, staff=1, type="whole", measure_rest=True)
    measure = Measure(number=1, duration_quarter=F(7, 2), rests=(rest,), time=(7, 8), time_symbol="2+2+3")
    data = musicxml.to_bytes(Score(source="x", parts=(Part(id="P1", name="", staves=1, measures=(measure,)),)))
    root = etree.fromstring(data)
    schema.assertValid(root)
    assert root.findtext(".//beats") == "2+2+3" and root.findtext(".//beat-type") == "8"
    assert "symbol" not in root.find(".//time").attrib and positions(root)[0][0] == F(7, 2)


def test_importing_the_module_does_not_import_music21() -> None:
    code = "import sys, omr.export.musicxml; sys.exit('music21' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@st.composite
def measures(draw: st.DrawFn, number: int) -> Measure:
    """A 4/4 measure of up to two voices on each of two staves, filled from the left, not always to the end."""
    notes: list[Note] = []
    for staff in (1, 2):
        # Voices of their own on each staff: music21 cannot read back a chord over two.
        for voice in range(4 * staff - 3, 4 * staff - 3 + draw(st.integers(0, 2))):
            now = F(0)
            while now <= F(15, 4) and draw(st.integers(0, 9)):
                kind, dots = draw(st.sampled_from([(k, d) for k, q in QUARTERS.items() for d in (0, 1)
                                                   if now + q * (2 - F(1, 2**d)) <= 4]))
                length = QUARTERS[kind] * (2 - F(1, 2**dots))
                if draw(st.booleans()):
                    pitch = st.tuples(st.sampled_from("CDEFGAB"), st.integers(1, 6), st.integers(-2, 2))
                    pitches = draw(st.lists(pitch, min_size=1, max_size=3, unique_by=lambda p: (p[0], p[1])))
                    shown = draw(st.booleans())
                    names = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
                    tie = draw(st.booleans())
                    notes += [Note(onset_quarter=now, duration_quarter=length, voice=voice, staff=staff,
                                   pitch=Pitch(*p), type=kind, dots=dots, tie_start=tie,
                                   accidental=names[p[2]] if shown else None) for p in pitches]
                now += length
    return Measure(number=number, duration_quarter=F(4), notes=tuple(notes), time=(4, 4) if number == 1 else None)


@given(st.integers(1, 3).flatmap(lambda count: st.tuples(*(measures(i + 1) for i in range(count)))))
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
def test_any_small_score_comes_back(tmp_path_factory: pytest.TempPathFactory, schema: etree.XMLSchema,
                                    made: tuple[Measure, ...]) -> None:
    part = Part(id="P1", name="Piano", staves=2, measures=made)
    score = Score(source="x", parts=(part,))
    path = tmp_path_factory.mktemp("any") / "score.musicxml"
    write(score, path)
    schema.assertValid(etree.parse(str(path)))
    assert read(path, [2]) == [written(score, part)]
    assert [end for end, _ in positions(etree.parse(str(path)).getroot())] == [F(4)] * len(made)


TYPES = ("breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th")
times = st.fractions(0, 5, max_denominator=24)
lengths = st.fractions(F(1, 64), 5, max_denominator=64)
tuplets = st.none() | st.tuples(st.integers(2, 13), st.integers(1, 8))
ends = st.lists(st.sampled_from(("start", "stop")), max_size=2).map(tuple)
marks = st.lists(st.builds(
    Mark,
    name=st.sampled_from(("staccato", "strong-accent", "fermata", "trill-mark", "arpeggiate", "tremolo", "fingering",
                          "wavy-line", "unheard-of", "up-bow", "breath-mark")),
    placement=st.sampled_from(("", "above", "below")), value=st.integers(0, 5),
    accidental_above=st.sampled_from(("", "sharp", "flat-flat")), accidental_below=st.sampled_from(("", "natural")),
    group=st.none() | st.integers(0, 30), stop=st.booleans()), max_size=3).map(tuple)
places = {"voice": st.integers(1, 6), "staff": st.integers(1, 2), "type": st.sampled_from(TYPES),
          "dots": st.integers(0, 3), "tuplet": tuplets, "tuplet_ends": ends, "marks": marks}
accidentals = st.sampled_from((None, "sharp", "flat", "natural", "double-sharp", "flat-flat"))
beams = st.lists(st.sampled_from(("begin", "continue", "end", "forward hook", "backward hook")), max_size=4).map(tuple)
ids = st.lists(st.integers(0, 3), max_size=2).map(tuple)


@st.composite
def doubtful_notes(draw: st.DrawFn) -> Note:
    grace = draw(st.booleans())
    return Note(onset_quarter=draw(times), duration_quarter=F(0) if grace else draw(lengths), grace=grace, pitch=Pitch(
        draw(st.sampled_from("CDEFGAB")), draw(st.integers(0, 9)), draw(st.integers(-3, 3))),
        accidental=draw(accidentals), beams=draw(beams), stem=draw(st.sampled_from(("up", "down", "none"))),
        cue=draw(st.booleans()), cautionary=draw(st.booleans()),
        tie_start=draw(st.booleans()), tie_stop=draw(st.booleans()), slur_starts=draw(ids), slur_stops=draw(ids),
        **{k: draw(v) for k, v in places.items()})


@st.composite
def doubtful_measures(draw: st.DrawFn) -> Measure:
    """What a bad scan may yield: nothing adds up, nothing that starts need end."""
    rests = st.builds(Rest, onset_quarter=times, duration_quarter=lengths, measure_rest=st.booleans(),
                      hidden=st.booleans(), **places)
    directions = st.builds(Direction, st.integers(1, 2), times, st.sampled_from(
        ("dynamics", "words", "wedge-crescendo", "wedge-diminuendo", "wedge-stop", "pedal-start", "pedal-stop", "segno",
         "coda", "octave-start", "octave-stop", "unheard-of")), st.sampled_from(("", "p", "sfz", "8va", "mp & <more>")),
        st.sampled_from(("", "above", "below")))
    clefs = st.builds(Clef, st.integers(1, 2), times, st.sampled_from(("G", "F", "C", "percussion")), st.integers(1, 5),
                      st.integers(-1, 1))
    return Measure(
        number=draw(st.integers(0, 3)), duration_quarter=draw(times),
        notes=tuple(draw(st.lists(doubtful_notes(), max_size=6))), rests=tuple(draw(st.lists(rests, max_size=2))),
        clefs=tuple(draw(st.lists(clefs, max_size=2))), directions=tuple(draw(st.lists(directions, max_size=4))),
        fifths=draw(st.none() | st.integers(-7, 7)), time=draw(st.sampled_from((None, (3, 4), (12, 8), (2, 2)))),
        time_symbol=draw(st.sampled_from((None, "common", "cut"))),
        left=draw(st.sampled_from(("regular", "double", "final", "repeat-start"))),
        right=draw(st.sampled_from(("regular", "double", "final", "repeat-end"))),
        ending_start=draw(st.sampled_from(((), (1,), (1, 2)))), ending_stop=draw(st.booleans()),
        pickup=draw(st.booleans()), new_system=draw(st.booleans()), new_page=draw(st.booleans()))


@given(st.lists(doubtful_measures(), min_size=1, max_size=3))
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_any_reading_makes_a_valid_file_with_all_its_notes(schema: etree.XMLSchema, made: list[Measure]) -> None:
    root = etree.fromstring(musicxml.to_bytes(Score(source="x",
                                                    parts=(Part(id="P1", name="", staves=2, measures=tuple(made)),))))
    schema.assertValid(root)
    assert len(root.xpath(".//pitch | .//unpitched")) == sum(len(m.notes) for m in made)


@given(st.lists(doubtful_measures(), min_size=1, max_size=3))
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_what_music21_is_spared_changes_nothing(made: list[Measure]) -> None:
    """Its sorting at every insertion, its looks at voice numbers and transposed pitches, and its tree as text."""
    score = Score(source="x", parts=(Part(id="P1", name="", staves=2, measures=tuple(made)),))

    def insert(self: stream.Stream, *arguments: Any, ignoreSort: bool = False) -> None:  # noqa: N803 (music21's name)
        inserted(self, *arguments)

    def exported(streams: stream.Score) -> Any:
        exporter = ScoreExporter(streams, makeNotation=False)
        exporter.parse()
        return etree.fromstring(exporter.asBytes())

    inserted = stream.Stream.insert
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream.Stream, "insert", insert)
        patch.setattr(musicxml, "_exported", exported)
        plain = musicxml.to_bytes(score)
    assert musicxml.to_bytes(score) == plain


def test_notes_say_which_symbols_they_were_read_from(schema: etree.XMLSchema) -> None:
    """Page and symbols make the id; two notes of one head stay apart; a rest nobody drew has none."""
    first, second = n(0, "C5", "half", symbol_ids=(3, 7)), n(0, "C5", "half", voice=2, symbol_ids=(3, 7))
    rest = Rest(onset_quarter=F(2), duration_quarter=F(2), voice=1, staff=1, type="half", symbol_ids=(9,))
    hidden = Rest(onset_quarter=F(2), duration_quarter=F(2), voice=2, staff=1, type="half", hidden=True)
    measures = (Measure(number=1, duration_quarter=F(4), notes=(first, second), rests=(rest, hidden), time=(4, 4)),
                Measure(number=2, duration_quarter=F(4), notes=(n(0, "C5", "whole", symbol_ids=(3, 7)),), page=1))
    root = etree.fromstring(musicxml.to_bytes(Score(source="x",
                                                    parts=(Part(id="P1", name="", staves=1, measures=measures),))))
    schema.assertValid(root)
    assert [note.get("id") for note in root.iter("note")] == ["p1-3-7", "p1-9", "p1-3-7a", None, "p2-3-7"]


def test_any_number_of_notes_may_be_read_from_one_sign() -> None:
    """A sign that repeats the bar before it stands for all of that bar's notes, and each has an id of its own."""
    notes = tuple(n(F(i, 2), "C5", "eighth", symbol_ids=(3,)) for i in range(60))
    measure = Measure(number=1, duration_quarter=F(30), notes=notes, time=(30, 4))
    part = Part(id="P1", name="", staves=1, measures=(measure,))
    root = etree.fromstring(musicxml.to_bytes(Score(source="x", parts=(part,))))
    ids = [note.get("id") for note in root.iter("note")]
    assert len(set(ids)) == 60
    assert ids[:2] == ["p1-3", "p1-3a"] and ids[26:29] == ["p1-3z", "p1-3aa", "p1-3ab"]


def test_a_longa_is_long() -> None:
    longa = Note(onset_quarter=F(0), duration_quarter=F(16), voice=1, staff=1, pitch=Pitch("C", 5), type="long")
    measure = Measure(number=1, duration_quarter=F(16), notes=(longa,), clefs=(Clef(1, F(0), "G", 2),), time=(8, 2))
    part = Part(id="P1", name="", staves=1, measures=(measure,))
    root = etree.fromstring(musicxml.to_bytes(Score(source="", parts=(part,))))
    note = root.find(".//note")
    assert note is not None
    assert note.findtext("type") == "long"


def test_a_number_that_comes_twice_brings_no_sign_twice(schema: etree.XMLSchema) -> None:
    """The second half of a cut bar has the number of the first, and a movement begins with 1 again."""
    notes = (n(0, "C5", "half"), n(0, "C3", "half", staff=2))
    first = Measure(number=1, duration_quarter=F(2), notes=notes, time=(2, 4), fifths=0)
    second = Measure(number=1, duration_quarter=F(2), notes=notes, time=(2, 2), fifths=3, pickup=True)
    part = Part(id="P1", name="", staves=2, measures=(first, second))
    root = etree.fromstring(musicxml.to_bytes(Score(source="", parts=(part,))))
    schema.assertValid(root)
    assert [[k.findtext("fifths") for k in m.iter("key")] for m in root.iter("measure")] == [["0"], ["3"]]
    assert [len(m.findall(".//time")) for m in root.iter("measure")] == [1, 1]
