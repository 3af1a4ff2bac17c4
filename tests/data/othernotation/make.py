"""Engraves the pages of this folder with LilyPond: `python tests/data/othernotation/make.py`.

Music that is not in notes on a staff, beside staves: chord diagrams, figured bass, cipher notation, tablature.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
DPI = 130
MARGIN_PX = 40


def main() -> None:
    for source in sorted(HERE.glob("*.ly")):
        with tempfile.TemporaryDirectory() as folder:
            command = ["lilypond", "-s", "--png", f"-dresolution={DPI}", "-o", f"{folder}/page", str(source)]
            subprocess.run(command, check=True)
            pixels = np.array(Image.open(f"{folder}/page.png").convert("L"))
        rows, cols = np.nonzero(pixels < 200)
        pixels = pixels[max(rows.min() - MARGIN_PX, 0) : rows.max() + MARGIN_PX,
                        max(cols.min() - MARGIN_PX, 0) : cols.max() + MARGIN_PX]
        Image.fromarray(pixels).quantize(16).save(source.with_suffix(".png"), optimize=True)


if __name__ == "__main__":
    main()
