"""The columns of a bar: what is above or below each other in a system, and so sounds together.

Engravers align what sounds together by its left edge, but not exactly, and noteheads of two voices that would collide
are put side by side. So two neighbouring columns may sound together after all. `omr.music.rhythm` decides whether they
do; here each column gets the price of both answers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from omr.music.events import TICKS, Event
from omr.types.table import table


@table
class ColumnTolerances:
    """Distances between the left edges of columns, in staff spaces, unless said otherwise; and prices, in the unit of
    `omr.music.prices.Prices`. Set by hand; none is a measured optimum. A notehead is about 1.2 spaces wide.

    One column:
      same_column: events closer than this are one column. It is less than a third of a notehead, as much as print may
        be out of line.
      out_of_line: events of two staves farther apart than this may be two columns: half a pixel.
    Two columns that may sound one after the other (`Column.later_price`):
      easily_apart: two columns at least this far apart may do so for free. It is nearly the width of a notehead,
        because notes that follow each other do not overlap.
      later_per_space: price for each staff space by which they are closer.
    Two columns that may sound together (`Column.join_price`):
      most_together: at this distance or more they never do.
      most_on_staves: the same if no two of their events share a staff. Noteheads on several staves need not avoid each
        other, so they are aligned more exactly. In old prints they are up to 1.5 spaces out of line: Beethoven, op. 10
        no. 2, first movement, measure 22.
      free_on_staves: such columns sound together for free up to this distance.
      per_space_on_staves: price for each staff space by which they are farther apart.
      beside: distance of two noteheads that are side by side because they would collide: a notehead and a little space.
      on_staff: price of sounding together on one staff.
      same_stems: added if the stems of two events point in the same direction, as those of two notes of one voice do.
      per_space_on_staff: added for each staff space beyond `beside`.
      in_line: a rest at the height of a chord, farther from it than this, is of its voice and never sounds with it.
    Noteheads side by side, of two voices on one staff:
      beside_from, beside_to: least and greatest distance of such noteheads: more than print may be out of line, and up
        to the width of a notehead and a little space. In tight print the next note of a voice is as near as 1.5.
      beside_long: greatest distance if the left one is a quarter or longer and the stems point in the same direction.
        Its stem is between the noteheads, and the next note of its voice would not be so near.
      beside_unison: the same for two notes of a quarter or longer in one row, with the left stem up and the right one
        down: these are one pitch of two voices. Two in old prints were 1.7 apart.
      beside_in_line: the same for two noteheads with stems in one line: they belong to two voices. On scans, if the
        noteheads would not collide, and another chord of the staff is in the column of the right one, the stems are in
        one line by chance.
      beside_dotted: the same for two noteheads in one row, the left one with a dot, which is between them.
      beside_drawn_dot: the same on drawn pages, for noteheads that would collide: the second directly follows the dot.
        On scans, the left note must be a half note, and the right one a quarter or longer: no next note of a voice
        would follow a half note so closely.
      beside_whole: on drawn pages, greatest gap between a whole note and a notehead beside it.
      beside_drawn: the same as `beside` on drawn pages, for a third voice: no program sets notes of one voice so close.
      one_line: chords on one staff with stems in the same direction are moved together if they are no farther apart.
      one_row: noteheads are in one row if the vertical distance of their middles is less than this.
      one_pitch: the same for two that are certainly one pitch: the next pitch is half a space away.
      colliding: noteheads would collide if the vertical distance of their middles is less than this.
      rest_over_head: on drawn pages, greatest distance between the middles of a rest and of the notehead above or below
        it. LilyPond sets rests in this way, so they begin to the left of the notehead.
      stems_in_line: greatest distance between two stems that are drawn as one line.
    Notes that sound with the first notes of a bar, although they are farther right:
      pushed_from_first: greatest distance of a note that would collide with these, if another staff begins in line with
        that note.
      grace_in_line: the first note of a staff may be farther right because its grace notes are in its place. Greatest
        distance between the first of these grace notes and the first note of the bar on another staff. (They sound
        before the first beat, or take their time from it.)
    """

    same_column: float = 0.35
    out_of_line: float = 0.05
    easily_apart: float = 0.9
    later_per_space: float = 0.8
    most_together: float = 2.0
    most_on_staves: float = 1.8
    free_on_staves: float = 0.6
    per_space_on_staves: float = 1.2
    beside: float = 1.3
    on_staff: float = 0.3
    same_stems: float = 0.4
    per_space_on_staff: float = 0.4
    in_line: float = 0.6
    beside_from: float = 0.25
    beside_to: float = 1.4
    beside_long: float = 1.8
    beside_unison: float = 1.9
    beside_in_line: float = 1.6
    beside_dotted: float = 2.6
    grace_in_line: float = 0.8
    pushed_from_first: float = 2.4
    beside_drawn_dot: float = 2.2
    beside_whole: float = 0.1
    beside_drawn: float = 1.6
    one_line: float = 0.05
    one_row: float = 0.2
    one_pitch: float = 0.3
    colliding: float = 0.75
    rest_over_head: float = 0.15
    stems_in_line: float = 0.35


T = ColumnTolerances()


@dataclass(frozen=True)
class Column:
    """Events that sound together.

    x: pixel column of the leftmost.
    events: sorted by staff, on each staff from the top.
    join_price: price of sounding together with the column before; None if that is impossible.
    later_price: price of sounding after that column. Columns close together seldom sound at two times.

    Prices are in the unit of `omr.music.prices.Prices`.
    """

    x: float
    events: tuple[Event, ...]
    join_price: float | None
    later_price: float


def make_columns(events: Sequence[Event], space: float, exact: bool = False) -> list[Column]:
    """The columns of a bar, from left to right.

    events: of all staves of a system.
    space: the staff space in pixels.
    exact: whether events of two staves that are slightly out of line are two columns, as where one staff plays three
        notes against two or four on the other.
    """
    groups: list[list[Event]] = []
    for event in sorted(_side_by_side(events, space), key=lambda e: e.x):
        near = groups and event.x - groups[-1][0].x < T.same_column * space
        is_apart = exact and near and _out_of_line(groups[-1], event, space)
        if near and not is_apart and not _beamed(groups[-1], event) and not _at_another_time(groups[-1], event):
            groups[-1].append(event)
        else:
            groups.append([event])
    columns: list[Column] = []
    for i, group in enumerate(groups):
        join_price, later_price = None, 0.0
        if i:
            away = (group[0].x - groups[i - 1][-1].x) / space
            later_price = T.later_per_space * max(T.easily_apart - away, 0)
            away -= _pushed_apart(groups[i - 1], group, space) / space
            if away < T.most_together and not any(_beamed(groups[i - 1], e) for e in group):
                join_price = _join_price(groups[i - 1], group, away)
        from_top = sorted(group, key=lambda e: (e.staff, -e.position))
        columns.append(Column(group[0].x, tuple(from_top), join_price, later_price))
    return columns


def _pushed_apart(before: Sequence[Event], group: Sequence[Event], space: float) -> float:
    """By how many pixels accidentals may have pushed a column away from the one before. If two voices sound together,
    and the right one has an accidental, they are this far apart. On a scan this is only assumed if their noteheads
    would collide otherwise."""
    return max((e.ahead for e in group for f in before if e.staff == f.staff
                and (e.exact or e.up is False and f.up and _nearest(e, f) < T.colliding * space)), default=0.0)


def _nearest(e: Event, f: Event) -> float:
    """Least vertical distance between the noteheads of two chords, in pixels."""
    return min(abs(a.box.center[0] - b.box.center[0]) for a in e.heads for b in f.heads)


def _join_price(before: Sequence[Event], group: Sequence[Event], away: float) -> float | None:
    """Price of two neighbouring columns sounding together; None if they cannot. away: staff spaces between them."""
    same = [(e, f) for e in group for f in before if e.staff == f.staff]
    if not same:
        farther = max(away - T.free_on_staves, 0)
        return T.per_space_on_staves * farther if away < T.most_on_staves else None
    alike = any(e.up is not None and e.up == f.up for e, f in same)
    beside = T.beside_drawn if all(e.exact and e.heads and f.heads for e, f in same) else T.beside
    one_voice = any((e.rest is None) != (f.rest is None) and _level(e, f) for e, f in same)
    if (alike and away > beside) or (one_voice and away > T.in_line):
        return None
    farther = max(away - T.beside, 0)
    return T.on_staff + T.same_stems * alike + T.per_space_on_staff * farther


def _level(e: Event, f: Event) -> bool:
    """Whether a rest is at the height of a chord (between the chord's ends), so that one voice plays both."""
    rest, chord = (e, f) if e.rest is not None else (f, e)
    assert rest.rest is not None
    row = rest.rest.box.center[0]
    tips = [p[0] for p in chord.stem.points] if chord.stem is not None else []
    rows = [h.box.center[0] for h in chord.heads] + tips
    return min(rows) - rest.rest.box.height / 2 < row < max(rows) + rest.rest.box.height / 2


def _side_by_side(events: Sequence[Event], space: float) -> list[Event]:
    """The events, each with the `x` of the column in which it sounds.

    Noteheads of two voices on one staff that would collide are side by side, with their stems in one line or a
    notehead's width apart. They sound together, so the right one gets the `x` of the left one. An event of another
    staff that is aligned with the right one gets it too, if its own staff has nothing directly before it.

    There are three more cases. If two long notes of one pitch are farther apart, and the right one is aligned with
    another staff, the left one gets the `x` of the right one. A notehead that was pushed away from the first notes of a
    bar gets their `x`, and so do the staves that begin in line with it. If the grace notes before the first note of a
    staff are aligned with the first notes of the bar, this note gets the `x` of these.
    """
    x_of = {e.id: _leftmost(e, events, space) for e in events}
    moved = [e for e in events if x_of[e.id] < e.x and not e.exact]
    for e in events:
        for f in moved:
            if f.staff != e.staff and x_of[e.id] == e.x and abs(f.x - e.x) < T.same_column * space:
                begins = x_of[f.id] - T.most_on_staves * space
                if not any(g.staff == e.staff and begins < g.x < e.x for g in events):
                    x_of[e.id] = x_of[f.id]
    for left, right in _unisons(events, space):
        if x_of[left.id] == left.x and x_of[right.id] == right.x:
            in_line = any(g.staff != right.staff and abs(g.x - right.x) < T.free_on_staves * space for g in events)
            x_of[left.id if in_line else right.id] = right.x if in_line else left.x
    for e in events:
        if e.exact and x_of[e.id] == e.x and e.up is not None:
            x_of[e.id] = min([x_of[f.id] for f in events if f.staff == e.staff and f.up == e.up
                              and abs(f.x - e.x) < T.one_line * space], default=e.x)
        elif e.exact and e.rest is not None:
            middle = e.rest.box.center[1]
            x_of[e.id] = min([f.x for f in events if f.staff == e.staff
                              and any(abs(h.box.center[1] - middle) < T.rest_over_head * space for h in f.heads)],
                             default=e.x)
    first = min((e.x for e in events), default=0.0)
    of_staff = {staff: min((e for e in events if e.staff == staff), key=lambda e: e.x)
                for staff in {e.staff for e in events}}
    for e in events:
        if _pushed_from_first(e, events, first, of_staff.values(), space):
            x_of |= {f.id: first for f in (e, *of_staff.values()) if abs(f.x - e.x) < T.same_column * space}
    for e in of_staff.values():
        if e.graces and not e.exact and abs(e.x - e.graces - first) < T.grace_in_line * space:
            x_of[e.id] = first
    return [e if x_of[e.id] == e.x else replace(e, x=x_of[e.id]) for e in events]


def _unisons(events: Sequence[Event], space: float) -> Iterator[tuple[Event, Event]]:
    """The pairs of notes (left, right) of two voices that are one pitch side by side, farther apart than colliding
    noteheads are usually set."""
    long = [e for e in events if e.heads and e.ticks >= TICKS and not e.exact]
    for f in long:
        for e in long:
            if (f.staff == e.staff and f.up and e.up is False
                    and T.beside_to * space <= e.x - f.x < T.beside_unison * space
                    and _nearest(e, f) < T.one_pitch * space):
                yield f, e


def _pushed_from_first(
    e: Event, events: Sequence[Event], first: float, of_staff: Collection[Event], space: float
) -> bool:
    """Whether an event sounds with the first notes of a bar, although it is to their right. Its notehead would collide
    with one of theirs, which is alone on its staff; and another staff, which must also begin with the bar, begins in
    line with it.

    first: the `x` of those notes.
    of_staff: the first event of each staff.
    """
    if e.exact or not e.heads or not T.same_column * space <= e.x - first < T.pushed_from_first * space:
        return False
    if not any(f.staff != e.staff and abs(f.x - e.x) < T.same_column * space for f in of_staff):
        return False
    opening = [f for f in events if f.x - first < T.same_column * space]
    if any(f.staff != e.staff or f.ticks < TICKS or f.ticks == e.ticks for f in opening):
        return False
    rows = [h.box.center[0] for f in opening for h in f.heads]
    return any(abs(h.box.center[0] - row) < T.colliding * space for h in e.heads for row in rows)


def _leftmost(e: Event, events: Sequence[Event], space: float) -> float:
    """The `x` of an event, or of the leftmost notehead of another voice beside which it stands."""
    x = e.x
    if not e.heads or e.up is None:
        return x
    farthest = max(T.beside_long, T.beside_dotted, T.beside_drawn_dot, T.beside_in_line, T.beside_to)
    for f in events:
        if f.staff != e.staff or not f.heads:
            continue
        if f.up is None:
            if e.exact and _beside_whole(f, e, space):
                x = min(x, f.x)
            continue
        apart = (e.x - f.x) / space
        if not T.beside_from < apart < farthest:  # most events are farther away, and comparing noteheads takes long
            continue
        nearest = _nearest(e, f)
        close = nearest < T.colliding * space
        if f.up == e.up:
            is_long = not e.exact and f.ticks >= TICKS and e.ticks != f.ticks
            if is_long and close and apart < T.beside_long:
                x = min(x, f.x)
            continue
        in_line = e.stem is not None and f.stem is not None and (
            abs(e.stem.points[0][1] - f.stem.points[0][1]) < T.stems_in_line * space
        )
        over_dot = f.dots > e.dots and f.up and nearest < T.one_row * space
        over_drawn_dot = e.exact and f.dots > e.dots and f.up
        over_near_dot = close and f.dots > e.dots and f.up and f.base > TICKS and e.ticks >= TICKS
        beside = apart < (T.beside_dotted if over_dot else T.beside_drawn_dot if over_drawn_dot or over_near_dot
                          else T.beside_in_line if in_line else T.beside_to)
        if beside and (close or in_line and (e.exact or not _stands_over(e, events, space))) and not _beamed([f], e):
            x = min(x, f.x)
    return x


def _stands_over(e: Event, events: Sequence[Event], space: float) -> bool:
    """Whether another chord of its staff is in a chord's column. Then this chord was not moved there from another
    column."""
    return any(f is not e and f.staff == e.staff and f.heads and abs(f.x - e.x) < T.same_column * space for f in events)


def _beside_whole(whole: Event, event: Event, space: float) -> bool:
    """Whether an event on a drawn page is to the right of whole notes only because their noteheads would collide."""
    gap = min(h.box.left for h in event.heads) - max(h.box.right for h in whole.heads)
    nearest = _nearest(event, whole)
    return -T.beside_from * space < gap < T.beside_whole * space and nearest < T.colliding * space


def _out_of_line(before: Sequence[Event], event: Event, space: float) -> bool:
    """Whether an event is slightly beside a column that has no other event on its staff."""
    return event.x - before[-1].x > T.out_of_line * space and all(e.staff != event.staff for e in before)


def _at_another_time(before: Sequence[Event], event: Event) -> bool:
    """Whether a person said that an event begins at another time than one in a column."""
    if event.given is None or event.given.onset is None:
        return False
    return any(e.given is not None and e.given.onset not in (None, event.given.onset) for e in before)


def _beamed(before: Sequence[Event], event: Event) -> bool:
    """Whether a beam joins an event to one of a column on its staff, so that they sound one after the other."""
    return any(e.group is not None and e.group == event.group and e.staff == event.staff for e in before)
