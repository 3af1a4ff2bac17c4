"""Finds, by their ink, staves that do not have five lines, and staves of five lines of which a scan lost some.

Percussion staves of one or three lines are read. Tablature is not read from scans, but mentioned in a doubt. A staff
that begins with a treble or bass clef has five lines, even if fewer can be seen, and the place of the clef tells which
ones these are.

The network was trained on staves of five lines. It sees a single line as a haze, in which a staff may be found, and six
lines as a staff of five. So every staff that was found is compared with the ink. Staves with fewer lines are also
looked for above and below the other staves: their lines run parallel to these, and the line at the left of the system
joins them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from omr.staves.tracing import in_order
from omr.types import SPACE_PX, Box, Staff, Symbol
from omr.types.table import table

TAB_SPACING = 1.5
"""Distance of the lines of tablature, as a multiple of the staff space of the staves beside it."""
TAB_LINES = 6
"""Lines of tablature for a guitar."""
BASS_TAB_LINES = 4
"""Lines of tablature for a bass guitar or a ukulele."""


@dataclass(frozen=True)
class LeftOut:
    """Lines that run together, but are not a staff that can be read. lines: how many there are."""

    box: Box
    lines: int

    @property
    def is_tablature(self) -> bool:
        """Whether the lines are the strings of a guitar."""
        return self.lines == TAB_LINES

    @property
    def reason(self) -> str:
        """Why they are left out, as a sentence for the user."""
        if self.is_tablature:
            return "a staff of six lines (tablature) is left out"
        return f"a staff of {self.lines} lines is left out"


CLEF_POSITIONS = {"gClef": 0.0, "fClef": 0.9}
"""Staff position of the middle of a clef on its usual line, by the beginning of the clef's name. On 34 pages, engraved
and scanned, 98 % of 375 clefs stand within 1.1 of it; one line is two positions."""


@table
class FewLineTolerances:
    """Lengths are in staff spaces, unless a field says otherwise. Where a field names no measurement, none is on
    record."""

    # Ink
    contrast: int = 18
    """Least difference, in grey levels, between ink and its surroundings. Thin lines are pale on a page of few pixels,
    and even paler in a photograph."""
    contrast_reach: float = 1.0
    """How far up, down and to the sides of a pixel the mean of its surroundings is taken."""
    least_run: float = 1.5
    """Least length of a piece of line. Noteheads and letters are shorter."""
    sampled_columns: int = 4
    """A line is sampled every so many pixels. It is far longer than that."""

    # Lines of a staff of five
    haze: float = 0.4
    """If the faintest line of a staff has a lower mean probability than this, the staff may have fewer lines. Measured:
    in staves of five lines the faintest has 0.49 and more, even in photographs. Where the network sees five lines
    around a single one, the faintest has 0.31 and less."""
    absent: float = 0.3
    """If a smaller share of a line's length than this is inked, the line does not exist."""
    present: float = 0.75
    """If at least this share of a line's length is inked, the line exists."""
    row: float = 0.2
    """How far above and below its traced row a line is looked for."""
    clef_near: float = 5.0
    """Greatest distance of a clef's middle from the middle of the staff that it opens, in half spaces: two lines."""
    moved_ink: float = 0.9
    """A staff that is moved to where its clef says must keep at least this part of the ink on its lines."""
    enough_ink: float = 2.0
    """Least ink on a staff's lines, in whole lines, that tells where the staff is."""
    few: int = 3
    """A staff with fewer than five lines has at most this many. If more are seen, the missing ones are only too
    faint."""
    wide: float = 1.3
    """If lines are this many times as far apart as those of the page's other staves, they are tablature. `TAB_SPACING`
    is usual. Staves of full size beside small staves are also wider, but they have five lines."""
    hidden: float = 0.5
    """Least share of a line of tablature that is inked: its digits hide the rest."""
    small: float = 0.85
    """Staves are small if they have less than this share of the staff space to which pages are scaled."""

    # Staves of fewer lines
    distance: tuple[float, float] = (2.5, 25.0)
    """Least and greatest distance, within a system, from a staff's outer line to a staff of fewer lines."""
    same_staff: float = 2.0
    """Greatest distance between neighbouring lines of one staff."""
    uneven: float = 0.4
    """The two distances between the lines of a staff of three lines differ by less than this."""
    thickest: int = 8
    """Greatest thickness of a line in the search, in pixels: its own thickness, and one more pixel on either side."""
    ends: float = 12.0
    """How much of a line, at either end of its staff, is checked to see whether the line reaches that end."""
    ends_inked: float = 0.35
    """Least share of that which is inked. Clef and time signature cut a line into pieces shorter than `least_run`."""
    edge_aside: float = 0.5
    """The line that joins the staves of a system is looked for this far left and right of a staff's left end."""
    edge_step: float = 0.25
    """Distance between the columns in which it is looked for."""
    edge_width: float = 0.3
    """Width of the strip that is checked around each of these columns."""
    same_end: float = 0.3
    """On a drawn page, ruled lines are as long as a staff if their ends are this near to its ends."""
    edge_inked: float = 0.95
    """The line joins two staves if more than this share of the rows between them is inked."""


