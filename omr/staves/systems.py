"""Groups staves into systems, whose staves are played together.

Staves are joined by what a reader sees: an upright line that bridges the gap between two staves, or a brace or bracket
beside them. Where a gap has none of these, as at a faint edge of a page, two weaker signs decide: bar lines at the same
columns in both staves, and the number of staves in the page's other systems.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from omr.staves.tracing import pages_of_spread
from omr.types import Staff, Stroke, Symbol, System

OSSIA = -1
"""`Staff.system` of a staff that is in no system."""


@dataclass(frozen=True)
class SystemTolerances:
    """Lengths in staff spaces, unless said otherwise, and shares. Where a field names no measurement, none is on
    record."""

    # Lines that join staves
    upright: float = 2.0
    """A stroke is upright if its height is more than this many times its width."""
    shared_width: float = 0.5
    """Of two staves one is below the other if they share more than this part of the narrower one's width."""
    near_gap: float = 1.0
    """Farthest from the gap between two staves, up or down, that the end of a stroke may be that stands in it."""
    same_column: float = 0.6
    """Greatest distance of the columns of two uprights that are one line."""
    covered: float = 0.75
    """Least share of the gap between two staves that a line covers which joins them."""
    gap_end: int = 6
    """Such a line must show in the first and in the last of this many parts of the gap."""
    longest_hole: float = 5.0
    """Longest piece that a line may lack within the gap it bridges. In a wide gap the lines of two systems cover as
    much together as one that is broken, but leave more than this between them."""
    paper_edge: float = 1.5
    """Lines farther left of both staves than this are the edge of the paper, or of the scan."""
    edge: float = 2.0
    """Greatest distance from the end of a staff at which its system's first or last line stands. Lines farther in are
    bar lines."""
    joining_bars: int = 2
    """This many bar lines that run through a gap join its staves, if the system's first line is lost."""

    # Ends of staves
    clef_outside: float = 20.0
    """Farthest left of a staff's traced end that a clef begins which no other staff holds."""
    before_clef: float = 0.7
    """How far before its clef a staff begins, as engraved."""
    clef_near: float = 5.0
    """Greatest distance of a clef's middle from the middle of its staff, in half spaces."""
    end_moved: float = 12.0
    """Greatest distance by which the traced end of a staff is moved to the end of its system."""
    end_knots: int = 8
    """How many knots at the end of a staff tell where its lines go on beyond it."""

    # Ossias
    ossia_size: float = 0.85
    """A staff of its own is an ossia if its staff space is less than this part of the page's usual one ..."""
    ossia_length: float = 0.95
    """... and its length less than this part of the usual length."""

    # Braces and brackets
    brace_aside: float = 5.0
    """Greatest distance of a brace's middle from the left ends of its staves."""
    brace_cover: float = 0.5
    """A brace covers more than this part of each of its staves."""
    bracket_aside: tuple[float, float] = (-0.3, 3.5)
    """Least and greatest distance of a bracket to the left of its staves (less than 0: to the right of their ends)."""
    same_place: float = 0.5
    """A brace is a bracket seen as a brace if a bracket beside it covers more than this part of its height."""

    # Bar lines
    bar_end: float = 1.0
    """A bar line may begin this far below a staff's top line, and end this far above its bottom line."""
    bar_above: float = 60.0
    """A stroke whose middle is farther than this above a staff is no bar line of it."""
    through: float = 0.5
    """Bar lines run on into the next staff if at least this share of them do."""
    aligned_bars: int = 3
    """Least number of bar lines of each of two staves that are compared."""
    aligned: float = 0.8
    """Bar lines are aligned if more than this share of them, on either staff, have one on the other staff."""

    # Sizes
    wider_gap: float = 1.3
    """A gap hardly lies within a system if it is wider than the widest joined one of the page by this factor."""
    usual_count: int = 2
    """Least number of systems of a size before that size is the page's usual one."""

    clef_position: float = 6.0
    """Farthest from the middle line, in half spaces, that the middle of a staff's first clef may be."""


T = SystemTolerances()
"""The tolerances of this stage."""


