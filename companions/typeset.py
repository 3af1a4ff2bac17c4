"""Newspaper pages with their labels, exact by construction: articles in columns, headlines across them, pictures,
advertisements, horoscopes and lotteries. For `companions.press`, which learns from them.

A page is cut into rectangles along its columns; each becomes an article or a nuisance. Articles may leave a corner to
an advertisement, so that they are no rectangles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from omr.errors import DataError

CLASSES = ("background", "text", "headline", "picture", "nuisance")
WIDTH, HEIGHT = 896, 1280
_VOWELS, _CONSONANTS = "aeiou", "bdfghklmnrstvwz"
_SYLLABLES = tuple(c + v + end for c in _CONSONANTS for v in _VOWELS for end in ("", "", "n", "r"))
_FONT_ROOT = Path("/usr/share/fonts")
PINNED = (("DejaVuSans", "DejaVuSans-Bold"), ("STIXGeneral", "STIXGeneralBol"))
"""Fonts (body, bold) that pages to learn from are set in. They come with Matplotlib, so that a seed gives the same page
whatever is installed."""
PINNED_UNSEEN = (("DejaVuSerif", "DejaVuSerif-Bold"), ("Caladea-Regular", "Caladea-Bold"))
"""Those that only pages for testing are set in. Caladea comes with font-caladea."""
INSTALLED = ("Liberation", "FreeSans", "C059", "NimbusRoman", "EBGaramond", "LinLibertine")
"""Beginnings of the names of installed fonts that pages to learn from may be set in besides."""


@dataclass(frozen=True)
class Style:
    """How a newspaper looks. unseen: of those kept for testing (other numbers of columns, other fonts)."""

    columns: int
    gutter: int
    margin: int
    body: int
    rules: bool
    serif: str
    bold: str


@dataclass(frozen=True, eq=False)
class Sheet:
    """One page: pixels (H, W) uint8, label (H, W) uint8 of `CLASSES`, article (H, W) int16, 0 outside of articles."""

    pixels: np.ndarray
    label: np.ndarray
    article: np.ndarray


@lru_cache(maxsize=4)
def fonts(unseen: bool, installed: bool = False) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(files of body fonts, of bold ones). unseen: those for testing. installed: also what this machine has, but never
    for testing. Raises DataError if a package lacks its fonts."""
    import font_caladea
    import matplotlib

    folders = (Path(matplotlib.get_data_path()) / "fonts" / "ttf", Path(font_caladea.__file__).parent / "files")
    files = {path.stem: str(path) for folder in folders for path in sorted(folder.glob("*.ttf"))}
    try:
        plain, bold = ([files[pair[weight]] for pair in (PINNED_UNSEEN if unseen else PINNED)] for weight in (0, 1))
    except KeyError as error:
        raise DataError(f"the font {error.args[0]} is neither in Matplotlib nor in font-caladea") from error
    if installed and not unseen:
        found = [str(p) for p in sorted(_FONT_ROOT.rglob("*.[ot]tf")) if p.name.startswith(INSTALLED)]
        upright = [f for f in found if not any(w in f for w in ("Italic", "Oblique", "Mono"))]
        plain += [f for f in upright if "Bold" not in f]
        bold += [f for f in upright if "Bold" in f]
    return tuple(plain), tuple(bold)


def random_style(rng: np.random.Generator, unseen: bool = False, installed: bool = False) -> Style:
    """One newspaper. Pages for testing have 3 or 7 columns and fonts of their own, those to learn from 4 to 6.
    installed: as for `fonts`."""
    plain, bold = fonts(unseen, installed)
    columns = int(rng.choice([3, 7])) if unseen else int(rng.integers(4, 7))
    return Style(columns, int(rng.integers(10, 22)), int(rng.integers(24, 64)), int(rng.integers(8, 12)),
                 bool(rng.random() < 0.4), str(rng.choice(plain)), str(rng.choice(bold)))


