"""Newspaper pages with their labels, exact by construction: articles in columns, headlines across them, pictures,
advertisements, horoscopes and lotteries. For `companions.press`, which learns from them.

Modern pages are cut into rectangles along their columns; each becomes an article or a nuisance, or stays blank.
Articles may leave a corner to an advertisement, so that they are no rectangles. There are tinted boxes, reversed type,
drop caps and photographs. Pages as around 1900 are set by `broadsheet.py`, and all are worn by `worn.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from companions.broadsheet import broadsheet
from companions.worn import worn
from omr.errors import DataError

CLASSES = ("background", "text", "headline", "picture", "nuisance")
WIDTH, HEIGHT = 896, 1280
_VOWELS, _CONSONANTS = "aeiou", "bdfghklmnrstvwz"
_SYLLABLES = tuple(c + v + end for c in _CONSONANTS for v in _VOWELS for end in ("", "", "n", "r"))
_FONT_ROOT = Path("/usr/share/fonts")
PINNED = (("DejaVuSans", "DejaVuSans-Bold"), ("STIXGeneral", "STIXGeneralBol"), ("cmr10", "cmb10"))
"""Fonts (body, bold) that pages to learn from are set in. They come with Matplotlib, so that a seed gives the same page
whatever is installed."""
PINNED_UNSEEN = (("DejaVuSerif", "DejaVuSerif-Bold"), ("Caladea-Regular", "Caladea-Bold"))
"""Those that only pages for testing are set in. Caladea comes with font-caladea."""
INSTALLED = ("Liberation", "FreeSans", "C059", "NimbusRoman", "EBGaramond", "LinLibertine")
"""Beginnings of the names of installed fonts that pages to learn from may be set in besides."""


@dataclass(frozen=True)
class Style:
    """How a newspaper looks. gutter, margin, body: px; serif, bold: font files; leading: from line to line, in sizes of
    the body; condensed: width of headline letters, 1 as the font has them."""

    columns: int
    gutter: int
    margin: int
    body: int
    rules: bool
    serif: str
    bold: str
    is_old: bool = False
    leading: float = 1.22
    condensed: float = 1.0


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
    """One newspaper. Old pages for testing have 5, 7 or 9 columns, those to learn from 4, 6 or 8; modern ones 3 or 7,
    and 4, 5 or 6. Fonts differ, too. installed: as for `fonts`."""
    plain, bold = fonts(unseen, installed)
    serif, heavy = str(rng.choice(plain)), str(rng.choice(bold))
    if rng.random() < 0.6:
        columns = int(rng.choice([5, 7, 9] if unseen else [4, 6, 8]))
        # Type of seven points on a page 17 inches wide is five pixels high here.
        body = int(rng.integers(5, 8 if columns > 5 else 10))
        return Style(columns, int(rng.integers(5, 11)), int(rng.integers(12, 60)), body, bool(rng.random() < 0.8),
                     serif, heavy, True, float(rng.uniform(1.1, 1.35)), float(rng.uniform(0.55, 1.1)))
    columns = int(rng.choice([3, 7])) if unseen else int(rng.integers(4, 7))
    return Style(columns, int(rng.integers(10, 22)), int(rng.integers(24, 64)), int(rng.integers(8, 12)),
                 bool(rng.random() < 0.4), serif, heavy)


class Press:
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

    @staticmethod
    def font(file: str, size: int) -> ImageFont.FreeTypeFont:
        return font_of(file, size)

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
        font = font_of(file, size)
        row, is_first = top, True
        while row + size <= bottom:
            left_in = left + (size if is_first else 0)  # a paragraph begins
            line = self.words(max(int((right - left) / (size * 1.9)), 1))
            widths = [font.getlength(w) for w in line]
            while len(line) > 1 and sum(widths) + (len(line) - 1) * size * 0.2 > right - left_in:
                line.pop()
                widths.pop()
            is_first = row + 2.3 * size > bottom or self.rng.random() < 0.06
            justified = (right - left_in - sum(widths)) / max(len(line) - 1, 1)
            space = min(size * 0.3, justified) if is_first or len(line) < 2 else justified
            at = float(left_in)
            for word, width in zip(line, widths, strict=True):
                self.draw.text((at, row), word, font=font, fill=int(self.rng.integers(0, 50)) if paper > 128 else 255)
                at += width + min(space, 2 * size)
            row += round(size * self.style.leading)
        if row > top:
            self.mark((left, top, right, min(row, bottom)), kind, article)

    def headline(self, box: tuple[int, int, int, int], size: int, article: int) -> int:
        """One or two lines of a headline; returns the row under it."""
        left, top, right, bottom = box
        font = font_of(self.style.bold, size)
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
        font = font_of(self.style.bold, size)
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

    def write(self, x: float, row: int, line: str, font: ImageFont.FreeTypeFont, fill: int = 0) -> None:
        """A line of a headline around the middle x, in letters as wide as the style has them."""
        tile = Image.new("L", (max(round(font.getlength(line)), 1), round(1.4 * font.size)), 0)
        ImageDraw.Draw(tile).text((0, 0), line, font=font, fill=255)
        tile = tile.resize((max(round(tile.width * self.style.condensed), 1), tile.height), Image.Resampling.BILINEAR)
        self.image.paste(fill, (round(x - tile.width / 2), row), tile)

    def nameplate(self, top: int) -> int:
        """The newspaper's name, often with the date between rules under it; returns the row under both."""
        left, right = self.style.margin, WIDTH - self.style.margin
        size = int(self.rng.integers(40, 84))
        font = font_of(self.style.bold, size)
        line = " ".join(self.words(int(self.rng.integers(2, 4)))).title()
        while font.getlength(line) * self.style.condensed > right - left:
            line = line[:-1]
        self.write(WIDTH / 2, top, line, font)
        if self.rng.random() < 0.3 and font.getlength(line) * self.style.condensed < 0.6 * (right - left):
            for x in (left, right - 90):  # something small at either side
                for i in range(4):
                    self.draw.text((x + 45, top + 12 * i), self.words(1)[0], font=font_of(self.style.serif, 9), fill=0,
                                   anchor="ma")
        row = top + round(1.3 * size)
        self.draw.line((left, row, right, row), fill=0, width=int(self.rng.integers(1, 4)))
        if self.rng.random() < 0.7:
            return self.folio(row + 4)
        return row + 10

    def folio(self, top: int) -> int:
        """A line with number, date and page over a rule; returns the row under it."""
        left, right = self.style.margin, WIDTH - self.style.margin
        font = font_of(self.style.bold, int(self.rng.integers(8, 13)))
        for x, anchor in ((left, "la"), (WIDTH / 2, "ma"), (right, "ra")):
            line = " ".join(self.words(int(self.rng.integers(1, 5))))
            self.draw.text((x, top), line.upper() if self.rng.random() < 0.5 else line, font=font, fill=0,
                           anchor=anchor)
        row = top + round(1.5 * font.size)
        self.draw.line((left, row, right, row), fill=0, width=int(self.rng.integers(1, 3)))
        return row + 8

    def drop_cap(self, box: tuple[int, int, int, int], article: int) -> int:
        """A large first letter with three lines beside it; returns the row under them."""
        left, top, right, _ = box
        high = round(3 * 1.22 * self.style.body)
        font = font_of(self.style.bold, round(high * 1.05))
        letter = str(self.rng.choice(list("ABDEFHKLMNRST")))
        wide = round(font.getlength(letter)) + 3
        self.draw.text((left, top - high // 5), letter, font=font, fill=0)
        self.text((left + wide, top, right, top + high), self.style.body, self.style.serif, article)
        self.mark((left, top, right, top + high), "text", article)
        return top + high

    def picture(self, box: tuple[int, int, int, int], article: int, kind: str = "picture") -> None:
        """Something gray and uneven, as photographs are in print."""
        left, top, right, bottom = box
        if self.rng.random() < (0.5 if self.style.is_old else 0.2):
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
        """A drawing or plan in lines, or shapes shaded by strokes, on white."""
        left, top, right, bottom = box
        if self.rng.random() < 0.6:
            self.hatched(box)
            return
        for _ in range(int(self.rng.integers(15, 60))):
            x, y = self.rng.integers(left, right, 2), self.rng.integers(top, bottom, 2)
            if self.rng.random() < 0.5:
                corners = (int(min(x)), int(min(y)), int(max(x)), int(max(y)))
                self.draw.rectangle(corners, outline=0, width=int(self.rng.integers(1, 3)))
            else:
                self.draw.line((int(x[0]), int(y[0]), int(x[1]), int(y[1])), fill=0, width=int(self.rng.integers(1, 3)))

    def hatched(self, box: tuple[int, int, int, int]) -> None:
        """A woodcut: shapes in strokes of their own direction and weight, over one another, often without a frame."""
        left, top, right, bottom = box
        wide, high = right - left, bottom - top
        rows, cols = np.mgrid[:high, :wide].astype(np.float32)
        ground = self.rng.random() < 0.5
        tile = np.full((high, wide), 255, np.uint8)
        for i in range(int(self.rng.integers(3, 12))):
            angle, pitch = self.rng.uniform(0, np.pi), self.rng.uniform(2.5, 6)
            waves = np.sin((rows * np.sin(angle) + cols * np.cos(angle)) * 2 * np.pi / pitch)
            strokes = np.where(waves > self.rng.uniform(-0.8, 0.8), 255, 0).astype(np.uint8)
            middle_y, middle_x = self.rng.uniform(0.2, 0.8, 2) * (high, wide)
            tall, broad = self.rng.uniform(0.1, 0.45, 2) * (high, wide)
            distance = ((rows - middle_y) / tall) ** 2 + ((cols - middle_x) / broad) ** 2
            inside = np.ones_like(waves, bool) if ground and i == 0 else distance < 1
            tile[inside] = strokes[inside]
            if self.rng.random() < 0.6:
                tile[inside & (distance > 0.9)] = 0
        self.image.paste(Image.fromarray(tile), (left, top))

    def nuisance(self, box: tuple[int, int, int, int], framed: float = 0.85) -> None:
        """An advertisement, horoscope or lottery. framed: how likely it has a frame; without, it has a rule above and
        below."""
        left, top, right, bottom = box
        # Old ones are seldom tables, signs, or white on black.
        kind = self.rng.random() ** (0.5 if self.style.is_old else 1)
        tints = [255, 255, 255, int(self.rng.integers(190, 240)), int(self.rng.integers(0, 70))]
        paper = tints[int(self.rng.integers(5))] if not self.style.is_old or self.rng.random() < 0.3 else 255
        if paper < 255 or self.rng.random() < framed:
            self.draw.rectangle((left, top, right - 1, bottom - 1), outline=0, fill=paper,
                                width=int(self.rng.integers(1, 5)))
        else:
            for row in (top, bottom - 1):
                self.draw.line((left, row, right - 1, row), fill=0, width=2)
        ink = 0 if paper > 128 else 255
        inside = (left + 8, top + 8, right - 8, bottom - 8)
        if kind < 0.2:  # a table of numbers
            font = font_of(self.style.bold, self.style.body + 3)
            for row in range(inside[1], inside[3] - 12, 18):
                for col in range(inside[0], inside[2] - 24, 36):
                    self.draw.text((col, row), str(int(self.rng.integers(1, 50))), font=font, fill=ink)
        elif kind < 0.4:  # signs with a paragraph each
            for row in range(inside[1], inside[3] - 30, 44):
                self.draw.ellipse((inside[0], row, inside[0] + 24, row + 24), outline=ink, width=2)
                self.text((inside[0] + 32, row, inside[2], row + 36), self.style.body, self.style.serif, 0,
                          paper=paper)
        elif kind < 0.6:  # small print under large words
            size = int(self.rng.integers(12, 30))
            row = inside[1]
            for _ in range(int(self.rng.integers(1, 3))):
                font = font_of(self.style.bold, size)
                line = self.fitting(font, inside[2] - inside[0])
                self.draw.text(((inside[0] + inside[2]) / 2, row), line, font=font, fill=ink, anchor="ma")
                row += round(size * 1.3)
                size = max(size * 2 // 3, 8)
            self.text((inside[0], row, inside[2], inside[3]), self.style.body, self.style.serif, 0, "nuisance", paper)
        else:
            middle = inside[1] + int((inside[3] - inside[1]) * self.rng.uniform(0.2, 0.6))
            if self.rng.random() < 0.6 and middle - inside[1] > 30:
                self.picture((inside[0], inside[1], inside[2], middle), 0)
            row = middle + 6
            while row < inside[3] - 14:
                size = int(self.rng.integers(12, 34))
                font = font_of(self.style.bold, size)
                line = " ".join(self.words(3))
                if row + size > inside[3] or font.getlength(line) > inside[2] - inside[0]:
                    size = 11
                    font = font_of(self.style.serif, size)
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


def typeset(rng: np.random.Generator, unseen: bool = False, installed: bool = False) -> Sheet:
    """One page, worn as prints are. The arguments are those of `fonts`."""
    press = Press(random_style(rng, unseen, installed), rng)
    top = press.style.margin
    kind = rng.random()
    if kind < 0.4:
        top = press.nameplate(top)
    elif kind < 0.7:
        top = press.folio(top)
    if press.style.is_old:
        broadsheet(press, top)
    else:
        press.fill(0, press.style.columns, top, HEIGHT - press.style.margin)
    return Sheet(*worn(np.asarray(press.image), press.label, press.article, rng))


@lru_cache(maxsize=256)
def font_of(file: str, size: int) -> ImageFont.FreeTypeFont:
    # Pillow's other layout needs a library of the system (FriBidi), and spaces letters otherwise.
    return ImageFont.truetype(file, max(size, 5), layout_engine=ImageFont.Layout.BASIC)


def stream(count: int, seed: int, unseen: bool = False, installed: bool = False) -> Iterator[Sheet]:
    """Pages of as many newspapers; page n depends on (seed, n) alone, and with installed also on this machine's
    fonts."""
    for i in range(count):
        yield typeset(np.random.default_rng([seed, i, int(unseen)]), unseen, installed)


def pages(count: int, seed: int, unseen: bool = False, installed: bool = False) -> Sequence[Sheet]:
    """The same, all at once: each takes 4.6 MB."""
    return list(stream(count, seed, unseen, installed))
