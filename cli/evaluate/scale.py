"""`omr evaluate scale`: is the staff space measured right on small pages?"""

from __future__ import annotations

from pathlib import Path

import click

SPACES_PX = (5.0, 5.5, 6.0, 6.5, 7.5, 8.5, 10.5)
MOST_OFF = 0.03
"""Greatest error of a right measurement, as a part of the staff space. Later stages tolerate this much."""


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path, dir_okay=False))
@click.option("--space", "spaces", multiple=True, type=click.FloatRange(min=4), default=SPACES_PX, show_default=True,
              help="Staff spaces in pixels to which each page is brought.")
def scale(images: tuple[Path, ...], spaces: tuple[float, ...]) -> None:
    """The staff space of pages brought to small sizes, against that of the same pages as they are.

    IMAGES are clean, scanned or photographed pages of which the staff space at full size is measured right.
    """
    import cv2
    from tqdm import tqdm

    from omr.page.raster import flatten, load_page
    from omr.page.scale import measure

    right = dict.fromkeys(spaces, 0)
    for image in tqdm(images, unit="page", leave=False):
        pixels = load_page(image, 1).pixels
        whole = measure(flatten(pixels)).space_px
        for space in spaces if whole is not None else ():
            size = tuple(round(side * space / whole) for side in pixels.shape[::-1])
            found = measure(flatten(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))).space_px
            true = whole * size[1] / pixels.shape[0]
            if found is not None and abs(found / true - 1) < MOST_OFF:
                right[space] += 1
            else:
                with tqdm.external_write_mode():
                    read = "nothing" if found is None else f"{found:.2f}"
                    click.echo(f"{image.name}: {true:.2f} px measured as {read}")
    for space, count in right.items():
        click.echo(f"{space:g} px: {count} of {len(images)} within {MOST_OFF:.0%}")
