"""The pictures of docs/reading.md: the bundled page, stage by stage, as the program itself sees it.

    python docs/make_pictures.py    # writes docs/pictures/*.png; needs the extra `dev` (Verovio engraves the last one)
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from omr.composing import compose
from omr.detect.runtime import load_detector
from omr.export.musicxml import to_bytes
from omr.overlay import draw_labels, draw_reading
from omr.page.raster import load_page, normalise
from omr.pipeline import read_page
from omr.reading import PageReading
from omr.types import STROKE_KINDS

HERE = Path(__file__).parent
ROWS, COLS = slice(150, 330), slice(60, 760)
"""The part of the normalised page that is shown, in its pixels: the first system of the minuet."""
SCALE = 2
EDGE_COLOURS = {"stem": (0, 150, 0), "beam": (220, 0, 220), "flag": (200, 0, 160), "accidental": (0, 120, 60),
                "dot": (240, 120, 0), "slur": (255, 130, 0), "tie": (130, 0, 150), "key": (90, 90, 255),
                "time": (90, 90, 255)}


def save(image: Any, name: str) -> None:
    """Write one picture with few colours: they are committed, and looked at on a screen."""
    image.convert("RGB").quantize(64).save(HERE / "pictures" / name, optimize=True)


def cut(image: Any, scale: float = 1.0) -> Any:
    """The shown part of a picture of the page that is `scale` times the page's size, at twice the page's size."""
    box = tuple(round(v * scale) for v in (COLS.start, ROWS.start, COLS.stop, ROWS.stop))
    part = image.crop(box)
    return part.resize(((COLS.stop - COLS.start) * SCALE, (ROWS.stop - ROWS.start) * SCALE), Image.Resampling.BICUBIC)


def pale(pixels: np.ndarray) -> Any:
    return Image.fromarray((255 - (255 - pixels.astype(np.float32)) * 0.4).astype(np.uint8)).convert("RGB")


def draw_edges(reading: PageReading) -> Any:
    """The notation graph over the page: a line from each head to everything that belongs to it."""
    assert reading.graph is not None and reading.page is not None
    graph = reading.graph
    image = pale(reading.page.pixels)
    image = image.resize((image.width * SCALE, image.height * SCALE))
    pen = ImageDraw.Draw(image)
    at = {item.id: item.box.center for item in (*graph.symbols, *graph.strokes)}
    for edge in graph.edges:
        if edge.parent in at and edge.child in at:
            (r0, c0), (r1, c1) = at[edge.parent], at[edge.child]
            line = (c0 * SCALE, r0 * SCALE, c1 * SCALE, r1 * SCALE)
            pen.line(line, fill=EDGE_COLOURS.get(edge.kind, (200, 60, 60)), width=2)
    for head in (s for s in graph.symbols if s.kind == "notehead"):
        row, col = head.box.center
        pen.ellipse((col * SCALE - 4, row * SCALE - 4, col * SCALE + 4, row * SCALE + 4), fill=(220, 0, 0))
    return image


def draw_staves(reading: PageReading) -> Any:
    assert reading.graph is not None and reading.page is not None
    image = pale(reading.page.pixels)
    image = image.resize((image.width * SCALE, image.height * SCALE))
    pen = ImageDraw.Draw(image)
    for staff in reading.graph.staves:
        cols = np.linspace(staff.left, staff.right, staff.lines.shape[1])
        for line in staff.lines:
            pen.line([(c * SCALE, r * SCALE) for r, c in zip(line, cols, strict=True)], fill=(90, 150, 255), width=2)
    for system in reading.graph.systems:
        staves = [reading.graph.staves[i] for i in system.staves]
        box = (staves[0].left - 6, staves[0].box.top - 6, staves[0].right + 6, staves[-1].box.bottom + 6)
        pen.rectangle(tuple(v * SCALE for v in box), outline=(0, 0, 160), width=3)
    return image


def engrave(musicxml: bytes) -> Any:
    """The first system of what was read, engraved again by Verovio."""
    import resvg_py
    import verovio

    toolkit = verovio.toolkit()
    toolkit.setOptions({"pageWidth": 2100, "adjustPageHeight": True, "scale": 40, "header": "none", "footer": "none",
                        "font": "Bravura"})
    toolkit.loadData(musicxml.decode())
    png = bytes(resvg_py.svg_to_bytes(svg_string=toolkit.renderToSVG(1), background="white", width=1400))
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return image.crop((0, 0, image.width, min(image.height, 215)))


def main() -> None:
    raw = load_page(HERE.parent / "examples" / "minuet.png", 1)
    page = normalise(raw)
    detector = load_detector()
    reading = read_page(page, detector)
    assert reading.graph is not None and reading.maps is not None
    score = compose([reading.light()], "minuet.png")
    maps, graph = reading.maps, reading.graph

    def grown(values: np.ndarray) -> Any:
        grey = (np.clip(values, 0, 1) * 255).astype(np.uint8)
        return Image.fromarray(grey).resize((grey.shape[1] * maps.stride, grey.shape[0] * maps.stride))

    save(cut(Image.fromarray(page.pixels)), "1-page.png")
    save(cut(grown(1 - maps.energy)), "2-energy.png")
    channels = [maps.strokes[..., STROKE_KINDS.index(kind)] for kind in ("staffLine", "stem", "beam")]
    save(cut(grown(1 - np.stack(channels, axis=-1))), "3-strokes.png")
    save(cut(draw_labels(pale(page.pixels), graph.symbols, [], SCALE), SCALE), "4-symbols.png")
    save(cut(draw_staves(reading), SCALE), "5-staves.png")
    save(cut(draw_edges(reading), SCALE), "6-graph.png")
    save(cut(draw_reading(page.pixels, graph, score), SCALE), "7-score.png")
    save(engrave(to_bytes(score)), "8-engraved.png")


if __name__ == "__main__":
    main()
