"""The steps shown are those that a scan takes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cli.explain.common import look
from cli.main import omr
from companions.chapters import CHAPTERS
from companions.watershed import explain, neighbours, window
from omr.detect.watershed import CLASS_STRIDE, STRIDE, decode, encode, targets_to_maps
from omr.types import Box, DetectorMaps, Symbol

PAGE = Path(__file__).parents[2] / "examples" / "minuet.png"


def maps_of(symbols: list[Symbol], side: int) -> DetectorMaps:
    return targets_to_maps(encode(symbols, (side, side)), np.zeros((side // 2, side // 2, 10), np.float32))


def test_a_window_holds_what_stands_in_it() -> None:
    symbols = [Symbol(0, "noteheadBlack", Box(20, 24, 30, 37)), Symbol(1, "accidentalSharp", Box(90, 100, 118, 110))]
    whole = maps_of(symbols, 160)
    part = window(whole, 80, 80, 64)
    assert part.energy.shape == (64 // STRIDE,) * 2 and part.class_prob.shape[:2] == (64 // CLASS_STRIDE,) * 2
    (found,) = decode(part)
    assert found.name == "accidentalSharp"
    assert found.box.center == pytest.approx((104 - 80, 105 - 80), abs=1)


def test_two_summits_of_one_island_are_two_symbols() -> None:
    heads = [Symbol(0, "noteheadBlack", Box(30, 30, 40, 43)), Symbol(1, "noteheadBlack", Box(38, 30, 48, 43))]
    text = "".join(explain(np.full((96, 96), 255, np.uint8), maps_of(heads, 96)))
    assert "2 basins" in text and "2 symbols remain" in text
    assert "through noteheadBlack and noteheadBlack" in text


def test_the_profile_goes_through_the_heads_that_touch() -> None:
    symbols = [Symbol(i, "noteheadBlack", Box(top, left, top + 10, left + 13))
               for i, (top, left) in enumerate([(30, 30), (40, 30), (30, 70)])]
    maps = maps_of(symbols, 96)
    pair = neighbours(symbols, maps.energy, maps.stride)
    assert pair == (symbols[0], symbols[1])
    assert neighbours(symbols[:1], maps.energy, maps.stride) is None


def test_what_a_scan_would_drop_is_dropped_here() -> None:
    maps = maps_of([Symbol(0, "noteheadBlack", Box(30, 30, 40, 43))], 96)
    paper = np.full((96, 96), 255, np.uint8)
    assert "1 symbols remain" in "".join(explain(paper, maps, {"noteheadBlack": 0.5}))
    assert "0 symbols remain" in "".join(explain(paper, maps, {"noteheadBlack": 1.1}))


def test_command(tmp_path: Path) -> None:
    out = tmp_path / "w.html"
    done = CliRunner().invoke(omr, ["explain", "watershed", str(PAGE), "-o", str(out), "--at", "300,400"])
    assert done.exit_code == 0, done.output
    text = out.read_text()
    assert text.count("<img") == 8 and "noteheadBlack" in text and 'type="range"' in text
    figures = re.findall(r"<figure>.*?</figure>", text, re.DOTALL)
    told = next(c for c in CHAPTERS if c.name == "watershed")
    assert [next(w for w in ("water up to", "each basin", "the boxes") if w in figures[i]) for i in told.figures] == [
        "water up to", "each basin", "the boxes"], "the tour takes the flood, the basins and the boxes"
    # The place that is printed is the place that is taken, also where the page was made smaller or larger.
    printed = done.output.split("--at ")[1].strip()
    again = CliRunner().invoke(omr, ["explain", "watershed", str(PAGE), "-o", str(out), "--at", printed])
    assert again.output == done.output
    seen = look(PAGE, 1, None)
    symbol = seen.symbols[40]
    x, y = (float(v) for v in seen.told(*symbol.box.center).split(","))
    assert seen.place((x, y)) == pytest.approx(symbol.box.center, abs=1)
    row, col = seen.place(None)
    chosen = next(s for s in seen.symbols if s.box.center == (row, col))
    assert chosen.score < np.quantile([s.score for s in seen.symbols], 0.05)
    done = CliRunner().invoke(omr, ["explain", "watershed", str(PAGE), "-o", str(out), "--at", "99999,4"])
    assert done.exit_code == 2 and "off the page" in done.output
