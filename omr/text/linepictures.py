"""Lines of text as pictures that Tesseract reads well.

A line is cut out of the original scan, which is sharper than the normalised page. Everything that is no text is erased.
The words of the line are moved together, since syllables stand as far apart as their notes and Tesseract reads them
better closer together. Each picture knows where on the page its columns stood.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from omr.text.blocks import Ink, without_foreign
from omr.types import Box, Page

LETTERS_PX = 40
"""Height of a line, from its highest letters to its lowest, in the picture for Tesseract, which reads letters of 20 to
40 pixels best."""
LINE_PX = 52
"""Height of the picture of a line: there is room for larger letters than the usual ones of their line."""
GAP_PX = 40
"""Blank rows above, between and below the lines of a sheet, and blank columns right of the longest."""
WORDS_APART_PX = 24
"""Blank columns before, between and after the blocks of a line. On 25 engraved pages of ten songs Tesseract read about
as many syllables right with 16, 20 and 24, and fewer with 32 and 40."""
LETTERS_APART_PX = 70
"""The same where most blocks are a single letter, such as chord symbols: Tesseract takes letters at even distances for
those of one word."""
LONE_LETTERS = 1.5
"""Most letters that the blocks of such a line have (median). They are no wider than the line is high, either: where
print is blurred, the letters of a syllable touch."""
NEIGHBOURS = 2
"""How many blocks on either side tell how high a line of text is at a block."""
LETTER_GAP = 0.2
"""Fewest blank columns in that picture that may separate two syllables and not just two letters, as a share of the
height of its letters. Tesseract reads syllables as one word unless there is more room between them: `WIDER_PX`."""
USUAL_GAPS = 2.0
"""Such a gap is also this many times as wide as the usual one of its line, which is one between letters."""
TIGHT_GAP, TIGHT_GAPS = 0.1, 1.3
"""The same two limits for letters that stand under two notes, so that they may well be two syllables. On five engraved
pages read in English 319 of 345 syllables were right with .1, 313 with .14 and 305 with .18."""
UNDER_PX = 7
"""Farthest from the middle of its note that such a syllable has its middle or its beginning: a third of a staff
space."""
LEAST_SUNG, SUNG_SHARE = 4, 0.5
"""Fewest blocks of a line that is sung, and how many of those that stand alone under a note are centred under it: over
or between staves full of notes a quarter are by chance."""
LEAST_LETTER_PX = 8
"""What is less high in that picture is a dot, a comma or a hyphen, and no letter."""
WIDER_PX = 8
"""Blank columns added in such a gap."""
CAPITALS = 0.8
"""A line is one of capitals if the median of its letters is so high, as a share of the line's height."""
WIDEST_CAPITAL = 1.5
"""Widest letter of such a line, as a share of its height (the median): where print is blurred, letters touch."""
SPACED_OUT = 0.15
"""Where the usual gap between capitals is wider than this, as a share of their height, they are spaced out, as in
titles. They are moved together to half of that, since Tesseract would take them for words."""
LEAST_GAP_PX = 3
"""Fewest blank columns between two letters that were moved together."""
BLANK_LEVEL = 160
"""Columns of that picture that are nowhere darker than this (0 black, 255 white) are blank."""
PAPER_PERCENTILE, LIGHT_PERCENTILE, INK_PERCENTILE = 50, 90, 1
"""Percentiles of a block's brightness that are taken for paper, for paper at its lightest, and for ink."""
GRAIN = 1.2
"""The grain of a photograph is darker than the paper by less than this many times the difference between the paper and
its lightest places. This limit and the next two were set by hand, on 24 engraved pages made to look like scans and
photographs."""
MOST_GRAIN = 0.7
"""Greatest share of the way from the lightest paper to ink that is taken for grain: in a block full of thick letters
the median is not that of the paper."""
GRAINY = 0.05
"""A block has grain if the paper is darker than its lightest places by more than this share of the way to ink. Less
does not disturb Tesseract."""
LEAST_CONTRAST = 30.0
"""Smallest difference of paper and ink that contrast is stretched from, of 255 levels: less is noise."""


@dataclass(frozen=True)
class Line:
    """A line of text as Tesseract gets it.

    picture: (LINE_PX, W) uint8. columns, tops: (W,), the page column of each of its columns, and the page row of its
    first row there. scale: pixels of the picture to one of the page.
    """

    picture: np.ndarray
    columns: np.ndarray
    tops: np.ndarray
    scale: float


