"""Makes pictures of lines of text that Tesseract reads well.

A line is cut out of the original scan, which is sharper than the normalised page. Everything that is not text is
erased. The words of the line are moved together: syllables stand as far apart as their notes, and Tesseract reads them
better when they are closer. Each picture knows where on the page each of its columns comes from.
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
"""Height of a line, from its highest to its lowest letters, in the picture for Tesseract. Tesseract reads letters of 20
to 40 pixels best."""
LINE_PX = 52
"""Height of the picture of a line. It leaves room for letters that are larger than the usual ones of the line."""
GAP_PX = 40
"""Blank rows above, between and below the lines of a sheet, and blank columns right of the longest line."""
WORDS_APART_PX = 24
"""Blank columns before, between and after the blocks of a line. On 25 engraved pages of ten songs, Tesseract read about
as many syllables right with 16, 20 and 24, and fewer with 32 and 40."""
LETTERS_APART_PX = 70
"""The same if most blocks are a single letter, such as chord symbols. Tesseract takes letters at even, smaller
distances for one word."""
LONE_LETTERS = 1.5
"""Most letters per block (median) in such a line. Blocks must not be wider than the line is high, either: where print
is blurred, the letters of a syllable touch and look like one."""
NEIGHBOURS = 2
"""How many blocks on either side determine the height of a line of text at a block."""
LETTER_GAP = 0.2
"""Fewest blank columns that may separate two syllables, and not just two letters, as a share of the height of the
letters. Tesseract reads syllables as one word unless the gap is made wider: `WIDER_PX`."""
USUAL_GAPS = 2.0
"""Such a gap is also this many times as wide as the usual gap of its line, which is one between letters."""
TIGHT_GAP, TIGHT_GAPS = 0.1, 1.3
"""The same two limits for letters under two notes, which may well be two syllables. On five engraved pages in English,
319 of 345 syllables were right with .1, 313 with .14 and 305 with .18."""
UNDER_PX = 7
"""Greatest distance of such a syllable's middle or beginning from the middle of its note, in pixels of the picture: a
third of a staff space."""
LEAST_SUNG, SUNG_SHARE = 4, 0.5
"""A line may be lyrics if it has at least this many blocks, and at least this share of the blocks under at most one
note are centred under theirs. Over or between staves full of notes, a quarter of all blocks are centred by chance."""
LEAST_LETTER_PX = 8
"""Something lower than this in the picture is a dot, a comma or a hyphen, not a letter."""
WIDER_PX = 8
"""Blank columns that are added in a gap between syllables."""
CAPITALS = 0.8
"""A line is in capitals if the median height of its letters is at least this share of the line's height."""
WIDEST_CAPITAL = 1.5
"""Widest letter of such a line (median), as a share of its height. Where print is blurred, letters touch."""
SPACED_OUT = 0.15
"""If the usual gap between capitals is wider than this, as a share of their height, they are spaced out, as in titles.
They are moved together to half of it, because Tesseract would take each for a word."""
LEAST_GAP_PX = 3
"""Fewest blank columns that are left between two letters that are moved together."""
BLANK_LEVEL = 160
"""Columns of the picture that are nowhere darker than this (0 black, 255 white) are blank."""
PAPER_PERCENTILE, LIGHT_PERCENTILE, INK_PERCENTILE = 50, 90, 1
"""Percentiles of a block's brightness that stand for paper, for the lightest paper, and for ink."""
GRAIN = 1.2
"""The noise of a photograph is darker than the paper by less than this many times the difference between the paper and
its lightest places. This limit and the next two were set by hand, on 24 engraved pages made to look like scans and
photographs."""
MOST_GRAIN = 0.7
"""Greatest part of the way from the lightest paper to ink that is taken for noise. In a block full of thick letters,
the median is not the brightness of paper."""
GRAINY = 0.05
"""A block is noisy if the paper is darker than its lightest places by more than this part of the way to ink. Less noise
does not disturb Tesseract."""
LEAST_CONTRAST = 30.0
"""Least difference between paper and ink, of 255 levels, at which the contrast is stretched. Less is noise."""


@dataclass(frozen=True)
class Line:
    """A line of text as Tesseract gets it.

    picture: (LINE_PX, W) uint8.
    columns, tops: (W,), for each column of the picture, its column on the page, and the page row of its first row.
    scale: pixels of the picture for one pixel of the page.
    """

    picture: np.ndarray
    columns: np.ndarray
    tops: np.ndarray
    scale: float


