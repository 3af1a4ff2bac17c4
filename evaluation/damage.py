"""Pages damaged on purpose, and what is lost of their staves and notes.

Definition. A damaged page is made of one or two clean pages whose staves are known. A staff is *found* if one was read
along half of its length or more, with the middle line within half a staff space of its own. It is in a system *of the
right size* if as many staves are read together there as in the system it belongs to. A staff of a system that was read
and is none of the page's, or one of them again, is *false*. *Lost in silence* is a notehead of which the detector is
sure (its score is not below the threshold for doubts) that is in no note of the score and named in no doubt. A head
found twice is one, and so are a head and the beam that it is a piece of.

Conventions.
* Kinds are those of `KINDS`, done to a page in that order: what happens to music before what happens to paper.
* Of erased lines the ink stays that crosses them: heads, stems, beams.
* Nothing is lost over an edge: the paper grows where a system is shifted out, or a page turned.
* A page that fails, or on which no music is found, has no heads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from omr.composing import compose
from omr.detect.heads import settle_heads, without_bars
from omr.detect.watershed import decode
from omr.doubts import USUAL_SYMBOL_SCORE
from omr.errors import NoMusicError
from omr.notation.tips import inside_beam
from omr.reading import Detector, PageReading
from omr.types import Page, Score, Staff, Symbol

INK = 160
"""Grey level below which a pixel is ink. Lines of clean pages are darker, the paper beside them is lighter."""
LINE_OFF = 0.2
"""Greatest distance of a line's ink from where the line was traced, in staff spaces."""
THICKER = 1.6
"""Ink that is this many times as thick as the line usually is belongs to something else, too."""
SHORTEST_STRETCH = 0.2
"""Shortest piece of a line that is erased, as a part of its length."""
LINES_MOST = 2
"""Most lines of a staff that are erased."""
SHIFT_SPACES = (2.0, 20.0)
"""Least and greatest shift of a system, in staff spaces. A usual indent is about 8."""
DEGREES_MOST = 3.0
"""Greatest rotation of a page, in degrees."""
FOUND_WITHIN = 0.5
"""Greatest distance of a staff that was read from the real one, in staff spaces. One space away is another line."""
FOUND_SHARE = 0.5
"""Least part of a staff's length that must be read."""
SAME_HEAD = 0.3
"""Two noteheads are the same if their intersection over union is at least this."""

Lines = np.ndarray
"""(5, K, 2) float: K points (row, col) on each of a staff's five lines, from top to bottom and from left to right."""


@dataclass(frozen=True, eq=False)
class MusicPage:
    """A page, and where its staves are.

    pixels: (H, W) uint8, 0 = ink, 255 = paper.
    systems: the staves of each system, from top to bottom, in pixels.
    """

    pixels: np.ndarray
    systems: tuple[tuple[Lines, ...], ...]

    @property
    def staves(self) -> tuple[Lines, ...]:
        """The staves of all systems: those that should be found."""
        return tuple(staff for system in self.systems for staff in system)

    @property
    def space_px(self) -> float:
        """Mean staff space in pixels. Raises ValueError if there is no staff."""
        if not self.systems:
            raise ValueError("a page without staves has no staff space")
        return float(np.mean([_space_px(staff) for staff in self.staves]))


def page_of(pixels: np.ndarray, reading: PageReading) -> MusicPage:
    """A page with the staves that were read on it. pixels: (H, W) uint8, the image that was scanned. Staves that belong
    to no system (ossias) are left out."""
    systems: tuple[tuple[Lines, ...], ...] = ()
    if reading.graph is not None and reading.page is not None:
        staves = {staff.index: _lines(staff, reading.page) for staff in reading.graph.staves}
        systems = tuple(tuple(staves[i] for i in system.staves) for system in reading.graph.systems)
    return MusicPage(pixels, systems)


def _lines(staff: Staff, page: Page) -> Lines:
    """A staff's lines in pixels of the image that was scanned."""
    cols = np.broadcast_to(np.linspace(staff.left, staff.right, staff.lines.shape[1]), staff.lines.shape)
    linear, shift = page.to_source[:, :2], page.to_source[:, 2]
    return np.asarray((np.stack([staff.lines, cols], axis=-1) - 0.5) @ linear.T + shift + 0.5)


def _space_px(staff: Lines) -> float:
    return float(np.linalg.norm(staff[4] - staff[0], axis=-1).mean() / 4)


