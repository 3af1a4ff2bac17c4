"""Groups staves into systems, whose staves are played together.

Staves are joined by what a reader sees: a vertical line that bridges the gap between two staves, or a brace or bracket
beside them. Where a gap has none of these (at a faint edge of the page, for example), two weaker signs decide: barlines
at the same columns of both staves, and the number of staves in the page's other systems.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from omr.staves.gaps import Gap, Uprights, are_aligned, bar_columns, gap_between, neighbours
from omr.staves.gaps import T as GAPS
from omr.staves.tracing import pages_of_spread
from omr.types import Staff, Stroke, Symbol, System
from omr.types.table import table

OSSIA = -1
"""`Staff.system` of a staff that is in no system."""


@table
class SystemTolerances:
    """Lengths are in staff spaces, unless a field says otherwise. Where a field names no measurement, none is on
    record."""

    # Ends of staves
    clef_outside: float = 20.0
    """A clef may begin this far left of the traced end of its staff, if it stands on no other staff."""
    before_clef: float = 0.7
    """How far before its clef a staff begins in engraved music."""
    clef_near: float = 5.0
    """Greatest distance of a clef's middle from the middle of its staff, in half spaces."""
    end_moved: float = 12.0
    """Greatest distance by which the traced end of a staff is moved to the end of its system."""
    end_knots: int = 8
    """How many knots at the end of a staff determine the direction of its lines beyond that end."""

    # Ossias
    ossia_size: float = 0.85
    """A staff is an ossia if its staff space is less than this part of the usual one ..."""
    ossia_length: float = 0.95
    """... and its length is less than this part of the usual length. A part that is printed small throughout, such as
    the violin above a piano, is as long as its system."""

    # Braces and brackets
    brace_aside: float = 5.0
    """Greatest distance of a brace's middle from the left ends of its staves."""
    brace_cover: float = 0.5
    """A brace covers more than this part of each of its staves."""
    bracket_aside: tuple[float, float] = (-0.3, 3.5)
    """Least and greatest distance of a bracket to the left of its staves (negative: to the right of their left
    ends)."""
    same_place: float = 0.5
    """A brace is really a bracket if a bracket beside it covers more than this part of its height."""

    # Bar lines
    through: float = 0.5
    """A staff's barlines run on into the next staff if at least this share of them do."""

    # Sizes
    wider_gap: float = 1.3
    """A gap that is this many times as wide as the widest joined gap of the page, or wider, is hardly inside a
    system."""
    usual_count: int = 2
    """How many systems must have the same number of staves for that number to be the usual one of the page."""

    clef_position: float = 6.0
    """Greatest distance of the middle of a staff's first clef from the middle line, in half spaces."""


T = SystemTolerances()
"""The tolerances of this stage."""


