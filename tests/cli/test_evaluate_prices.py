"""What `omr evaluate prices` learns from: the bars of a page as the search is given them."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from cli.evaluate.prices import _bars
from evaluation.matching import Note
from omr.music.events import TICKS
from tests.omr.perfect import graph_of, labels_of, mei


def test_every_bar_of_a_page_is_learnt_from_once() -> None:
    bar = "".join(f'<note pname="{p}" oct="4" dur="4"/>' for p in "cegf")
    graph = graph_of(labels_of(mei([f'<staff n="1"><layer n="1">{bar}</layer></staff>'] * 4)))
    truth: Counter[Note] = Counter({(Fraction(k), 60, Fraction(1)): 1 for k in range(4)})
    found = _bars(graph, [truth] * 4)
    assert [(len(b.events), b.duration) for b in found] == [(4, 4 * TICKS)] * 4
    assert all(b.spacing is not None for b in found)
    assert _bars(graph, [truth] * 3) == []  # a barline was missed or invented: nobody knows which bar is which
