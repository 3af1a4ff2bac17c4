"""Reads the chord symbols of a scan a second time: words that are no chord symbol, and sharps and flats.

In a line of single letters far apart, Tesseract reads an F as "FF" and a G as "GE". So each word in such a line that is
no chord symbol is read again alone, with only the letters of chord symbols allowed.

Tesseract knows neither sharps nor flats: it reads "A♯m" as "Atm" or "Am", and "B♭" as "Bo". The music detector knows
both, but beside letters it takes them for text. So what follows the root of each chord symbol is cut out, put alone on
a blank sheet, in the size of accidentals beside notes, and shown to the detector.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from omr.text.chordnames import chord_name
from omr.text.linepictures import BLANK_LEVEL, LETTERS_PX, LINE_PX, cut_out, evened
from omr.text.tesseract import read_alone
from omr.types import SPACE_PX, Box, DetectorMaps, Page, Word
from omr.types.table import table
from omr.types.vocabulary import ID


@table
class ChordLetterLimits:
    """Set on eight engraved lead sheets that were made to look like scans and photographs."""

    root_height: float = 2.4
    """Height to which the root's letter is scaled, in staff spaces. A sharp beside it then has the height of one beside
    a note."""
    cell: int = 64
    """Distance between two signs on the sheet, across and down, in pixels. The detector's answer depends mostly on what
    is nearer than this."""
    least_speck: int = 12
    """Fewest pixels of a letter or sign, in a picture whose letters are `LETTERS_PX` high. Smaller things are dirt."""
    least_root: float = 0.6
    """Least height of a root's letter, as a share of the highest letter beside it."""
    gap: int = 2
    """Fewest blank columns between two letters in that picture."""
    sure: float = 0.3
    """With at least this probability, 0 to 1, there is an accidental, whatever Tesseract has read ..."""
    likely: float = 0.04
    """... and with at least this, if Tesseract has read a letter with which it confuses this accidental."""
    least_score: float = 0.5
    """Least score, 0 to 1, of a word that is read again. "Fma", read instead of "Tempo", had 0, and "Gm" instead of
    "Gbdim" .47."""
    low: float = 0.2
    """How far above the lower end of the root a flat may end, as a share of the root's height. The ring that means
    "diminished" is higher."""
    aside: float = 0.3
    """How far a word's picture reaches beyond its letters on either side, in staff spaces."""


T = ChordLetterLimits()
SHARPS = ("accidentalSharp", "accidentalSharpSmall", "accidentalThreeQuarterTonesSharpStein")
"""Classes that the detector may give to a sharp that stands alone on a sheet."""
FLATS = ("accidentalFlat", "accidentalFlatSmall")
LETTERS = "ABCDEFGMmajdinsu#b0123456789/+-()"
"""Characters of chord symbols that Tesseract knows."""
READ_FOR = {"#": frozenset("#ftFïîi’:?4"), "b": frozenset("bo5>°sh,9®")}
"""What Tesseract reads instead of a sharp and of a flat."""
HOOK = re.compile(r"[o°>]|s(?!us)")
"""What Tesseract reads instead of a flat whose thin stem was lost in the scan, so that the detector does not see it."""
ACROSS = 16
"""Signs in a row of the sheet."""
BASS = re.compile(r"(?<=/)([a-gp])$")
"""What Tesseract reads instead of the letter of a bass, which is always a capital. A D becomes a "p"."""


@dataclass(frozen=True)
class _Sign:
    """What follows a root.

    picture: (H, W) uint8, in the size in which it is shown to the detector.
    behind: how many letters or signs follow it.
    is_low: whether it stands on the same line as the root.
    """

    picture: np.ndarray
    behind: int
    is_low: bool


def read_chords(
    words: Sequence[Word], chords: Collection[int], source: np.ndarray, page: Page, languages: Sequence[str],
    detect: Callable[[np.ndarray], DetectorMaps],
) -> tuple[Word, ...]:
    """The words, those in lines of chord symbols read again one by one.

    chords: indices of these words.
    source: the scan from which the page was made.
    languages: by Tesseract's names.
    detect: the detector, for (H, W) uint8 with 0 = ink.
    """
    pictures = {i: _picture(source, page, words[i].box) for i in sorted(chords)
                if re.search(r"\w", words[i].text) and words[i].box.height >= 1}
    signs = {i: sign for i, picture in pictures.items() if (sign := _after_root(picture)) is not None}
    chances = dict(zip(signs, _chances([sign.picture for sign in signs.values()], detect), strict=True))
    found = list(words)
    for i, picture in pictures.items():
        text, score = words[i].text, words[i].score
        for is_again in (False, True):
            if is_again:
                text, score = read_alone(picture, languages, letters=LETTERS)
                if score < T.least_score:
                    break  # any word can be read with these letters: "Tempo" became "Fma", though with a low score
            if i in signs:
                text = _with_sign(text, signs[i], chances[i])
            if _is_known(text):
                found[i] = replace(words[i], text=text, score=score)
                break
    return tuple(found)


