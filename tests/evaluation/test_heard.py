"""A MIDI file against the score that it should play."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from evaluation.heard import lost, unsung
from omr.export.midi import to_midi
from omr.export.musicxml import to_bytes
from omr.types import Clef, Lyric, Measure, Note, Part, Pitch, Score


def piece(*onsets: int) -> Score:
    notes = tuple(Note(onset_quarter=Fraction(t), duration_quarter=Fraction(1), voice=1, staff=1, type="quarter",
                       pitch=Pitch("G", 4, 1)) for t in onsets)
    first = Measure(number=1, duration_quarter=Fraction(4), notes=notes, time=(4, 4),
                    clefs=(Clef(staff=1, onset_quarter=Fraction(0), sign="G", line=2),))
    second = replace(first, number=2, time=None, clefs=())
    return Score(source="", parts=(Part(id="P1", name="", staves=1, measures=(first, second)),))


@pytest.mark.parametrize(("played", "share"), [((0, 1, 3), 0.0), ((0, 2, 3), 1 / 3), ((3,), 2 / 3)])
def test_notes_count_at_their_time(played: tuple[int, ...], share: float, tmp_path: Path) -> None:
    truth, midi = tmp_path / "truth.musicxml", tmp_path / "played.mid"
    truth.write_bytes(to_bytes(piece(0, 1, 3)))
    midi.write_bytes(to_midi(piece(*played)))
    assert lost(truth, midi) == pytest.approx(share)


def verse(*sung: tuple[int, str]) -> bytes:
    """A MIDI file with nothing but syllables, each at so many quarters."""
    events, now = b"", 0
    for quarter, text in sung:
        events += bytes([96 * (quarter - now), 0xFF, 5, len(text)]) + text.encode()
        now = quarter
    events += b"\x00\xff\x2f\x00"
    return b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk" + len(events).to_bytes(4, "big") + events


@pytest.mark.parametrize(("sung", "share"), [
    (((0, "a"), (1, "men")), 0.0), (((1, "a"), (2, "men")), 0.0), (((0, "a"), (1, " men-")), 0.0),
    (((0, "a"), (2, "men")), 1 / 2)])
def test_syllables_count_at_their_time_from_the_first(
    sung: tuple[tuple[int, str], ...], share: float, tmp_path: Path
) -> None:
    truth, midi = tmp_path / "truth.musicxml", tmp_path / "played.mid"
    score = piece(0, 1)
    notes = [replace(note, lyrics=(Lyric(1, text, "single"),))
             for note, text in zip(score.parts[0].measures[0].notes, ("a", "men"), strict=True)]
    first = replace(score.parts[0].measures[0], notes=tuple(notes))
    truth.write_bytes(to_bytes(replace(score, parts=(replace(score.parts[0], measures=(first,)),))))
    midi.write_bytes(verse(*sung))
    assert unsung(truth, midi) == pytest.approx(share)


def test_a_part_that_transposes_is_heard_where_it_sounds(tmp_path: Path) -> None:
    score = piece(0, 1, 3)
    clarinet = replace(score, parts=(replace(score.parts[0], name="Clarinet in B♭"),))
    truth, midi = tmp_path / "x.musicxml", tmp_path / "x.mid"
    truth.write_bytes(to_bytes(clarinet))
    midi.write_bytes(to_midi(clarinet))
    assert lost(truth, midi) == 0
    midi.write_bytes(to_midi(score))
    assert lost(truth, midi) == 1
