"""decode(encode(symbols)) == symbols, for symbols whose ellipses do not swallow one another."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from omr.detect.watershed import (
    ENERGY_LEVELS,
    MOST_DISTANCES,
    T,
    _same_objects,
    decode,
    decode_with_faint,
    encode,
    nearest_core,
    targets_to_maps,
)
from omr.types import SPACE_PX, STROKE_KINDS, Box, Symbol
from omr.types.vocabulary import NAMES

SHAPE = (256, 320)


def maps_of(symbols, shape=SHAPE):
    return targets_to_maps(encode(symbols, shape), np.zeros((shape[0] // 2, shape[1] // 2, len(STROKE_KINDS))))


@st.composite
def pages(draw):
    """Symbols of any class and of sizes from a dot to a clef, one in each cell of a loose grid."""
    symbols = []
    for row in range(3):
        for col in range(4):
            if draw(st.booleans()):
                height = draw(st.floats(4, 70))
                width = draw(st.floats(4, 70))
                top = row * 85 + draw(st.floats(0, 80 - height))
                left = col * 80 + draw(st.floats(0, 75 - width))
                symbols.append(Symbol(0, draw(st.sampled_from(NAMES)), Box(top, left, top + height, left + width)))
    return symbols


@settings(max_examples=60)
@given(pages())
def test_decode_inverts_encode(symbols):
    def place(s):
        """The cell of the grid: a left edge alone may be rounded to either side."""
        row, col = s.box.center
        return row // 85, col // 80

    found = sorted(decode(maps_of(symbols)), key=place)
    expected = sorted(symbols, key=place)
    assert [s.name for s in found] == [s.name for s in expected]
    for a, b in zip(found, expected, strict=True):
        edges = [(a.box.top, b.box.top), (a.box.left, b.box.left), (a.box.bottom, b.box.bottom),
                 (a.box.right, b.box.right)]
        assert all(abs(x - y) < 0.05 for x, y in edges)
        assert a.score > 0.5


@given(st.lists(st.builds(
    lambda name, top, left, height, width: Symbol(0, name, Box(top, left, top + height, left + width)),
    st.sampled_from(NAMES[:2]), *[st.integers(0, 20)] * 2, *[st.integers(1, 20)] * 2), max_size=12))
def test_same_objects_are_all_pairs_that_share_enough(symbols):
    assert _same_objects(symbols) == [
        (i, j) for i, j in combinations(range(len(symbols)), 2)
        if symbols[i].box.iou(symbols[j].box)
        >= (T.same_class_overlap if symbols[i].name == symbols[j].name else T.other_class_overlap)
    ]


def test_heads_of_a_chord_stay_apart():
    heads = [Symbol(0, "noteheadBlack", Box(40 + i * SPACE_PX, 50, 50 + i * SPACE_PX, 62)) for i in range(4)]
    seconds = [Symbol(0, "noteheadBlack", Box(100, 50, 110, 62)), Symbol(0, "noteheadBlack", Box(105, 62, 115, 74))]
    assert len(decode(maps_of(heads + seconds))) == 6


def test_hill_with_a_broken_top_is_one_object():
    """Peak picking would read two clefs where noise splits the summit; the cut and the boxes say one."""
    clef = Symbol(0, "gClef", Box(40, 40, 115, 68))
    maps = maps_of([clef])
    rows, _ = np.nonzero(maps.energy > 0.55)
    maps.energy[(rows.min() + rows.max()) // 2, :] *= 0.55
    found = decode(maps)
    assert [s.name for s in found] == ["gClef"]


def test_score_falls_with_energy_and_with_class_probability():
    maps = maps_of([Symbol(0, "restQuarter", Box(40, 40, 68, 51))])
    doubtful = replace(maps, class_prob=maps.class_prob * 0.5)
    faint = replace(doubtful, energy=maps.energy * 0.7)
    scores = [decode(m, min_score=0)[0].score for m in (maps, doubtful, faint)]
    assert scores[0] > scores[1] > scores[2] > 0


def test_classes_that_later_stages_tell_apart_count_together():
    names = ("noteheadBlack", "noteheadHalf", "noteheadWhole")
    maps = maps_of([Symbol(0, names[0], Box(100, 100, 120, 124))])
    for name, share in zip(names, (0.4, 0.35, 0.25), strict=True):
        maps.class_prob[..., NAMES.index(name)] = share
    (found,) = decode(maps, accept=dict.fromkeys(NAMES, 0.5))
    assert (found.name, round(found.score, 2)) == (names[0], 0.4)
    maps.class_prob[..., [NAMES.index(name) for name in names[1:]]] = 0
    assert decode(maps, accept=dict.fromkeys(NAMES, 0.5)) == []


def test_symbol_over_the_edge_is_encoded_where_it_is_visible():
    targets = encode([Symbol(0, "gClef", Box(-30, -10, 40, 15))], SHAPE)
    assert targets.level.max() > ENERGY_LEVELS // 2
    assert targets.level[30:].max() == 0


def test_odd_shape_is_refused():
    with pytest.raises(ValueError, match="multiple"):
        encode([], (255, 320))


def test_empty_page():
    assert decode(maps_of([])) == []


@given(st.integers(1, 24), st.integers(1, 24), st.sampled_from([0.02, 0.1, 0.4]), st.integers(0, 2**32 - 1))
def test_nearest_core_is_scipys(height: int, width: int, density: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cores = np.where(rng.random((height, width)) < density, rng.integers(1, 5, (height, width)), 0)
    cores[rng.integers(height), rng.integers(width)] = 1
    nearest = ndimage.distance_transform_edt(cores == 0, return_distances=False, return_indices=True)
    assert np.array_equal(nearest_core(cores), cores[tuple(nearest)])


def test_nearest_core_of_a_large_basin_is_found_in_pieces() -> None:
    cores = np.zeros((9, MOST_DISTANCES // 900), int)
    cores[4, 10], cores[0, -10] = 1, 2
    nearest = ndimage.distance_transform_edt(cores == 0, return_distances=False, return_indices=True)
    assert np.array_equal(nearest_core(cores), cores[tuple(nearest)])


def test_what_scores_too_little_is_told_apart_where_it_is_asked_for():
    maps = maps_of([Symbol(0, "noteheadBlack", Box(100, 100, 120, 124)), Symbol(1, "restQuarter", Box(40, 40, 68, 51))])
    maps.class_prob[...] *= 0.4
    accept = {"noteheadBlack": 0.5, "restQuarter": 0.3}
    seen, faint = decode_with_faint(maps, 0.3, 0.6, 0.2, accept, {"noteheadBlack": 0.3})
    assert [(s.id, s.name) for s in seen] == [(0, "restQuarter")]
    assert [(s.id, s.name) for s in faint] == [(1, "noteheadBlack")]
    assert decode_with_faint(maps, 0.3, 0.6, 0.2, accept, {})[1] == []