def _picture(source: np.ndarray, page: Page, box: Box) -> np.ndarray:
    """A word as a picture (rows, W) uint8 whose letters are `LETTERS_PX` high, 0 = ink."""
    scale = LETTERS_PX / box.height
    width = math.ceil((box.width + 2 * T.aside * SPACE_PX) * scale)
    top = box.center[0] - LINE_PX / scale / 2
    return evened(cut_out(source, page.to_source, (top, box.left - T.aside * SPACE_PX), scale, width))


def _after_root(picture: np.ndarray) -> _Sign | None:
    """What follows the first letter of a word; None if nothing does."""
    piece = picture.copy()
    ink = (piece <= BLANK_LEVEL).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    letters = [i for i in range(1, len(stats)) if stats[i, cv2.CC_STAT_AREA] >= T.least_speck]
    highest = max((stats[i, cv2.CC_STAT_HEIGHT] for i in letters), default=0)
    high = [i for i in letters if stats[i, cv2.CC_STAT_HEIGHT] >= T.least_root * highest]
    if not high:
        return None
    root = min(high, key=lambda i: stats[i, cv2.CC_STAT_LEFT])
    begin = stats[root, cv2.CC_STAT_LEFT] + stats[root, cv2.CC_STAT_WIDTH] // 2
    piece[labels == root] = 255
    columns = np.isin(labels, [i for i in letters if i != root])[:, begin:].any(axis=0)
    filled = np.flatnonzero(columns)
    if not len(filled):
        return None
    runs = np.split(filled, np.flatnonzero(np.diff(filled) > T.gap) + 1)
    shrink = T.root_height * SPACE_PX / stats[root, cv2.CC_STAT_HEIGHT]
    sign = piece[:, begin + runs[0][0]:begin + runs[0][-1] + 1]
    bottom = np.flatnonzero((sign <= BLANK_LEVEL).any(axis=1))[-1] + 1
    above = stats[root, cv2.CC_STAT_TOP] + stats[root, cv2.CC_STAT_HEIGHT] - bottom
    height, width = (max(1, round(side * shrink)) for side in sign.shape)  # a speck may be one pixel wide
    return _Sign(cv2.resize(sign, (width, height), interpolation=cv2.INTER_AREA), len(runs) - 1,
                 bool(above < T.low * stats[root, cv2.CC_STAT_HEIGHT]))


def _chances(pictures: Sequence[np.ndarray], detect: Callable[[np.ndarray], DetectorMaps]) -> list[dict[str, float]]:
    """The probability, 0 to 1, that each picture shows a sharp ("#") or a flat ("b")."""
    if not pictures:
        return []
    rows = -(-len(pictures) // ACROSS)
    sheet = np.full((rows * T.cell, ACROSS * T.cell), 255, np.uint8)
    places = [(i // ACROSS * T.cell, i % ACROSS * T.cell) for i in range(len(pictures))]
    for (top, left), picture in zip(places, pictures, strict=True):
        height, width = (min(side, T.cell - round(SPACE_PX)) for side in picture.shape)
        row, col = top + (T.cell - height) // 2, left + (T.cell - width) // 2
        sheet[row:row + height, col:col + width] = picture[:height, :width]
    maps = detect(sheet)
    # The cells of classes are coarser than those of energy. A class counts only where the energy says that there may be
    # a symbol.
    ratio = maps.class_stride // maps.stride
    side = T.cell // maps.class_stride
    chances = []
    for row, col in places:
        a, b = row // maps.class_stride, col // maps.class_stride
        energy = maps.energy[a * ratio:(a + side) * ratio, b * ratio:(b + side) * ratio]
        classes = maps.class_prob[a:a + side, b:b + side]
        weight = cv2.resize(energy, (side, side), interpolation=cv2.INTER_AREA) * (classes.max(axis=-1) > 0)
        mean = (classes * weight[..., None]).sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)
        chances.append({sign: float(sum(mean[ID[name]] for name in names))
                        for sign, names in (("#", SHARPS), ("b", FLATS))})
    return chances


def _with_sign(text: str, sign: _Sign, chance: dict[str, float]) -> str:
    """A chord symbol with the accidental after its root. chance: the probabilities of a sharp and of a flat."""
    if not text[:1].isupper():
        return text
    text = BASS.sub(lambda found: found[1].upper().replace("P", "D"), text)
    if HOOK.match(text[1:]) and sign.is_low:
        return f"{text[0]}b{text[2:]}"
    kind = max(chance, key=lambda s: chance[s])
    is_misread = text[1:2] in READ_FOR[kind]
    if chance[kind] < (T.likely if is_misread else T.sure):
        return text.replace("?", "7")
    # Tesseract may have read one letter instead of the accidental, or left it out; rarely it has read two.
    ends = [text[k:] for k in (2, 1) if _is_known(text[0] + kind + text[k:])]
    if not ends and _is_known(text[0] + kind + text[3:]):
        ends = [text[3:]]
    return text[0] + kind + min(ends, key=lambda end: abs(len(end) - sign.behind)) if ends else text


def _is_known(text: str) -> bool:
    return chord_name(text) is not None