# ---- what happens to a page ------------------------------------------------------------------------------------


def erase_lines(page: MusicPage, rng: np.random.Generator) -> MusicPage:
    """Erase one or two lines of some staves, up to half of them, from end to end or for a piece."""
    pixels = page.pixels.copy()
    staves = page.staves
    count = int(rng.integers(1, max(len(staves) // 2, 1) + 1))
    for i in rng.choice(len(staves), count, replace=False).tolist():
        for line in rng.choice(5, int(rng.integers(1, LINES_MOST + 1)), replace=False).tolist():
            length = 1.0 if rng.random() < 0.5 else rng.uniform(SHORTEST_STRETCH, 1)
            start = rng.uniform(0, 1 - length)
            points = staves[i][line]
            left, right = points[0, 1], points[-1, 1]
            ends = np.array([start, start + length]) * (right - left) + left
            _erase(pixels, points, (float(ends[0]), float(ends[1])), _space_px(staves[i]))
    return replace(page, pixels=pixels)


def _erase(pixels: np.ndarray, points: np.ndarray, ends: tuple[float, float], space_px: float) -> None:
    """Turn a line into paper, in place, where nothing crosses it. points: (K, 2) of the line. ends: columns between
    which it is erased."""
    cols = np.arange(max(int(ends[0]), 0), min(int(np.ceil(ends[1])) + 1, pixels.shape[1]))
    middle = np.rint(np.interp(cols, points[:, 1], points[:, 0])).astype(int)
    off = max(round(LINE_OFF * space_px), 1)
    reach = np.arange(-round(space_px / 2), round(space_px / 2) + 1)
    rows = (middle + reach[:, None]).clip(0, len(pixels) - 1)
    ink = pixels[rows, cols] < INK
    # The ink nearest to the traced row belongs to the line, together with everything that is connected to it.
    away = np.where(ink & (np.abs(reach) <= off)[:, None], np.abs(reach)[:, None], len(reach))
    nearest = away.argmin(axis=0)
    there = away.min(axis=0) < len(reach)
    at = np.arange(len(reach))[:, None]
    top = np.where(~ink & (at < nearest), at, -1).max(axis=0) + 1
    bottom = np.where(~ink & (at > nearest), at, len(reach)).min(axis=0)
    thickness = bottom - top
    if not there.any():
        return
    bare = there & (thickness <= THICKER * np.median(thickness[there]) + 1)
    # The grey at the edges of the line is erased with it.
    gone = bare & (at >= top - 1) & (at <= bottom)
    pixels[rows[gone], np.broadcast_to(cols, rows.shape)[gone]] = 255


def shift_system(page: MusicPage, rng: np.random.Generator) -> MusicPage:
    """Move one system to the left or right, with all the ink between it and its neighbours."""
    chosen = int(rng.integers(len(page.systems)))
    columns = round(float(rng.uniform(*SHIFT_SPACES)) * page.space_px) * (1 if rng.random() < 0.5 else -1)
    reaches = [(min(float(s[..., 0].min()) for s in system), max(float(s[..., 0].max()) for s in system))
               for system in page.systems]
    above = [bottom for _, bottom in reaches if bottom < reaches[chosen][0]]
    below = [top for top, _ in reaches if top > reaches[chosen][1]]
    first = _emptiest(page.pixels, max(above), reaches[chosen][0]) if above else 0
    last = _emptiest(page.pixels, reaches[chosen][1], min(below)) if below else len(page.pixels)
    wide = ((0, 0), (max(-columns, 0), max(columns, 0)))
    pixels = np.pad(page.pixels, wide, constant_values=255)
    pixels[first:last] = np.roll(pixels[first:last], columns, axis=1)
    edge = max(-columns, 0)
    moved = tuple(tuple(staff + (0, edge + (columns if i == chosen else 0)) for staff in system)
                  for i, system in enumerate(page.systems))
    return MusicPage(pixels, moved)


def _emptiest(pixels: np.ndarray, top: float, bottom: float) -> int:
    """The row with the least ink between two rows; of equal ones, the one in the middle."""
    first = int(np.ceil(top)) + 1
    ink = (pixels[first:max(int(bottom), first + 1)] < INK).sum(axis=1)
    least = np.flatnonzero(ink == ink.min())
    return first + int(least[len(least) // 2])


def put_beside(page: MusicPage, other: MusicPage) -> MusicPage:
    """Put two pages on one sheet, the other one on the right."""
    height, width = np.maximum(page.pixels.shape, other.pixels.shape).tolist()
    pixels = np.full((height, page.pixels.shape[1] + other.pixels.shape[1]), 255, np.uint8)
    return _put_together(pixels, page, other, (0, page.pixels.shape[1]))


def put_below(page: MusicPage, other: MusicPage) -> MusicPage:
    """Put two pages on one sheet, the other one below."""
    height, width = page.pixels.shape[0] + other.pixels.shape[0], max(page.pixels.shape[1], other.pixels.shape[1])
    return _put_together(np.full((height, width), 255, np.uint8), page, other, (page.pixels.shape[0], 0))


def _put_together(pixels: np.ndarray, page: MusicPage, other: MusicPage, corner: tuple[int, int]) -> MusicPage:
    """Put the pages on empty paper. corner: (row, col) of the other one's upper left corner."""
    for each, (row, col) in ((page, (0, 0)), (other, corner)):
        height, width = each.pixels.shape
        pixels[row : row + height, col : col + width] = each.pixels
    return MusicPage(pixels, (*page.systems, *(tuple(s + corner for s in system) for system in other.systems)))


def cut_margins(page: MusicPage, rng: np.random.Generator) -> MusicPage:
    """Cut off some margins, at least one, down to the ink."""
    rows, cols = np.nonzero(page.pixels < INK)
    height, width = page.pixels.shape
    if not len(rows):
        return page
    sides = rng.random(4) < 0.5
    sides[rng.integers(4)] = True
    top, left = int(rows.min()) if sides[0] else 0, int(cols.min()) if sides[1] else 0
    bottom, right = int(rows.max()) + 1 if sides[2] else height, int(cols.max()) + 1 if sides[3] else width
    return MusicPage(np.ascontiguousarray(page.pixels[top:bottom, left:right]),
                     tuple(tuple(s - (top, left) for s in system) for system in page.systems))


def turn(page: MusicPage, rng: np.random.Generator) -> MusicPage:
    """Turn the page by up to `DEGREES_MOST` degrees, on paper that contains all of it."""
    height, width = page.pixels.shape
    degrees = rng.uniform(-DEGREES_MOST, DEGREES_MOST)
    matrix = np.asarray(cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0), float)
    c, s = np.abs(matrix[0, :2])
    out = int(np.ceil(c * width + s * height)), int(np.ceil(s * width + c * height))
    matrix[:, 2] += np.subtract(out, (width, height)) / 2
    pixels = cv2.warpAffine(page.pixels, matrix, out, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
                            borderValue=255)
    # The matrix maps (x, y) of pixels' middles, which are whole numbers to it. In our coordinates, whole numbers are
    # edges.
    return MusicPage(pixels, tuple(
        tuple(((staff[..., ::-1] - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5)[..., ::-1] for staff in system)
        for system in page.systems))


ALONE: Mapping[str, Callable[[MusicPage, np.random.Generator], MusicPage]] = {
    "lines": erase_lines, "shift": shift_system, "margins": cut_margins, "turn": turn,
}
"""What can happen to one page, by kind."""
TOGETHER: Mapping[str, Callable[[MusicPage, MusicPage], MusicPage]] = {"beside": put_beside, "below": put_below}
"""How two pages can be put on one sheet, by kind."""
KINDS = ("lines", "shift", "beside", "below", "margins", "turn")


def damaged(page: MusicPage, other: MusicPage, kinds: Sequence[str], rng: np.random.Generator) -> MusicPage:
    """A page after all the given kinds of damage, in the order of `KINDS`. other: the page that is put on the same
    sheet, if the kinds say so. Damage to the music before that is done only to the first page."""
    for kind in KINDS:
        if kind in kinds:
            page = TOGETHER[kind](page, other) if kind in TOGETHER else ALONE[kind](page, rng)
    return page


def draw_kinds(number: int, kinds: Sequence[str], rng: np.random.Generator) -> tuple[str, ...]:
    """The kinds of damage of a page, by its number from 0: each of the given kinds in turn, on every second page
    together with one or two others, if there are so many. No page is put on a sheet twice."""
    chosen = [kinds[number // 2 % len(kinds)]]
    others = int(rng.integers(1, 3)) if number % 2 else 0
    for kind in rng.permutation(kinds).tolist():
        if len(chosen) <= others and kind not in chosen and not (kind in TOGETHER and TOGETHER.keys() & chosen):
            chosen.append(kind)
    return tuple(kind for kind in KINDS if kind in chosen)


# ---- what is lost of it ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class DamageResult:
    """What was read of one damaged page, as counts that this module defines.

    pages: names of the clean pages of which it was made.
    kinds: of damage.
    error: why nothing was read, otherwise "".
    """

    pages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    staves: int
    found: int = 0
    right_size: int = 0
    false: int = 0
    heads: int = 0
    silent: int = 0
    doubts: int = 0
    error: str = ""


COUNTS = ("staves", "found", "right_size", "false", "heads", "silent", "doubts")


def judge(page: MusicPage, reading: PageReading, detector: Detector) -> DamageResult:
    """Count what was read of a page. reading: of the page, with its images."""
    read: list[tuple[Lines, int]] = []
    if reading.graph is not None and reading.page is not None:
        read = [(_lines(reading.graph.staves[i], reading.page), len(system.staves))
                for system in reading.graph.systems for i in system.staves]
    found = right = 0
    for system in page.systems:
        for staff in system:
            fitting = [i for i, (other, _) in enumerate(read) if _is_same(staff, other)]
            if fitting:
                found += 1
                right += read.pop(fitting[0])[1] == len(system)
    try:
        score = compose([reading], "")
    except NoMusicError as error:
        return DamageResult(staves=len(page.staves), found=found, right_size=right, false=len(read), error=str(error))
    heads = sure_heads(reading, detector)
    return DamageResult(staves=len(page.staves), found=found, right_size=right, false=len(read), heads=len(heads),
                        silent=len(lost_in_silence(heads, score)), doubts=len(score.doubts))


def _is_same(true: Lines, read: Lines) -> bool:
    """Whether a staff that was read is a given real one."""
    left, right = max(true[2, 0, 1], read[2, 0, 1]), min(true[2, -1, 1], read[2, -1, 1])
    if right - left < FOUND_SHARE * (true[2, -1, 1] - true[2, 0, 1]):
        return False
    cols = np.linspace(left, right, 32)
    apart = [np.interp(cols, staff[2, :, 1], staff[2, :, 0]) for staff in (true, read)]
    return bool(np.median(np.abs(apart[0] - apart[1])) < FOUND_WITHIN * _space_px(true))


def sure_heads(reading: PageReading, detector: Detector) -> list[Symbol]:
    """The noteheads of which the detector is sure, as the pipeline gets them. Empty without a page's images, and
    without a staff."""
    if reading.page is None or reading.maps is None or reading.graph is None:
        return []
    thresholds: Mapping[str, float] = getattr(detector, "thresholds", {})
    symbols = decode(reading.maps, accept=getattr(detector, "accept", None))
    symbols = settle_heads(without_bars(symbols, reading.page.pixels), reading.page.pixels)
    beams = [s for s in reading.graph.strokes if s.kind == "beam"]
    return [s for s in symbols
            if s.kind == "notehead" and s.score >= thresholds.get(s.name, USUAL_SYMBOL_SCORE)
            and not inside_beam(s, beams, reading.graph.space_px)]


def lost_in_silence(heads: Sequence[Symbol], score: Score) -> list[Symbol]:
    """Those of a page's noteheads that are in no note of its score, and in no doubt about it."""
    notes = {id_ for part in score.parts for m in part.measures for note in m.notes for id_ in note.symbol_ids}
    in_score = [head.box for head in heads if head.id in notes]
    doubted = {id_ for doubt in score.doubts for id_ in doubt.symbols}
    return [head for head in heads if head.id not in notes and head.id not in doubted
            and not any(box.iou(head.box) > SAME_HEAD for box in in_score)]


def figures(results: Sequence[DamageResult]) -> dict[str, float]:
    """Sums of the counts over pages, and `pages`; `failed`, the number of pages that could not be read; as shares of
    all staves `found_share` and `right_size_share`, and as a share of all noteheads `silent_share`, 0-1 (0 if there are
    none)."""
    total: dict[str, float] = {"pages": len(results), "failed": sum(bool(r.error) for r in results)}
    total |= {name: sum(getattr(r, name) for r in results) for name in COUNTS}
    for name, of in (("found", "staves"), ("right_size", "staves"), ("silent", "heads")):
        total[f"{name}_share"] = total[name] / total[of] if total[of] else 0.0
    return total
