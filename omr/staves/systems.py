"""Which staves sound together: systems from what joins staves at the sight of a reader - lines, braces and brackets.

Evidence comes first: an upright line that bridges the gap between two staves, or a brace or bracket beside them. Where
a gap has none (a faint page edge), two weaker signs decide: bar lines that stand at the same columns in both staves,
and the size that the page's other systems have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from omr.types import Staff, Stroke, Symbol, System

SAME_COLUMN = 0.6
"""Greatest distance of the columns of two uprights that are one line, in staff spaces."""
LEAST_COVERED = 0.75
"""Least share of the gap between two staves that a line covers which joins them."""
LONGEST_HOLE = 5.0
"""Longest piece, in staff spaces, that a line may lack within the gap it bridges. In a wide gap the lines of two
systems cover as much together as one that is broken, but leave more than this between them."""
EDGE_DISTANCE = 2.0
"""Greatest distance, in staff spaces, of the system's edge line from the end of a staff; farther in are bar lines."""
END_MOVED = 12.0
"""Greatest distance, in staff spaces, by which the traced end of a staff is moved to the end of its system."""
OSSIA = -1
"""`Staff.system` of a staff that is in no system."""
OSSIA_SIZE = 0.85
"""Staff space, as a part of the page's usual one, below which a staff of its own is an ossia."""
WIDER_GAP = 1.3
"""A gap wider than the widest joined one of the page by this factor hardly lies within a system."""


@dataclass(frozen=True)
class _Gap:
    """Two staves, one below the other, and the columns of the lines that bridge the room between them.

    edge: the system's own line at the left. inner: bar lines.
    """

    upper: int
    lower: int
    height: float
    edge: tuple[float, ...]
    inner: tuple[float, ...]


def group_systems(
    staves: Sequence[Staff], strokes: Sequence[Stroke], symbols: Sequence[Symbol]
) -> tuple[list[Staff], list[System]]:
    """The staves with their systems set, and the systems from the top, with what joins their staves.

    A small staff that stands alone (an ossia: another reading of the staff below) is of system `OSSIA`, which is none.
    strokes: bar lines and brackets count, others are passed over. symbols: `brace` counts.
    """
    if not staves:
        return [], []
    brackets = [(s, run) for s, run in ((s, _bracketed(staves, s)) for s in strokes if s.kind == "bracket") if run]
    beside = {s.id for s, _ in brackets}
    uprights = [s for s in strokes if s.kind in ("barline", "bracket") and s.box.height > 2 * s.box.width
                and s.id not in beside]
    gaps = [_gap(staves, i, j, uprights) for i, j in _neighbours(staves)]
    # The detector takes a bracket for a brace now and then.
    curly = [s for s in symbols if s.name == "brace" and not any(_same_place(s, b) for b, _ in brackets)]
    braces = [run for run in (_braced(staves, s) for s in curly) if len(run) > 1]
    joined = {(g.upper, g.lower) for g in gaps if _bridged(g)}
    open_gaps = _open(gaps, joined)
    runs = [*braces, *(run for _, run in brackets)]
    joined |= {(g.upper, g.lower) for g in open_gaps for run in runs if g.upper in run and g.lower in run}
    joined |= _by_alignment(staves, open_gaps, uprights, symbols, is_alone=not joined)
    joined |= _by_size(staves, gaps, joined)
    groups = [g for g in _components(len(staves), joined) if not _is_ossia(g, staves)]
    systems = [System(i, tuple(group), brackets=tuple(sorted({r for _, r in brackets if set(r) <= set(group)})))
               for i, group in enumerate(groups)]
    systems = [replace(s, braces=_braces_of(s, braces, gaps, staves, symbols)) for s in systems]
    systems = [replace(s, through=_through(s, gaps, staves, uprights)) for s in _same_braces(systems)]
    system_of = {staff: s.index for s in systems for staff in s.staves}
    marked = [replace(staff, system=system_of.get(staff.index, OSSIA)) for staff in staves]
    for system in systems:
        for staff in _aligned([marked[i] for i in system.staves], gaps):
            marked[staff.index] = staff
    return marked, systems