def picture_of(
    source: np.ndarray, page: Page, mask: np.ndarray, row: Sequence[Box], ink: Ink | None = None,
    notes: Sequence[float] = (), without_grain: bool = False,
) -> Line:
    """One line of text as a picture of height `LINE_PX`, with its blocks at even distances.

    source: the image from which the page was made.
    mask: (H, W), which pixels of the page are text.
    row: the line's blocks from left to right.
    ink: of the page, if letters of other lines may reach into the blocks.
    notes: columns of the notes over the line.
    without_grain: whether the noise of the paper is made white; thin strokes may suffer.
    """
    spans = _spans(row)
    scale = LETTERS_PX / float(np.median([bottom - top for top, bottom in spans]))
    starts = [(top + bottom - LINE_PX / scale) / 2 for top, bottom in spans]
    notes = notes if _is_sung(row, notes, scale) else ()
    shown = []
    for block, top in zip(row, starts, strict=True):
        width = max(1, round(block.width * scale))
        piece = cut_out(source, page.to_source, (top, block.left), scale, width)
        # The same rectangle of the mask, with only the block's own letters.
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
    # Blocks under notes of their own are syllables, however tightly they are printed.
    is_sung = [any(block.left <= note <= block.right for note in notes) for block in row]
    tight = [is_sung[i] and is_sung[i + 1] and _ink_gap(shown[i], runs[i], gap, runs[i + 1]) >= spacing.tight
             for i, gap in enumerate(gaps)]
    for block, top, piece, own_runs, gap, is_tight in zip(row, starts, shown, runs, [*gaps, np.inf], [*tight, True],
                                                          strict=True):
        shaped, order = _spread(piece, own_runs, spacing, [(note - block.left) * scale for note in notes])
        # Blocks that are as near as letters are one word, which the detector or print tore apart, unless a full stop
        # ends the first.
        is_stop = bool(own_runs) and own_runs[-1].height < LEAST_LETTER_PX
        is_word = is_stop or is_tight or gap >= min(spacing.words, apart)
        wide = apart if is_word else max(round(gap) - spacing.excess, LEAST_GAP_PX)
        pieces += [shaped, _blank(wide)]
        columns += [block.left + order / scale, np.full(wide, block.right)]
        tops.append(np.full(len(order) + wide, top))
    return Line(np.hstack(pieces), np.concatenate(columns), np.concatenate(tops), scale)


def _blank(width: int) -> np.ndarray:
    """Blank columns."""
    return np.full((LINE_PX, width), 255, np.uint8)


def _spans(row: Sequence[Box]) -> list[tuple[float, float]]:
    """Top and bottom of a line of text at each of its blocks.

    They are taken from the block and its neighbours. A block may have no high or low letters, and the whole line cannot
    be used, because lines are bent in photographs of books.
    """
    near = [row[max(i - NEIGHBOURS, 0):i + NEIGHBOURS + 1] for i in range(len(row))]
    return [(min(b.top for b in blocks), max(b.bottom for b in blocks)) for blocks in near]


def cut_out(
    source: np.ndarray, to_source: np.ndarray, corner: tuple[float, float], scale: float, width: int
) -> np.ndarray:
    """Cut a rectangle of the page out of the source, as (LINE_PX, width) pixels.

    to_source: as in `Page`.
    corner: its top left, (row, col) of the page.
    scale: pixels of the result for one pixel of the page.
    """
    # cv2 maps (x, y) of the result to (x, y) of the source. Pages map (row, col) between middles of pixels.
    rows, cols = to_source
    linear = np.array([[cols[1], cols[0]], [rows[1], rows[0]]]) / scale
    x, y = corner[1] - 0.5, corner[0] - 0.5
    shift = np.array([cols[1] * x + cols[0] * y + cols[2], rows[1] * x + rows[0] * y + rows[2]])
    return cv2.warpAffine(source, np.hstack([linear, shift[:, None]]), (width, LINE_PX),
                          flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=255.0)


@dataclass(frozen=True)
class _Run:
    """A run of columns that hold ink: the first, one after the last, and the height of the ink in them."""

    first: int
    end: int
    height: int


def _runs(piece: np.ndarray) -> list[_Run]:
    """The runs of ink in a piece (rows, W), from left to right. A run is mostly a letter, or several that touch."""
    ink = piece <= BLANK_LEVEL
    edges = np.flatnonzero(np.diff(np.concatenate([[0], ink.any(axis=0), [0]]).astype(np.int8)))
    runs = []
    for first, end in edges.reshape(-1, 2).tolist():
        rows = np.flatnonzero(ink[:, first:end].any(axis=1))
        runs.append(_Run(first, end, int(rows[-1] + 1 - rows[0])))
    return runs


def _is_sung(row: Sequence[Box], notes: Sequence[float], scale: float) -> bool:
    """Whether a line of text may be lyrics for these notes, and not words about how to play: half of the blocks under
    at most one note are centred under theirs.

    scale: pixels of the picture for one pixel of the page.
    """
    alone = [block for block in row if sum(block.left <= note <= block.right for note in notes) <= 1]
    centred = [any(abs(block.center[1] - note) * scale <= UNDER_PX for note in notes) for block in alone]
    return len(row) >= LEAST_SUNG and bool(alone) and sum(centred) >= SUNG_SHARE * len(alone)