class _Press:
    """A page being set."""

    def __init__(self, style: Style, rng: np.random.Generator):
        self.style, self.rng = style, rng
        self.image = Image.new("L", (WIDTH, HEIGHT), 255)
        self.draw = ImageDraw.Draw(self.image)
        self.label = np.zeros((HEIGHT, WIDTH), np.uint8)
        self.article = np.zeros((HEIGHT, WIDTH), np.int16)
        self.count = 0
        self.column = (WIDTH - 2 * style.margin + style.gutter) / style.columns

    def words(self, count: int) -> list[str]:
        return ["".join(self.rng.choice(_SYLLABLES, self.rng.integers(1, 4))) for _ in range(count)]

    def x(self, column: int) -> int:
        return round(self.style.margin + column * self.column)

    def mark(self, box: tuple[int, int, int, int], kind: str, article: int = 0) -> None:
        """Label a box (left, top, right, bottom)."""
        left, top, right, bottom = box
        self.label[top:bottom, left:right] = CLASSES.index(kind)
        if article:
            self.article[top:bottom, left:right] = article

    def text(self, box: tuple[int, int, int, int], size: int, file: str, article: int, kind: str = "text") -> None:
        """Justified lines that fill a box, the last one short."""
        left, top, right, bottom = box
        font = _font(file, size)
        row = top
        while row + size <= bottom:
            line = self.words(max(int((right - left) / (size * 1.9)), 1))
            widths = [font.getlength(w) for w in line]
            while len(line) > 1 and sum(widths) + (len(line) - 1) * size * 0.2 > right - left:
                line.pop()
                widths.pop()
            last = row + 2.3 * size > bottom or self.rng.random() < 0.06
            space = size * 0.3 if last or len(line) < 2 else (right - left - sum(widths)) / (len(line) - 1)
            at = float(left) + (size if self.rng.random() < 0.06 and len(line) < 4 else 0)
            for word, width in zip(line, widths, strict=True):
                self.draw.text((at, row), word, font=font, fill=int(self.rng.integers(0, 50)))
                at += width + min(space, 2 * size)
            row += round(size * 1.22)
        if row > top:
            self.mark((left, top, right, min(row, bottom)), kind, article)

    def headline(self, box: tuple[int, int, int, int], size: int, article: int) -> int:
        """One or two lines of a headline; returns the row under it."""
        left, top, right, bottom = box
        font = _font(self.style.bold, size)
        row, widest = top, left
        for _ in range(int(self.rng.integers(1, 3))):
            if row + size > bottom:
                break
            line = " ".join(self.words(9)).capitalize()
            while line and font.getlength(line) > right - left:
                line = line.rpartition(" ")[0]
            self.draw.text((left, row), line, font=font, fill=0)
            widest = max(widest, left + int(font.getlength(line)))
            row += round(size * 1.2)
        if widest > left:
            self.mark((left, top, widest, row), "headline", article)
        return row + size // 4

    def picture(self, box: tuple[int, int, int, int], article: int, kind: str = "picture") -> None:
        """Something gray and uneven, as photographs are in print."""
        left, top, right, bottom = box
        coarse = self.rng.normal(130, 60, (max((bottom - top) // 24, 2), max((right - left) // 24, 2)))
        shade = Image.fromarray(np.clip(coarse, 0, 255).astype(np.uint8)).resize((right - left, bottom - top),
                                                                                 Image.Resampling.BICUBIC)
        dots = self.rng.normal(0, 18, (bottom - top, right - left))
        self.image.paste(Image.fromarray(np.clip(np.asarray(shade) + dots, 0, 255).astype(np.uint8)), (left, top))
        self.mark(box, kind, article)

    def nuisance(self, box: tuple[int, int, int, int]) -> None:
        """A framed advertisement, horoscope or lottery."""
        left, top, right, bottom = box
        kind = self.rng.random()
        if self.rng.random() < 0.85:
            self.draw.rectangle((left, top, right - 1, bottom - 1), outline=0, width=int(self.rng.integers(1, 5)))
        inside = (left + 8, top + 8, right - 8, bottom - 8)
        if kind < 0.2:  # a table of numbers
            font = _font(self.style.bold, self.style.body + 3)
            for row in range(inside[1], inside[3] - 12, 18):
                for col in range(inside[0], inside[2] - 24, 36):
                    self.draw.text((col, row), str(int(self.rng.integers(1, 50))), font=font, fill=0)
        elif kind < 0.4:  # signs with a paragraph each
            for row in range(inside[1], inside[3] - 30, 44):
                self.draw.ellipse((inside[0], row, inside[0] + 24, row + 24), outline=0, width=2)
                self.text((inside[0] + 32, row, inside[2], row + 36), self.style.body, self.style.serif, 0)
        else:
            middle = inside[1] + int((inside[3] - inside[1]) * self.rng.uniform(0.2, 0.6))
            if self.rng.random() < 0.6 and middle - inside[1] > 30:
                self.picture((inside[0], inside[1], inside[2], middle), 0)
            row = middle + 6
            while row < inside[3] - 14:
                size = int(self.rng.integers(12, 34))
                font = _font(self.style.bold, size)
                line = " ".join(self.words(3))
                if row + size > inside[3] or font.getlength(line) > inside[2] - inside[0]:
                    size = 11
                    font = _font(self.style.serif, size)
                    line = line[:max(int((inside[2] - inside[0]) / 7), 1)]
                self.draw.text(((inside[0] + inside[2]) / 2, row), line, font=font, fill=0, anchor="ma")
                row += round(size * 1.4)
        self.mark(box, "nuisance")
        self.article[top:bottom, left:right] = 0

    def story(self, first: int, last: int, top: int, bottom: int) -> None:
        """An article in columns first..last-1 under a headline; there may be a picture, or a corner left to an ad."""
        self.count += 1
        number, gutter = self.count, self.style.gutter
        left, right = self.x(first), self.x(last) - gutter
        size = int(np.clip(self.rng.normal(15 + 7 * (last - first), 4), 13, 54))
        row = self.headline((left, top, right, bottom), min(size, (bottom - top) // 3), number)
        ends = [bottom] * (last - first)
        tall = bottom - row
        if last - first > 1 and tall > 160 and self.rng.random() < 0.3:  # a corner for an advertisement
            wide = int(self.rng.integers(1, last - first))
            cut = row + int(tall * self.rng.uniform(0.45, 0.7))
            self.nuisance((self.x(last - wide), cut, right, bottom))
            ends[-wide:] = [cut - 12] * wide
        starts = [row] * (last - first)
        if tall > 120 and self.rng.random() < 0.5:
            wide = int(self.rng.integers(1, last - first + 1))
            at = int(self.rng.integers(0, last - first - wide + 1))
            high = int(min(tall * 0.45, wide * self.column * 0.8))
            box = (self.x(first + at), row, self.x(first + at + wide) - gutter, row + high)
            self.picture(box, number)
            starts[at:at + wide] = [row + high + 8] * wide
        for i in range(last - first):
            box = (self.x(first + i), starts[i], self.x(first + i + 1) - gutter, ends[i])
            self.text(box, self.style.body, self.style.serif, number)
        # What lies between an article's parts, gutters and gaps, is the article's too.
        for i in range(last - first):
            end = min(self.x(first + i + 1), right)
            part = self.article[top:ends[i], self.x(first + i):end]
            part[part == 0] = number

    def fill(self, first: int, last: int, top: int, bottom: int) -> None:
        """Cut a rectangle of the page until the pieces are of an article's size."""
        wide, tall = last - first, bottom - top
        gap = int(self.rng.integers(14, 26))
        splits = []
        if wide > 1:
            splits.append("column")
        if tall > 330:
            splits.append("row")
        if splits and (wide * tall > 1500 or wide > 3 or tall > 700) and self.rng.random() < 0.93:
            if self.rng.choice(splits) == "column":
                middle = int(self.rng.integers(first + 1, last))
                if self.style.rules:
                    at = self.x(middle) - self.style.gutter // 2
                    self.draw.line((at, top, at, bottom), fill=60)
                self.fill(first, middle, top, bottom)
                self.fill(middle, last, top, bottom)
            else:
                middle = top + int(tall * self.rng.uniform(0.3, 0.7))
                if self.style.rules:
                    self.draw.line((self.x(first), middle, self.x(last) - self.style.gutter, middle), fill=60)
                self.fill(first, last, top, middle - gap // 2)
                self.fill(first, last, middle + gap // 2, bottom)
        elif self.rng.random() < 0.16 and tall < 600:
            self.nuisance((self.x(first), top, self.x(last) - self.style.gutter, bottom))
        else:
            self.story(first, last, top, bottom)


def typeset(rng: np.random.Generator, unseen: bool = False, installed: bool = False) -> Sheet:
    """One page, degraded as prints are: paper, blur, speckle, and uneven ink. The arguments are those of `fonts`."""
    press = _Press(random_style(rng, unseen, installed), rng)
    top = press.style.margin
    if rng.random() < 0.4:
        font = _font(press.style.bold, 56)
        press.draw.text((WIDTH / 2, top), " ".join(press.words(2)).title(), font=font, fill=0, anchor="ma")
        top += 84
        press.draw.line((press.style.margin, top - 10, WIDTH - press.style.margin, top - 10), fill=0, width=2)
    press.fill(0, press.style.columns, top, HEIGHT - press.style.margin)
    return Sheet(_printed(np.asarray(press.image), rng), press.label, press.article)


def _printed(clean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    import cv2

    paper = rng.uniform(205, 250) + cv2.resize(rng.normal(0, 10, (6, 5)).astype(np.float32), clean.shape[::-1],
                                               interpolation=cv2.INTER_CUBIC)
    ink = cv2.GaussianBlur(255 - clean.astype(np.float32), (0, 0), float(rng.uniform(0.4, 1.1))) / 255
    page = paper - ink * (paper - rng.uniform(10, 60)) + rng.normal(0, rng.uniform(1, 9), clean.shape)
    return np.clip(page, 0, 255).astype(np.uint8)


@lru_cache(maxsize=256)
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    # Pillow's other layout needs a library of the system (FriBidi), and spaces letters otherwise.
    return ImageFont.truetype(file, max(size, 6), layout_engine=ImageFont.Layout.BASIC)


def pages(count: int, seed: int, unseen: bool = False, installed: bool = False) -> Sequence[Sheet]:
    """Pages of as many newspapers; page n depends on (seed, n) alone, and with installed also on this machine's
    fonts."""
    return [typeset(np.random.default_rng([seed, i, int(unseen)]), unseen, installed) for i in range(count)]