def _aligned(staves: Sequence[Staff], gaps: Sequence[_Gap]) -> list[Staff]:
    """The staves of a system with the system's ends: its outermost joining lines, or else the longest staff's."""
    if len(staves) == 1:
        return list(staves)
    members = {s.index for s in staves}
    inside = [g for g in gaps if g.upper in members and g.lower in members]
    lefts = [c for g in inside for c in g.edge] or [s.left for s in staves]
    near = EDGE_DISTANCE * staves[0].space_px
    rights = [c for g in inside for c in g.inner if any(abs(c - s.right) < near for s in staves)]
    rights = rights or [s.right for s in staves]
    out = []
    for staff in staves:
        reach = END_MOVED * staff.space_px
        left, right = min(lefts), max(rights)
        left = left if abs(left - staff.left) < reach else staff.left
        right = right if abs(right - staff.right) < reach else staff.right
        out.append(staff if (left, right) == (staff.left, staff.right) else _stretched(staff, left, right))
    return out


def _stretched(staff: Staff, left: float, right: float) -> Staff:
    """The staff from left to right; its lines go on as they end."""
    k = staff.lines.shape[1]
    old, new = np.linspace(staff.left, staff.right, k), np.linspace(left, right, k)
    n = min(8, k)
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
    return staff.space_px < OSSIA_SIZE * usual and staff.right - staff.left < 0.95 * length


def _neighbours(staves: Sequence[Staff]) -> list[tuple[int, int]]:
    """(upper, lower) indices of staves directly below each other, sharing most of their width."""
    pairs = []
    for i, upper in enumerate(staves):
        below = [
            (lower.box.top, j) for j, lower in enumerate(staves)
            if lower.box.center[0] > upper.box.bottom and _shared(upper, lower) > 0.5
        ]
        if below:
            pairs.append((i, min(below)[1]))
    return pairs


def _shared(a: Staff, b: Staff) -> float:
    """Shared width over the narrower staff's width."""
    return (min(a.right, b.right) - max(a.left, b.left)) / min(a.right - a.left, b.right - b.left)


def _column(stroke: Stroke, row: float) -> float:
    rows, cols = [p[0] for p in stroke.points], [p[1] for p in stroke.points]
    order = np.argsort(rows)
    return float(np.interp(row, np.asarray(rows)[order], np.asarray(cols)[order]))


def _gap(staves: Sequence[Staff], i: int, j: int, uprights: Sequence[Stroke]) -> _Gap:
    upper, lower = staves[i], staves[j]
    space = (upper.space_px + lower.space_px) / 2
    left, right = max(upper.left, lower.left), max(upper.right, lower.right)
    columns: list[tuple[float, Stroke]] = []
    for stroke in uprights:
        col = stroke.box.center[1]
        top, bottom = upper.row(-4, col), lower.row(4, col)
        within = stroke.box.bottom > top - space and stroke.box.top < bottom + space
        # What stands further out is the edge of the paper, or of the scan.
        if within and min(upper.left, lower.left) - 1.5 * space < col < right + EDGE_DISTANCE * space:
            columns.append((_column(stroke, (top + bottom) / 2), stroke))
    columns.sort(key=lambda c: c[0])
    clusters: list[list[tuple[float, Stroke]]] = []
    for column in columns:
        if clusters and column[0] - clusters[-1][-1][0] <= SAME_COLUMN * space:
            clusters[-1].append(column)
        else:
            clusters.append([column])
    found: list[float] = []
    for cluster in clusters:
        middle = float(np.mean([c for c, _ in cluster]))
        if _covered([s for _, s in cluster], upper.row(-4, middle), lower.row(4, middle), space) >= LEAST_COVERED:
            found.append(middle)
    inner = tuple(c for c in found if c > left + EDGE_DISTANCE * space)
    height = lower.row(4, (left + right) / 2) - upper.row(-4, (left + right) / 2)
    return _Gap(i, j, height, tuple(c for c in found if c not in inner), inner)


