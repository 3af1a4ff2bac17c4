"""Labelled pages from scores: Verovio engraves them, resvg draws them, and the SVG says what is where.

Verovio can abort the whole process on a malformed score, so it runs in workers, which the parent replaces when they
die. Every page comes from a seed: the same seed, options and fonts give the same page.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import numpy as np

from deepscores.fonts import HANDWRITTEN, Fonts
from deepscores.outlines import Contours, bounds, glyph_contours
from deepscores.sources import Source, draw
from deepscores.svg import UNITS_PER_SPACE, Labels, TextBounds, TextBox, read_labels
from deepscores.words import settle_words
from omr.errors import DataError
from omr.types import Box
from omr.types.vocabulary import BY_CODE_POINT

FONTS = {"Leipzig": 1.0, "Bravura": 1.0, "Leland": 1.0, "Gootville": 1.0, "Petaluma": 0.15}
"""Verovio's SMuFL fonts, and how often each is used (Petaluma looks like handwriting)."""
TEXT_FAMILIES = {
    "C059": 5.0, "P052": 1.0, "Liberation Serif": 1.0, "DejaVu Serif": 1.0, "FreeSerif": 1.0, "Linux Libertine O": 1.0,
    "EB Garamond": 1.0, "Liberation Sans": 0.5,
}
"""Fonts of words and fingerings, and how often each is used, if it is installed. C059 is the Century Schoolbook of old
editions, whose fingerings must not be read as tuplets."""
PINNED = "Caladea"
"""The font of words that comes as a Python package (font-caladea, in a fixed version). With it, a seed gives the same
page on every machine, whatever fonts are installed. It is not among the fonts that are used at random."""
WRITTEN_SHARE = 0.7
"""Share of pages in a handwritten music font whose words are handwritten, too, if there is such a font."""
_FONT_ROOT = Path("/usr/share/fonts")
PAGES_A_SCORE = 2
_USE = re.compile(r'xlink:href="#([0-9A-F]{4})-')


@dataclass(frozen=True, eq=False)
class EngravedPage:
    """One page: the bytes of a grey PNG, its staff space in pixels, its labels, where it comes from, its music if the
    engraver tells it, and the places of marks without a label."""

    png: bytes
    width: int
    height: int
    space_px: float
    labels: Labels
    source: str
    font: str
    mei: str = ""
    ignored: tuple[Box, ...] = ()


def random_options(rng: np.random.Generator, fonts: dict[str, float] | None = None) -> dict[str, object]:
    """Random Verovio options, like those of one edition. The ranges are those of old and new prints, not what looks
    best."""
    fonts = fonts or FONTS
    names = list(fonts)
    weight = np.array([fonts[n] for n in names])

    def between(low: float, high: float) -> float:
        return round(float(rng.uniform(low, high)), 3)

    width = int(rng.uniform(1500, 2700))
    return {
        "font": names[int(rng.choice(len(names), p=weight / weight.sum()))],
        "pageWidth": width, "pageHeight": int(width * rng.uniform(1.2, 1.45)),
        "pageMarginLeft": int(rng.uniform(30, 150)), "pageMarginRight": int(rng.uniform(30, 150)),
        "pageMarginTop": int(rng.uniform(30, 150)), "pageMarginBottom": int(rng.uniform(30, 150)),
        "staffLineWidth": between(0.10, 0.26), "stemWidth": between(0.14, 0.34), "barLineWidth": between(0.18, 0.5),
        "ledgerLineThickness": between(0.15, 0.4), "ledgerLineExtension": between(0.35, 0.75),
        "slurMidpointThickness": between(0.35, 0.9), "tieMidpointThickness": between(0.3, 0.75),
        "slurEndpointThickness": between(0.05, 0.2), "hairpinThickness": between(0.12, 0.35),
        "thickBarlineThickness": between(0.7, 1.3), "repeatBarLineDotSeparation": between(0.25, 0.45),
        "spacingLinear": between(0.12, 0.32), "spacingNonLinear": between(0.5, 0.66),
        "spacingStaff": int(rng.uniform(6, 18)), "spacingSystem": int(rng.uniform(3, 16)),
        "lyricSize": between(3.2, 5.2), "lyricHyphenWidth": 0.2, "graceFactor": between(0.6, 0.8),
        "beamMaxSlope": int(rng.choice([3, 8, 10, 15])), "mnumInterval": int(rng.choice([0, 0, 1, 5])),
        "fingeringScale": between(0.6, 0.9), "tupletNumHead": bool(rng.random() < 0.3),
        "tupletBracketThickness": between(0.1, 0.3), "hairpinSize": between(2.0, 4.0),
        "systemDivider": str(rng.choice(["none", "auto"])), "condense": "none", "breaks": "auto",
        "justifyVertically": bool(rng.random() < 0.5), "header": str(rng.choice(["auto", "encoded", "none"])),
        "footer": "none", "adjustPageHeight": False, "svgViewBox": False, "scale": 100,
    }


