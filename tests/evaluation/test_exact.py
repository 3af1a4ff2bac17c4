"""Measures exactly right, counted by hand."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from evaluation import exact, notes
from evaluation.kern import read_kern
from evaluation.matching import REST, Measures, Note, match
from evaluation.sure import read_staves
from omr.export import files
from omr.types import Measure, Part, Pitch, Rest, Score
from omr.types import Note as ScoreNote

F = Fraction


def bar(*pitches: int) -> Counter[Note]:
    """A measure of quarters one after the other; `REST` is a rest."""
    return Counter({(F(i), p, F(1)): 1 for i, p in enumerate(pitches)})


SILENT = Counter({(F(0), REST, F(4)): 1})
A, B, C = bar(60, 62, REST, 65), bar(67, 69, 71, REST), bar(50, 52, 53, 55)


def figures(reference: Measures, estimate: Measures, partial: bool = False) -> dict[str, float]:
    matching = match(notes.without_rests(reference), notes.without_rests(estimate), partial)
    return exact.figures(reference, estimate, matching)


def test_the_same_is_exactly_right() -> None:
    assert figures([A, SILENT, B, C], [A, SILENT, B, C]) == {"exact_measures": 4, "exact_share": 1.0}


@pytest.mark.parametrize("wrong", [
    bar(60, 62, REST, 66), bar(60, 62, REST), bar(60, 62, 64, 65), bar(60, 62, REST, 65) + bar(48),
    A - Counter({(F(2), REST, F(1)): 1}), A - Counter({(F(0), 60, F(1)): 1}) + Counter({(F(0), 60, F(1, 2)): 1}),
], ids=["pitch", "missed note", "note for rest", "invented note", "missed rest", "duration"])
def test_one_thing_wrong_is_a_measure_wrong(wrong: Counter[Note]) -> None:
    assert figures([A, B], [wrong, B]) == {"exact_measures": 1, "exact_share": 0.5}


def test_a_missed_measure_shifts_nothing() -> None:
    assert figures([A, B, C], [A, C])["exact_measures"] == 2


def test_silent_measures_find_their_partners() -> None:
    assert figures([SILENT, A, SILENT, SILENT, B, SILENT], [SILENT, A, SILENT, SILENT, B, SILENT])["exact_share"] == 1
    assert figures([SILENT, A, SILENT, SILENT, B], [A, SILENT, B])["exact_measures"] == 3
    assert figures([A, SILENT, B], [A, C, B])["exact_measures"] == 2


def test_empty_measures_do_not_count() -> None:
    assert figures([A, Counter(), B], [A, Counter(), B]) == {"exact_measures": 2, "exact_share": 1.0}
    assert figures([A], []) == {"exact_measures": 0, "exact_share": 0.0}


def test_of_some_pages_only_their_measures_count() -> None:
    assert figures([A, B, C, A], [B, C], partial=True) == {"exact_measures": 2, "exact_share": 1.0}


def test_rests_are_read_from_musicxml(tmp_path: Path) -> None:
    note = ScoreNote(onset_quarter=F(0), duration_quarter=F(1), voice=1, staff=1, pitch=Pitch("C", 4), type="quarter")
    first = Measure(number=1, duration_quarter=F(4), notes=(note,),
                    rests=(Rest(onset_quarter=F(1), duration_quarter=F(1), voice=1, staff=1, type="quarter"),
                           Rest(onset_quarter=F(2), duration_quarter=F(2), voice=1, staff=1, type="half")), time=(4, 4))
    second = Measure(number=2, duration_quarter=F(4),
                     rests=(Rest(onset_quarter=F(0), duration_quarter=F(4), voice=1, staff=1, type="whole",
                                 measure_rest=True),))
    path = tmp_path / "score.musicxml"
    files.write(Score(source="x", parts=(Part(id="P1", name="", staves=1, measures=(first, second)),)), path)
    with_rests = [Counter([(F(0), 60, F(1)), (F(1), REST, F(1)), (F(2), REST, F(2))]), SILENT]
    assert notes.read(path, rests=True) == with_rests
    assert notes.read(path) == notes.without_rests(with_rests) == [Counter([(F(0), 60, F(1))]), Counter()]


def test_rests_are_read_from_kern(tmp_path: Path) -> None:
    path = tmp_path / "test.krn"
    path.write_text("**kern\t**kern\n=1\t=1\n4c\t2r\n4r\t.\n2ryy\t2e\n=2\t=2\n1r\t1r\n*-\t*-\n")
    silent = Counter({(F(0), REST, F(4)): 2})
    assert read_kern(path, rests=True) == [
        Counter([(F(0), 60, F(1)), (F(1), REST, F(1)), (F(0), REST, F(2)), (F(2), 64, F(2))]), silent]
    assert read_kern(path) == [Counter([(F(0), 60, F(1)), (F(2), 64, F(2))])]


def test_dots_of_kern_may_stand_anywhere_in_a_note(tmp_path: Path) -> None:
    path = tmp_path / "test.krn"
    path.write_text("**kern\n=1\n(4gg.T\n8r.\n4.c 4.e\n4d\n*-\n")
    chord = [(F(9, 4), pitch, F(3, 2)) for pitch in (60, 64)]
    assert read_kern(path, rests=True) == [
        Counter([(F(0), 79, F(3, 2)), (F(3, 2), REST, F(3, 4)), *chord, (F(15, 4), 62, F(1))])]


def test_kern_that_says_how_long_a_note_is_printed(tmp_path: Path) -> None:
    """Beethoven, op. 14 no. 2, measure 2: two voices share a head; with its flag it is an eighth, but held for a
    sixteenth only. The length that is printed is read, when the next note begins does not change."""
    path = tmp_path / "test.krn"
    path.write_text("**kern\t**kern\n=1\t=1\n8r\t8r\n!\t!LO:N:vis=8\n16GLL\t[[16G\n16BJJ\t[16B\n4B] 4d\t4G]]\n*-\t*-\n")
    half, last = F(1, 2), F(3, 4)
    assert read_kern(path) == [Counter([
        (half, 55, F(1, 4)), (half, 55, half), (last, 59, F(1, 4)), (last, 59, F(1, 4)), (F(1), 59, F(1)),
        (F(1), 62, F(1)), (F(1), 55, F(1))])]


def test_a_rest_of_a_whole_measure_lasts_as_long_as_the_measure(tmp_path: Path) -> None:
    """In old music a measure may last two whole notes under a sign of one; music21 makes the rest as short as that."""
    def measure(inside: str) -> str:
        return ('<measure number="1"><attributes><divisions>2</divisions><time><beats>2</beats><beat-type>2</beat-type>'
                f"</time></attributes><note>{inside}<duration>16</duration><voice>1</voice>{{}}</note></measure>")

    path = tmp_path / "score.musicxml"
    parts = "".join(f'<score-part id="{p}"><part-name/></score-part>' for p in "AB")
    rest = measure("<rest/>").format("<type>whole</type>")
    note = measure("<pitch><step>C</step><octave>4</octave></pitch>").format("<type>breve</type>")
    music = f'<part id="A">{rest}</part><part id="B">{note}</part>'
    path.write_text(f"<score-partwise><part-list>{parts}</part-list>{music}</score-partwise>")
    true = Counter({(F(0), REST, F(8)): 1, (F(0), 60, F(8)): 1})
    assert notes.read(path, rests=True) == [true]
    assert read_staves(path).whole == [true]


def test_unpitched_notes_are_read_as_the_pitches_at_their_places() -> None:
    from music21 import note, percussion, stream

    def drum(name: str) -> note.Unpitched:
        return note.Unpitched(name, quarterLength=1)

    measure = stream.Measure([drum("C5"), percussion.PercussionChord([drum("F4"), drum("G5")], quarterLength=1)])
    score = stream.Score([stream.Part([measure])])
    assert notes.from_music21(score) == [Counter()]
    assert notes.from_music21(score, unpitched=True) == [
        Counter([(F(0), 72, F(1)), (F(1), 65, F(1)), (F(1), 79, F(1))])]


def test_a_rest_that_two_voices_share_counts_once() -> None:
    twice = A + Counter({(F(2), REST, F(1)): 1})
    assert figures([twice, B], [A, B])["exact_measures"] == 2
    assert figures([A + Counter({(F(0), 60, F(1)): 1}), B], [A, B])["exact_measures"] == 1  # two notes are not one
