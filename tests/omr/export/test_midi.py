"""MIDI: every note at its time, repeats played."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from omr.export import midi
from omr.types import Clef, Measure, Note, Part, Pitch, Score

F = Fraction


def played(score: Score) -> list[list[tuple[float, int, int]]]:
    """(quarter, key, channel) of every note, track by track; tracks without notes left out."""
    from music21.midi import ChannelVoiceMessages, MidiFile

    file = MidiFile()
    file.readstr(midi.to_midi(score))
    tracks = []
    for track in file.tracks:
        now, notes = 0, []
        for event in track.events:
            if event.type == "DeltaTime":
                now += event.time
            elif event.type == ChannelVoiceMessages.NOTE_ON and event.velocity:
                notes.append((round(now / file.ticksPerQuarterNote, 3), event.pitch, event.channel))
        if notes:
            tracks.append(notes)
    return tracks


def bar(number: int, step: str, **more: object) -> Measure:
    """A measure of one whole note."""
    note = Note(onset_quarter=F(0), duration_quarter=F(4), voice=1, staff=1, pitch=Pitch(step, 4), type="whole")
    return Measure(number=number, duration_quarter=F(4), notes=(note,), time=(4, 4) if number == 1 else None,
                   **more)  # type: ignore[arg-type]


def letters(*measures: Measure) -> str:
    (notes,) = played(Score(source="x", parts=(Part(id="P1", name="", staves=1, measures=measures),)))
    assert [at for at, _, _ in notes] == [4.0 * i for i in range(len(notes))]
    return "".join({60: "C", 62: "D", 64: "E", 65: "F", 67: "G", 69: "A"}[key] for _, key, _ in notes)


def test_repeats_without_a_start_sign_begin_after_the_one_before() -> None:
    end = {"right": "repeat-end"}
    assert letters(bar(1, "C"), bar(2, "D", **end), bar(3, "E"), bar(4, "F", **end), bar(5, "G")) == "CDCDEFEFG"


def test_endings_are_played_in_turn_and_the_next_repeat_begins_after_the_last() -> None:
    one = {"ending_start": (1,), "ending_stop": True, "right": "repeat-end"}
    two = {"ending_start": (2,), "ending_stop": True}
    assert letters(bar(1, "C"), bar(2, "D", **one), bar(3, "E", **two), bar(4, "F"), bar(5, "G", right="repeat-end"),
                   ) == "CDCEFGFG"


def test_a_repeat_goes_back_to_the_beginning_of_its_movement() -> None:
    assert letters(bar(1, "C"), bar(2, "D", right="final"), bar(1, "E", new_movement=True),
                   bar(2, "F", right="repeat-end")) == "CDEFEF"


def test_notes_of_several_parts_sound_at_their_times() -> None:
    """An upbeat, a triplet and a second part that rests first; where one part drums, the other does not."""
    triplet = tuple(Note(onset_quarter=F(i, 3), duration_quarter=F(1, 3), voice=1, staff=1, pitch=Pitch("C", 5),
                         type="eighth", tuplet=(3, 2), tuplet_ends=ends)
                    for i, ends in enumerate((("start",), (), ("stop",))))
    upper = (Measure(number=0, duration_quarter=F(1),
                     notes=(Note(onset_quarter=F(0), duration_quarter=F(1), voice=1, staff=1, pitch=Pitch("G", 4),
                                 type="quarter"),), time=(2, 4), pickup=True),
             Measure(number=1, duration_quarter=F(2), notes=triplet))
    lower = (replace(upper[0], notes=()),
             Measure(number=1, duration_quarter=F(2),
                     notes=(Note(onset_quarter=F(1), duration_quarter=F(1), voice=1, staff=1, pitch=Pitch("C", 3),
                                 type="quarter"),)))
    melody = [(0.0, 67), (1.0, 72), (1.333, 72), (1.667, 72)]
    first, second = played(Score(source="x",
                                 parts=(Part(id="P1", name="", staves=1, measures=upper),
                                        Part(id="P2", name="", staves=1, measures=lower))))
    assert [n[:2] for n in first] == melody and [n[:2] for n in second] == [(2.0, 48)]
    drum = (replace(lower[0], clefs=(Clef(1, F(0), "percussion", 5),)), lower[1])
    first, second = played(Score(source="x",
                                 parts=(Part(id="P1", name="", staves=1, measures=upper),
                                        Part(id="P2", name="", staves=1, measures=drum, lines=(1,)))))
    assert {c for *_, c in first}.isdisjoint({c for *_, c in second}) and [n[0] for n in second] == [2.0]


def test_each_place_of_a_drum_set_sounds_as_its_own_drum() -> None:
    struck = [("F", 4, ""), ("C", 5, ""), ("G", 5, "x"), ("A", 5, "x")]
    notes = tuple(Note(onset_quarter=F(at), duration_quarter=F(1), voice=1, staff=1, pitch=Pitch(step, octave),
                       type="quarter", head=head) for at, (step, octave, head) in enumerate(struck))
    drums = Measure(number=1, duration_quarter=F(4), notes=notes, time=(4, 4),
                    clefs=(Clef(staff=1, onset_quarter=F(0), sign="percussion", line=2),))
    score = Score(source="x", parts=(Part(id="P1", name="", staves=1, measures=(drums,)),))
    assert played(score) == [[(0.0, 36, 10), (1.0, 38, 10), (2.0, 42, 10), (3.0, 49, 10)]]
