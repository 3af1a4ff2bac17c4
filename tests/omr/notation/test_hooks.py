"""Hooks that were taken for heads, on hand-drawn strokes, staff space 10 px."""

from itertools import count

import pytest

from omr.notation.chords import ChordInk
from omr.notation.hooks import hooks_among_heads, part_hooks
from omr.types import Box, Stroke, Symbol

SPACE = 10.0
BEAM = Stroke(800, "beam", ((65, 30), (65, 92)), 5.0)
STEM = Stroke(801, "stem", ((65, 62), (100, 62)), 1.2)


def head(id_: int, row: float, left: float, height: float = 10) -> Symbol:
    return Symbol(id_, "noteheadBlack", Box(row - height / 2, left, row + height / 2, left + 12))


USUAL = [head(i, 300, 100 + 20 * i) for i in range(10)]


def test_a_hook_taken_for_a_head_is_a_beam():
    chord = ChordInk((head(1, 72, 51), head(2, 100, 50)), STEM, True)
    kept, hooks = hooks_among_heads([chord], [BEAM], SPACE, count(900))
    assert [h.id for h in kept[0].heads] == [2] and [(h.id, h.kind) for h in hooks] == [(900, "beam")]
    far = Stroke(3, "beam", ((200, 30), (200, 62)), 5.0)
    assert hooks_among_heads([chord], [far], SPACE, count(900)) == ([chord], [])


@pytest.mark.parametrize(("row", "left", "height", "is_hook"), [
    (74, 50, 7, True), (74, 63, 7, True),  # on either side of the stem
    (74, 50, 10, False),  # as high as a head
    (85, 50, 7, False),  # far from the beam
    (74, 30, 7, False),  # at no stem
])
def test_a_flat_head_beside_a_beam_is_a_hook(row: float, left: float, height: float, is_hook: bool):
    seen = head(50, row, left, height)
    kept, hooks = part_hooks([*USUAL, seen], [BEAM], [STEM], SPACE, count(900))
    assert (seen not in kept) == is_hook
    assert [(h.id, h.kind, h.points) for h in hooks] == (
        [(900, "beam", ((row, left), (row, left + 12)))] if is_hook else [])


def test_a_hook_is_on_the_way_from_the_beam_to_the_heads():
    """Here the stem ends at it: it is a head, however flat."""
    seen = head(50, 74, 50, 7)
    ends = Stroke(801, "stem", ((65, 62), (76, 62)), 1.2)
    assert part_hooks([*USUAL, seen], [BEAM], [ends], SPACE, count(900)) == ([*USUAL, seen], [])


def test_a_page_with_few_heads_does_not_tell_how_high_they_are():
    seen = [head(50, 74, 50, 7)]
    assert part_hooks(seen, [BEAM], [STEM], SPACE, count(900)) == (seen, [])
