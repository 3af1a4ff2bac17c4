"""Compares the figures of this version's readings with the recorded ones.

A figure that is better than recorded fails too. Otherwise the record would fall behind, and a later change could lose
again, unnoticed, what an earlier one had gained. Whoever improves the program runs the command in `REMEDY` and commits
the new record with the change: the difference in `expected.json` then says what the change was worth.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tests.accuracy.pages import FOLDER, PAGES

EXPECTED = FOLDER / "expected.json"
MEAN = "mean"
"""Stands for the mean over all engraved pages in the place of a page's name. Old prints are compared with earlier
readings, which is another scale."""
REMEDY = "python tests/accuracy/regenerate.py"


@dataclass(frozen=True)
class Tolerance:
    """How far a figure may be from the recorded one, on a page and in the mean (None: it has no mean).
    higher_is_better: None where neither way is better."""

    page: float
    mean: float | None
    higher_is_better: bool | None = True


TOLERANCES: dict[str, Tolerance] = {
    "pitch_f1": Tolerance(0.01, 0.003),
    "onset_f1": Tolerance(0.01, 0.003),
    "note_f1": Tolerance(0.01, 0.003),
    "lyrics_f1": Tolerance(0.01, 0.003),
    "exact_measures": Tolerance(0, 0.05),
    "parts": Tolerance(0, None, None),
    "staves": Tolerance(0, None, None),
    "measures": Tolerance(0, None, None),
    "doubts": Tolerance(2, 0.5, None),
}
"""Every figure, with units: F1 as shares of 1, the others as numbers a page.

Random noise in the last digits of the detector's answers, as another processor makes it, changed no figure when it was
tried. The tolerances are not for that; they let through what does not matter, such as one note of a page of two hundred
that goes from wrong to right while another goes from right to wrong.
"""
_SLACK = 1e-6
"""Recorded figures are rounded decimals; a difference of exactly the tolerance is allowed."""


def means(figures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The mean of each figure over the engraved pages that have it. Pages without figures are left out."""
    of_pages = [figures[page.name] for page in PAGES if page.kind != "print" and page.name in figures]
    having = {key: [f[key] for f in of_pages if key in f] for key, t in TOLERANCES.items() if t.mean is not None}
    return {key: round(sum(values) / len(values), 4) for key, values in having.items() if values}


def differences(name: str, expected: Mapping[str, float], found: Mapping[str, float]) -> list[str]:
    """What differs between recorded and found figures of a page, or of `MEAN`, by more than it may; a line each."""
    lines = []
    for key, tolerance in TOLERANCES.items():
        if key not in expected and key not in found:
            continue
        if key not in expected or key not in found:
            lines.append(f"{name}: {key} {expected.get(key, 'absent')} -> {found.get(key, 'absent')}")
            continue
        allowed = tolerance.page if name != MEAN else tolerance.mean or 0.0
        change = found[key] - expected[key]
        if abs(change) > allowed + _SLACK:
            verdict = "changed" if tolerance.higher_is_better is None else (
                "BETTER" if (change > 0) == tolerance.higher_is_better else "WORSE")
            lines.append(f"{name}: {key} {expected[key]:g} -> {found[key]:g}, {verdict} (may change by {allowed:g})")
    return lines


def read_expected() -> dict[str, dict[str, float]]:
    """Recorded figures by page, and `MEAN`."""
    return json.loads(EXPECTED.read_text())


def write_expected(figures: Mapping[str, Mapping[str, float]]) -> None:
    """Record the figures of all pages, and their mean; a line a page, so that a change is easily seen."""
    rows = {MEAN: means(figures), **{page.name: dict(figures[page.name]) for page in PAGES}}
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(values)}" for name, values in rows.items())
    EXPECTED.write_text(f"{{\n{lines}\n}}\n")