@dataclass(frozen=True)
class _Gap:
    """The room between two staves, one below the other, and the upright lines that bridge it.

    upper, lower: indices of the staves. height: in pixels. edge: columns of the line at the system's left end. inner:
    columns of bar lines.
    """

    upper: int
    lower: int
    height: float
    edge: tuple[float, ...]
    inner: tuple[float, ...]

    @property
    def pair(self) -> tuple[int, int]:
        """The indices of its staves."""
        return self.upper, self.lower

    @property
    def is_bridged(self) -> bool:
        """Whether its lines join its staves."""
        return bool(self.edge) or len(self.inner) >= T.joining_bars


class _Uprights:
    """Upright strokes with the edges of their boxes, and their middle columns, as arrays (N,), in pixels."""

    def __init__(self, strokes: Sequence[Stroke]):
        self.strokes = list(strokes)
        boxes = [s.box for s in strokes]
        self.top, self.bottom = (np.array(v, float) for v in ([b.top for b in boxes], [b.bottom for b in boxes]))
        self.col = np.array([b.center[1] for b in boxes], float)


def _rows(staff: Staff, position: float, cols: np.ndarray) -> np.ndarray:
    """`Staff.row` at many columns at once: the rows (N,) of a staff position at columns (N,)."""
    last = staff.lines.shape[1] - 1
    x = np.clip((cols - staff.left) / (staff.right - staff.left) * last, 0, last)
    i = np.minimum(x.astype(int), last - 1)
    rows = staff.lines[:, i] + (staff.lines[:, i + 1] - staff.lines[:, i]) * (x - i)
    return np.asarray(rows[2] - position * (rows[4] - rows[0]) / 8)


def group_systems(
    staves: Sequence[Staff], strokes: Sequence[Stroke], symbols: Sequence[Symbol]
) -> tuple[list[Staff], list[System]]:
    """Group the staves of a page into systems.

    staves: in their order on the page. strokes: of any kind; those of kind "barline" and "bracket" count. symbols: of
    any name; braces and clefs count.
    Returns the staves with their systems set and their ends moved to those of their systems; and the systems from the
    top, with their braces and brackets. A small staff that stands alone is an ossia, another reading of the staff
    below: its system is `OSSIA`.
    """
    if not staves:
        return [], []
    staves = _with_clefs(staves, symbols)
    brackets = [(s, run) for s, run in ((s, _bracketed(staves, s)) for s in strokes if s.kind == "bracket") if run]
    beside = {s.id for s, _ in brackets}
    uprights = _Uprights([s for s in strokes if s.kind in ("barline", "bracket") and s.id not in beside
                          and s.box.height > T.upright * s.box.width])
    gaps = [_gap(staves, i, j, uprights) for i, j in _neighbours(staves)]
    # The detector sometimes takes a bracket for a brace.
    curly = [s for s in symbols if s.name == "brace" and not any(_same_place(s, b) for b, _ in brackets)]
    braces = [run for run in (_braced(staves, s) for s in curly) if len(run) > 1]
    runs = [*braces, *(run for _, run in brackets)]
    joined: set[tuple[int, int]] = set()
    for page in pages_of_spread(staves):
        own = {s.index for s in page}
        joined |= _joined(staves, [g for g in gaps if g.upper in own], runs, uprights, symbols)
    groups = [g for g in _components(len(staves), joined) if not _is_ossia(g, staves)]
    systems = [System(i, tuple(group), brackets=tuple(sorted({r for _, r in brackets if set(r) <= set(group)})))
               for i, group in enumerate(groups)]
    systems = [replace(s, braces=_braces_of(s, braces, gaps, staves, symbols)) for s in systems]
    systems = [replace(s, through=_through(s, gaps, staves, uprights)) for s in _same_braces(systems)]
    return _marked(staves, systems, gaps), systems


def _joined(
    staves: Sequence[Staff], gaps: Sequence[_Gap], runs: Sequence[Sequence[int]], uprights: _Uprights,
    symbols: Sequence[Symbol]
) -> set[tuple[int, int]]:
    """The gaps of one page within systems, as pairs of staves. runs: the staves of each brace and bracket."""
    joined = {g.pair for g in gaps if g.is_bridged}
    open_gaps = _open(gaps, joined)
    joined |= {g.pair for g in open_gaps for run in runs if g.upper in run and g.lower in run}
    joined |= _by_alignment(staves, open_gaps, uprights, symbols, is_alone=not joined)
    return joined | _by_size(staves, gaps, joined, symbols)


