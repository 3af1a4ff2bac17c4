"""`omr deepscores convert`: a data set in another format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from deepscores.records import Record

SHARD = 500
"""Pages in one DeepScores v2 file, so that no file must be kept in memory as a whole."""


@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="New folder.")
@click.option("--to", "format_", type=click.Choice(["v1", "v2", "coco"]), required=True)
@click.option("--classes", type=click.Choice(["own", "theirs"]), default="theirs", show_default=True,
              help="Class names of this tool, or those of DATA as they are.")
@click.option("--images/--no-images", default=True, show_default=True, help="Link or copy the images along.")
def convert(data: Path, out: Path, format_: str, classes: str, images: bool) -> None:
    """Write DATA as DeepScores v1 or v2 or COCO.

    What the target has no place for is left out: v1 and COCO hold upright boxes only.
    """
    from dataclasses import replace

    from tqdm import tqdm

    from deepscores import coco, v1, v2
    from deepscores.datasets import read_records
    from deepscores.pages import from_record, to_record
    from omr.errors import DataError
    from omr.types.vocabulary import NAMES

    if out.exists() and any(out.iterdir()):
        raise DataError(f"{out} is not empty: choose a new folder")
    map_record: Callable[[Record], Record] = (
        (lambda r: to_record(from_record(r))) if classes == "own" else lambda r: r)
    names = list(NAMES) if classes == "own" else sorted(
        {m.name for r in tqdm(read_records(data), unit="page", desc="classes", leave=False) for m in r.marks})
    shards: dict[str, list[Record]] = {}
    on_split: dict[str, list[str]] = {}

    def flush(split: str) -> None:
        name = f"{split or 'pages'}_{len(on_split[split]) // SHARD:04d}.json"
        if format_ == "v2":
            v2.write(shards.pop(split), out / "labels" / name, names, "omr" if classes == "own" else "deepscores")
        else:
            coco.write(shards.pop(split), out / "annotations" / name, names)

    for record in tqdm(read_records(data), unit="page", leave=False):
        if images:
            record = replace(record, image=_bring(record.image, out / ("images_png" if format_ == "v1" else "images")))
        on_split.setdefault(record.split, []).append(record.image.stem)
        if format_ == "v1":
            v1.write_page(map_record(record), out)
        else:
            shards.setdefault(record.split, []).append(map_record(record))
            if len(shards[record.split]) == SHARD:
                flush(record.split)
    for split in list(shards):
        flush(split)
    if format_ == "v1":
        v1.write_splits(on_split, out)
    total = sum(map(len, on_split.values()))
    click.echo(f"{out}: {total} pages as {format_}, {len(names)} classes")


def _bring(image: Path, folder: Path) -> Path:
    """The image's place in `folder`: a hard link if the disk allows that, else a copy."""
    import os
    import shutil

    from omr.errors import DataError

    folder.mkdir(parents=True, exist_ok=True)
    target = folder / image.name
    if target.exists():
        raise DataError(f"two pages have an image named {image.name}")
    try:
        os.link(image, target)
    except FileNotFoundError as error:
        raise DataError(f"{image}: there is no such image (--no-images goes on without)") from error
    except OSError:
        shutil.copyfile(image, target)
    return target
