"""Which chords and rests under a bracket make up its number."""

from __future__ import annotations

from omr.notation.tupletvoice import Member, choose, fits
from omr.types import Box, Symbol


def at(id_: int, row: float, quarters: float) -> Member:
    return Member(Symbol(id_, "noteheadBlack", Box(row - 5, 0, row + 5, 12)), quarters)


def chosen(columns: list[list[Member]], count: int, row: float = 50) -> list[int] | None:
    found = choose(columns, count, row)
    return None if found is None else [m.symbol.id for m in found]


def test_lengths_make_up_a_number() -> None:
    assert fits([at(i, 100, 0.5) for i in range(3)], 3)
    assert fits([at(1, 100, 1), at(2, 100, 0.5)], 3)
    assert fits([at(1, 100, 0.75), at(2, 100, 0.25), at(3, 100, 0.5)], 3)
    assert not fits([at(1, 100, 4), at(2, 100, 0.5), at(3, 100, 0.5)], 3)
    assert not fits([at(1, 100, 1.5)], 3)


def test_of_two_voices_the_one_that_makes_up_the_number_is_meant() -> None:
    whole, rest, second, third = at(1, 60, 4), at(2, 90, 0.5), at(3, 90, 0.5), at(4, 90, 0.5)
    assert chosen([[whole, rest], [second], [third]], 3) == [2, 3, 4]
    assert chosen([[at(5, 70, 0.5), rest], [second], [third]], 3) == [5, 3, 4]  # nearer to the number


def test_a_note_of_the_other_voice_between_is_left_out() -> None:
    assert chosen([[at(1, 90, 1)], [at(2, 60, 4)], [at(3, 90, 0.5)]], 3) == [1, 3]


def test_where_nothing_makes_up_the_number_nothing_is_chosen() -> None:
    assert chosen([[at(1, 90, 1)], [at(2, 90, 1)]], 3) is None
    assert chosen([[at(10 * i + k, 90, 0.5) for k in range(9)] for i in range(7)], 7) is None  # too many ways
