"""The order in which measures are played."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from omr.export.midi import to_midi
from omr.export.playing import written_out
from omr.types import Clef, Direction, Measure, Note, Part, Pitch, Score

F = Fraction


def bar(number: int, *words: str, **more: Any) -> Measure:
    note = Note(onset_quarter=F(0), duration_quarter=F(4), voice=1, staff=1, pitch=Pitch("C", 4), type="whole")
    signs = tuple(Direction(1, F(0), word if word in ("segno", "coda") else "words", word, "above") for word in words)
    return Measure(number=number, duration_quarter=F(4), notes=(note,), time=(4, 4) if number == 1 else None,
                   directions=signs, **more)


def score(*measures: Measure) -> Score:
    return Score(source="x", parts=(Part(id="P1", name="", staves=1, measures=measures),))


def order(*measures: Measure) -> list[int]:
    return [m.number for m in written_out(score(*measures)).parts[0].measures]


REPEAT, BACK = {"left": "repeat-start"}, {"right": "repeat-end"}


def ending(*numbers: int, **more: Any) -> dict[str, Any]:
    return {"ending_start": numbers, "ending_stop": True, **more}


@pytest.mark.parametrize(("measures", "expected"), [
    ((bar(1), bar(2, **BACK), bar(3)), "12123"),
    ((bar(1), bar(2, **REPEAT), bar(3, **BACK), bar(4)), "123234"),
    # The second half of a page ends with a repeat that is closed on the next page.
    ((bar(1), bar(2, **BACK), bar(3, **REPEAT), bar(4)), "121234"),
    ((bar(1), bar(2, **ending(1), **BACK), bar(3, **ending(2)), bar(4)), "12134"),
    ((bar(1), bar(2, **ending(1, 2), **BACK), bar(3, **ending(3)), bar(4)), "1212134"),
    ((bar(1), bar(2, **ending(1), **BACK), bar(3, **ending(2), **BACK), bar(4, **ending(3)), bar(5)), "1213145"),
    # Only the first ending is on the page.
    ((bar(1), bar(2, **ending(1), **BACK), bar(3)), "1213"),
    ((bar(1), bar(2, "Fine"), bar(3), bar(4, "D.C. al Fine")), "123412"),
    ((bar(1, **REPEAT), bar(2, **BACK), bar(3, "Fine"), bar(4), bar(5, "Da Capo al Fine")), "1212345123"),
    ((bar(1), bar(2, "segno"), bar(3, "To Coda"), bar(4, "D.S. al Coda"), bar(5, "coda")), "1234235"),
    ((bar(1), bar(2, "segno"), bar(3, "coda"), bar(4, "D.S. al Coda"), bar(5, "Coda")), "1234235"),
    # After a jump repeats are not played, and of endings the last.
    ((bar(1), bar(2, **ending(1), **BACK), bar(3, **ending(2)), bar(4, "D.C.")), "1213" "4134"),
])
def test_measures_are_played_in_the_order_that_signs_say(measures: tuple[Measure, ...], expected: str) -> None:
    assert "".join(map(str, order(*measures))) == expected


def test_signs_that_contradict_each_other_leave_the_music_as_it_is_written() -> None:
    """A second ending without a first would never be played."""
    assert order(bar(1), bar(2, **ending(2)), bar(3)) == [1, 2, 3]
    assert order(bar(1), bar(2, "D.S. al Fine"), bar(3)) == [1, 2, 3]


def test_a_movement_goes_back_to_its_own_beginning() -> None:
    assert order(bar(1), bar(2), bar(3, new_movement=True), bar(4, **BACK)) == [1, 2, 3, 4, 3, 4]


def test_what_holds_is_said_again_after_a_jump() -> None:
    slow = Direction(1, F(0), "metronome", "quarter=60", "above")
    fast = Direction(1, F(0), "metronome", "quarter=120", "above")
    first = Measure(number=1, duration_quarter=F(4), clefs=(Clef(1, F(0), "F", 4),), directions=(slow,), fifths=2,
                    time=(4, 4))
    last = Measure(number=3, duration_quarter=F(4), clefs=(Clef(1, F(0), "G", 2),), directions=(fast,), fifths=0,
                   right="repeat-end")
    played = written_out(score(first, bar(2, left="repeat-start"), last)).parts[0].measures
    assert [m.number for m in played] == [1, 2, 3, 2, 3]
    assert (played[3].clefs, played[3].fifths, played[3].directions) == (first.clefs, 2, (slow,))
    assert played[1].clefs == ()


def test_a_page_that_ends_within_a_repeat_can_be_heard() -> None:
    assert to_midi(score(bar(1), bar(2, **BACK), bar(3, **REPEAT), bar(4))).startswith(b"MThd")
