"""How sure a reading is of each measure: on engraved music with perfect symbols, and with faults put into it."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from omr.composing import compose_bars
from omr.reading import PageReading
from omr.staves.systems import OSSIA
from omr.sure import CEILING, REASONS, SURE, UNKNOWN_SIGN, Weights, describe, load_weights, of_bars
from omr.types import Box, Doubt, Measure, NotationGraph, Part, Score, Symbol
from tests.omr.perfect import graph_of, labels_of, mei

BAR = "".join(f'<note pname="{p}" oct="4" dur="4"/>' for p in "cegf")
EIGHTHS = "".join('<beam>' + "".join(f'<note pname="{p}" oct="4" dur="8"/>' for p in four) + '</beam>'
                  for four in ("cdef", "gfed"))


@pytest.fixture(scope="module")
def graph() -> NotationGraph:
    """One staff of six measures, quarters and eighths by turns."""
    staff = [f'<staff n="1"><layer n="1">{bar}</layer></staff>' for bar in (BAR, EIGHTHS, BAR, EIGHTHS, BAR, BAR)]
    return graph_of(labels_of(mei(staff)))


def read(graph: NotationGraph, *doubts: Doubt) -> Score:
    return compose_bars([PageReading(index=0, source="test", graph=graph, doubts=doubts)], "test")[0]


def confidence(score: Score) -> list[float]:
    found = [m.confidence for m in score.parts[0].measures]
    assert all(value is not None for value in found)
    return [value for value in found if value is not None]


def test_clean_measures_are_likely_right(graph: NotationGraph) -> None:
    assert all(0.8 < value <= 1 for value in confidence(read(graph)))


def test_a_lost_note_costs_its_measure_most(graph: NotationGraph) -> None:
    """Without its third head the third bar does not add up."""
    before = confidence(read(graph))
    heads = sorted((s for s in graph.symbols if s.kind == "notehead"), key=lambda s: s.box.left)
    lost = heads[4 + 8 + 2].id
    fewer = replace(graph, symbols=tuple(s for s in graph.symbols if s.id != lost))
    after = confidence(read(fewer))
    assert len(after) == len(before) == 6
    falls = [a - b for a, b in zip(before, after, strict=True)]
    assert falls.index(max(falls)) == after.index(min(after)) == 2
    assert 1 - after[2] > 5 * (1 - before[2])


def test_faint_heads_cost_their_measure(graph: NotationGraph) -> None:
    before = confidence(read(graph))
    heads = sorted((s for s in graph.symbols if s.kind == "notehead"), key=lambda s: s.box.left)
    faint = {s.id for s in heads[4:12]}
    after = confidence(read(replace(graph, symbols=tuple(
        replace(s, score=0.4) if s.id in faint else s for s in graph.symbols))))
    assert after[1] < before[1]


def test_an_unsure_measure_says_why(graph: NotationGraph) -> None:
    """Here with four flags that belong to no note."""
    head = sorted((s for s in graph.symbols if s.kind == "notehead"), key=lambda s: s.box.left)[4]
    flags = [Symbol(id=9000 + i, name="flag8thUp", box=replace(head.box, top=head.box.top - 40 - 9 * i), score=1.0)
             for i in range(4)]
    score = read(replace(graph, symbols=(*graph.symbols, *flags),
                         staff_of={**graph.staff_of, **{flag.id: 0 for flag in flags}}))
    told = [(d.measure, d.kind, d.message) for d in score.doubts if d.message.startswith("not sure")]
    assert confidence(score)[1] < SURE and told == [(2, "confidence", f"not sure: {REASONS['lone_flags']}")]
    assert not any(d.message.startswith("not sure") for d in read(graph).doubts)


def test_nothing_is_sure_on_a_page_with_a_lost_staff(graph: NotationGraph) -> None:
    lost = Doubt(page=0, box=None, message="nothing could be read on staff 2", kind="staff")
    assert all(value <= CEILING < SURE for value in confidence(read(graph, lost)))
    elsewhere = confidence(read(graph, replace(lost, page=1)))
    assert elsewhere == confidence(read(graph))


def test_an_ossia_is_no_lost_staff(graph: NotationGraph) -> None:
    ossia = replace(graph.staves[0], index=len(graph.staves), system=OSSIA, lines=graph.staves[0].lines - 60)
    left_out = Doubt(page=0, box=ossia.box, message="a small staff of its own (an ossia) is left out", kind="structure")
    assert confidence(read(replace(graph, staves=(*graph.staves, ossia)), left_out)) == confidence(read(graph))


def test_a_measure_in_which_nothing_was_read_is_doubted_also_at_the_end(graph: NotationGraph) -> None:
    """Where a whole note was taken for the 8 of a time signature, say: the measure stays, but is not sure."""
    heads = sorted((s for s in graph.symbols if s.kind == "notehead"), key=lambda s: s.box.left)
    lost = {s.id for s in heads[-4:]}
    score = read(replace(
        graph, symbols=tuple(s for s in graph.symbols if s.id not in lost),
        chords=tuple(c for c in graph.chords if not lost.intersection(c.heads))))
    assert len(score.parts[0].measures) == 6 and confidence(score)[-1] <= CEILING < SURE
    assert ("nothing was read in it, neither notes nor rests", 6) in [(d.message, d.measure) for d in score.doubts]


def test_an_empty_measure_of_a_drawn_page_is_no_doubt_but_not_sure(graph: NotationGraph) -> None:
    """Its notes may be of a shape that is not known."""
    drawn = replace(graph, exact=True)
    assert confidence(read(drawn))[-1] > CEILING
    heads = sorted((s for s in graph.symbols if s.kind == "notehead"), key=lambda s: s.box.left)
    lost = {s.id for s in heads[-4:]}
    score = read(replace(
        drawn, symbols=tuple(s for s in graph.symbols if s.id not in lost),
        chords=tuple(c for c in graph.chords if not lost.intersection(c.heads))))
    assert confidence(score)[-1] <= CEILING
    assert [d.message for d in score.doubts if d.measure == 6] == [f"not sure: {UNKNOWN_SIGN}"]
    assert not any(d.message.startswith("nothing was read") for d in read(replace(
        graph, exact=True, symbols=tuple(s for s in graph.symbols if s.id not in lost),
        chords=tuple(c for c in graph.chords if not lost.intersection(c.heads)))).doubts)


def test_an_unknown_mark_makes_its_own_measure_unsure(graph: NotationGraph) -> None:
    """Where it stands on the staff; over the staff it is mostly a letter."""
    staff = graph.staves[0]
    clean = confidence(read(graph))
    head = sorted((s for s in graph.symbols if s.kind == "notehead"), key=lambda s: s.box.left)[4 + 8]
    col = head.box.left
    on = Doubt(page=0, box=Box(staff.row(2, col), col, staff.row(-2, col), col + 5), message="", kind="sign")
    assert confidence(read(graph, on)) == [*clean[:2], min(clean[2], CEILING), *clean[3:]]
    assert clean[2] > CEILING
    over = replace(on, box=Box(staff.row(12, col), col, staff.row(9, col), col + 5))
    assert confidence(read(graph, over)) == clean


def test_every_coefficient_is_of_a_figure_that_is_described(graph: NotationGraph) -> None:
    readings = [PageReading(index=0, source="test", graph=graph)]
    figures = describe(*compose_bars(readings, "test"))
    assert set(figures) == {(0, j) for j in range(6)}
    assert set(load_weights().coefficients) <= set(figures[0, 0])
    assert all(value >= 0 for each in figures.values() for value in each.values())


def test_the_reasons_are_what_weighs_most_against_a_measure() -> None:
    weights = Weights(-5.0, {"cost": 1.0, "cost_above_page": 0.9, "faults": 0.8, "no_clef": 0.1, "repeated": -2.0})
    figures = {"cost": 3.0, "cost_above_page": 3.0, "faults": 3.0, "no_clef": 1.0, "repeated": 1.0}
    assert weights.reasons(figures) == [REASONS["cost"], REASONS["faults"]]
    assert weights.reasons({**figures, "faults": 0.5}) == [REASONS["cost"]]
    assert weights.reasons(dict.fromkeys(figures, 0.0)) == []
    assert {name for name, c in load_weights().coefficients.items() if c > 0} <= set(REASONS)


def test_weights_are_a_logistic_function_of_the_logarithms() -> None:
    weights = Weights(-2.0, {"cost": 1.5, "rests": -0.5})
    assert weights.right({"cost": 0, "rests": 0}) == pytest.approx(1 / (1 + math.exp(-2)))
    odds = -2 + 1.5 * math.log(4) - 0.5 * math.log(3)
    assert weights.right({"cost": 3, "rests": 2}) == pytest.approx(1 / (1 + math.exp(odds)))
    falling = [weights.right({"cost": c, "rests": 0}) for c in (0, 1, 10, 1e9, 1e300)]
    assert falling == sorted(falling, reverse=True) and falling[-1] >= 0


def test_a_measure_of_the_score_is_right_if_it_is_in_all_parts() -> None:
    def part(*values: float | None) -> Part:
        return Part(id="P", name="", staves=1, measures=tuple(
            Measure(number=1, duration_quarter=Fraction(4), confidence=v) for v in values))

    score = Score(source="x", parts=(part(0.81, 0.5, None), part(0.8, 1.0, 0.7)))
    assert of_bars(score) == [pytest.approx(0.8 * 0.9), 0.5, None]
    assert of_bars(Score(source="x", parts=())) == []


def test_real_scans_are_less_sure_than_engravings() -> None:
    import omr

    images = Path(__file__).parents[1] / "accuracy" / "images"
    scanned = of_bars(omr.scan(images / "joplin-solace-print.png", languages=()))
    clean = of_bars(omr.scan(Path(__file__).parents[2] / "examples" / "minuet.png", languages=()))
    assert all(v is not None and 0 <= v <= 1 for v in (*scanned, *clean))
    assert sum(v or 0 for v in scanned) / len(scanned) < sum(v or 0 for v in clean) / len(clean)
