"""What the articles of `companions.press` consist of: headlines, text by columns and pictures, in the order of reading.

    parts(label, article, shape) -> Part, Part ...; picture_of(pixels, article, ...) -> the image of one article
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy import ndimage

from companions.press import Article
from companions.typeset import CLASSES

KINDS = ("headline", "text", "picture")
LEAST_CELLS = 12
"""Smaller pieces of one kind are what a network says at the edge of another: a line of a column has thirty cells."""
PAD = 0.006
"""By so much of the page's width an article's image reaches over its outline, but not into another article: outlines
run along cells of half a letter's height, and cut letters at the edge."""


@dataclass(frozen=True, eq=False)
class Part:
    """One region of an article. kind: of `KINDS`; article: its number, from 1; polygon: (N, 2) x, y in the page's
    pixels; text: what Tesseract read in it, "" where it read nothing or was not asked."""

    kind: str
    article: int
    polygon: np.ndarray
    text: str = ""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        (left, top), (right, bottom) = self.polygon.min(axis=0), self.polygon.max(axis=0)
        return float(left), float(top), float(right), float(bottom)


def parts(label: np.ndarray, article: np.ndarray, shape: tuple[int, int]) -> list[Part]:
    """The headlines, columns of text and pictures of all articles, article by article and in the order of reading.

    label, article: as `press.read` gives them; shape: (H, W) of the page.
    """
    scale = np.array([shape[1] / label.shape[1], shape[0] / label.shape[0]])
    found: list[Part] = []
    for number in range(1, int(article.max(initial=0)) + 1):
        own: list[Part] = []
        for kind in KINDS:
            pieces, count = ndimage.label((label == CLASSES.index(kind)) & (article == number))
            sizes = np.bincount(pieces.ravel(), minlength=count + 1)
            for piece in range(1, count + 1):
                if sizes[piece] >= LEAST_CELLS:
                    own.append(Part(kind, number, outline(pieces == piece) * scale))
        found += in_order(own)
    return found


def outline(mask: np.ndarray) -> np.ndarray:
    """(N, 2) x, y: the outer edge of a mask's cells (not their middles), N at least 4."""
    wide = np.pad(np.repeat(np.repeat(mask.astype(np.uint8), 2, axis=0), 2, axis=1), 1)
    edges, _ = cv2.findContours(cv2.dilate(wide, np.ones((2, 2), np.uint8)), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    edge = cv2.approxPolyDP(max(edges, key=cv2.contourArea), 2.0, True)[:, 0]
    if len(edge) < 4:
        x, y, w, h = cv2.boundingRect(edge)
        edge = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])
    return (edge - 0.5) / 2


def in_order(found: Sequence[Part]) -> list[Part]:
    """Parts of one article as they are read: what stands above over the same columns comes first, and whole columns
    from left to right (Breuel, "High performance document layout analysis", 2003)."""
    boxes = [p.box for p in found]

    def overlap(a: int, b: int, axis: int) -> bool:
        return boxes[a][axis] < boxes[b][axis + 2] and boxes[b][axis] < boxes[a][axis + 2]

    def before(a: int, b: int) -> bool:
        if overlap(a, b, 0):
            return boxes[a][1] + boxes[a][3] < boxes[b][1] + boxes[b][3]
        if boxes[a][2] > boxes[b][0]:
            return False
        # A part that reaches over both and stands between them, such as a headline, parts them.
        low, high = min(boxes[a][3], boxes[b][3]), max(boxes[a][1], boxes[b][1])
        return not any(overlap(a, c, 0) and overlap(b, c, 0) and low <= (boxes[c][1] + boxes[c][3]) / 2 <= high
                       for c in range(len(boxes)) if c not in (a, b))

    left, order = set(range(len(found))), []
    while left:
        free = [i for i in left if not any(before(j, i) for j in left if j != i)] or list(left)
        chosen = min(free, key=lambda i: (boxes[i][1], boxes[i][0]))
        order.append(chosen)
        left.remove(chosen)
    return [found[i] for i in order]


def picture_of(pixels: np.ndarray, article: Article, others: Sequence[Article]) -> np.ndarray:
    """The image of an article, (h, w) uint8: its outline and `PAD` of the page's width around, white where the page's
    other regions stand."""
    mask, taken = (np.zeros(pixels.shape, np.uint8) for _ in range(2))
    cv2.fillPoly(mask, article.corners(), 1)
    for other in others:
        if other is not article:
            cv2.fillPoly(taken, other.corners(), 1)
    side = 2 * max(round(PAD * pixels.shape[1]), 1) + 1
    near = np.asarray(cv2.dilate(mask, np.ones((side, side), np.uint8)))
    mask[(near > 0) & (taken == 0)] = 1
    left, top, wide, high = cv2.boundingRect(mask)
    window = slice(top, top + high), slice(left, left + wide)
    return np.where(mask[window], pixels[window], 255).astype(np.uint8)


def languages() -> tuple[str, ...]:
    """The languages that Tesseract knows here; none where it is not installed."""
    from omr.text.tesseract import installed

    return tuple(sorted(installed() - {"osd", "equ"}))


def with_text(pixels: np.ndarray, found: Sequence[Part], spoken: Sequence[str]) -> list[Part]:
    """The parts with the text that Tesseract reads in each. pixels: (H, W) uint8; spoken: its languages, such as "eng";
    without any, the parts as they are."""
    if not spoken:
        return list(found)
    from PIL import Image
    from tesserocr import PSM, PyTessBaseAPI

    from omr.text.tesseract import data_folder

    read = []
    with PyTessBaseAPI(path=str(data_folder()), lang="+".join(spoken), psm=PSM.SINGLE_BLOCK) as reader:
        reader.SetVariable("debug_file", "/dev/null")
        for part in found:
            if part.kind == "picture":
                read.append(part)
                continue
            image = Image.fromarray(picture_of(pixels, Article((part.polygon,)), ()))
            # Tesseract reads letters best at twenty to forty pixels; small scans are enlarged.
            times = max(1, round(ENLARGED_PX / pixels.shape[1]))
            reader.SetImage(image.resize((image.width * times, image.height * times), Image.Resampling.BICUBIC))
            read.append(replace(part, text=reader.GetUTF8Text().strip()))
    return read


ENLARGED_PX = 3000
"""Width to which a narrower page is enlarged, by a whole number, before it is read: 300 dpi of a small newspaper."""