def group_systems(
    staves: Sequence[Staff], strokes: Sequence[Stroke], symbols: Sequence[Symbol]
) -> tuple[list[Staff], list[System]]:
    """Group the staves of a page into systems.

    Returns the staves with their systems set, their ends moved to those of their systems; and the systems from the top,
    with their braces and brackets. A staff that is smaller and shorter than the others is an ossia, an alternative for
    the staff below, even if its barlines run on into that staff. Its system is `OSSIA`.

    staves: in their order on the page.
    strokes: of any kind; only barlines and brackets are used.
    symbols: of any class; only braces and clefs are used.
    """
    if not staves:
        return [], []
    staves = _with_clefs(staves, symbols)
    space = float(np.median([s.space_px for s in staves]))
    thick = [s for s in strokes if s.kind == "bracket" and s.thickness_px >= GAPS.thickest * space]
    lines = [s for s in strokes if s.id not in {t.id for t in thick}]
    brackets = [(s, run) for s, run in ((s, _bracketed(staves, s)) for s in lines if s.kind == "bracket") if run]
    beside = {s.id for s, _ in brackets}
    uprights = Uprights([s for s in lines if s.kind in ("barline", "bracket") and s.id not in beside
                         and s.box.height > GAPS.upright * s.box.width])
    gaps = [gap_between(staves, i, j, uprights) for i, j in neighbours(staves)]
    # The detector sometimes takes a bracket for a brace.
    curly = [s for s in symbols if s.name == "brace" and not any(_same_place(s, b) for b, _ in brackets)]
    braces = [run for run in (_braced(staves, s) for s in curly) if len(run) > 1]
    runs = [*braces, *(run for _, run in brackets)]
    joined: set[tuple[int, int]] = set()
    for page in pages_of_spread(staves):
        own = {s.index for s in page}
        joined |= _joined(staves, [g for g in gaps if g.upper in own], runs, uprights, symbols)
    groups = [kept for group in _components(len(staves), joined) if (kept := _without_ossias(group, staves))]
    systems = [System(i, tuple(group), brackets=tuple(sorted({r for _, r in brackets if set(r) <= set(group)})))
               for i, group in enumerate(groups)]
    systems = [replace(s, brackets=_with_thick(s, [staves[i] for i in s.staves], thick)) for s in systems]
    systems = [replace(s, braces=_braces_of(s, braces, gaps, staves, symbols)) for s in systems]
    systems = [replace(s, through=_through(s, gaps, staves, uprights)) for s in _same_braces(systems)]
    return _marked(staves, systems, gaps), systems


def _joined(
    staves: Sequence[Staff], gaps: Sequence[Gap], runs: Sequence[Sequence[int]], uprights: Uprights,
    symbols: Sequence[Symbol]
) -> set[tuple[int, int]]:
    """The gaps inside systems of one page, as pairs of staves. runs: the staves of each brace and bracket."""
    joined = {g.pair for g in gaps if g.is_bridged}
    open_gaps = _open(gaps, joined)
    joined |= {g.pair for g in open_gaps for run in runs if g.upper in run and g.lower in run}
    joined |= _by_alignment(staves, open_gaps, uprights, symbols, is_alone=not joined)
    return joined | _by_size(staves, gaps, joined, symbols)


def _marked(staves: Sequence[Staff], systems: Sequence[System], gaps: Sequence[Gap]) -> list[Staff]:
    """The staves with their systems set, their ends moved to those of their systems."""
    system_of = {staff: s.index for s in systems for staff in s.staves}
    marked = [replace(staff, system=system_of.get(staff.index, OSSIA)) for staff in staves]
    for system in systems:
        for staff in _aligned([marked[i] for i in system.staves], gaps):
            marked[staff.index] = staff
    return marked


def _aligned(staves: Sequence[Staff], gaps: Sequence[Gap]) -> list[Staff]:
    """The staves of a system. Their ends are moved to those of the system, if they are near enough.

    On each side, a system ends at the outermost line that joins its staves. Without such a line, it ends at the
    outermost end of its staves.
    """
    if len(staves) == 1:
        return list(staves)
    members = {s.index for s in staves}
    inside = [g for g in gaps if g.upper in members and g.lower in members]
    lefts = [c for g in inside for c in g.edge] or [s.left for s in staves]
    near = GAPS.edge * staves[0].space_px
    rights = [c for g in inside for c in g.inner if any(abs(c - s.right) < near for s in staves)]
    rights = rights or [s.right for s in staves]
    out = []
    for staff in staves:
        reach = T.end_moved * staff.space_px
        left, right = min(lefts), max(rights)
        left = left if abs(left - staff.left) < reach else staff.left
        right = right if abs(right - staff.right) < reach else staff.right
        out.append(staff if (left, right) == (staff.left, staff.right) else _stretched(staff, left, right))
    return out