def _marked(staves: Sequence[Staff], systems: Sequence[System], gaps: Sequence[_Gap]) -> list[Staff]:
    """The staves with their systems set, and their ends moved to those of their systems."""
    system_of = {staff: s.index for s in systems for staff in s.staves}
    marked = [replace(staff, system=system_of.get(staff.index, OSSIA)) for staff in staves]
    for system in systems:
        for staff in _aligned([marked[i] for i in system.staves], gaps):
            marked[staff.index] = staff
    return marked


def _aligned(staves: Sequence[Staff], gaps: Sequence[_Gap]) -> list[Staff]:
    """The staves of a system, their ends moved to those of the system where these are near enough.

    The system ends at its outermost joining lines, or if there are none, at the outermost ends of its staves.
    """
    if len(staves) == 1:
        return list(staves)
    members = {s.index for s in staves}
    inside = [g for g in gaps if g.upper in members and g.lower in members]
    lefts = [c for g in inside for c in g.edge] or [s.left for s in staves]
    near = T.edge * staves[0].space_px
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
    """Staves that begin before their clefs: where its lines are faint, a staff may have been traced from behind its
    clef on."""
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
    """The staff with new left and right ends. Beyond its old ends its lines go straight on."""
    k = staff.lines.shape[1]
    old, new = np.linspace(staff.left, staff.right, k), np.linspace(left, right, k)
    n = min(T.end_knots, k)
    rows = np.array([np.interp(new, old, line) for line in staff.lines])
    for outside, part, end in ((new < old[0], slice(0, n), 0), (new > old[-1], slice(k - n, k), -1)):
        if outside.any():
            slope = np.polyfit(old[part], staff.lines[2, part], 1)[0]
            rows[:, outside] = staff.lines[:, [end]] + slope * (new[outside] - old[end])
    return replace(staff, left=left, right=right, lines=rows)


def _is_ossia(group: Sequence[int], staves: Sequence[Staff]) -> bool:
    """Whether a group is one staff, smaller and shorter than the page's others."""
    if len(group) > 1:
        return False
    staff, usual = staves[group[0]], float(np.median([s.space_px for s in staves]))
    length = float(np.median([s.right - s.left for s in staves]))
    return staff.space_px < T.ossia_size * usual and staff.right - staff.left < T.ossia_length * length


def _neighbours(staves: Sequence[Staff]) -> list[tuple[int, int]]:
    """(upper, lower) indices of staves directly below each other, sharing most of their width."""
    pairs = []
    for i, upper in enumerate(staves):
        below = [
            (lower.box.top, j) for j, lower in enumerate(staves)
            if lower.box.center[0] > upper.box.bottom and _shared(upper, lower) > T.shared_width
        ]
        if below:
            pairs.append((i, min(below)[1]))
    return pairs


def _shared(a: Staff, b: Staff) -> float:
    """The width that two staves share, as a part of the narrower one's."""
    return (min(a.right, b.right) - max(a.left, b.left)) / min(a.right - a.left, b.right - b.left)


def _column(stroke: Stroke, row: float) -> float:
    """The column of an upright stroke at a row. Above and below the stroke it is that of its end."""
    rows, cols = [p[0] for p in stroke.points], [p[1] for p in stroke.points]
    order = np.argsort(rows)
    return float(np.interp(row, np.asarray(rows)[order], np.asarray(cols)[order]))


def _gap(staves: Sequence[Staff], i: int, j: int, uprights: _Uprights) -> _Gap:
    """The gap between the staves of indices i (upper) and j (lower)."""
    upper, lower = staves[i], staves[j]
    space = (upper.space_px + lower.space_px) / 2
    left, right = max(upper.left, lower.left), max(upper.right, lower.right)
    found: list[float] = []
    for cluster in _clusters(_in_gap(upper, lower, uprights), T.same_column * space):
        middle = float(np.mean([c for c, _ in cluster]))
        if _covered([s for _, s in cluster], upper.row(-4, middle), lower.row(4, middle), space) >= T.covered:
            found.append(middle)
    inner = tuple(c for c in found if c > left + T.edge * space)
    height = lower.row(4, (left + right) / 2) - upper.row(-4, (left + right) / 2)
    return _Gap(i, j, height, tuple(c for c in found if c not in inner), inner)


