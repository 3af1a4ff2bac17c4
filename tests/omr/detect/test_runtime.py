"""The shipped weights: large pages are read in bands, as if they were read at once."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from omr.detect import runtime
from omr.detect.watershed import decode
from omr.errors import WeightsError
from omr.page.raster import load, normalise
from omr.types.vocabulary import NAMES

PAGE = Path(__file__).parents[3] / "examples" / "minuet.png"


@pytest.mark.parametrize("most_px", [500_000, 1_200_000])
def test_a_page_in_bands_reads_as_the_whole_page(most_px: int, monkeypatch: pytest.MonkeyPatch) -> None:
    detector = runtime.load_detector()
    pixels = normalise(next(load(PAGE))).pixels[:1001, :900]  # no multiples of 32, nor of the bands' height
    whole = detector.detect(pixels)
    monkeypatch.setattr(runtime, "MOST_PX", most_px)
    bands = detector.detect(pixels)
    for name in ("energy", "class_prob", "box_size", "strokes"):
        one, other = getattr(whole, name), getattr(bands, name)
        assert one.shape == other.shape
        assert np.abs(one - other).max() < 1e-4
    found, expected = decode(bands), decode(whole)
    # By name and place: of two symbols that begin in one column, either may be the first.
    assert len(found) == len(expected) > 100
    assert Counter(s.name for s in found) == Counter(s.name for s in expected)
    for s in expected:
        assert any(f.name == s.name and f.box.center == pytest.approx(s.box.center, abs=0.5) for f in found), s


@pytest.mark.parametrize("most_px", [500_000, 4_000_000])
def test_symbols_need_no_answers_where_there_is_none(most_px: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "MOST_PX", most_px)
    pixels = normalise(next(load(PAGE))).pixels[:900]
    whole = runtime.load_detector(None, 1).detect(pixels)
    sparse = runtime.load_detector(None, 1, is_whole=False).detect(pixels)
    # A product of matrices rounds a row by where it stands among those that are asked for.
    found, expected = decode(sparse), decode(whole)
    assert [(s.name, s.box) for s in found] == [(s.name, s.box) for s in expected] != []
    for name in ("energy", "box_size", "strokes"):
        assert np.array_equal(getattr(sparse, name), getattr(whole, name))
    answered = sparse.class_prob.any(axis=-1)
    assert np.abs(sparse.class_prob - whole.class_prob)[answered].max() < 1e-6
    assert 0 < answered.mean() < 0.3


def test_weights_of_a_shorter_table_are_read_and_of_another_not(tmp_path: Path) -> None:
    card = json.loads((runtime.shipped() / "card.json").read_text())
    for classes, good in ((list(NAMES), True), (list(NAMES[:100]), True), (list(NAMES[1:]), False), ([], False)):
        (tmp_path / "card.json").write_text(json.dumps({**card, "classes": classes}))
        if good:
            assert runtime.read_card(tmp_path)["classes"] == classes
        else:
            with pytest.raises(WeightsError, match="class table"):
                runtime.read_card(tmp_path)
