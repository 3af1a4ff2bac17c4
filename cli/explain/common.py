"""What the commands of `omr explain` share: a page as the detector sees it, and a place on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.evaluate.common import weights_option as weights_option

if TYPE_CHECKING:
    import numpy as np

    from omr.types import DetectorMaps, Page, Symbol


NEAR_PX = 60
"""Half the side of the square in which symbols count as near, in pixels of the normalised page: six staff spaces, a
staff with its ledger lines."""


class Place(click.ParamType):
    """Column and row of a pixel: "X,Y"."""

    name = "X,Y"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        if isinstance(value, tuple):
            return value
        try:
            x, y = (float(v) for v in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is no place; it should look like 640,480", param, ctx)
        return x, y


page_argument = click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path))
at_option = click.option("--at", type=Place(), default=None,
                         help="Where, in pixels of the page (of a PDF: at 300 dpi), as the command prints it. Default: "
                         "at an unsure symbol among others.")
page_option = click.option("--page", "number", type=click.IntRange(min=1), default=1, show_default=True,
                           help="Which page of the file.")


@dataclass(frozen=True, eq=False)
class Seen:
    """A normalised page, and the detector's answer."""

    page: Page
    maps: DetectorMaps
    symbols: list[Symbol]
    accept: dict[str, float]
    """Least score by class, as a scan has it."""

    @property
    def pixels(self) -> np.ndarray:
        return self.page.pixels

    def place(self, at: tuple[float, float] | None) -> tuple[float, float]:
        """(row, col) on the normalised page for a pixel (x, y) of the source. By default it is the place of the least
        sure symbol among the half of the symbols that have the most neighbours: there the cut must separate symbols.

        Raises click.UsageError for a place off the page.
        """
        import numpy as np

        height, width = self.pixels.shape
        if at is None:
            middles = np.array([s.box.center for s in self.symbols]).reshape(-1, 2)
            if len(middles) < 2:
                return (height / 2, width / 2) if not len(middles) else self.symbols[0].box.center
            near = (np.abs(middles[:, None] - middles[None]).max(axis=2) < NEAR_PX).sum(axis=1)
            scores = np.array([s.score for s in self.symbols])
            scores[near < np.median(near)] = np.inf
            return self.symbols[int(scores.argmin())].box.center
        linear, shift = self.page.to_source[:, :2], self.page.to_source[:, 2]
        row, col = np.linalg.solve(linear, np.array([at[1], at[0]]) - shift)
        if not (0 <= row < height and 0 <= col < width):
            raise click.UsageError(f"--at {at[0]:g},{at[1]:g} lies off the page")
        return float(row), float(col)

    def told(self, row: float, col: float) -> str:
        """A place on the normalised page in the form of `--at`: "X,Y" in pixels of the source."""
        y, x = self.page.to_source[:, :2] @ (row, col) + self.page.to_source[:, 2]
        return f"{x:.0f},{y:.0f}"

    def crop(self, at: tuple[float, float] | None, size: int) -> tuple[int, int]:
        """(top, left) of a square around a place: multiples of four, inside the page if that is large enough."""
        row, col = self.place(at)
        height, width = self.pixels.shape
        top, left = (int(min(max(v - size / 2, 0), max(side - size, 0))) for v, side in ((row, height), (col, width)))
        return top - top % 4, left - left % 4


def look(path: Path, number: int, weights: Path | None) -> Seen:
    """A page of a file, read by the detector. Raises OmrError as a scan does."""
    from omr.detect.runtime import load_detector
    from omr.detect.watershed import decode
    from omr.page.raster import load_page, normalise, page_numbers

    page_numbers(path, {number})
    page = normalise(load_page(path, number))
    detector = load_detector(weights)
    maps = detector.detect(page.pixels)
    return Seen(page, maps, decode(maps, accept=detector.accept), detector.accept)
