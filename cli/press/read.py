"""`omr press read`: the articles of a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import numpy as np

    from companions.press import Article
    from companions.pressparts import Part


@click.command()
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--out", type=click.Path(file_okay=False, path_type=Path), default=None,
              help="Default: a folder of the page's name, beside it.")
@click.option("--pages", "numbers", type=click.IntRange(min=1), multiple=True, help="Only these pages of a PDF.")
@click.option("--languages", default=None, metavar="A+B",
              help="What Tesseract reads, such as eng+deu, or none. Default: all that are installed.")
@click.option("--weights", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None)
def read(page: Path, out: Path | None, numbers: tuple[int, ...], languages: str | None, weights: Path | None) -> None:
    """Articles of PAGE, an image or PDF: PAGE XML, JSON and text, with an overlay and an image of each article.

    The page as it was read stands beside the PAGE XML, so that `omr press evaluate --data` and `omr press train --data`
    take the folder as it is.
    """
    from companions import press, pressparts
    from omr.errors import OutputError
    from omr.page.raster import load

    folder = out or page.with_suffix("")
    known = pressparts.languages()
    spoken = known if languages is None else tuple(s for s in languages.split("+") if s and s != "none")
    if missing := [s for s in spoken if s not in known]:
        raise click.BadParameter(f"Tesseract does not know {missing[0]!r} here, but {', '.join(known) or 'nothing'}",
                                 param_hint="--languages")
    model = press.load(weights) if weights else press.load()
    for raw in load(page, set(numbers) or None):
        label, article = press.read(model, raw.pixels)
        found = press.regions(label, article, raw.pixels.shape)  # type: ignore[arg-type]
        parts = pressparts.parts(label, article, raw.pixels.shape)  # type: ignore[arg-type]
        parts = pressparts.with_text(raw.pixels, parts, spoken)
        name = f"{page.stem}-{raw.index + 1}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stories = _write_page(folder, name, raw.pixels, found, parts)
        except OSError as error:
            raise OutputError(f"cannot write into {folder}: {error.strerror or error}") from error
        told = "" if known else "; no text: Tesseract has no language here"
        click.echo(f"{folder / name}: {stories} articles, {len(found) - stories} nuisances, "
                   f"{sum(p.kind == 'headline' for p in parts)} headlines, "
                   f"{sum(p.kind == 'picture' for p in parts)} pictures{told}")


def _write_page(folder: Path, name: str, pixels: np.ndarray, found: Sequence[Article], parts: Sequence[Part]) -> int:
    """Write all files of one page. Returns how many articles it has."""
    import json

    import numpy as np

    from companions import pagexml, pressparts
    from omr.files import replacing

    stories = [a for a in found if a.kind == "article"]
    for number, story in enumerate(stories, 1):
        _write(folder / f"{name}-article{number}.png", pressparts.picture_of(pixels, story, found))
        if text := "\n\n".join(p.text for p in parts if p.article == number and p.text):
            with replacing(folder / f"{name}-article{number}.txt") as temporary:
                temporary.write_text(text + "\n", encoding="utf-8")
    _write(folder / f"{name}.png", pixels)
    _write(folder / f"{name}-overlay.png", overlay(pixels, found, parts))
    pagexml.write(folder / f"{name}.xml", f"{name}.png", pixels.shape, found, parts)  # type: ignore[arg-type]
    rows = [{"kind": a.kind, "polygons": [c.tolist() for c in a.corners()]} for a in found]
    for number, row in enumerate(rows[:len(stories)], 1):
        row["parts"] = [{"kind": p.kind, "polygon": np.round(p.polygon).astype(int).tolist(), "text": p.text}
                        for p in parts if p.article == number]
    with replacing(folder / f"{name}.json") as temporary:
        temporary.write_text(json.dumps({"image": f"{name}.png", "regions": rows}, indent=1, ensure_ascii=False),
                             encoding="utf-8")
    return len(stories)


def overlay(pixels: np.ndarray, found: Sequence[Article], parts: Sequence[Part]) -> np.ndarray:
    """The page with numbered articles in green, disturbances in red, headlines in blue and pictures in orange; (H, W,
    3) uint8, blue first."""
    import cv2
    import numpy as np

    shown = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
    thick = max(pixels.shape[1] // 300, 2)
    for part in parts:
        if part.kind != "text":
            colour = (200, 90, 0) if part.kind == "headline" else (0, 130, 240)
            cv2.polylines(shown, [np.round(part.polygon).astype(np.int32)], True, colour, max(thick // 2, 1))
    stories = 0
    for item in found:
        cv2.polylines(shown, item.corners(), True, (0, 140, 0) if item.kind == "article" else (0, 0, 200), thick)
        if item.kind == "article":
            stories += 1
            for corners in item.corners():
                place = (int(corners[:, 0].min()) + 2 * thick, int(corners[:, 1].min()) + 12 * thick)
                cv2.putText(shown, str(stories), place, cv2.FONT_HERSHEY_SIMPLEX, thick / 2, (0, 140, 0), thick)
    return shown


def _write(path: Path, pixels: object) -> None:
    """Write a PNG, completely or not at all."""
    from PIL import Image

    from omr.files import replacing

    with replacing(path) as temporary:
        Image.fromarray(pixels[..., ::-1] if pixels.ndim == 3 else pixels).save(temporary, "PNG")  # type: ignore
