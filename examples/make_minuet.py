"""Makes the bundled page: a minuet, engraved and then printed and scanned badly enough to be honest.

    python examples/make_minuet.py

The music is Christian Petzold's Minuet in G (about 1725, in the public domain), typed here. Writes `minuet.krn` (the
truth, in Humdrum) and `minuet.png` (the page) beside this file; about two seconds.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import resvg_py
import verovio
from PIL import Image
from scipy import ndimage

HERE = Path(__file__).parent

RIGHT = """
4dd 8gL 8aJ 8bL 8ccJ | 4dd 4g 4g | 4ee 8ccL 8ddJ 8eeL 8ff#J | 4gg 4g 4g
4cc 8ddL 8ccJ 8bL 8aJ | 4b 8ccL 8bJ 8aL 8gJ | 4f# 8gL 8aJ 8bL 8gJ | 2.a
4dd 8gL 8aJ 8bL 8ccJ | 4dd 4g 4g | 4ee 8ccL 8ddJ 8eeL 8ff#J | 4gg 4g 4g
4cc 8ddL 8ccJ 8bL 8aJ | 4b 8ccL 8bJ 8aL 8gJ | 4a 8bL 8aJ 8gL 8f#J | 2.g
4bb 8ggL 8aaJ 8bbL 8ggJ | 4aa 8ddL 8eeJ 8ff#L 8ddJ | 4gg 8eeL 8ff#J 8ggL 8ddJ | 4cc# 8bL 8cc#J 4a
8aL 8b 8cc# 8dd 8ee 8ff#J | 4gg 4ff# 4ee | 4ff# 4a 4cc# | 2.dd
4dd 8gL 8f#J 4g | 4ee 8gL 8f#J 4g | 4dd 4cc 4b | 8aL 8g 8f# 8gJ 4a
8dL 8e 8f# 8g 8a 8bJ | 4cc 4b 4a | 8bL 8ddJ 4g 4f# | 2.g
"""
LEFT = """
2G 4A | 2.B | 2.c | 2.B
2.A | 2.G | 4d 4B 4G | 4d 8DL 8cJ 8BL 8AJ
2B 4A | 4G 4B 4G | 2.c | 4B 8cL 8BJ 8AL 8GJ
2A 4F# | 2G 4B | 4c 4d 4D | 2G 4GG
2.G | 2.F# | 4E 4G 4E | 2.A
2.A | 4B 4d 4c# | 4d 4F# 4A | 4d 4D 4c
2.B | 2.c | 4B 4A 4G | 2d 4r
2.D | 4E 4G 4F# | 4G 4BB 4D | 4G 4D 4GG
"""
REPEATS = {16: "=:|!|:", 32: "=:|!"}


def humdrum() -> str:
    """The minuet as a Humdrum file of two spines, written row by row in the order of onsets."""
    lines = ["!!!COM: Petzold, Christian", "!!!OTL: Minuet in G major", "!!!system-decoration: {(s1,s2)}",
             "**kern\t**kern", "*part1\t*part1", "*staff2\t*staff1",
             "*clefF4\t*clefG2", "*k[f#]\t*k[f#]", "*M3/4\t*M3/4", "=1-\t=1-"]
    bars = [[m.split() for m in hand.replace("\n", "|").strip("|").split("|")] for hand in (LEFT, RIGHT)]
    for number, (left, right) in enumerate(zip(*bars, strict=True), start=1):
        by_onset = [_by_onset(left), _by_onset(right)]
        for onset in sorted({*by_onset[0], *by_onset[1]}):
            lines.append("\t".join(hand.get(onset, ".") for hand in by_onset))
        bar = REPEATS.get(number) or f"={number + 1}"
        lines.append(f"{bar}\t{bar}")
    return "\n".join([*lines, "*-\t*-", ""])


def _by_onset(tokens: list[str]) -> dict[float, str]:
    onset, placed = 0.0, {}
    for token in tokens:
        placed[onset] = token
        digits = token.rstrip("abcdefgrABCDEFGLJ#-")
        value = 4 / int(digits.rstrip("."))
        onset += value * 1.5 if digits.endswith(".") else value
    assert onset == 3.0, tokens
    return placed


def engrave(krn: str) -> np.ndarray:
    """The first page as (H, W) uint8 at about 200 dpi, 0 = ink."""
    toolkit = verovio.toolkit()
    toolkit.setOptions({
        "pageWidth": 2100, "pageHeight": 2970, "scale": 100, "font": "Leipzig", "breaks": "auto",
        "spacingStaff": 8, "spacingSystem": 14, "pageMarginLeft": 150, "pageMarginRight": 150, "pageMarginTop": 150,
        "footer": "none", "header": "auto", "humType": False,
    })
    if not toolkit.loadData(krn):
        raise SystemExit("Verovio could not read the minuet")
    png = resvg_py.svg_to_bytes(svg_string=toolkit.renderToSVG(1), background="white", width=1654)
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("L"))


def print_and_scan(page: np.ndarray, seed: int = 7) -> np.ndarray:
    """Yellowed paper under uneven light, a page laid down half a degree askew, ink that spreads and breaks."""
    rng = np.random.default_rng(seed)
    ink = ndimage.gaussian_filter(1 - page / 255.0, 0.7)
    ink = ndimage.rotate(ink, 0.5, reshape=False, order=1)
    h, w = ink.shape
    coarse = ndimage.zoom(rng.normal(size=(h // 8 + 1, w // 8 + 1)), 8, order=1)[:h, :w]
    ink = np.clip(ink * (1.05 + 0.12 * coarse), 0, 1)
    rows, cols = np.mgrid[0:h, 0:w]
    paper = 226 - 22 * (cols / w) - 12 * (rows / h)
    scanned = paper * (1 - 0.86 * ink) + rng.normal(scale=1.5, size=ink.shape)
    return np.clip(scanned, 0, 255).astype(np.uint8)


def main() -> None:
    krn = humdrum()
    (HERE / "minuet.krn").write_text(krn)
    # Sixteen grey levels hold all there is to see, in a third of the bytes.
    page = (print_and_scan(engrave(krn)) // 16 * 17).astype(np.uint8)
    Image.fromarray(page).quantize(16).save(HERE / "minuet.png", optimize=True)


if __name__ == "__main__":
    main()
