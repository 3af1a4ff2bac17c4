"""Note F1 against figures worked out by hand."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation import notes
from evaluation.kern import read_kern
from evaluation.matching import align, match, pitches_of
from omr.errors import DataError
from omr.export.files import write
from omr.types import Measure, Note, Part, Pitch, Rest, Score

F = Fraction


def bar(*pitches: int) -> Counter[notes.Note]:
    """A measure of quarters, one after the other."""
    return Counter({(F(i), p, F(1)): 1 for i, p in enumerate(pitches)})


A, B, C, D = bar(60, 62, 64, 65), bar(67, 69, 71, 72), bar(50, 52, 53, 55), bar(40, 41, 43, 45)


def test_the_same_is_perfect() -> None:
    result = notes.evaluate([A, B, C], [A, B, C])
    assert result["note_f1"] == result["pitch_f1"] == result["onset_f1"] == result["note_precision"] == 1
    assert result["true_notes"] == 12 and result["paired"] == 3


def test_one_wrong_duration_and_one_late_note() -> None:
    estimate = Counter({(F(0), 60, F(2)): 1, (F(1), 62, F(1)): 1, (F(5, 2), 64, F(1)): 1, (F(3), 66, F(1)): 1})
    result = notes.evaluate([A], [estimate])
    assert result["right_notes"] == 1  # 62
    assert result["right_onsets"] == 2  # and 60
    assert result["right_pitches"] == 3  # and 64, but not 66
    assert (result["note_f1"], result["onset_f1"], result["pitch_f1"]) == (1 / 4, 2 / 4, 3 / 4)


def test_precision_and_recall_tell_missing_from_invented() -> None:
    missing = notes.evaluate([A], [bar(60, 62, 64)])
    assert (missing["note_precision"], missing["note_recall"]) == (1, 3 / 4)
    invented = notes.evaluate([A], [bar(60, 62, 64, 65, 67)])
    assert (invented["note_precision"], invented["note_recall"]) == (4 / 5, 1)
    assert invented["note_f1"] == pytest.approx(8 / 9)


def test_a_unison_counts_as_often_as_it_is_written() -> None:
    assert notes.evaluate([Counter({(F(0), 60, F(1)): 2})], [Counter({(F(0), 60, F(1)): 1})])["note_recall"] == 1 / 2


def test_a_missed_barline_costs_one_measure() -> None:
    merged = A + Counter({(o + 4, p, d): c for (o, p, d), c in B.items()})
    result = notes.evaluate([A, B, C], [merged, C])
    assert result["right_notes"] == 8 and result["true_notes"] == result["estimated_notes"] == 12


def test_a_missed_measure_shifts_nothing() -> None:
    result = notes.evaluate([A, B, C, D], [A, C, D])
    assert result["note_precision"] == 1 and result["note_recall"] == 3 / 4 and result["paired"] == 3


def test_order_matters() -> None:
    assert notes.evaluate([A, B], [B, A])["right_notes"] == 4


def test_a_part_of_the_pages_is_compared_with_its_part() -> None:
    truth = [A, B, C, D, A, B]
    assert notes.evaluate(truth, [B, C])["note_recall"] == 8 / 24
    part = notes.evaluate(truth, [B, C], partial=True)
    assert part["note_f1"] == 1 and part["measures"] == 2
    holed = notes.evaluate(truth, [A, C], partial=True)  # B lies between: it was on the page, and is missing
    assert holed["note_recall"] == 8 / 12 and holed["measures"] == 3


def test_partial_is_not_stretched_by_a_stray_measure() -> None:
    filler = [bar(*(100 + i * 4 + k for k in range(4))) for i in range(6)]
    truth = [A, B, *filler, bar(60, 30, 31, 32)]
    stray = bar(60, 90, 91, 92)  # shares one note with the last true measure, fourteen notes further
    result = notes.evaluate(truth, [A, B, stray], partial=True)
    assert result["measures"] == 2 and result["right_notes"] == 8 and result["estimated_notes"] == 12
    assert notes.evaluate(truth, [A, B, stray])["right_notes"] == 9


def test_nothing_read_is_all_wrong(tmp_path: Path) -> None:
    for partial in (False, True):
        result = notes.evaluate([A, B], [], partial=partial)
        assert result["note_f1"] == result["pitch_f1"] == 0 and result["true_notes"] == 8
    truth = tmp_path / "truth.krn"
    truth.write_text("**kern\n=1\n4c\n*-\n")
    broken = tmp_path / "broken.musicxml"
    broken.write_text("<score-partwise><part")
    for predicted in (None, tmp_path / "missing.musicxml", broken):
        reference, estimate = notes.read_files(truth, predicted)
        assert reference and not estimate
    with pytest.raises(DataError):
        notes.read_files(broken, truth)


def test_differences_say_what_and_where() -> None:
    late = Counter({(F(1), 60, F(1)): 1, (F(1), 62, F(1)): 1, (F(2), 64, F(1)): 1, (F(3), 65, F(1)): 1})
    found = list(notes.differences([A, B, C], [late, C, D], match([A, B, C], [late, C, D])))
    assert found[0] == (1, [(F(0), 60, F(1))], [(F(1), 60, F(1))])
    assert found[1] == (2, sorted(B.elements()), [])
    assert found[2] == (0, [], sorted(D.elements()))
    assert len(found) == 3


def test_validate() -> None:
    with pytest.raises(ValueError, match="no notes"):
        notes.evaluate([Counter()], [A])
    with pytest.raises(ValueError, match="estimate measure 1"):
        notes.evaluate([A], [Counter({(F(-1), 60, F(1)): 1})])


small = st.lists(st.dictionaries(st.tuples(st.sampled_from([F(0), F(1)]), st.integers(60, 62), st.just(F(1))),
                                 st.integers(1, 2), max_size=3).map(Counter), min_size=0, max_size=4)


@given(small, small)
@settings(max_examples=60)
def test_the_alignment_is_the_best_there_is(reference: list[Counter], estimate: list[Counter]) -> None:
    def worth(pairs: list[tuple[int, int]]) -> int:
        shared = ((reference[i], estimate[j]) for i, j in pairs)
        return sum((a & b).total() + (pitches_of(a) & pitches_of(b)).total() for a, b in shared)

    size = min(len(reference), len(estimate))
    every = (list(zip(a, b, strict=True)) for k in range(size + 1)
             for a in combinations(range(len(reference)), k) for b in combinations(range(len(estimate)), k))
    found = align(reference, estimate)
    assert all(a < c and b < d for (a, b), (c, d) in zip(found, found[1:], strict=False))
    assert worth(found) == max(map(worth, every))


def test_reading_musicxml(tmp_path: Path) -> None:
    def note(onset: Fraction | int, midi_step: str, duration: Fraction | int, kind: str, **more: object) -> Note:
        return Note(onset_quarter=F(onset), duration_quarter=F(duration), voice=1, staff=more.pop("staff", 1),
                    pitch=Pitch(midi_step, 4), type=kind, **more)  # type: ignore[arg-type]

    first = Measure(number=1, duration_quarter=F(4), notes=(
        note(0, "C", 1, "quarter", tie_start=True), note(0, "E", 1, "quarter"),
        note(1, "C", 1, "quarter", tie_stop=True),
        note(2, "D", 0, "eighth", grace=True), note(2, "F", 2, "half"), note(0, "G", 4, "whole", staff=2)), time=(4, 4))
    second = Measure(number=2, duration_quarter=F(4),
                     rests=(Rest(onset_quarter=F(0), duration_quarter=F(4), voice=1, staff=1, type="whole",
                                 measure_rest=True),))
    for kind in ("musicxml", "mxl"):
        path = tmp_path / f"score.{kind}"
        write(Score(source="x", parts=(Part(id="P1", name="", staves=2, measures=(first, second)),)), path,
              kind)  # type: ignore[arg-type]
        expected = [(F(0), 60, F(1)), (F(0), 64, F(1)), (F(1), 60, F(1)), (F(2), 65, F(2)), (F(0), 67, F(4))]
        assert notes.read(path) == [Counter(expected), Counter()]


def test_a_rest_that_fills_a_pickup_lasts_as_long_as_it_says(tmp_path: Path) -> None:
    pickup = Measure(number=0, duration_quarter=F(1), time=(4, 4), rests=(
        Rest(onset_quarter=F(0), duration_quarter=F(1), voice=1, staff=1, type="whole", measure_rest=True),))
    note = Note(onset_quarter=F(0), duration_quarter=F(4), voice=1, staff=1, pitch=Pitch("C", 5), type="whole")
    full = Measure(number=1, duration_quarter=F(4), notes=(note,))
    score = Score(source="", parts=(Part(id="P1", name="", staves=1, measures=(pickup, full)),))
    write(score, tmp_path / "pickup.musicxml")
    assert b'measure="yes"' in (tmp_path / "pickup.musicxml").read_bytes()
    assert notes.read(tmp_path / "pickup.musicxml", rests=True)[0] == Counter({(F(0), notes.REST, F(1)): 1})


def test_chord_symbols_and_hidden_notes_are_no_notes() -> None:
    from music21 import harmony, note, stream

    hidden = note.Note("C4", quarterLength=1)
    hidden.style.hideObjectOnPrint = True
    measure = stream.Measure([harmony.ChordSymbol("Cm"), note.Note("D4", quarterLength=1), hidden])
    assert notes.from_music21(stream.Score([stream.Part([measure])])) == [Counter([(F(0), 62, F(1))])]


KERN = """!!!OTL: a test
**kern\t**dynam\t**kern
*clefF4\t*\t*clefG2
=1-\t=1-\t=1-
4C 4E\tp\t4cc#
.\t.\t8qdd
*\t*\t*^
4r\t.\t6ee\t[2a-
.\t.\t12ff\t.
4.D\t.\t4gg\t.
*\t*\t*v\t*v
8E\t.\t4r
=2\t=2\t=2
*^\t*\t*
2F\t4A\t.\t2c] 2ee-yy
.\t4B\t.\t.
*v\t*v\t*\t*
*-\t*-\t*-
"""


def test_reading_kern(tmp_path: Path) -> None:
    path = tmp_path / "test.krn"
    path.write_text(KERN.replace("8E\t.\t4r\n", ".\t.\t8r\n8E\t.\t8r\n"))
    first = [(F(0), 48, F(1)), (F(0), 52, F(1)), (F(0), 73, F(1)), (F(1), 76, F(2, 3)), (F(1), 68, F(2)),
             (F(5, 3), 77, F(1, 3)), (F(2), 50, F(3, 2)), (F(2), 79, F(1)), (F(7, 2), 52, F(1, 2))]
    second = [(F(0), 53, F(2)), (F(0), 57, F(1)), (F(1), 59, F(1)), (F(0), 60, F(2))]
    assert read_kern(path) == [Counter(first), Counter(second)]
    path.write_text("**kern\n=1\n4c\t4d\n*-\n")
    with pytest.raises(DataError, match="line 3"):
        read_kern(path)
    path.write_text("no kern here\n")
    with pytest.raises(DataError):
        read_kern(path)