def _covered(strokes: Sequence[Stroke], top: float, bottom: float, space: float) -> float:
    """Share of the rows from top to bottom that any of the strokes covers; 0 if they touch only one end, or if
    a long piece is missing."""
    if bottom <= top:
        return 1.0
    seen = np.zeros(max(int(bottom - top), 1), bool)
    for s in strokes:
        seen[max(int(s.box.top - top), 0) : max(int(np.ceil(s.box.bottom - top)), 0)] = True
    ends = max(len(seen) // 6, 1)
    if not (seen[:ends].any() and seen[-ends:].any()):
        return 0.0
    holes = np.diff(np.flatnonzero(np.concatenate(([True], seen, [True])))) - 1
    if holes.max() > LONGEST_HOLE * space:
        return 0.0
    return float(seen.mean())


def _bridged(gap: _Gap) -> bool:
    return bool(gap.edge) or len(gap.inner) >= 2


def _braced(staves: Sequence[Staff], brace: Symbol) -> tuple[int, ...]:
    """Indices of the staves a brace embraces: those it covers mostly, to the right of it."""
    box = brace.box
    run = []
    for staff in staves:
        top, bottom = staff.row(4, staff.left), staff.row(-4, staff.left)
        overlap = min(bottom, box.bottom) - max(top, box.top)
        near = abs(box.center[1] - staff.left) < 5 * staff.space_px
        if near and overlap > 0.5 * (bottom - top):
            run.append(staff.index)
    return tuple(run)


def _bracketed(staves: Sequence[Staff], stroke: Stroke) -> tuple[int, ...]:
    """Indices of the staves a square bracket stands left of; none if it is a bracket of another sort."""
    (top, _), (bottom, col) = stroke.points[0], stroke.points[-1]
    run = [s.index for s in staves if -0.3 * s.space_px < s.left - col < 3.5 * s.space_px
           and top < s.row(2, s.left) and bottom > s.row(-2, s.left)]
    return tuple(run) if len(run) > 1 else ()


def _same_place(brace: Symbol, bracket: Stroke) -> bool:
    """Whether a brace was seen where a bracket stands."""
    box, other = brace.box, bracket.box
    across = box.left - box.width < other.center[1] < box.right + box.width
    return across and min(box.bottom, other.bottom) - max(box.top, other.top) > 0.5 * box.height


def _through(
    system: System, gaps: Sequence[_Gap], staves: Sequence[Staff], uprights: Sequence[Stroke]
) -> tuple[int, ...]:
    """Staves of a system whose bar lines mostly run on into the next one."""
    members = set(system.staves)
    return tuple(g.upper for g in gaps if {g.upper, g.lower} <= members and g.inner
                 and 2 * len(g.inner) >= len(_bars(staves[g.upper], uprights)))


def _bars(staff: Staff, uprights: Sequence[Stroke]) -> np.ndarray:
    """Columns of the bar lines that cross a staff, neither of its ends among them."""
    space = staff.space_px
    columns = []
    for s in uprights:
        row, col = s.box.center[0], s.box.center[1]
        if not staff.left + EDGE_DISTANCE * space < col < staff.right - EDGE_DISTANCE * space:
            continue
        top, bottom = staff.row(4, col), staff.row(-4, col)
        if s.box.top < top + space and s.box.bottom > bottom - space and row > top - 60 * space:
            columns.append(col)
    return np.sort(np.asarray(columns, float))


def _open(gaps: Sequence[_Gap], joined: set[tuple[int, int]]) -> list[_Gap]:
    """Gaps about which weaker signs may speak: one of the staves is joined to nothing yet, and the gap is no wider
    than the joined ones are."""
    done = {i for pair in joined for i in pair}
    widest = max((g.height for g in gaps if (g.upper, g.lower) in joined), default=np.inf)
    return [g for g in gaps if not {g.upper, g.lower} <= done and g.height <= WIDER_GAP * widest]


def _by_alignment(
    staves: Sequence[Staff], gaps: Sequence[_Gap], uprights: Sequence[Stroke], symbols: Sequence[Symbol], is_alone: bool
) -> set[tuple[int, int]]:
    """Gaps whose staves have their bar lines at the same columns, at least three of them.

    is_alone: nothing else on the page joins any staves. Then staves are single more likely than not: a chart of four
    bars a line has its bar lines at the same columns too, by chance on some lines or all down the page. Aligned staves
    are believed to be systems only if all are of one size, as those of a choir are, and the staves of a system begin
    with different clefs or stand nearer to each other than to the next system.
    """
    found = set()
    for g in gaps:
        a, b = _bars(staves[g.upper], uprights), _bars(staves[g.lower], uprights)
        if len(a) < 3 or len(b) < 3:
            continue
        distance = np.abs(a[:, None] - b[None, :])
        near = SAME_COLUMN * staves[g.upper].space_px
        if (distance.min(axis=1) < near).mean() > 0.8 and (distance.min(axis=0) < near).mean() > 0.8:
            found.add((g.upper, g.lower))
    if not is_alone or not found:
        return found
    groups = _components(len(staves), found)
    clefs = [_first_clef(s, symbols) for s in staves]
    inside = [g.height for g in gaps if (g.upper, g.lower) in found]
    outside = [g.height for g in gaps if (g.upper, g.lower) not in found]
    is_tight = bool(outside) and max(inside) * WIDER_GAP < min(outside)
    is_mixed = all(len({clefs[i] for i in group} - {None}) > 1 for group in groups)
    return found if len({len(g) for g in groups}) == 1 and (is_tight or is_mixed) else set()


def _by_size(
    staves: Sequence[Staff], gaps: Sequence[_Gap], joined: set[tuple[int, int]]
) -> set[tuple[int, int]]:
    """Fragments that together, gap no wider than usual, have the size of most systems of the page."""
    groups = _components(len(staves), joined)
    sizes = Counter(len(g) for g in groups if len(g) > 1)
    if not sizes:
        return set()
    usual, times = sizes.most_common(1)[0]
    if times < 2:
        return set()
    widest = max(g.height for g in gaps if (g.upper, g.lower) in joined)
    by_pair = {(g.upper, g.lower): g for g in gaps}
    found = set()
    i = 0
    while i < len(groups):
        total, run = len(groups[i]), [groups[i]]
        while total < usual and i + len(run) < len(groups):
            pair = (run[-1][-1], groups[i + len(run)][0])
            if pair not in by_pair or by_pair[pair].height > WIDER_GAP * widest:
                break
            run.append(groups[i + len(run)])
            total += len(run[-1])
        if total == usual and len(run) > 1:
            found |= {(a[-1], b[0]) for a, b in zip(run, run[1:], strict=False)}
            i += len(run)
        else:
            i += 1
    return found


def _components(count: int, joined: set[tuple[int, int]]) -> list[list[int]]:
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
    """Braces seen beside a system; failing that, the pair of staves with bar lines of its own, a piano's."""
    seen = {run for run in braces if set(run) <= set(system.staves)}
    seen = {run for run in seen if not any(set(run) < set(other) for other in seen)}
    if seen:
        return tuple(sorted(seen))
    runs, run = [], [system.staves[0]]
    by_pair = {(g.upper, g.lower): g for g in gaps}
    for a, b in zip(system.staves, system.staves[1:], strict=False):
        gap = by_pair.get((a, b))
        if gap is not None and gap.inner:
            run.append(b)
        else:
            runs.append(run)
            run = [b]
    runs.append(run)
    pairs = [r for r in runs if len(r) == 2 and not any(set(r) <= set(b) for b in system.brackets)]
    return tuple((a, b) for a, b in pairs if _first_clef(staves[a], symbols) != _first_clef(staves[b], symbols))


def _first_clef(staff: Staff, symbols: Sequence[Symbol]) -> str | None:
    clefs = [
        (s.box.left, s.name) for s in symbols
        if s.kind == "clef" and abs(staff.position(*s.box.center)) < 6 and staff.is_opened_by(s)
    ]
    return min(clefs)[1] if clefs else None


def _same_braces(systems: Sequence[System]) -> list[System]:
    """Systems of equal size brace alike: what most of those that show a brace say goes for the others."""
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
