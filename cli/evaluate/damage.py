"""`omr evaluate damage`: which staves and notes are lost on pages that were damaged on purpose."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.evaluate.common import FOLDER, weights_option
from omr.errors import DataError, OmrError
from omr.files import replacing

if TYPE_CHECKING:
    import numpy as np

    from evaluation.damage import DamageResult, MusicPage
    from omr.reading import Detector, PageReading

KINDS = ("lines", "shift", "beside", "below", "margins", "turn")
UNDAMAGED = "undamaged"
SEVERAL = "several"


@click.command()
@click.argument("images", type=click.Path(exists=True, path_type=Path, file_okay=False))
@click.option("--truth", type=FOLDER, default=None, metavar="DIR",
              help="MusicXML of the same names.  [default: where the benchmark has it, IMAGES/../../truth]")
@click.option("--pages", type=click.IntRange(min=1), default=100, show_default=True, help="How many damaged pages.")
@click.option("--only", "kinds", multiple=True, type=click.Choice(KINDS), default=KINDS, show_default=True,
              help="What happens to them.")
@click.option("--seed", default=0, show_default=True)
@click.option("--save", type=FOLDER, default=None, metavar="DIR",
              help="Keep each page of which something was lost, or invented, in DIR.")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
              help="Write every page's counts as JSON, after each page those so far.")
@click.option("--resume", is_flag=True, help="Go on where FILE ends: what is counted there is not read again.")
@weights_option
def damage(images: Path, truth: Path | None, pages: int, kinds: tuple[str, ...], seed: int, save: Path | None,
           out: Path | None, resume: bool, weights: Path | None) -> None:
    """Staves, systems and noteheads of pages of IMAGES with lines erased, systems shifted, margins cut, and so on.

    lines: one or two lines of some staves are gone; shift: a system stands further to one side; beside, below: two
    pages on one sheet; margins: cut off down to the ink; turn: by up to 3 degrees. Every second page has several of
    them. IMAGES is a folder of clean pages (PNG). Those are used of which every system is read with as many staves as
    the truth has; where they are read is then where staves should be.

    Lost in silence are noteheads of which the detector is sure, which belong to no staff, and of which no doubt tells.
    """
    if resume and out is None:
        raise click.UsageError("--resume goes on where the file of --out ends; name it")
    clean, results = _so_far(out, seed, kinds) if resume and out is not None and out.exists() else ([], [])
    results = results[:pages]
    known = {result.pages for result in clean}
    for result in run(images, truth or images.parents[1] / "truth", range(len(results), pages), kinds, seed, save,
                      weights):
        if result.kinds:
            results.append(result)
        elif result.pages not in known:
            clean.append(result)
        if out is not None:
            _keep(out, seed, kinds, clean, results)
    table = _table(clean, results, kinds)
    click.echo(f"{'':12}  pages  failed  staves    found  right size  false   heads  lost in silence")
    for name, row in table.items():
        click.echo(f"{name:12}{row['pages']:7.0f}{row['failed']:8.0f}{row['staves']:8.0f}  {row['found_share']:7.2%}"
                   f"{row['right_size_share']:12.2%}{row['false']:7.0f}{row['heads']:8.0f}{row['silent']:8.0f}")


def _table(clean: Sequence[DamageResult], results: Sequence[DamageResult],
           kinds: Sequence[str]) -> dict[str, dict[str, float]]:
    """The figures of the clean pages and of the damaged pages, by kind of damage and all together."""
    from evaluation.damage import figures

    rows = {UNDAMAGED: clean}
    rows |= {kind: [r for r in results if r.kinds == (kind,)] for kind in kinds}
    rows |= {SEVERAL: [r for r in results if len(r.kinds) > 1], "all damaged": results}
    return {name: figures(of) for name, of in rows.items() if of}


def _keep(out: Path, seed: int, kinds: Sequence[str], clean: Sequence[DamageResult],
          results: Sequence[DamageResult]) -> None:
    """Write all counts so far, completely or not at all, so that a run can be stopped at any time."""
    table = {"seed": seed, "kinds": list(kinds), "figures": _table(clean, results, kinds),
             "pages": [asdict(r) for r in (*clean, *results)]}
    with replacing(out) as part:
        part.write_text(json.dumps(table, indent=1) + "\n")


def _so_far(out: Path, seed: int, kinds: Sequence[str]) -> tuple[list[DamageResult], list[DamageResult]]:
    """The results that `_keep` wrote: for clean pages, and for damaged pages in their order. Raises DataError if they
    are from another run."""
    from evaluation.damage import DamageResult

    try:
        table = json.loads(out.read_text())
        ran = table["seed"], table["kinds"]
        results = [DamageResult(**{**row, "pages": tuple(row["pages"]), "kinds": tuple(row["kinds"])})
                   for row in table["pages"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{out}: no results that could be gone on with ({error})") from error
    if ran != (seed, list(kinds)):
        raise DataError(f"{out}: of seed {ran[0]} and {', '.join(ran[1])}, which is another run")
    return [r for r in results if not r.kinds], [r for r in results if r.kinds]


def run(images: Path, truth: Path, numbers: range, kinds: Sequence[str], seed: int, save: Path | None,
        weights: Path | None) -> Iterator[DamageResult]:
    """The results for the damaged pages with these numbers (from 0). Before its first use, each clean page also gives a
    result, without kinds of damage. What a page is made of depends only on its number and the seed. Raises DataError if
    there are too few clean pages."""
    import tempfile

    import numpy as np
    from tqdm import tqdm

    from evaluation.damage import TOGETHER, damaged, draw_kinds
    from omr.detect.runtime import load_detector

    detector = load_detector(weights)
    plates = _Plates(images, truth, detector)
    with tempfile.TemporaryDirectory(prefix="omr-") as folder:
        for number in tqdm(numbers, unit="page", initial=numbers.start, total=numbers.stop):
            rng = np.random.default_rng((seed, number))
            chosen = draw_kinds(number, kinds, rng)
            picked = plates.pick(rng, 2 if TOGETHER.keys() & set(chosen) else 1)
            yield from plates.new()
            page = damaged(plates.page(picked[0]), plates.page(picked[-1]), chosen, rng)
            file = Path(folder) / f"{number + 1:04}-{'-'.join(chosen)}.png"
            result = _judged(page, file, tuple(p.stem for p in picked), chosen, detector)
            if result.error:
                tqdm.write(f"{file.name}: {result.error}")
            if save is not None and (result.staves > result.right_size or result.false or result.silent):
                save.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, save)
            file.unlink()
            yield result


class _Plates:
    """The clean pages of a folder. Each is read when it is first picked."""

    def __init__(self, images: Path, truth: Path, detector: Detector):
        self._paths = sorted(images.glob("*.png"))
        self._unfit: set[Path] = set()
        self._images, self._truth, self._detector = images, truth, detector
        self._systems: dict[Path, Any] = {}
        self._new: list[DamageResult] = []

    def pick(self, rng: np.random.Generator, count: int) -> list[Path]:
        """Pick `count` different pages that are read as their truths say. Raises DataError if there are too few."""
        picked: list[Path] = []
        free = list(self._paths)
        while len(picked) < count:
            if not free:
                raise DataError(f"{self._images}: not {count} pages (PNG) that are read with the staves of their truth")
            path = free.pop(int(rng.integers(len(free))))
            if path in self._systems or (path not in self._unfit and self._read(path)):
                picked.append(path)
        return picked

    def page(self, path: Path) -> MusicPage:
        """A page that was picked."""
        from evaluation.damage import MusicPage
        from omr.page.raster import load_page

        return MusicPage(load_page(path, 1).pixels, self._systems[path])

    def new(self) -> Iterator[DamageResult]:
        """The results for the pages that were read since the last call."""
        yield from self._new
        self._new = []

    def _read(self, path: Path) -> bool:
        """Read a page. It is left out unless every system has as many staves as in its truth."""
        from tqdm import tqdm

        from evaluation import counts
        from evaluation.damage import judge, page_of
        from omr.page.raster import load_page

        try:
            staves, _ = counts.count(self._truth / f"{path.stem}.musicxml")
            reading = _reading(path, self._detector)
        except OmrError as error:
            self._unfit.add(path)
            tqdm.write(f"{path.name}: left out, {error}")
            return False
        page = page_of(load_page(path, 1).pixels, reading)
        sizes = [len(system) for system in page.systems]
        if set(sizes) != {staves}:
            self._unfit.add(path)
            tqdm.write(f"{path.name}: left out, systems of {', '.join(map(str, sizes))} staves were read, not {staves}")
            return False
        self._systems[path] = page.systems
        self._new.append(replace(judge(page, reading, self._detector), pages=(path.stem,)))
        return True


def _reading(path: Path, detector: Detector) -> PageReading:
    """What a scan reads on a page, except for its words."""
    from omr.pipeline import read_pages
    from omr.reading import ScanOptions

    return next(read_pages([path], detector, ScanOptions(languages=())))


def _judged(page: MusicPage, file: Path, names: tuple[str, ...], kinds: tuple[str, ...],
            detector: Detector) -> DamageResult:
    """Write a damaged page, read it and count. If this program has an error, only this page is lost."""
    from PIL import Image

    from evaluation.damage import DamageResult, judge

    Image.fromarray(page.pixels).save(file, compress_level=1)
    try:
        return replace(judge(page, _reading(file, detector), detector), pages=names, kinds=kinds)
    except OmrError as failure:
        error = str(failure)
    except Exception as failure:  # an error of this program, which this command should find
        error = f"unexpected {type(failure).__name__}: {failure}"
    return DamageResult(pages=names, kinds=kinds, staves=len(page.staves), error=error)
