"""`omr press read`: the articles of a page."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--out", type=click.Path(file_okay=False, path_type=Path), default=None,
              help="Default: a folder of the page's name, beside it.")
@click.option("--pages", "numbers", type=click.IntRange(min=1), multiple=True, help="Only these pages of a PDF.")
@click.option("--weights", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None)
def read(page: Path, out: Path | None, numbers: tuple[int, ...], weights: Path | None) -> None:
    """Articles of PAGE, an image or PDF, as PAGE XML and JSON, with an overlay and an image of each article."""
    import json

    import cv2
    import numpy as np

    from companions import pagexml, press
    from omr.errors import OutputError
    from omr.files import replacing
    from omr.page.raster import load

    folder = out or page.with_suffix("")
    model = press.load(weights) if weights else press.load()
    for raw in load(page, set(numbers) or None):
        label, article = press.read(model, raw.pixels)
        found = press.regions(label, article, raw.pixels.shape)  # type: ignore[arg-type]
        name = f"{page.stem}-{raw.index + 1}"
        shown = cv2.cvtColor(raw.pixels, cv2.COLOR_GRAY2BGR)
        stories = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for item in found:
                corners = [np.round(item.polygon).astype(np.int32)]
                colour = (0, 140, 0) if item.kind == "article" else (0, 0, 200)
                cv2.polylines(shown, corners, True, colour, max(raw.pixels.shape[1] // 300, 2))
                if item.kind == "article":
                    stories += 1
                    left, top, wide, high = cv2.boundingRect(corners[0])
                    mask = np.zeros(raw.pixels.shape, np.uint8)
                    cv2.fillPoly(mask, corners, 1)
                    cutout = np.where(mask, raw.pixels, 255)[max(top, 0):top + high, max(left, 0):left + wide]
                    _write(folder / f"{name}-article{stories}.png", cutout)
            _write(folder / f"{name}-overlay.png", shown)
            pagexml.write(folder / f"{name}.xml", page.name, raw.pixels.shape, found)  # type: ignore[arg-type]
            rows = [{"kind": a.kind, "polygon": np.round(a.polygon).astype(int).tolist()} for a in found]
            with replacing(folder / f"{name}.json") as temporary:
                temporary.write_text(json.dumps({"image": page.name, "page": raw.index + 1, "regions": rows}, indent=1))
        except OSError as error:
            raise OutputError(f"cannot write into {folder}: {error.strerror or error}") from error
        click.echo(f"{folder / name}: {stories} articles, {len(found) - stories} nuisances")


def _write(path: Path, pixels: object) -> None:
    """A PNG, whole or not at all."""
    from PIL import Image

    from omr.files import replacing

    with replacing(path) as temporary:
        Image.fromarray(pixels[..., ::-1] if pixels.ndim == 3 else pixels).save(temporary, "PNG")  # type: ignore