def _ink_gap(piece: np.ndarray, runs: Sequence[_Run], gap: float, following: Sequence[_Run]) -> float:
    """How many columns are blank between the ink of a piece and that of the next piece.

    runs, following: the runs of the two pieces.
    gap: how many columns lie between the pieces.
    """
    width = int(piece.shape[1])
    return width - (runs[-1].end if runs else width) + gap + (following[0].first if following else 0)


@dataclass(frozen=True)
class _Spacing:
    """The gaps of a line, in columns of its picture.

    syllables: narrowest gap inside a block that separates two syllables, and not just two letters.
    words: narrowest gap between two blocks that separates two words or syllables. A narrower gap lies inside a
        torn word.
    tight: narrowest gap inside a block that separates two syllables, if each of them stands under a note.
    excess: by how much all gaps must be narrowed, because the letters are spaced out.
    """

    syllables: float
    words: float
    tight: float = np.inf
    excess: int = 0


def _spacing(line: Sequence[Sequence[_Run]], between: Sequence[float]) -> _Spacing:
    """The spacing of a line. line: the runs of its pieces. between: the columns between the pieces."""
    runs = [run for piece in line for run in piece if run.height >= LEAST_LETTER_PX]
    inside = [right.first - left.end for piece in line for left, right in itertools.pairwise(piece)]
    if not runs:
        return _Spacing(np.inf, 0)
    height = float(np.median([run.height for run in runs]))
    width = float(np.median([run.end - run.first for run in runs]))
    # Gaps wider than the letters are high are between words, and tell nothing about letters.
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
    """Change the gaps of a piece (rows, W) for Tesseract. Gaps between syllables get `WIDER_PX` more blank columns. In
    a line whose letters are spaced out, all gaps get narrower. notes: columns of notes.

    Returns the new piece, and for each of its columns the column of the old piece that it shows.
    """
    counts = np.ones(piece.shape[1], int)
    under_notes = _gaps_between(notes, runs, spacing)
    for left, right in itertools.pairwise(runs):
        gap, middle = right.first - left.end, (left.end + right.first) // 2
        # A comma must stay at its word.
        is_wide = gap >= spacing.syllables and min(left.height, right.height) >= LEAST_LETTER_PX
        more = max(WORDS_APART_PX - gap, 0) if left.end in under_notes else WIDER_PX * is_wide
        more -= min(spacing.excess, max(gap - LEAST_GAP_PX, 0))
        # Columns are added or removed in the middle of a gap. Its ends may hold the grey edges of letters.
        if more > 0:
            counts[middle] += more
        else:
            counts[middle + more // 2:middle + more // 2 - more] = 0
    order = np.repeat(np.arange(piece.shape[1]), counts)
    shaped = piece[:, order]
    shaped[:, np.diff(order, prepend=-1) == 0] = 255
    return shaped, order


def _gaps_between(notes: Sequence[float], runs: Sequence[_Run], spacing: _Spacing) -> set[int]:
    """The first columns of gaps that separate two syllables, but are too narrow to tell this by themselves. Each of the
    syllables stands under a note of its own, and one of the gaps between both notes is a little wider than between
    letters, or there is a hyphen."""
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
    """Whether what stands in these columns may be the syllable of a note: centred under it, or beginning under it.
    Otherwise a word that is held over two notes would be torn apart."""
    return min(abs((first + end) / 2 - note), abs(first - note)) <= UNDER_PX


def evened(piece: np.ndarray, kept: np.ndarray | None = None, without_grain: bool = False) -> np.ndarray:
    """A piece with white paper and black ink. It is also white where `kept` (bool), if given, says that there is no
    text. without_grain: whether strong noise of the paper becomes white, too."""
    paper, light, ink = np.percentile(piece, (PAPER_PERCENTILE, LIGHT_PERCENTILE, INK_PERCENTILE))
    white = light
    if without_grain and light - paper > GRAINY * (light - ink):
        white = max(paper - GRAIN * (light - paper), light - MOST_GRAIN * (light - ink))
    even = np.clip((piece.astype(np.float32) - ink) * (255 / max(white - ink, LEAST_CONTRAST)), 0, 255)
    return (even if kept is None else np.where(kept, even, 255)).astype(np.uint8)


def sheet_of(lines: Sequence[Line]) -> np.ndarray:
    """One picture of several lines, below each other, with `GAP_PX` in between."""
    pitch = LINE_PX + GAP_PX
    sheet = np.full((GAP_PX + pitch * len(lines), max(line.picture.shape[1] for line in lines) + GAP_PX), 255, np.uint8)
    for i, line in enumerate(lines):
        top = GAP_PX + i * pitch
        sheet[top:top + LINE_PX, :line.picture.shape[1]] = line.picture
    return sheet