def _in_gap(upper: Staff, lower: Staff, uprights: _Uprights) -> list[tuple[float, Stroke]]:
    """The uprights in or near the gap between two staves, from the left, each with its column in the gap's middle."""
    space = (upper.space_px + lower.space_px) / 2
    leftmost = min(upper.left, lower.left) - T.paper_edge * space
    rightmost = max(upper.right, lower.right) + T.edge * space
    top, bottom = _rows(upper, -4, uprights.col), _rows(lower, 4, uprights.col)
    within = (uprights.bottom > top - T.near_gap * space) & (uprights.top < bottom + T.near_gap * space)
    within &= (leftmost < uprights.col) & (uprights.col < rightmost)
    middle = (top + bottom) / 2
    columns = [(_column(uprights.strokes[i], middle[i]), uprights.strokes[i]) for i in np.flatnonzero(within)]
    return sorted(columns, key=lambda c: c[0])


def _clusters(columns: Sequence[tuple[float, Stroke]], within: float) -> list[list[tuple[float, Stroke]]]:
    """Groups of strokes whose columns, in order, follow each other at most `within` apart."""
    clusters: list[list[tuple[float, Stroke]]] = []
    for column in columns:
        if clusters and column[0] - clusters[-1][-1][0] <= within:
            clusters[-1].append(column)
        else:
            clusters.append([column])
    return clusters


