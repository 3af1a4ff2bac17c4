"""`omr deepscores check`: broken records, by file and field."""

from __future__ import annotations

from pathlib import Path

import click

MOST_LISTED = 1000


@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("--images/--no-images", default=True, show_default=True, help="Also open every page's image.")
def check(data: Path, images: bool) -> int:
    """Name every broken record of DATA; exit code 9 if there is one.

    Missing or broken images, images of another size than the labels say, boxes outside the page or without size,
    links to nothing, classes without a name, doubled ids.
    """
    from PIL import Image
    from tqdm import tqdm

    from deepscores import muscima
    from deepscores.datasets import read_records, recognise
    from omr.errors import DataError
    from omr.files import check_size
    from omr.limits import MOST_IMAGE_BYTES

    problems = 0

    def problem(message: str) -> None:
        nonlocal problems
        problems += 1
        if problems <= MOST_LISTED:
            tqdm.write(message)

    pages = 0
    for record in tqdm(read_records(data, problem=problem), unit="page", leave=False):
        pages += 1
        for mark in record.marks:
            b = mark.box
            if b.bottom < -1 or b.right < -1 or b.top > record.height + 1 or b.left > record.width + 1:
                problem(f"{record.image.name}: {mark.name}: the box {b.left, b.top, b.right, b.bottom} is off the page")
        if images:
            try:
                check_size(record.image, MOST_IMAGE_BYTES)
                with Image.open(record.image) as image:
                    if image.size != (record.width, record.height):
                        problem(f"{record.image}: it is {image.width} x {image.height}, its labels say "
                                f"{record.width} x {record.height}")
            except FileNotFoundError:
                problem(f"{record.image}: there is no such image")
            except Exception as error:  # Pillow raises exceptions of any kind for damaged images
                problem(f"{record.image}: {error}")
    if recognise(data) == "muscima":
        for file in muscima.files_of(data):
            muscima.read_links(file, problem)
    if problems > MOST_LISTED:
        click.echo(f"and {problems - MOST_LISTED} more")
    click.echo(f"{pages} pages read, {problems} problems")
    return DataError.exit_code if problems else 0
