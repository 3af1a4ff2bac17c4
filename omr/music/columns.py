"""What stands under each other on a system: the columns of a bar, from left to right.

Engravers align what sounds together by its left edge, but not to the hair: neighbouring columns may turn out to be
one, at a price, and heads of two voices that would collide stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from omr.music.events import Event


@dataclass(frozen=True)
class Column:
    x: float
    events: tuple[Event, ...]
    join: float | None
    """price of sounding with the column before; None if it cannot"""
    part: float
    """price of sounding after it: columns this close are seldom two times"""


def make_columns(events: Sequence[Event], space: float) -> list[Column]:
    ordered = sorted(_side_by_side(events, space), key=lambda e: e.x)
    groups: list[list[Event]] = []
    for event in ordered:
        if groups and event.x - groups[-1][0].x < 0.35 * space and not _beamed(groups[-1], event):
            groups[-1].append(event)
        else:
            groups.append([event])
    columns: list[Column] = []
    for i, group in enumerate(groups):
        join, part = None, 0.0
        if i:
            away = (group[0].x - groups[i - 1][-1].x) / space
            part = 0.8 * max(0.9 - away, 0)
            if away < 2.0 and not any(_beamed(groups[i - 1], e) for e in group):
                join = _join_price(groups[i - 1], group, away)
        columns.append(Column(group[0].x, tuple(sorted(group, key=lambda e: (e.staff, -e.position))), join, part))
    return columns


def _join_price(before: Sequence[Event], group: Sequence[Event], away: float) -> float | None:
    """What it costs that two neighbouring columns, `away` spaces apart, sound together."""
    same = [(e, f) for e in group for f in before if e.staff == f.staff]
    if not same:
        return 1.2 * max(away - 0.6, 0) if away < 1.4 else None
    # Voices of one staff: stems part, or of three voices do not; a rest that precedes a note in line with it.
    alike = any(e.up is not None and e.up == f.up for e, f in same)
    in_line = any((e.rest is None) != (f.rest is None) and _level(e, f) for e, f in same)
    if (alike and away > 1.3) or (in_line and away > 0.6):
        return None
    return 0.3 + 0.4 * alike + 0.4 * max(away - 1.3, 0)


def _level(e: Event, f: Event) -> bool:
    """Whether a rest stands at the height of a chord, so that one voice would play both."""
    rest, chord = (e, f) if e.rest is not None else (f, e)
    assert rest.rest is not None
    row = rest.rest.box.center[0]
    tips = [p[0] for p in chord.stem.points] if chord.stem is not None else []
    rows = [h.box.center[0] for h in chord.heads] + tips
    return min(rows) - rest.rest.box.height / 2 < row < max(rows) + rest.rest.box.height / 2


def _side_by_side(events: Sequence[Event], space: float) -> list[Event]:
    """Events with the column they sound in: heads of two voices that would collide stand side by side, their stems
    in one line or a head apart; the right one is moved to the left one's column."""
    moved: list[Event] = []
    for e in events:
        x = e.x
        for f in events:
            if f.staff != e.staff or f.up is None or e.up is None or f.up == e.up or not e.heads or not f.heads:
                continue
            apart = (e.x - f.x) / space
            close = min(abs(a.box.center[0] - b.box.center[0]) for a in e.heads for b in f.heads) < 0.75 * space
            in_line = e.stem is not None and f.stem is not None and (
                abs(e.stem.points[0][1] - f.stem.points[0][1]) < 0.35 * space
            )
            if 0.25 < apart < 1.6 and (close or in_line) and not _beamed([f], e):
                x = min(x, f.x)
        moved.append(e if x == e.x else replace(e, x=x))
    return moved


def _beamed(before: Sequence[Event], event: Event) -> bool:
    """Whether an event cannot sound together with those of a column: one beam joins it to one of them."""
    return any(e.group is not None and e.group == event.group and e.staff == event.staff for e in before)
