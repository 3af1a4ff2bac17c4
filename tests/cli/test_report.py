"""What `omr scan` says of a score that it has read."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from cli.report import LISTED_MEASURES, describe, progress, report, to_look_at
from omr.types import Box, Doubt, Measure, Part, Score


def test_a_doubt_says_where_and_why() -> None:
    doubt = Doubt(page=0, box=Box(10, 20, 30, 40), message="too long", kind="rhythm", measure=3, part="P1")
    assert describe(doubt) == "page 1, measure 3, part P1, at 20,10: too long"
    assert describe(Doubt(page=4, box=None, message="no staff", kind="staff")) == "page 5: no staff"


def _score_of(*confidence: float | None, pages: int = 1) -> Score:
    measures = tuple(
        Measure(number=i + 1, duration_quarter=Fraction(4), confidence=c, page=i * pages // len(confidence))
        for i, c in enumerate(confidence))
    return Score(source="x", parts=(Part(id="P1", name="", staves=1, measures=measures),))


def test_the_measures_to_look_at() -> None:
    assert to_look_at(_score_of(0.99, 0.3, 0.94, 0.97)) == "2 of 4 measures sure; look at 2, likeliest first: 2, 3"
    assert to_look_at(_score_of(0.99, 0.3, 0.1, 0.97, pages=2)) == (
        "2 of 4 measures sure; look at 2, likeliest first: 3 (page 2), 2 (page 1)")
    assert to_look_at(_score_of(0.99)) == "1 of 1 measure sure"
    assert to_look_at(_score_of(None, None)) == to_look_at(Score(source="x", parts=())) == ""
    many = to_look_at(_score_of(*[0.5] * (LISTED_MEASURES + 3)))
    assert many.endswith(f" {LISTED_MEASURES} and 3 more")


def test_lost_staves_are_told_unasked_and_all_else_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    box = Box(1, 2, 3, 4)
    doubts = (
        Doubt(page=0, box=box, message="faint", kind="confidence", measure=1),
        Doubt(page=0, box=box, message="too long", kind="rhythm", measure=2),
        Doubt(page=0, box=box, message="nothing could be read on staff 2", kind="staff"),
        Doubt(page=1, box=None, message="page of x could not be read", kind="structure"),
        Doubt(page=0, box=box, message="words hard to read", kind="text"),
    )
    score = replace(_score_of(0.99, 0.3), doubts=doubts)

    def lines(**options: bool) -> list[str]:
        with progress(1, quiet=True) as bar:
            report([Path("a.musicxml")], score, 2, 1.0, bar, **options)
        return [line.strip() for line in capsys.readouterr().out.splitlines()]

    assert lines() == [
        "a.musicxml: 2 pages, 2 measures, 0 notes, 5 doubts, 1.0 s",
        "1 of 2 measures sure; look at 1, likeliest first: 2",
        "page 2: page of x could not be read", "page 1, at 2,1: nothing could be read on staff 2",
        "3 more doubts: --doubts lists them, --keep DIR writes them to doubts.json",
    ]
    assert len(lines(quiet=True)) == 1
    every = lines(all_doubts=True)
    assert len(every) == 2 + len(doubts) and every[-1].endswith("faint")
