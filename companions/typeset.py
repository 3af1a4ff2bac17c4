"""Newspaper pages with their labels, exact by construction: articles in columns, headlines across them, pictures,
advertisements, horoscopes and lotteries. For `companions.press`, which learns from them.

Most pages are cut into rectangles along their columns; each becomes an article or a nuisance, or stays blank. Articles
may leave a corner to an advertisement, so that they are no rectangles. Others are set as around 1900: five to nine
dense columns of prose, in which articles follow one another and run on in the next column, with headlines no wider than
a column and rules between columns. There are tinted boxes, reversed type, drop caps and photographs, and the print is
worn: show-through, one-bit scans, dark edges.
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
    is_dense: bool = False


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
    """One newspaper. Pages for testing have 3, 5, 7 or 9 columns and fonts of their own, those to learn from 4, 5, 6 or
    8; dense ones never five. installed: as for `fonts`."""
    plain, bold = fonts(unseen, installed)
    if rng.random() < 0.45:
        columns = int(rng.choice([5, 7, 9] if unseen else [6, 8]))
        return Style(columns, int(rng.integers(5, 10)), int(rng.integers(30, 60)), int(rng.integers(6, 9)),
                     bool(rng.random() < 0.8), str(rng.choice(plain)), str(rng.choice(bold)), True)
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
        lengths = self.rng.integers(1, 4, count)
        chosen = iter(self.rng.integers(0, len(_SYLLABLES), int(lengths.sum())).tolist())
        return ["".join(_SYLLABLES[next(chosen)] for _ in range(length)) for length in lengths]

    def x(self, column: int) -> int:
        return round(self.style.margin + column * self.column)

    def mark(self, box: tuple[int, int, int, int], kind: str, article: int = 0) -> None:
        """Label a box (left, top, right, bottom)."""
        left, top, right, bottom = box
        self.label[top:bottom, left:right] = CLASSES.index(kind)
        if article:
            self.article[top:bottom, left:right] = article

    def text(self, box: tuple[int, int, int, int], size: int, file: str, article: int, kind: str = "text",
             paper: int = 255) -> None:
        """Justified lines that fill a box, the last one short; white on dark paper."""
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
                self.draw.text((at, row), word, font=font, fill=int(self.rng.integers(0, 50)) if paper > 128 else 255)
                at += width + min(space, 2 * size)
            row += round(size * 1.22)
        if row > top:
            self.mark((left, top, right, min(row, bottom)), kind, article)

    def headline(self, box: tuple[int, int, int, int], size: int, article: int) -> int:
        """One or two lines of a headline; returns the row under it."""
        left, top, right, bottom = box
        font = _font(self.style.bold, size)
        row, widest = top, left
        if self.rng.random() < 0.08 and bottom - top > 4 * size:
            return self.reversed_headline(box, size, article)
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

    def reversed_headline(self, box: tuple[int, int, int, int], size: int, article: int) -> int:
        """A line of a headline in white on a dark bar; returns the row under it."""
        left, top, right, _ = box
        font = _font(self.style.bold, size)
        line = self.fitting(font, right - left - size)
        low = top + round(size * 1.5)
        self.draw.rectangle((left, top, right - 1, low - 1), fill=int(self.rng.integers(0, 90)))
        self.draw.text((left + size // 2, top + size // 5), line, font=font, fill=255)
        self.mark((left, top, right, low), "headline", article)
        return low + size // 4

    def fitting(self, font: ImageFont.FreeTypeFont, width: float) -> str:
        """Some words that are no wider."""
        line = " ".join(self.words(9)).capitalize()
        while line and font.getlength(line) > width:
            line = line.rpartition(" ")[0]
        return line

    def drop_cap(self, box: tuple[int, int, int, int], article: int) -> int:
        """A large first letter with three lines beside it; returns the row under them."""
        left, top, right, _ = box
        high = round(3 * 1.22 * self.style.body)
        font = _font(self.style.bold, round(high * 1.05))
        letter = str(self.rng.choice(list("ABDEFHKLMNRST")))
        wide = round(font.getlength(letter)) + 3
        self.draw.text((left, top - high // 5), letter, font=font, fill=0)
        self.text((left + wide, top, right, top + high), self.style.body, self.style.serif, article)
        self.mark((left, top, right, top + high), "text", article)
        return top + high

    def picture(self, box: tuple[int, int, int, int], article: int, kind: str = "picture") -> None:
        """Something gray and uneven, as photographs are in print."""
        left, top, right, bottom = box
        if self.rng.random() < 0.2:
            self.engraving(box)
            self.mark(box, kind, article)
            return
        coarse = self.rng.normal(130, 60, (max((bottom - top) // 24, 2), max((right - left) // 24, 2)))
        shade = Image.fromarray(np.clip(coarse, 0, 255).astype(np.uint8)).resize((right - left, bottom - top),
                                                                                 Image.Resampling.BICUBIC)
        pen = ImageDraw.Draw(shade)
        for _ in range(int(self.rng.integers(0, 7))):  # people, buildings
            x, y = self.rng.integers(0, right - left), self.rng.integers(0, bottom - top)
            w, h = self.rng.integers(4, max((right - left) // 2, 6)), self.rng.integers(4, max((bottom - top) // 2, 6))
            shape = pen.ellipse if self.rng.random() < 0.5 else pen.rectangle
            shape((int(x), int(y), int(x + w), int(y + h)), fill=int(self.rng.integers(0, 256)))
        dots = np.asarray(shade) + self.rng.normal(0, 18, (bottom - top, right - left))
        if self.rng.random() < 0.4:  # a screen of dots
            rows, cols = np.mgrid[:bottom - top, :right - left] * (np.pi / float(self.rng.uniform(1.6, 3)))
            dots = np.where(dots > 128 + 90 * np.sin(rows + cols) * np.sin(rows - cols), 255, 0)
        self.image.paste(Image.fromarray(np.clip(dots, 0, 255).astype(np.uint8)), (left, top))
        self.mark(box, kind, article)

    def engraving(self, box: tuple[int, int, int, int]) -> None:
        """A drawing or plan in lines, on white."""
        left, top, right, bottom = box
        for _ in range(int(self.rng.integers(15, 60))):
            x, y = self.rng.integers(left, right, 2), self.rng.integers(top, bottom, 2)
            if self.rng.random() < 0.5:
                corners = (int(min(x)), int(min(y)), int(max(x)), int(max(y)))
                self.draw.rectangle(corners, outline=0, width=int(self.rng.integers(1, 3)))
            else:
                self.draw.line((int(x[0]), int(y[0]), int(x[1]), int(y[1])), fill=0, width=int(self.rng.integers(1, 3)))

    def nuisance(self, box: tuple[int, int, int, int]) -> None:
        """A framed advertisement, horoscope or lottery."""
        left, top, right, bottom = box
        kind = self.rng.random()
        paper = [255, 255, 255, int(self.rng.integers(190, 240)), int(self.rng.integers(0, 70))][self.rng.integers(5)]
        if paper < 255 or self.rng.random() < 0.85:
            self.draw.rectangle((left, top, right - 1, bottom - 1), outline=0, fill=paper,
                                width=int(self.rng.integers(1, 5)))
        ink = 0 if paper > 128 else 255
        inside = (left + 8, top + 8, right - 8, bottom - 8)
        if kind < 0.2:  # a table of numbers
            font = _font(self.style.bold, self.style.body + 3)
            for row in range(inside[1], inside[3] - 12, 18):
                for col in range(inside[0], inside[2] - 24, 36):
                    self.draw.text((col, row), str(int(self.rng.integers(1, 50))), font=font, fill=ink)
        elif kind < 0.4:  # signs with a paragraph each
            for row in range(inside[1], inside[3] - 30, 44):
                self.draw.ellipse((inside[0], row, inside[0] + 24, row + 24), outline=ink, width=2)
                self.text((inside[0] + 32, row, inside[2], row + 36), self.style.body, self.style.serif, 0,
                          paper=paper)
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
                self.draw.text(((inside[0] + inside[2]) / 2, row), line, font=font, fill=ink, anchor="ma")
                row += round(size * 1.4)
        self.mark(box, "nuisance")
        self.article[top:bottom, left:right] = 0

    def story(self, first: int, last: int, top: int, bottom: int) -> None:
        """An article in columns first..last-1 under a headline; there may be a picture, or a corner left to an ad."""
        self.count += 1
        number, gutter = self.count, self.style.gutter
        left, right = self.x(first), self.x(last) - gutter
        if self.rng.random() < 0.1:  # on a tint
            self.draw.rectangle((left - 3, top - 3, right + 2, bottom + 2), fill=int(self.rng.integers(205, 245)))
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
        if tall > 160 and self.rng.random() < 0.2:  # the last column is not full
            ends[-1] -= int((ends[-1] - starts[-1]) * self.rng.uniform(0.2, 0.7))
        if ends[0] - starts[0] > 80 and self.rng.random() < 0.2:
            starts[0] = self.drop_cap((left, starts[0], self.x(first + 1) - gutter, ends[0]), number)
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
        elif self.rng.random() < 0.05:
            return  # blank
        elif self.rng.random() < 0.16 and tall < 600:
            self.nuisance((self.x(first), top, self.x(last) - self.style.gutter, bottom))
        else:
            self.story(first, last, top, bottom)


    def dense(self, top: int) -> None:
        """Columns of prose from `top` on, articles one under another and on in the next column, and blocks across."""
        bottom, columns, gutter = HEIGHT - self.style.margin, self.style.columns, self.style.gutter
        free = [[(top, bottom)] for _ in range(columns)]
        for _ in range(int(self.rng.integers(0, 4))):
            self.block(free)
        for i in range(1, columns):
            if self.style.rules:
                at = self.x(i) - gutter // 2 - 1
                for low, high in free[i]:
                    self.draw.line((at, low, at, high), fill=int(self.rng.integers(0, 90)))
        number, left_over, inked = 0, 0.0, self.style.body * 1.22
        for i in range(columns):
            left, right = self.x(i), self.x(i + 1) - gutter
            for low, high in free[i]:
                row = low
                while row + 6 * inked < high:
                    if left_over < 2 * inked:
                        self.count += 1
                        number = self.count
                        left_over = float(self.rng.exponential(bottom - top)) + 8 * inked
                        row = self.decks((left, row, right, high), number)
                    end = min(high, row + round(left_over))
                    self.text((left, row, right, end), self.style.body, self.style.serif, number)
                    self.article[row:end, left:right] = number
                    left_over -= end - row
                    row = end + self.style.body
        # Between two columns of one article the gutter is the article's too.
        for i in range(1, columns):
            left, right = self.x(i) - gutter, self.x(i)
            before, after = self.article[:, left - 1], self.article[:, min(right, WIDTH - 1)]
            same = (before == after) & (before > 0)
            self.article[same, left:right] = before[same][:, None]

    def decks(self, box: tuple[int, int, int, int], article: int) -> int:
        """A headline no wider than a column, of one to three parts with rules between; returns the row under it."""
        left, top, right, bottom = box
        middle, row = (left + right) / 2, top + 3
        self.draw.line((left, top, right, top), fill=60)
        for deck in range(int(self.rng.integers(1, 4))):
            size = max(int(self.rng.integers(10, 17)) - 2 * deck, self.style.body + 1)
            font = _font(self.style.bold, size)
            for _ in range(int(self.rng.integers(1, 4))):
                if row + 2 * size > bottom:
                    break
                line = self.fitting(font, right - left)
                line = (line or self.words(1)[0][:4]).upper() if deck == 0 and self.rng.random() < 0.5 else line
                while line and font.getlength(line) > right - left:
                    line = line[:-1]
                self.draw.text((middle, row), line, font=font, fill=0, anchor="ma")
                row += round(size * 1.2)
            self.draw.line((middle - 8, row + 2, middle + 8, row + 2), fill=0)
            row += 6
        self.mark((left, top, right, row), "headline", article)
        return row

    def block(self, free: list[list[tuple[int, int]]]) -> None:
        """Something across columns of a dense page: a picture with a line under it, or an advertisement. free: of every
        column what rows are left, which is changed."""
        wide = int(self.rng.integers(1, max(len(free) - 1, 2)))
        first = int(self.rng.integers(0, len(free) - wide + 1))
        high = int(min(wide * self.column * self.rng.uniform(0.5, 1.1), 420))
        rooms = set.intersection(*(set(free[i]) for i in range(first, first + wide)))
        rooms = {(a, b) for a, b in rooms if b - a > high + 120}
        if not rooms:
            return
        low, end = sorted(rooms)[int(self.rng.integers(len(rooms)))]
        top = [low, int(self.rng.integers(low + 50, end - high - 50)), end - high][self.rng.integers(3)]
        left, right = self.x(first), self.x(first + wide) - self.style.gutter
        if self.rng.random() < 0.5:
            self.nuisance((left, top + 4, right, top + high - 4))
        else:
            self.count += 1
            size = int(self.rng.integers(9, 15))
            self.picture((left, top + 4, right, top + high - 2 * size - 6), self.count)
            self.headline_below((left, top + high - 2 * size - 2, right, top + high - 4), size, self.count)
            self.article[top + 4:top + high - 4, left:right] = self.count
        for i in range(first, first + wide):
            free[i].remove((low, end))
            free[i] += [(a, b) for a, b in ((low, top - 4), (top + high + 4, end)) if b - a > 60]
            free[i].sort()

    def headline_below(self, box: tuple[int, int, int, int], size: int, article: int) -> None:
        """The line under a picture."""
        left, top, right, bottom = box
        font = _font(self.style.bold, size)
        self.draw.text(((left + right) / 2, top), self.fitting(font, right - left), font=font, fill=0, anchor="ma")
        self.mark((left, top, right, bottom), "headline", article)


def typeset(rng: np.random.Generator, unseen: bool = False, installed: bool = False) -> Sheet:
    """One page, degraded as prints are: paper, blur, speckle, and uneven ink. The arguments are those of `fonts`."""
    press = _Press(random_style(rng, unseen, installed), rng)
    top = press.style.margin
    if rng.random() < 0.4:
        font = _font(press.style.bold, 56)
        press.draw.text((WIDTH / 2, top), " ".join(press.words(2)).title(), font=font, fill=0, anchor="ma")
        top += 84
        press.draw.line((press.style.margin, top - 10, WIDTH - press.style.margin, top - 10), fill=0, width=2)
    if press.style.is_dense:
        press.dense(top)
    else:
        press.fill(0, press.style.columns, top, HEIGHT - press.style.margin)
    return Sheet(_printed(np.asarray(press.image), rng), press.label, press.article)


def _printed(clean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    import cv2

    paper = rng.uniform(205, 250) + cv2.resize(rng.normal(0, 10, (6, 5)).astype(np.float32), clean.shape[::-1],
                                               interpolation=cv2.INTER_CUBIC)
    ink = cv2.GaussianBlur(255 - clean.astype(np.float32), (0, 0), float(rng.uniform(0.4, 1.1))) / 255
    if rng.random() < 0.35:  # the other side shows through
        other = np.roll(clean[:, ::-1], rng.integers(-40, 40, 2), (0, 1))
        ghost = cv2.GaussianBlur(255 - other.astype(np.float32), (0, 0), 1.5) / 255
        ink = np.clip(ink + ghost * rng.uniform(0.05, 0.2), 0, 1)
    page = paper - ink * (paper - rng.uniform(10, 60)) + rng.normal(0, rng.uniform(1, 9), clean.shape)
    if rng.random() < 0.25:  # a one-bit scan
        # Small type is grey after the blur: what is a sixth as dark as ink is black.
        page = np.where(page > paper.mean() * rng.uniform(0.8, 0.87), 255, 0)
    if rng.random() < 0.2:  # the dark edge of the scanner's bed
        for side in range(4):
            wide = int(rng.integers(0, 20))
            edge = np.rot90(page, side)
            edge[:wide] = rng.uniform(0, 60)
    return np.clip(page, 0, 255).astype(np.uint8)


@lru_cache(maxsize=256)
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    # Pillow's other layout needs a library of the system (FriBidi), and spaces letters otherwise.
    return ImageFont.truetype(file, max(size, 6), layout_engine=ImageFont.Layout.BASIC)


def pages(count: int, seed: int, unseen: bool = False, installed: bool = False) -> Sequence[Sheet]:
    """Pages of as many newspapers; page n depends on (seed, n) alone, and with installed also on this machine's
    fonts."""
    return [typeset(np.random.default_rng([seed, i, int(unseen)]), unseen, installed) for i in range(count)]
