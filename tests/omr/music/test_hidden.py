"""Parts that come in after the first systems."""

from __future__ import annotations

from fractions import Fraction

from omr.music.hidden import from_the_start
from omr.types import Clef, Measure


def measures(*opening: tuple[str, int | None]) -> list[Measure]:
    """Measures with the sign of the clef that opens them, "" for none, and their key."""
    return [Measure(number=i, duration_quarter=Fraction(4), fifths=fifths,
                    clefs=(Clef(1, Fraction(0), sign, 2),) if sign else ())  # type: ignore[arg-type]
            for i, (sign, fifths) in enumerate(opening, 1)]


def shown(part: tuple[Measure, ...]) -> list[tuple[str, int | None]]:
    return [("".join(c.sign for c in m.clefs), m.fifths) for m in part]


def test_a_voice_has_its_clef_and_key_from_the_start() -> None:
    piano = measures(("F", -3), ("", None), ("", None))
    voice = measures(("", 0), ("G", -3), ("", None))
    parts = from_the_start([voice, piano])
    assert shown(parts[0]) == [("G", -3), ("", None), ("", None)]
    assert parts[1] == tuple(piano)


def test_a_transposing_part_follows_changes_of_key_before_it_comes_in() -> None:
    strings = measures(("G", 1), ("", -2), ("", None))
    clarinet = measures(("", 0), ("", None), ("G", 0))  # two fifths above
    assert shown(from_the_start([strings, clarinet])[1]) == [("G", 3), ("", 0), ("", None)]


def test_a_part_that_comes_in_with_a_change_of_key_keeps_it() -> None:
    piano, voice = measures(("F", -3), ("", 2)), measures(("", 0), ("G", 2))
    assert shown(from_the_start([voice, piano])[0]) == [("G", -3), ("", 2)]


def test_a_part_that_never_comes_in_stays_as_it_is() -> None:
    piano, voice = measures(("F", -3)), measures(("", 0))
    assert from_the_start([voice, piano]) == [tuple(voice), tuple(piano)]