def _with_clefs(staves: Sequence[Staff], symbols: Sequence[Symbol]) -> list[Staff]:
    """Let staves begin before their clefs. Where its lines are faint, a staff may have been traced only from behind its
    clef."""
    free = [s for s in symbols if s.kind == "clef" and not any(_holds(staff, s) for staff in staves)]
    out = []
    for staff in staves:
        lefts = [clef.box.left - T.before_clef * staff.space_px for clef in free
                 if abs(staff.position(*clef.box.center)) < T.clef_near
                 and 0 < staff.left - clef.box.left < T.clef_outside * staff.space_px]
        out.append(_stretched(staff, min(lefts), staff.right) if lefts else staff)
    return out


def _holds(staff: Staff, clef: Symbol) -> bool:
    """Whether a clef stands on a staff as it was traced."""
    return staff.left <= clef.box.left < staff.right and abs(staff.position(*clef.box.center)) < T.clef_near


def _stretched(staff: Staff, left: float, right: float) -> Staff:
    """The staff with new left and right ends. Beyond the old ends, its lines continue straight."""
    k = staff.lines.shape[1]
    old, new = np.linspace(staff.left, staff.right, k), np.linspace(left, right, k)
    n = min(T.end_knots, k)
    rows = np.array([np.interp(new, old, line) for line in staff.lines])
    for outside, part, end in ((new < old[0], slice(0, n), 0), (new > old[-1], slice(k - n, k), -1)):
        if outside.any():
            slope = np.polyfit(old[part], staff.lines[2, part], 1)[0]
            rows[:, outside] = staff.lines[:, [end]] + slope * (new[outside] - old[end])
    return replace(staff, left=left, right=right, lines=rows)


def _without_ossias(group: Sequence[int], staves: Sequence[Staff]) -> list[int]:
    """The staves of a group that are no ossias. Each staff is compared with the full-sized staves of its group. A staff
    that stands alone is compared with all staves of the page."""

    def is_ossia(staff: Staff, others: Sequence[Staff]) -> bool:
        usual = float(np.median([s.space_px for s in others]))
        length = float(np.median([s.right - s.left for s in others]))
        return staff.space_px < T.ossia_size * usual and staff.right - staff.left < T.ossia_length * length

    if len(group) == 1:
        return [i for i in group if not is_ossia(staves[i], staves)]
    largest = max(staves[i].space_px for i in group)
    full = [staves[i] for i in group if staves[i].space_px >= T.ossia_size * largest]
    return [i for i in group if not is_ossia(staves[i], full)]


def _braced(staves: Sequence[Staff], brace: Symbol) -> tuple[int, ...]:
    """Indices of the staves that a brace joins: the staves near it of whose height it covers most."""
    box = brace.box
    run = []
    for staff in staves:
        top, bottom = staff.row(4, staff.left), staff.row(-4, staff.left)
        overlap = min(bottom, box.bottom) - max(top, box.top)
        near = abs(box.center[1] - staff.left) < T.brace_aside * staff.space_px
        if near and overlap > T.brace_cover * (bottom - top):
            run.append(staff.index)
    return tuple(run)


def _bracketed(staves: Sequence[Staff], stroke: Stroke) -> tuple[int, ...]:
    """Indices of the staves that have a square bracket at their left; none if it is another kind of bracket."""
    nearest, farthest = T.bracket_aside
    (top, _), (bottom, col) = stroke.points[0], stroke.points[-1]
    run = [s.index for s in staves if nearest * s.space_px < s.left - col < farthest * s.space_px
           and top < s.row(2, s.left) and bottom > s.row(-2, s.left)]
    return tuple(run) if len(run) > 1 else ()


def _with_thick(system: System, staves: Sequence[Staff], thick: Sequence[Stroke]) -> tuple[tuple[int, ...], ...]:
    """The brackets of a system, including thick ones. Of a thick bracket, which was traced sideways, only the middle is
    certain: its box may reach into the next system.

    staves: of the system.
    thick: such brackets.
    """
    found = list(system.brackets)
    first, last = staves[0], staves[-1]
    for stroke in thick:
        row, col = stroke.box.center
        nearest, farthest = (limit * first.space_px for limit in T.bracket_aside)
        run = tuple(s.index for s in staves
                    if stroke.box.top < s.row(2, s.left) and stroke.box.bottom > s.row(-2, s.left))
        is_here = first.row(4, first.left) < row < last.row(-4, last.left) and nearest < first.left - col < farthest
        if is_here and len(run) > 1 and not any(set(run) & set(other) for other in found):
            found.append(run)
    return tuple(sorted(found))


