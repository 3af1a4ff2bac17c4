"""`omr guard`: adversarial pages, and their detection."""

from __future__ import annotations

from pathlib import Path

import click

from cli.evaluate.common import weights_option


@click.command()
@click.argument("pages", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), default="guard.html", show_default=True)
@click.option("--crops", type=click.IntRange(min=3), default=24, show_default=True,
              help="How many pieces of pages to attack.")
@click.option("--seed", default=0, show_default=True)
@weights_option
def guard(pages: tuple[Path, ...], out: Path, crops: int, seed: int, weights: Path | None) -> None:
    """Attack the detector with FGSM and PGD, show what that does, and detect it by the entropy of its responses.

    PAGES are images or PDFs (their first page); without any, pages are engraved, a third each clean, scanned and
    photographed. What is done is kept beside the page, and the same command goes on.
    """
    import hashlib

    from companions import page as html
    from companions.chapters import in_talk
    from companions.guard import study
    from models.weights import load_network
    from omr.detect.runtime import load_detector

    pieces = from_files(pages, crops, seed) if pages else engraved(crops, seed)
    same = hashlib.sha1(repr((seed, str(weights), "symbols counted")).encode())
    for piece in pieces:
        same.update(piece.ink.tobytes())
    state = out.with_name(f"{out.stem}.{same.hexdigest()[:8]}.json")
    accept = load_detector(weights).accept
    parts = study(load_network(weights), pieces, seed, accept, state)
    html.write(out, "Adversarial pages", [in_talk("guard"), *parts])
    click.echo(f"{out}: {len(pieces)} crops attacked")


def from_files(pages: tuple[Path, ...], count: int, seed: int) -> list:
    """Crops of pages as they are."""
    import numpy as np

    from companions.guard import Crop
    from omr.page.raster import load_page, normalise

    rng = np.random.default_rng(seed)
    sheets = [normalise(load_page(path, 1)).pixels for path in pages]
    return [Crop(cut(sheets[i % len(sheets)], rng), "page") for i in range(count)]


def engraved(count: int, seed: int) -> list:
    """Crops of synthetic scores, engraved and degraded."""
    import io

    import numpy as np
    from PIL import Image

    from augment.degrade import degrade
    from companions.guard import Crop
    from deepscores.engrave import engrave
    from deepscores.sources import Source
    from omr.errors import OmrError
    from omr.page.raster import RawPage, normalise

    rng = np.random.default_rng(seed)
    made: list[Crop] = []
    number = seed
    while len(made) < count:
        number += 1
        for page in engrave(Source(None, number), number, pages=1):
            kind = ("clean", "scan", "photo")[len(made) % 3]
            pixels = np.asarray(Image.open(io.BytesIO(page.png)))
            pixels = degrade(pixels, (), (), rng, kind, page.space_px)[0]  # type: ignore[arg-type]
            try:
                sheet = normalise(RawPage(pixels, 0, 0.0, "")).pixels
            except OmrError:
                continue
            made.append(Crop(cut(sheet, rng), kind))
    return made[:count]


def cut(sheet, rng):  # type: ignore[no-untyped-def]
    """A square of a page (H, W) uint8 with enough ink, as ink (SIZE, SIZE) float32."""
    import numpy as np

    from companions.guard import SIZE

    padded = np.pad(sheet, [(0, max(SIZE - side, 0)) for side in sheet.shape], constant_values=255)
    best = None
    for _ in range(12):
        top, left = (int(rng.integers(0, side - SIZE + 1)) for side in padded.shape)
        ink = 1 - padded[top:top + SIZE, left:left + SIZE].astype(np.float32) / 255
        if best is None or ink.mean() > best.mean():
            best = ink
    return best
