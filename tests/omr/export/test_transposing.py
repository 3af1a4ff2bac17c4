"""Instruments that sound at another pitch than is written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from lxml import etree

from omr.export import musicxml
from omr.export.midi import to_midi
from omr.export.transposing import transpositions
from omr.types import Clef, Measure, Note, Part, Pitch, Score

F = Fraction


def part(number: int, name: str, fifths: int = 0, octave_change: int = 0) -> Part:
    """A part of one whole note, a C."""
    note = Note(onset_quarter=F(0), duration_quarter=F(4), voice=1, staff=1, pitch=Pitch("C", 5), type="whole")
    clef = Clef(1, F(0), "G", 2, octave_change)
    measure = Measure(number=1, duration_quarter=F(4), time=(4, 4), clefs=(clef,), notes=(note,), fifths=fifths)
    return Part(id=f"P{number}", name=name, staves=1, measures=(measure,))


def sounds(name: str, fifths: int, other: int | None = None) -> int:
    """How many semitones higher than written a part sounds beside a violin in a key, or alone."""
    parts = [part(1, name, fifths), *([] if other is None else [part(2, "Violin", other)])]
    found = transpositions(parts)[0]
    return 0 if found is None else found.semitones + 12 * found.octaves


@pytest.mark.parametrize(("name", "fifths", "other", "semitones"), [
    ("Clarinet in B♭ 1", 0, -2, -2), ("Klarinette in B", 2, 0, -2), ("2 Clarinetti in A", -3, 0, -3),
    ("B♭ Clarinet", 2, 0, -2), ("Clarinet", 2, 0, -2), ("Clarinet", 0, 0, 0), ("Clarinet in C", 0, 0, 0),
    ("Clarinet in B♭", 1, 1, 0),  # a score in which all parts are written as they sound
    ("Bass Clarinet in B♭", 2, 0, -14), ("2 Corni in Es", 0, -3, -9), ("Corno in C", 0, 0, -12),
    ("Horn in F", 1, 0, -7),
    ("Cor en fa", 1, 0, -7), ("Horn", 0, 0, 0), ("Horn", 0, -1, -7), ("Trombe in D", 0, 2, 2),
    ("Tromba in F", 0, -1, 5),
    ("Trompette en ut", 0, 0, 0), ("Trumpet in B♭", 2, 0, -2), ("Tromboni", 0, 0, 0), ("English Horn", 1, 0, -7),
    ("Alto Sax", 3, 0, -9), ("Saxophone Ténor", 1, -1, -14), ("Alto Sax", 0, None, -9), ("Tenor Sax", -1, -1, 0),
    ("Piccolo", 0, 0, 12), ("Contrabasso", 0, 0, -12), ("Violin", 0, 0, 0), ("Bassoon", 0, 0, 0), ("", 0, 0, 0),
    ("Cornet in B♭", 2, 0, -2), ("Flugelhorn", 2, 0, -2), ("Violin in der Ferne", 0, 0, 0), ("Basso", 0, 0, 0),
])
def test_names_and_keys_tell_how_a_part_sounds(name: str, fifths: int, other: int | None, semitones: int) -> None:
    assert sounds(name, fifths, other) == semitones


def test_a_clef_with_an_8_says_the_octave_itself() -> None:
    assert transpositions([part(1, "Guitar", octave_change=-1)]) == [None]


def test_programs_are_told_and_midi_sounds_so() -> None:
    score = Score(source="x", parts=(part(1, "Clarinet in B♭", 2), part(2, "Violin")))
    root = etree.fromstring(musicxml.to_bytes(score))
    first, second = root.findall("part")
    assert [e.text for e in first.find("measure/attributes/transpose")] == ["-1", "-2"]
    assert first.findtext("measure/note/pitch/step") == "C" and second.find("measure/attributes/transpose") is None
    assert (0x90, 70) in struck(to_midi(score)) and (0x90, 72) in struck(to_midi(score))


def struck(data: bytes) -> set[tuple[int, int]]:
    from music21.midi import ChannelVoiceMessages, MidiFile

    file = MidiFile()
    file.readstr(data)
    return {(0x90, e.pitch) for track in file.tracks for e in track.events
            if e.type == ChannelVoiceMessages.NOTE_ON and e.velocity}