def picture_of(
    source: np.ndarray, page: Page, mask: np.ndarray, row: Sequence[Box], ink: Ink | None = None,
    notes: Sequence[float] = (), without_grain: bool = False,
) -> Line:
    """One line of text as a picture `LINE_PX` high, its blocks evenly apart.

    source: the raster that the page was made from. mask: what is text (H, W), in pixels of the page. row: the line's
    blocks from left to right. ink: of the page, if letters of other lines may reach into the blocks. notes: columns of
    the notes over the line. without_grain: the grain of the paper is shown white; thin strokes may suffer.
    """
    spans = _spans(row)
    scale = LETTERS_PX / float(np.median([bottom - top for top, bottom in spans]))
    starts = [(top + bottom - LINE_PX / scale) / 2 for top, bottom in spans]
    notes = notes if _is_sung(row, notes, scale) else ()
    shown = []
    for block, top in zip(row, starts, strict=True):
        width = max(1, round(block.width * scale))
        piece = cut_out(source, page.to_source, (top, block.left), scale, width)
        # The same rectangle of the mask, and of it only the block's own letters.
        first, start = max(round(block.top), 0), max(round(block.left), 0)
        own = mask[first:round(block.bottom), start:round(block.right)]
        own = own if ink is None else without_foreign(own, (first, start), ink)
        to_mask = np.array([[1 / scale, 0, block.left - start], [0, 1 / scale, top - first]])
        kept = cv2.warpAffine(own, to_mask, (width, LINE_PX), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
        shown.append(evened(piece, kept > 0, without_grain))
    runs = [_runs(piece) for piece in shown]
    gaps = [scale * (right.left - left.right) for left, right in itertools.pairwise(row)]
    spacing = _spacing(runs, gaps)
    are_letters = (np.median([len(own) for own in runs]) <= LONE_LETTERS
                   and np.median([piece.shape[1] for piece in shown]) <= LETTERS_PX)
    apart = LETTERS_APART_PX if are_letters else WORDS_APART_PX
    pieces, columns, tops = [_blank(apart)], [np.full(apart, row[0].left)], [np.full(apart, starts[0])]
    # Blocks that stand under notes of their own are syllables, however tight they are printed.
    is_sung = [any(block.left <= note <= block.right for note in notes) for block in row]
    tight = [is_sung[i] and is_sung[i + 1] and _ink_gap(shown[i], runs[i], gap, runs[i + 1]) >= spacing.tight
             for i, gap in enumerate(gaps)]
    for block, top, piece, own_runs, gap, is_tight in zip(row, starts, shown, runs, [*gaps, np.inf], [*tight, True],
                                                          strict=True):
        shaped, order = _spread(piece, own_runs, spacing, [(note - block.left) * scale for note in notes])
        # Blocks no farther apart than letters are one word, that the detector or print tore, but for a full stop.
        is_stop = bool(own_runs) and own_runs[-1].height < LEAST_LETTER_PX
        is_word = is_stop or is_tight or gap >= min(spacing.words, apart)
        wide = apart if is_word else max(round(gap) - spacing.excess, LEAST_GAP_PX)
        pieces += [shaped, _blank(wide)]
        columns += [block.left + order / scale, np.full(wide, block.right)]
        tops.append(np.full(len(order) + wide, top))
    return Line(np.hstack(pieces), np.concatenate(columns), np.concatenate(tops), scale)


def _blank(width: int) -> np.ndarray:
    """So many blank columns."""
    return np.full((LINE_PX, width), 255, np.uint8)


def _spans(row: Sequence[Box]) -> list[tuple[float, float]]:
    """Top and bottom of a line of text at each of its blocks.

    They are those of the block and its neighbours: a block may have no high or low letters, and not all of the line is
    level with it, since lines are bent in photographs of books.
    """
    near = [row[max(i - NEIGHBOURS, 0):i + NEIGHBOURS + 1] for i in range(len(row))]
    return [(min(b.top for b in blocks), max(b.bottom for b in blocks)) for blocks in near]


def cut_out(
    source: np.ndarray, to_source: np.ndarray, corner: tuple[float, float], scale: float, width: int
) -> np.ndarray:
    """A rectangle of the page, as (LINE_PX, width) pixels taken from the source.

    to_source: as in `Page`. corner: its top left, (row, col) of the page. scale: pixels of the result to one of the
    page.
    """
    # cv2 maps (x, y) of the result to (x, y) of the source; pages count (row, col) between the middles of pixels.
    rows, cols = to_source
    linear = np.array([[cols[1], cols[0]], [rows[1], rows[0]]]) / scale
    x, y = corner[1] - 0.5, corner[0] - 0.5
    shift = np.array([cols[1] * x + cols[0] * y + cols[2], rows[1] * x + rows[0] * y + rows[2]])
    return cv2.warpAffine(source, np.hstack([linear, shift[:, None]]), (width, LINE_PX),
                          flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=255.0)


@dataclass(frozen=True)
class _Run:
    """Neighbouring columns of a piece that hold ink: the first, one past the last, and the height of what stands in
    them."""

    first: int
    end: int
    height: int


def _runs(piece: np.ndarray) -> list[_Run]:
    """What stands in a piece (rows, W), from left to right: mostly a letter, or some that touch."""
    ink = piece <= BLANK_LEVEL
    edges = np.flatnonzero(np.diff(np.concatenate([[0], ink.any(axis=0), [0]]).astype(np.int8)))
    runs = []
    for first, end in edges.reshape(-1, 2).tolist():
        rows = np.flatnonzero(ink[:, first:end].any(axis=1))
        runs.append(_Run(first, end, int(rows[-1] + 1 - rows[0])))
    return runs


def _is_sung(row: Sequence[Box], notes: Sequence[float], scale: float) -> bool:
    """Whether a line of text may be one of syllables under these notes, and not of words on how to play: of the blocks
    that stand under one note or none, half are centred under theirs. scale: pixels of the picture to one of the page.
    """
    alone = [block for block in row if sum(block.left <= note <= block.right for note in notes) <= 1]
    centred = [any(abs(block.center[1] - note) * scale <= UNDER_PX for note in notes) for block in alone]
    return len(row) >= LEAST_SUNG and bool(alone) and sum(centred) >= SUNG_SHARE * len(alone)


def _ink_gap(piece: np.ndarray, runs: Sequence[_Run], gap: float, following: Sequence[_Run]) -> float:
    """How many columns are blank between the ink of a piece and that of the next. runs, following: of these pieces;
    gap: how many columns lie between both pieces."""
    width = int(piece.shape[1])
    return width - (runs[-1].end if runs else width) + gap + (following[0].first if following else 0)


@dataclass(frozen=True)
class _Spacing:
    """The gaps of a line, in columns of its picture.

    syllables: the narrowest gap within a block that separates two syllables, and not just two letters. words: the
    narrowest gap between two blocks that separates two words or syllables; narrower ones tear a word. tight: the
    narrowest gap within a block that separates two syllables, if each of them stands under a note. excess: by how much
    all gaps are to be narrowed, because the letters are spaced out.
    """

    syllables: float
    words: float
    tight: float = np.inf
    excess: int = 0


def _spacing(line: Sequence[Sequence[_Run]], between: Sequence[float]) -> _Spacing:
    """The spacing of a line. line: the runs of its pieces. between: the columns between these."""
    runs = [run for piece in line for run in piece if run.height >= LEAST_LETTER_PX]
    inside = [right.first - left.end for piece in line for left, right in itertools.pairwise(piece)]
    if not runs:
        return _Spacing(np.inf, 0)
    height = float(np.median([run.height for run in runs]))
    width = float(np.median([run.end - run.first for run in runs]))
    # What is farther apart than letters are high are words, and tells nothing of letters.
    usual = float(np.median([gap for gap in (*inside, *between) if gap < height] or [0]))
    if height >= CAPITALS * LETTERS_PX and width <= WIDEST_CAPITAL * height and usual > SPACED_OUT * height:
        least = USUAL_GAPS * usual
        return _Spacing(least, least, excess=round(usual - SPACED_OUT * height / 2))
    least = max(LETTER_GAP * height, USUAL_GAPS * float(np.median(inside))) if inside else np.inf
    tight = max(TIGHT_GAP * height, TIGHT_GAPS * float(np.median(inside))) if inside else np.inf
    return _Spacing(least, least if width <= height else 0, tight)


def _spread(
    piece: np.ndarray, runs: Sequence[_Run], spacing: _Spacing, notes: Sequence[float] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """A piece (rows, W) with its gaps as Tesseract wants them: `WIDER_PX` more blank columns in every one between two
    letters that separates syllables, and fewer in all of a line whose letters are spaced out. notes: columns of notes.

    Returns the new piece, and for each of its columns the column of the old one that it shows.
    """
    counts = np.ones(piece.shape[1], int)
    under_notes = _gaps_between(notes, runs, spacing)
    for left, right in itertools.pairwise(runs):
        gap, middle = right.first - left.end, (left.end + right.first) // 2
        # A comma must not leave its word.
        is_wide = gap >= spacing.syllables and min(left.height, right.height) >= LEAST_LETTER_PX
        more = max(WORDS_APART_PX - gap, 0) if left.end in under_notes else WIDER_PX * is_wide
        more -= min(spacing.excess, max(gap - LEAST_GAP_PX, 0))
        # Columns come and go in the middle of a gap, whose ends may hold the gray edges of letters.
        if more > 0:
            counts[middle] += more
        else:
            counts[middle + more // 2:middle + more // 2 - more] = 0
    order = np.repeat(np.arange(piece.shape[1]), counts)
    shaped = piece[:, order]
    shaped[:, np.diff(order, prepend=-1) == 0] = 255
    return shaped, order


def _gaps_between(notes: Sequence[float], runs: Sequence[_Run], spacing: _Spacing) -> set[int]:
    """The first columns of gaps of a piece that separate two syllables printed so tight that the gaps do not tell it:
    each stands under a note of its own, and of the gaps between both notes one is wider than letters are apart."""
    found = set()
    own = [note for note in sorted(notes) if runs and runs[0].first <= note <= runs[-1].end]
    for before, after in itertools.pairwise(own):
        pairs = [(left, right) for left, right in itertools.pairwise(runs)
                 if before < (left.end + right.first) / 2 < after]
        hyphens = [run for _, run in pairs if run.height < min(LEAST_LETTER_PX, run.end - run.first)]
        if hyphens:
            found |= {left.end for left, right in pairs if left in hyphens or right in hyphens}
            continue
        gaps = sorted((right.first - left.end, left.end) for left, right in pairs if right.height >= LEAST_LETTER_PX)
        if not gaps or gaps[-1][0] < spacing.tight or (len(gaps) > 1 and gaps[-1][0] == gaps[-2][0]):
            continue
        width, end = gaps[-1]
        start = max([0, *(other for other in found if other < end)])
        is_first = _stands_under(before, min(run.first for run in runs if run.first >= start), end)
        is_second = after != own[-1] or _stands_under(after, end + width, runs[-1].end)
        if is_first and is_second:
            found.add(end)
    return found


def _stands_under(note: float, first: int, end: int) -> bool:
    """Whether what stands in these columns may be the syllable of a note, which is centred under it or begins there: a
    word that is held over two notes would be torn."""
    return min(abs((first + end) / 2 - note), abs(first - note)) <= UNDER_PX


def evened(piece: np.ndarray, kept: np.ndarray | None = None, without_grain: bool = False) -> np.ndarray:
    """A piece with paper white and ink black, and white where `kept` (bool), if given, says that it is no text.
    without_grain: the grain of the paper is white as well, where there is much of it."""
    paper, light, ink = np.percentile(piece, (PAPER_PERCENTILE, LIGHT_PERCENTILE, INK_PERCENTILE))
    white = light
    if without_grain and light - paper > GRAINY * (light - ink):
        white = max(paper - GRAIN * (light - paper), light - MOST_GRAIN * (light - ink))
    even = np.clip((piece.astype(np.float32) - ink) * (255 / max(white - ink, LEAST_CONTRAST)), 0, 255)
    return (even if kept is None else np.where(kept, even, 255)).astype(np.uint8)


def sheet_of(lines: Sequence[Line]) -> np.ndarray:
    """One picture of several lines, below each other and `GAP_PX` apart."""
    pitch = LINE_PX + GAP_PX
    sheet = np.full((GAP_PX + pitch * len(lines), max(line.picture.shape[1] for line in lines) + GAP_PX), 255, np.uint8)
    for i, line in enumerate(lines):
        top = GAP_PX + i * pitch
        sheet[top:top + LINE_PX, :line.picture.shape[1]] = line.picture
    return sheet
