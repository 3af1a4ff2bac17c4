"""What plays each part."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from lxml import etree

from omr.export import musicxml
from omr.export.instruments import instrument_of
from omr.types import Clef, Lyric, Measure, Note, Part, Pitch, Score

F = Fraction


@pytest.mark.parametrize(("name", "sung", "sound"), [
    ("Violino I", False, "strings.violin"), ("Vl. II", False, "strings.violin"), ("Viola", False, "strings.viola"),
    ("Violoncello", False, "strings.cello"), ("Violone", False, "strings.contrabass"), ("Vcl.", False, "strings.cello"),
    ("2 Flöten", False, "wind.flutes.flute"), ("Flauto piccolo", False, "wind.flutes.flute.piccolo"),
    ("Corno inglese", False, "wind.reed.english-horn"), ("2 Corni in Es", False, "brass.french-horn"),
    ("Cornet in B♭", False, "brass.cornet"), ("Clarino I", False, "brass.trumpet"),
    ("Klarinette in A", False, "wind.reed.clarinet"), ("Trombe", False, "brass.trumpet"),
    ("Tromboni", False, "brass.trombone"), ("Tenor Sax", False, "wind.reed.saxophone.tenor"),
    ("Sopran", True, "voice.soprano"), ("Tenore", True, "voice.tenor"), ("Singstimme", False, "voice.vocals"),
    ("Basso", True, "voice.bass"), ("Basso", False, "strings.contrabass"), ("", True, "voice.vocals"),
    ("", False, "keyboard.piano"), ("Altus", True, "voice.alto"), ("Basso continuo", False, "strings.cello"),
    ("Pianoforte", False, "keyboard.piano"), ("Orgel", False, "keyboard.organ"),
])
def test_an_instrument_is_known_by_its_name(name: str, sung: bool, sound: str) -> None:
    assert instrument_of(name, sung)[0] == sound


def part(number: int, name: str, *lyrics: Lyric) -> Part:
    """A part of one whole note."""
    note = Note(onset_quarter=F(0), duration_quarter=F(4), voice=1, staff=1, pitch=Pitch("C", 5), type="whole",
                lyrics=lyrics)
    return Part(id=f"P{number}", name=name, staves=1, measures=(
        Measure(number=1, duration_quarter=F(4), time=(4, 4), clefs=(Clef(1, F(0), "G", 2),), notes=(note,)),))


def test_each_part_has_its_sound_and_the_channel_of_that_sound() -> None:
    score = Score(source="s", parts=(part(1, "Violin I"), part(2, "Violin II"), part(3, "", Lyric(1, "la"))))
    root = etree.fromstring(musicxml.to_bytes(score))
    listed = [(p.findtext("score-instrument/instrument-sound"), p.findtext("midi-instrument/midi-channel"),
               p.findtext("midi-instrument/midi-program")) for p in root.iterfind("part-list/score-part")]
    assert listed == [("strings.violin", "1", "41"), ("strings.violin", "1", "41"), ("voice.vocals", "2", "54")]
    assert root.findtext("part-list/score-part[3]/part-name") == "Voice"
    assert root.find("part-list/score-part[3]/part-name").get("print-object") == "no"


def test_parts_beyond_midi_s_channels_are_no_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    parts = tuple(replace(part(i, "Horn"), name="Horn") for i in range(1, 20))
    root = etree.fromstring(musicxml.to_bytes(Score(source="s", parts=parts)))
    assert len(root.findall("part-list/score-part/midi-instrument")) == 19
    assert capsys.readouterr().err == ""