def _same_place(brace: Symbol, bracket: Stroke) -> bool:
    """Whether a brace was seen where a bracket is."""
    box, other = brace.box, bracket.box
    across = box.left - box.width < other.center[1] < box.right + box.width
    return across and min(box.bottom, other.bottom) - max(box.top, other.top) > T.same_place * box.height


def _through(
    system: System, gaps: Sequence[Gap], staves: Sequence[Staff], uprights: Uprights
) -> tuple[int, ...]:
    """Staves of a system whose barlines mostly run on into the next staff."""
    members = set(system.staves)
    return tuple(g.upper for g in gaps if {g.upper, g.lower} <= members and g.inner
                 and len(g.inner) >= T.through * len(bar_columns(staves[g.upper], uprights)))


def _open(gaps: Sequence[Gap], joined: set[tuple[int, int]]) -> list[Gap]:
    """Gaps that weaker signs may still join: at least one of the two staves is not joined to any other, and the gap is
    hardly wider than those that are joined already."""
    done = {i for pair in joined for i in pair}
    widest = max((g.height for g in gaps if g.pair in joined), default=np.inf)
    return [g for g in gaps if not {g.upper, g.lower} <= done and g.height <= T.wider_gap * widest]


def _by_alignment(
    staves: Sequence[Staff], gaps: Sequence[Gap], uprights: Uprights, symbols: Sequence[Symbol], is_alone: bool
) -> set[tuple[int, int]]:
    """Gaps, as pairs of staves, whose staves have their barlines at the same columns.

    is_alone: whether nothing else on the page joins any staves. Then each staff is probably a system of its own: on a
    chart with four bars in every line, the barlines may stand at the same columns too, by chance or all down the page.
    So in this case, staves with aligned barlines are only joined under two conditions. All systems must have the same
    number of staves, as in music for a choir. And the staves of each system must begin with different clefs, or stand
    nearer to each other than to the next system.
    """
    found = {g.pair for g in gaps if are_aligned(staves[g.upper], staves[g.lower], uprights)}
    if not is_alone or not found:
        return found
    groups = _components(len(staves), found)
    clefs = [_first_clef(s, symbols) for s in staves]
    inside = [g.height for g in gaps if g.pair in found]
    outside = [g.height for g in gaps if g.pair not in found]
    is_tight = bool(outside) and max(inside) * T.wider_gap < min(outside)
    is_mixed = all(len({clefs[i] for i in group} - {None}) > 1 for group in groups)
    return found if len({len(g) for g in groups}) == 1 and (is_tight or is_mixed) else set()


def _by_size(
    staves: Sequence[Staff], gaps: Sequence[Gap], joined: set[tuple[int, int]], symbols: Sequence[Symbol]
) -> set[tuple[int, int]]:
    """Gaps, as pairs of staves, between neighbouring groups that together have as many staves as most systems of the
    page, and begin with the same clefs. Gaps much wider than those that are joined already stay open."""
    groups = _components(len(staves), joined)
    sizes = Counter(len(g) for g in groups if len(g) > 1)
    if not sizes:
        return set()
    usual, times = sizes.most_common(1)[0]
    if times < T.usual_count:
        return set()
    widest = max(g.height for g in gaps if g.pair in joined)
    by_pair = {g.pair: g for g in gaps}
    clefs = [_first_clef(s, symbols) for s in staves]
    columns = list(zip(*[[clefs[i] for i in g] for g in groups if len(g) == usual], strict=True))
    found = set()
    i = 0
    while i < len(groups):
        total, run = len(groups[i]), [groups[i]]
        while total < usual and i + len(run) < len(groups):
            pair = (run[-1][-1], groups[i + len(run)][0])
            if pair not in by_pair or by_pair[pair].height > T.wider_gap * widest:
                break
            run.append(groups[i + len(run)])
            total += len(run[-1])
        own = [clefs[i] for group in run for i in group]
        if total == usual and len(run) > 1 and all(_may_be(c, seen) for c, seen in zip(own, columns, strict=True)):
            found |= {(a[-1], b[0]) for a, b in zip(run, run[1:], strict=False)}
            i += len(run)
        else:
            i += 1
    return found