def _covered(strokes: Sequence[Stroke], top: float, bottom: float, space: float) -> float:
    """Share of the rows from top to bottom that any of the strokes covers; 0 if they reach only one end, or if a long
    piece is missing. space: the staff space in pixels."""
    if bottom <= top:
        return 1.0
    seen = np.zeros(max(int(bottom - top), 1), bool)
    for s in strokes:
        seen[max(int(s.box.top - top), 0) : max(int(np.ceil(s.box.bottom - top)), 0)] = True
    ends = max(len(seen) // T.gap_end, 1)
    if not (seen[:ends].any() and seen[-ends:].any()):
        return 0.0
    holes = np.diff(np.flatnonzero(np.concatenate(([True], seen, [True])))) - 1
    if holes.max() > T.longest_hole * space:
        return 0.0
    return float(seen.mean())


def _braced(staves: Sequence[Staff], brace: Symbol) -> tuple[int, ...]:
    """Indices of the staves that a brace joins: those near it of whose height it covers most."""
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
    """Indices of the staves that a square bracket stands left of; none if it is a bracket of another kind."""
    nearest, farthest = T.bracket_aside
    (top, _), (bottom, col) = stroke.points[0], stroke.points[-1]
    run = [s.index for s in staves if nearest * s.space_px < s.left - col < farthest * s.space_px
           and top < s.row(2, s.left) and bottom > s.row(-2, s.left)]
    return tuple(run) if len(run) > 1 else ()


def _same_place(brace: Symbol, bracket: Stroke) -> bool:
    """Whether a brace was seen at the place of a bracket."""
    box, other = brace.box, bracket.box
    across = box.left - box.width < other.center[1] < box.right + box.width
    return across and min(box.bottom, other.bottom) - max(box.top, other.top) > T.same_place * box.height


def _through(
    system: System, gaps: Sequence[_Gap], staves: Sequence[Staff], uprights: _Uprights
) -> tuple[int, ...]:
    """Staves of a system whose bar lines mostly run on into the next one."""
    members = set(system.staves)
    return tuple(g.upper for g in gaps if {g.upper, g.lower} <= members and g.inner
                 and len(g.inner) >= T.through * len(_bars(staves[g.upper], uprights)))


def _bars(staff: Staff, uprights: _Uprights) -> np.ndarray:
    """Columns (N,) of the bar lines that cross a staff, in order and without those at its ends."""
    space, col = staff.space_px, uprights.col
    top, bottom = _rows(staff, 4, col), _rows(staff, -4, col)
    crosses = (uprights.top < top + T.bar_end * space) & (uprights.bottom > bottom - T.bar_end * space)
    crosses &= (uprights.top + uprights.bottom) / 2 > top - T.bar_above * space
    inside = (staff.left + T.edge * space < col) & (col < staff.right - T.edge * space)
    return np.sort(col[crosses & inside])


def _open(gaps: Sequence[_Gap], joined: set[tuple[int, int]]) -> list[_Gap]:
    """Gaps that weaker signs may still join: at least one of the two staves is joined to none yet, and the gap is
    hardly wider than those already joined."""
    done = {i for pair in joined for i in pair}
    widest = max((g.height for g in gaps if g.pair in joined), default=np.inf)
    return [g for g in gaps if not {g.upper, g.lower} <= done and g.height <= T.wider_gap * widest]


def _by_alignment(
    staves: Sequence[Staff], gaps: Sequence[_Gap], uprights: _Uprights, symbols: Sequence[Symbol], is_alone: bool
) -> set[tuple[int, int]]:
    """Gaps, as pairs of staves, whose staves have their bar lines at the same columns.

    is_alone: nothing else on the page joins any staves. Then each staff is probably a system of its own: in a chart of
    four bars a line bar lines stand at the same columns too, by chance on some lines or all down the page. So aligned
    staves are taken for systems only if all these have the same number of staves, as in music for a choir, and if the
    staves of each begin with different clefs or stand nearer to each other than to the next system.
    """
    found = {g.pair for g in gaps if _is_aligned(staves[g.upper], staves[g.lower], uprights)}
    if not is_alone or not found:
        return found
    groups = _components(len(staves), found)
    clefs = [_first_clef(s, symbols) for s in staves]
    inside = [g.height for g in gaps if g.pair in found]
    outside = [g.height for g in gaps if g.pair not in found]
    is_tight = bool(outside) and max(inside) * T.wider_gap < min(outside)
    is_mixed = all(len({clefs[i] for i in group} - {None}) > 1 for group in groups)
    return found if len({len(g) for g in groups}) == 1 and (is_tight or is_mixed) else set()


def _is_aligned(upper: Staff, lower: Staff, uprights: _Uprights) -> bool:
    """Whether two staves have nearly all their bar lines at the same columns."""
    a, b = _bars(upper, uprights), _bars(lower, uprights)
    if len(a) < T.aligned_bars or len(b) < T.aligned_bars:
        return False
    is_near = np.abs(a[:, None] - b[None, :]) < T.same_column * upper.space_px
    return bool(is_near.any(axis=1).mean() > T.aligned and is_near.any(axis=0).mean() > T.aligned)


def _by_size(
    staves: Sequence[Staff], gaps: Sequence[_Gap], joined: set[tuple[int, int]], symbols: Sequence[Symbol]
) -> set[tuple[int, int]]:
    """Gaps, as pairs of staves, between neighbouring groups that together have as many staves as most systems of the
    page, and begin with the same clefs. Gaps much wider than those already joined are left open."""
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
    """Whether a staff that begins with a clef may be one that begins with those seen in other systems; None: unseen."""
    return clef is None or clef in seen or not any(seen)


def _components(count: int, joined: set[tuple[int, int]]) -> list[list[int]]:
    """Groups of the numbers below count that the joined pairs connect, directly or through others."""
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
    system: System, braces: Sequence[tuple[int, ...]], gaps: Sequence[_Gap], staves: Sequence[Staff],
    symbols: Sequence[Symbol],
) -> tuple[tuple[int, ...], ...]:
    """The braces seen beside a system. If there are none, every pair of staves with bar lines of its own is taken for a
    piano's, if its clefs differ."""
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
    return tuple((a, b) for a, b in pairs if _first_clef(staves[a], clefs) != _first_clef(staves[b], clefs))


def _first_clef(staff: Staff, clefs: Sequence[Symbol]) -> str | None:
    """The name of the clef that opens a staff; None if none was seen."""
    own = [
        (s.box.left, s.name) for s in clefs
        if abs(staff.position(*s.box.center)) < T.clef_position and staff.is_opened_by(s)
    ]
    return min(own)[1] if own else None


def _same_braces(systems: Sequence[System]) -> list[System]:
    """The systems; those with the same number of staves all get the same braces, the commonest that any of them has."""
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