T = FewLineTolerances()
"""The tolerances of this stage."""


@dataclass(frozen=True, eq=False)
class _Ink:
    """The ink of a page. pixels: (H, W) bool, all ink. lines: (H, W) bool, only level pieces of `T.least_run` or
    more."""

    pixels: np.ndarray
    lines: np.ndarray

    def along(self, rows: np.ndarray, cols: np.ndarray, reach: int) -> np.ndarray:
        """Share (...) of the columns in which a line is inked.

        rows: (..., N), the rows of the line at the columns.
        cols: (N,).
        reach: how far from its row ink belongs to the line, in pixels.
        """
        near = np.rint(rows).astype(int)[..., None] + np.arange(-reach, reach + 1)
        return np.asarray(self.lines[near.clip(0, len(self.lines) - 1), cols[:, None]].any(axis=-1).mean(axis=-1))

    def down(self, top: float, bottom: float, col: float, reach: int) -> float:
        """Share of the rows from top to bottom in which there is ink within `reach` pixels of a column."""
        left, right = max(round(col) - reach, 0), round(col) + reach + 1
        strip = self.pixels[max(round(top), 0):max(round(bottom), 0), left:right]
        return float(strip.any(axis=1).mean()) if strip.size else 0.0


def hazy(staff_map: np.ndarray, stride: int, staves: Sequence[Staff]) -> set[int]:
    """Indices of staves that may have fewer than five lines, because the network hardly sees one of their lines.

    staff_map: (H/stride, W/stride) float 0-1, the probability of a staff line.
    stride: pixels per cell of the map.
    """
    near = cv2.dilate(np.asarray(staff_map, np.float32), np.ones((3, 1), np.uint8))
    found = set()
    for staff in staves:
        cols, rows = _course(near.shape[1] * stride, staff)
        at = (rows / stride).astype(int).clip(0, len(near) - 1)
        if near[at, (cols // stride)[None]].mean(axis=1).min() < T.haze:
            found.add(staff.index)
    return found


def settle_lines(
    pixels: np.ndarray, staves: Sequence[Staff], doubted: Collection[int], clefs: Sequence[Symbol] = ()
) -> tuple[list[Staff], list[LeftOut]]:
    """Find out how many lines the staves have, and find staves of fewer lines beside them.

    Returns the staves that can be read, including those of one and three lines, in the order of `in_order`; and the
    groups of lines that are left out.

    pixels: (H, W) uint8, 0 = ink.
    staves: those that were found, each with five lines.
    doubted: indices of staves that may have fewer.
    clefs: the clefs of the page.
    """
    if not staves:
        return [], []
    space = float(np.median([s.space_px for s in staves]))
    window = (2 * round(T.contrast_reach * space) + 1,) * 2
    dark = pixels.astype(np.int16) + T.contrast < cv2.blur(pixels, window)
    kernel = np.ones((1, max(round(T.least_run * space), 3)), np.uint8)
    ink = _Ink(dark, cv2.morphologyEx(dark.view(np.uint8), cv2.MORPH_OPEN, kernel) > 0)
    kept: list[Staff] = []
    left_out: list[LeftOut] = []
    counts = [_count(ink, staff) for staff in staves]
    usual = min((s.space_px for s, count in zip(staves, counts, strict=True) if count == 5), default=0.0)
    for staff, count in zip(staves, counts, strict=True):
        off = _lines_off(staff, clefs)
        if count > 5 and off is not None and staff.space_px < T.wide * usual:
            count = 5  # beams, or the wavy line of a trill, run along the staff
        if off is None and _is_bass_tablature(ink, staff, least=min(s.space_px for s in staves)):
            left_out.append(LeftOut(_whole(staff, staves), BASS_TAB_LINES))
        elif off is not None and count < 6:
            kept.append(_moved(ink, staff, off))
        elif count == 5 or (count < 5 and staff.index not in doubted):
            kept.append(staff)
        elif count > 5:
            left_out.append(LeftOut(_whole(staff, staves), TAB_LINES))
    beside: list[Staff] = []
    for staff in kept:
        for found in _beside(ink, staff, kept):
            if isinstance(found, Staff):
                if not any(found.box.overlaps(box) for box in
                           [*(s.box for s in (*kept, *beside)), *(o.box for o in left_out)]):
                    beside.append(found)
            elif not any(_inside(found.box, other.box) for other in left_out):
                left_out.append(found)
    return in_order([*kept, *beside]), left_out


def _lines_off(staff: Staff, clefs: Sequence[Symbol]) -> int | None:
    """How many lines too low a staff was traced, judged by the place of the G or F clef with which it begins. None if
    it does not begin with such a clef."""
    for clef in clefs:
        position = staff.position(*clef.box.center)
        usual = next((at for name, at in CLEF_POSITIONS.items() if clef.name.startswith(name)), None)
        if usual is not None and abs(position) < T.clef_near and staff.is_opened_by(clef) \
                and clef.box.right > staff.left:
            return round((position - usual) / 2)
    return None


def _moved(ink: _Ink, staff: Staff, lines: int) -> Staff:
    """Move a staff up by some lines, if the lines have about as much ink there: a row of ledger lines may have been
    traced as a staff line.

    If the lines have less ink there, the staff stays. Its clef then stands on an unusual line, or the staff is traced
    wrongly only at its beginning. If less than two lines have ink, nothing can be told.
    """
    if lines == 0:
        return staff
    moved = replace(staff, lines=staff.lines - lines * (staff.lines[4] - staff.lines[0]) / 4)
    reach = max(round(T.row * staff.space_px), 1)
    before, after = (ink.along(rows, cols, reach).sum() for cols, rows in
                     (_course(ink.lines.shape[1], s) for s in (staff, moved)))
    return moved if after >= max(T.moved_ink * before, T.enough_ink) else staff


def settle_ruled(
    staves: Sequence[Staff], others: Iterable[tuple[Sequence[float], float, float]]
) -> tuple[list[Staff], list[LeftOut]]:
    """The same for a drawn page, whose lines are known exactly. Lines that are as long as those of a staff of five are
    a staff, too. Returns the same as `settle_lines`.

    others: groups of level lines that run together, but are not five: the rows of the lines, the left and the right
    end, in pixels.
    """
    found = list(staves)
    left_out: list[LeftOut] = []
    for rows, left, right in others:
        beside = [s for s in staves if abs(s.left - left) < T.same_end * s.space_px
                  and abs(s.right - right) < T.same_end * s.space_px]
        if not beside or len(rows) == 2:  # no staff has two lines
            continue
        if len(rows) <= T.few:
            spacing = beside[0].space_px if len(rows) == 1 else (rows[-1] - rows[0]) / 2
            lines = rows[len(rows) // 2] + spacing * np.arange(-2, 3)[:, None] + np.zeros((1, 2))
            found.append(replace(beside[0], left=left, right=right, lines=lines, line_count=len(rows)))
        else:
            left_out.append(LeftOut(Box(rows[0] - 1, left, rows[-1] + 1, right), len(rows)))
    return in_order(found), left_out


def measured_by_tablature(staves: Sequence[Staff], left_out: Sequence[LeftOut]) -> bool:
    """Whether a page was scaled by the lines of tablature, so that its other staves are too small.

    staves, left_out: as `settle_lines` returned them.
    """
    return any(o.is_tablature for o in left_out) and all(s.space_px < T.small * SPACE_PX for s in staves)


def _count(ink: _Ink, staff: Staff) -> int:
    """How many lines a staff that was traced as five really has, by its ink: 5, unless there are clearly fewer, or
    six."""
    cols, rows = _course(ink.lines.shape[1], staff)
    space, reach = staff.space_px, max(round(T.row * staff.space_px), 1)
    inked = ink.along(rows, cols, reach)
    if inked.max() < T.present:
        return 5
    there = inked >= T.absent
    if there.sum() <= T.few:
        return int(there.sum())
    beyond = ink.along(np.array([rows[0] - space, rows[4] + space]), cols, reach)
    return 6 if there.all() and beyond.max() >= T.present else 5


def _is_bass_tablature(ink: _Ink, staff: Staff, least: float) -> bool:
    """Whether a staff that was traced as five lines has four lines in the ink, which are far apart. least: staff space
    of the page's smallest staff."""
    if staff.space_px < T.wide * least:
        return False
    cols, rows = _course(ink.lines.shape[1], staff)
    space = staff.space_px
    offsets = np.arange(round(-space), round(5 * space)).tolist()
    peaks = _peaks(ink, rows[0], cols, offsets, T.hidden)
    apart = np.diff(peaks)
    return len(peaks) == BASS_TAB_LINES and bool(apart.min() >= T.wide * least and np.ptp(apart) < T.uneven * space)


def _whole(tablature: Staff, staves: Sequence[Staff]) -> Box:
    """The box of tablature, made as long as the staves above and below it, because the network may see only a part of
    its lines."""
    along = [s for s in staves if s.left < tablature.right and s.right > tablature.left]
    box = tablature.box
    return Box(box.top, min(s.left for s in along), box.bottom, max(s.right for s in along))


def _course(width: int, staff: Staff) -> tuple[np.ndarray, np.ndarray]:
    """Columns (N,) of a staff on a page of the given width, and the rows (5, N) of its lines at these columns."""
    left, right = max(int(staff.left), 0), min(int(staff.right), width)
    cols = np.arange(left, max(right, left + 1), T.sampled_columns).clip(0, width - 1)
    knots = np.linspace(staff.left, staff.right, staff.lines.shape[1])
    return cols, np.array([np.interp(cols, knots, line) for line in staff.lines])


def _beside(ink: _Ink, staff: Staff, others: Sequence[Staff]) -> list[Staff | LeftOut]:
    """Staves of fewer lines above and below a staff of five, in the same system; a `LeftOut` for one that cannot be
    read."""
    nearest, farthest = T.distance
    cols, rows = _course(ink.lines.shape[1], staff)
    space = staff.space_px
    limits = [o.box for o in others if o is not staff and o.left < staff.right and o.right > staff.left]
    top = max([b.bottom for b in limits if b.bottom < staff.box.top], default=-np.inf) + nearest * space
    bottom = min([b.top for b in limits if b.top > staff.box.bottom], default=np.inf) - nearest * space
    found: list[Staff | LeftOut] = []
    for edge, away in ((rows[4], 1.0), (rows[0], -1.0)):
        middle = float(np.mean(edge))
        distances = range(round(nearest * space), round(farthest * space))
        offsets = [away * d for d in distances if top < middle + away * d < bottom]
        for lines in _together(_peaks(ink, edge, cols, offsets), T.same_staff * space):
            rows_here = sorted(lines)
            box = Box(middle + rows_here[0] - 1, staff.left, middle + rows_here[-1] + 1, staff.right)
            if not _is_joined(ink, staff, edge, rows_here) or not _reaches_ends(ink, staff, edge, cols, rows_here):
                continue
            even = len(lines) == 3 and np.ptp(np.diff(rows_here)) < T.uneven * space
            hidden = _hidden(ink, edge, cols, rows_here) if even else []
            if hidden:
                all_rows = [middle + row for row in (*rows_here, *hidden)]
                found.append(LeftOut(replace(box, top=min(all_rows) - 1, bottom=max(all_rows) + 1), len(all_rows)))
            elif len(lines) == 1 or even:
                course = staff.lines[4 if away > 0 else 0] + rows_here[len(lines) // 2]
                spacing = space if len(lines) == 1 else (rows_here[2] - rows_here[0]) / 2
                found.append(replace(staff, lines=course + spacing * np.arange(-2, 3)[:, None], line_count=len(lines)))
            else:
                found.append(LeftOut(box, len(lines)))
    return found


def _hidden(ink: _Ink, edge: np.ndarray, cols: np.ndarray, offsets: Sequence[float]) -> list[float]:
    """Lines just above and just below three others, half hidden by digits. They are given as offsets, in pixels.

    offsets: those of the three lines, from the staff's outer line `edge`.
    """
    apart = (offsets[2] - offsets[0]) / 2
    beyond = np.array([offsets[0] - apart, offsets[2] + apart])
    inked = ink.along(edge + beyond[:, None], cols, reach=1)
    return [float(row) for row in beyond[inked >= T.hidden]]


def _peaks(
    ink: _Ink, edge: np.ndarray, cols: np.ndarray, offsets: Sequence[float], present: float = T.present
) -> list[float]:
    """Distances downwards, in pixels, from a staff's outer line at which thin lines run parallel to it.

    edge: (N,), rows of the outer line at the columns.
    offsets: the distances to try, one pixel apart.
    present: least share of a line that is inked.
    """
    strength = ink.along(edge + np.reshape(offsets, (-1, 1)), cols, reach=1)
    peaks: list[float] = []
    i = 0
    while i < len(offsets):
        j = i
        while j < len(offsets) and strength[j] >= present:
            j += 1
        if 0 < j - i <= T.thickest:
            peaks.append((offsets[i] + offsets[j - 1]) / 2)
        i = max(j, i + 1)
    return peaks


def _together(offsets: Sequence[float], within: float) -> list[list[float]]:
    """Group offsets that follow each other with gaps of at most `within`."""
    groups: list[list[float]] = []
    for offset in offsets:
        if groups and abs(offset - groups[-1][-1]) <= within:
            groups[-1].append(offset)
        else:
            groups.append([offset])
    return groups


def _is_joined(ink: _Ink, staff: Staff, edge: np.ndarray, offsets: Sequence[float]) -> bool:
    """Whether the line at the left of a system joins a staff to lines at the given distances from its outer line."""
    near = min(offsets, key=abs)
    start, stop = sorted((edge[0], edge[0] + near))
    width = max(round(T.edge_width * staff.space_px), 1)
    columns = staff.left + np.arange(-T.edge_aside, T.edge_aside + T.edge_step / 2, T.edge_step) * staff.space_px
    return max(ink.down(start, stop, float(c), width // 2) for c in columns) > T.edge_inked


def _reaches_ends(
    ink: _Ink, staff: Staff, edge: np.ndarray, cols: np.ndarray, offsets: Sequence[float]
) -> bool:
    """Whether lines at the given distances from a staff's outer line reach both ends of the staff. A long flat slur,
    which may run along most of a system, does not."""
    length = max(round(T.ends * staff.space_px / T.sampled_columns), 1)
    ends = (slice(None, length), slice(-length, None))
    return all(float(ink.along(edge[end] + np.reshape(offsets, (-1, 1)), cols[end], reach=1).max()) >= T.ends_inked
               for end in ends)


def _inside(box: Box, other: Box) -> bool:
    """Whether the middle of a box is level with another box, or at most that box's height above or below it."""
    row, _ = box.center
    return other.top - other.height < row < other.bottom + other.height