def _may_be(clef: str | None, seen: Sequence[str | None]) -> bool:
    """Whether a staff that begins with this clef may correspond to staves that begin with the clefs `seen` in other
    systems. None stands for a clef that was not seen, and so may be any clef."""
    return clef is None or clef in seen or not any(seen)


def _components(count: int, joined: set[tuple[int, int]]) -> list[list[int]]:
    """The connected components of the numbers 0 to count - 1, where joined pairs are connected."""
    root = list(range(count))

    def find(i: int) -> int:
        while root[i] != i:
            i = root[i]
        return i

    for a, b in joined:
        root[max(find(a), find(b))] = min(find(a), find(b))
    groups: dict[int, list[int]] = {}
    for i in range(count):
        groups.setdefault(find(i), []).append(i)
    return [groups[k] for k in sorted(groups)]


def _braces_of(
    system: System, braces: Sequence[tuple[int, ...]], gaps: Sequence[Gap], staves: Sequence[Staff],
    symbols: Sequence[Symbol],
) -> tuple[tuple[int, ...], ...]:
    """The braces that were seen beside a system. If there are none, every two staves that share barlines with each
    other, but with no further staff, are taken for those of a piano, if no bracket groups them, their clefs differ, and
    neither clef is a C clef."""
    seen = {run for run in braces if set(run) <= set(system.staves)}
    seen = {run for run in seen if not any(set(run) < set(other) for other in seen)}
    if seen:
        return tuple(sorted(seen))
    runs, run = [], [system.staves[0]]
    by_pair = {g.pair: g for g in gaps}
    for a, b in zip(system.staves, system.staves[1:], strict=False):
        gap = by_pair.get((a, b))
        if gap is not None and gap.inner:
            run.append(b)
        else:
            runs.append(run)
            run = [b]
    runs.append(run)
    pairs = [r for r in runs if len(r) == 2 and not any(set(r) <= set(b) for b in system.brackets)]
    clefs = [s for s in symbols if s.kind == "clef"]
    opening = {i: _first_clef(staves[i], clefs) for pair in pairs for i in pair}
    return tuple((a, b) for a, b in pairs if opening[a] != opening[b] and "cClef" not in (opening[a], opening[b]))


def _first_clef(staff: Staff, clefs: Sequence[Symbol]) -> str | None:
    """The name of the clef that opens a staff; None if none was seen."""
    own = [
        (s.box.left, s.name) for s in clefs
        if staff.is_opened_by(s) and abs(staff.position(*s.box.center)) < T.clef_position
    ]
    return min(own)[1] if own else None


def _same_braces(systems: Sequence[System]) -> list[System]:
    """The same systems, where all systems with the same number of staves get the same braces: the commonest that were
    seen."""
    by_size: dict[int, Counter[tuple[tuple[int, ...], ...]]] = {}
    for s in systems:
        pattern = tuple(tuple(s.staves.index(i) for i in run) for run in s.braces)
        if pattern:
            by_size.setdefault(len(s.staves), Counter())[pattern] += 1
    out = []
    for s in systems:
        votes = by_size.get(len(s.staves))
        if votes:
            pattern = votes.most_common(1)[0][0]
            s = replace(s, braces=tuple(tuple(s.staves[i] for i in run) for run in pattern))
        out.append(s)
    return out