def random_family(rng: np.random.Generator) -> str:
    """One of the installed text fonts, `PINNED` if there is none."""
    families = [f for f in TEXT_FAMILIES if f in _fonts()]
    if not families:
        return PINNED
    share = np.array([TEXT_FAMILIES[f] for f in families])
    return families[int(rng.choice(len(families), p=share / share.sum()))]


def verovio_resources() -> Path:
    """The folder in which Verovio keeps its fonts."""
    import verovio

    return Path(verovio.__file__).parent / "data"


@lru_cache(maxsize=1)
def _toolkit(resources: Path) -> Any:
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit(False)
    toolkit.setResourcePath(str(resources))
    return toolkit


def engrave(
    source: Source, seed: int, pages: int = PAGES_A_SCORE, space_px: float | None = None,
    options: dict[str, object] | None = None, family: str | None = None, fonts: Fonts | None = None,
) -> list[EngravedPage]:
    """The pages of a score with the greatest variety of symbols, at most `pages` of them.

    family: the font of words, `PINNED` or one that is installed; None takes an installed one at random.
    fonts: further fonts, each of which is used as often as any of Verovio's.

    Raises DataError if Verovio cannot load the score. May abort the process: see `Engraver`.
    """
    rng = np.random.default_rng(seed)
    toolkit = _toolkit(verovio_resources() if fonts is None else fonts.folder)
    options = options if options is not None else random_options(
        rng, None if fonts is None else dict.fromkeys((*FONTS, *fonts.music), 1.0))
    space_px = space_px or float(rng.uniform(13, 20))
    family = family or random_family(rng)
    if fonts is not None and fonts.text and options.get("font") in HANDWRITTEN and rng.random() < WRITTEN_SHARE:
        _MORE_FONTS.update({name: {(False, False): path} for name, path in fonts.text.items()})
        family = str(rng.choice(sorted(fonts.text)))
    toolkit.resetOptions()
    toolkit.setOptions(options)
    if not toolkit.loadData(source.text()) or toolkit.getPageCount() == 0:
        raise DataError(f"Verovio cannot load {source.name}")
    scale = space_px / UNITS_PER_SPACE
    font = str(options.get("font", "Leipzig"))
    extent = text_bounds(family)
    ranked = []
    for number in rng.permutation(toolkit.getPageCount())[: 3 * pages].tolist():
        svg = toolkit.renderToSVG(number + 1)
        counts = count_symbols(svg)
        if sum(counts.values()) >= 20:
            ranked.append((variety(counts), number, svg))
    ranked.sort(key=lambda r: -r[0])
    made = []
    for _, number, svg in ranked[:pages]:
        svg = settle_words(svg, font, extent, Path(toolkit.getResourcePath()))
        labels = read_labels(svg, scale, extent)
        if not any(s.kind == "staffLine" for s in labels.strokes):
            continue
        png, width, height = rasterise(svg, scale, family)
        mei = toolkit.getMEI({"pageNo": number + 1})
        made.append(EngravedPage(png, width, height, space_px, labels, source.name, font, mei))
    return made


