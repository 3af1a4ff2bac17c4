"""Whether a MIDI file plays a score: which of the score's notes begin when they should."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

from evaluation.excerpt import load

STEPS = 24
"""Times are compared to this part of a quarter note."""


def lost(truth: Path, midi: Path) -> float:
    """Share of a MusicXML file's notes that the MIDI file does not begin at their time; tied notes begin once, grace
    notes and repeats are left out. 0 for a score without notes. Raises DataError for what is no score."""
    due, played = _due(truth), _played(midi)
    return 1 - (due & played).total() / due.total() if due else 0.0


def _due(truth: Path) -> Counter[tuple[int, int]]:
    """(time in `STEPS` of a quarter, key) of all notes of a MusicXML file."""
    found: Counter[tuple[int, int]] = Counter()
    semitones = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))
    root = load(truth)
    lengths: list[Fraction] = []
    notes: list[tuple[int, Fraction, int]] = []
    for part in root.iterfind("part"):
        divisions = 1
        for index, measure in enumerate(part.iterfind("measure")):
            now = onset = end = Fraction(0)
            for element in measure:
                divisions = int(element.findtext("divisions") or divisions)
                length = Fraction(element.findtext("duration") or 0) / divisions
                if element.tag in ("backup", "forward"):
                    now += -length if element.tag == "backup" else length
                elif element.tag == "note" and element.find("grace") is None:
                    if element.find("chord") is None:
                        onset, now = now, now + length
                    step = element.findtext("pitch/step")
                    if step is not None and element.find("tie[@type='stop']") is None:
                        octave, alter = int(element.findtext("pitch/octave") or 4), element.findtext("pitch/alter")
                        notes.append((index, onset, 12 * (octave + 1) + semitones[step] + round(float(alter or 0))))
                end = max(end, now)
            if index == len(lengths):
                lengths.append(end)
            lengths[index] = max(lengths[index], end)
    starts = [sum(lengths[:i], Fraction(0)) for i in range(len(lengths))]
    found.update((round((starts[index] + onset) * STEPS), key) for index, onset, key in notes)
    return found


def _played(midi: Path) -> Counter[tuple[int, int]]:
    """(time in `STEPS` of a quarter, key) of all notes that a MIDI file begins. Every track counts from its first
    event: musicxml2ly has LilyPond play the parts one after the other."""
    from music21.midi import ChannelVoiceMessages, MidiFile

    file = MidiFile()
    file.open(str(midi))
    file.read()
    file.close()
    found: Counter[tuple[int, int]] = Counter()
    for track in file.tracks:
        ticks, is_first = 0, True
        for event in track.events:
            if event.isDeltaTime():
                ticks, is_first = 0 if is_first else ticks + event.time, False
            elif event.type == ChannelVoiceMessages.NOTE_ON and event.velocity and event.pitch is not None:
                found[round(ticks * STEPS / file.ticksPerQuarterNote), event.pitch] += 1
    return found
