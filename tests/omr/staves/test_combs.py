"""Chains of combs on drawn staff-line maps: where staves are, how far they are followed, what is none."""

from __future__ import annotations

import numpy as np
import pytest

from omr.staves.combs import T, find_chains

SPACE = 5.0
"""Staff space of the maps, in cells."""


def drawn(tops: list[float], width: int = 400, slope: float = 0.0, lines: int = 5) -> np.ndarray:
    """A map (200, width) of level or sloping staves, one cell thick."""
    smap = np.zeros((200, width), np.float32)
    for top in tops:
        for line in range(lines):
            rows = np.rint(top + line * SPACE + slope * np.arange(width)).astype(int)
            smap[rows, np.arange(width)] = 1.0
    return smap


def rows(smap: np.ndarray) -> list[float]:
    """The middle row of each chain found, from the top."""
    chains, _ = find_chains(smap, SPACE)
    return sorted(float(np.mean([p.row for p in chain.peaks])) for chain in chains)


def span(smap: np.ndarray) -> list[tuple[int, int]]:
    """First and one past the last column of each chain, from the left."""
    chains, strip = find_chains(smap, SPACE)
    return sorted((c.peaks[0].strip * strip, (c.peaks[-1].strip + 1) * strip) for c in chains)


# Rows are right to a cell here; what is finer is measured when the lines are traced.


def test_each_staff_is_one_chain_at_its_middle_line() -> None:
    assert rows(drawn([30, 100])) == pytest.approx([40, 110], abs=1)


def test_a_sloping_staff_is_one_chain_over_its_whole_length() -> None:
    chains, strip = find_chains(drawn([60], slope=0.05), SPACE)
    assert len(chains) == 1 and len(chains[0].peaks) * strip >= 380
    assert chains[0].peaks[-1].row - chains[0].peaks[0].row == pytest.approx(0.05 * 390, abs=1.5)


def test_a_staff_is_followed_over_what_hides_it_but_not_over_the_room_between_two() -> None:
    hidden = drawn([60])
    start = 200
    hidden[:, start : start + round(0.7 * T.longest_gap * SPACE)] = 0
    assert len(span(hidden)) == 1
    apart = drawn([60])
    apart[:, start : start + round(1.3 * T.longest_gap * SPACE)] = 0
    left, right = span(apart)
    assert left[1] <= start + 8 and right[0] >= start + 1.3 * T.longest_gap * SPACE - 8


def test_one_lost_line_of_five_is_forgiven() -> None:
    smap = drawn([60])
    smap[70] = 0
    assert rows(smap) == pytest.approx([70], abs=1)


def test_a_single_line_is_no_staff() -> None:
    assert rows(drawn([60], lines=1)) == []


def test_what_is_shorter_than_a_staff_is_none() -> None:
    smap = drawn([60])
    smap[:, 10:] = 0
    assert rows(smap) == []