def count_symbols(svg: str) -> Counter[str]:
    """How many of each symbol a Verovio page has, without their places. This is quick, and exact enough to choose
    pages."""
    codes = Counter(_USE.findall(svg))
    return Counter({BY_CODE_POINT[code]: n for code, n in codes.items() if code in BY_CODE_POINT})


def rasterise(svg: str, scale: float, family: str) -> tuple[bytes, int, int]:
    """Draw a Verovio page at `scale` pixels per unit. Returns the bytes of a grey PNG, width and height."""
    box = re.search(r'class="definition-scale"[^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if box is None:
        raise DataError("not a Verovio page: no definition-scale")
    svg, changed = re.subn(r'(<svg\b[^>]*?) width="[^"]*" height="[^"]*"',
                           rf'\g<1> width="{float(box[1]) * scale}px" height="{float(box[2]) * scale}px"', svg, count=1)
    if not changed:
        raise DataError("not a Verovio page: no size")
    svg = svg.replace("Times, serif", family)
    # Verovio's style strokes all paths; glyphs get a hairline of less than a tenth of a pixel. That takes a quarter of
    # the time, cannot be seen, and lies outside the outlines that the labels measure.
    definitions, end, music = svg.partition("</defs>")
    svg = definitions.replace("<path ", '<path style="stroke:none" ') + end + music
    return draw_svg(svg, family)


def draw_svg(svg: str, family: str | None = None) -> tuple[bytes, int, int]:
    """Bytes of a grey PNG, width and height. family: the font of its words, if they are not drawn as outlines."""
    import resvg_py
    from PIL import Image

    files = [str(p) for p in _family_files(family)] if family else None
    data = resvg_py.svg_to_bytes(svg_string=svg, background="white", skip_system_fonts=True, font_dirs=None,
                                 font_files=files, font_family=family, serif_family=family)
    image = Image.open(io.BytesIO(bytes(data))).convert("L")
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue(), image.width, image.height


_MORE_FONTS: dict[str, dict[tuple[bool, bool], Path]] = {}
"""Text fonts that are not installed, in the form of `_fonts`."""


@lru_cache(maxsize=1)
def _fonts() -> dict[str, dict[tuple[bool, bool], Path]]:
    """Text fonts, installed or pinned: family -> (bold, italic) -> file."""
    import font_caladea
    from PIL import ImageFont

    found: dict[str, dict[tuple[bool, bool], Path]] = {}
    pinned = Path(font_caladea.__file__).parent / "files"
    for path in (*sorted(_FONT_ROOT.rglob("*.[ot]tf")), *sorted(pinned.glob("*.ttf"))):
        try:
            family, style = ImageFont.truetype(str(path), 10).getname()
        except OSError:
            continue
        for wanted in (*TEXT_FAMILIES, *[PINNED] * (path.parent == pinned)):
            if family and family.startswith(wanted) and "Condensed" not in (style or ""):
                key = ("Bold" in (style or ""), "Italic" in (style or "") or "Oblique" in (style or ""))
                found.setdefault(wanted, {}).setdefault(key, path)
    return found


def _family_files(family: str) -> list[Path]:
    return list(_files(family).values())


def _files(family: str) -> dict[tuple[bool, bool], Path]:
    """The files of a family, (bold, italic) -> file. If it is not installed, those of any other."""
    fonts = {**_fonts(), **_MORE_FONTS}
    return fonts.get(family) or next(iter(fonts.values()))


def digit_outlines(family: str, italic: bool, prefix: str, size: float = 1.2) -> dict[str, Contours]:
    """Outlines of the digits in a text font, `size` staff spaces high, with y downwards, by `prefix` and digit."""
    from fontTools.ttLib import TTFont

    files = _fonts()[family]
    font = TTFont(files.get((False, italic)) or next(iter(files.values())))
    glyphs, names = font.getGlyphSet(), font.getBestCmap()
    shapes = {digit: glyph_contours(glyphs[names[ord(digit)]]) for digit in "0123456789"}
    (_, bottom, _, top) = bounds(shapes["0"])
    return {f"{prefix}{digit}": [c * [1, -1] * size / (top - bottom) for c in shape] for digit, shape in shapes.items()}


def text_bounds(family: str) -> TextBounds:
    files = _files(family)

    def extent(text: str, size: float, bold: bool, italic: bool) -> TextBox:
        font = _font(str(files.get((bold, italic)) or next(iter(files.values()))))
        if len(text) == 1:  # a fingering: only the ink; getbbox would include the space beside it
            mask, (x, y) = font.getmask2(text, anchor="ls")
            ink = mask.getbbox() or (0, 0, 0, 0)
            left, top, right, bottom = ink[0] + x, ink[1] + y, ink[2] + x, ink[3] + y
        else:
            left, top, right, bottom = font.getbbox(text, anchor="ls")
        if right <= left or bottom <= top:
            left, top, right, bottom = 0, -1, 1, 0
        unit = size / 100
        return TextBox(left * unit, top * unit, right * unit, bottom * unit, font.getlength(text) * unit)

    return extent


@lru_cache(maxsize=64)
def _font(path: str) -> Any:
    from PIL import ImageFont

    # Pillow's other layout engine needs a system library (FriBidi): labels would depend on what is installed.
    return ImageFont.truetype(path, 100, layout_engine=ImageFont.Layout.BASIC)


def variety(counts: Counter[str]) -> float:
    """How much a page teaches: the number of its classes, where each counts for up to ten instances. A page with ten
    kinds of symbols ranks above one with a thousand noteheads."""
    return sum(min(n, 10) / 10 for n in counts.values())


def _worker(engraver: Engraver, connection: Connection) -> None:  # pragma: no cover (runs in a process)
    while True:
        source, seed = connection.recv()
        try:
            connection.send(engraver(source, seed))
        except Exception as error:  # a score that cannot be engraved is skipped, whatever is wrong with it
            connection.send(str(error))


Engraver = Callable[[Source, int], list[EngravedPage]]
"""(score, seed) -> its pages. Raises DataError if it cannot be engraved."""


@dataclass
class _Running:
    process: multiprocessing.process.BaseProcess
    task: int
    since: float


def engrave_many(
    groups: Sequence[Sequence[Path]], synthetic: float, seed: int, first: int = 0, workers: int = 2,
    engraver: Engraver = engrave, worker: Callable[[Engraver, Connection], None] = _worker, timeout_s: float = 60.0,
) -> Iterator[tuple[int, list[EngravedPage]]]:
    """(task number, pages) without end, from task `first` on. A task whose score cannot be engraved gives no pages.

    Task n depends on (seed, n) alone, so a run can be resumed where it stopped. If a worker dies, or takes longer than
    `timeout_s`, its task is lost and it is replaced.
    """
    context = multiprocessing.get_context("spawn")
    running: dict[Connection, _Running] = {}
    number = first

    def give(connection: Connection, process: multiprocessing.process.BaseProcess) -> None:
        nonlocal number
        rng = np.random.default_rng([seed, number])
        running[connection] = _Running(process, number, time.monotonic())
        number += 1
        # If a worker has died since its last answer, that is noticed when the next answer does not come.
        with contextlib.suppress(BrokenPipeError):
            connection.send((draw(groups, synthetic, rng), int(rng.integers(2**31))))

    def start() -> None:
        ours, theirs = context.Pipe()
        process = context.Process(target=worker, args=(engraver, theirs), daemon=True)
        process.start()
        theirs.close()
        give(ours, process)

    try:
        for _ in range(workers):
            start()
        while True:
            ready = wait(list(running), timeout=1.0)
            late = [c for c, r in running.items() if c not in ready and time.monotonic() - r.since > timeout_s]
            for connection in [*ready, *late]:
                assert isinstance(connection, Connection)
                done = running.pop(connection)
                try:
                    if connection in late:
                        raise EOFError
                    result = connection.recv()
                except (EOFError, ConnectionResetError):
                    done.process.kill()
                    done.process.join()
                    start()
                    result = "died"
                else:
                    give(connection, done.process)
                yield done.task, [] if isinstance(result, str) else result
    finally:
        for left in running.values():
            left.process.terminate()
