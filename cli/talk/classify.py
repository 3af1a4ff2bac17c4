"""`omr talk classify`: hand-made features against a small CNN, by the number of examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import numpy as np

    from companions.classify import Crops
    from deepscores.engrave import EngravedPage

SPACE_PX = 7.0
"""Staff space of the engraved pages: a crop of 40 px shows a symbol with a little of what stands round it."""
MOST_A_PAGE = 12
"""Crops of one class from one page: a page of a thousand noteheads is worth no more than twelve of them."""
SHIFT_PX = 2
TEST_CROPS = 60


def engraved_crops(scores: int, classes: int, train_crops: int, seed: int) -> tuple[Crops, Crops]:
    """(training crops, test crops) of synthetic scores: three quarters of the scores are for training.

    The classes are the commonest, of those that have `train_crops` crops to train on and a quarter of that to test.
    Raises DataError if there are not two of them.
    """
    from functools import partial

    import numpy as np
    from tqdm import tqdm

    from companions.classify import Crops
    from deepscores.engrave import engrave, engrave_many
    from omr.errors import DataError

    done: dict[int, dict[str, list[np.ndarray]]] = {}
    with tqdm(total=scores, desc="engraving", unit="score", leave=False) as bar:
        # Scores arrive as they are finished; only the first ones count, or the crops would hang on who was faster.
        for number, pages in engrave_many([], 1.0, seed, workers=2, engraver=partial(engrave, space_px=SPACE_PX)):
            if number < scores:
                done[number] = _cut(pages, np.random.default_rng([seed, number]))
                bar.update()
            if len(done) == scores:
                break
    parts: tuple[dict[str, list[np.ndarray]], dict[str, list[np.ndarray]]] = ({}, {})
    for number in sorted(done):
        for name, crops in done[number].items():
            parts[number % 4 == 3].setdefault(name, []).extend(crops)
    train, test = parts
    enough = [n for n in train if len(train[n]) >= train_crops and len(test.get(n, ())) >= max(1, train_crops // 4)]
    names = tuple(sorted(sorted(enough, key=lambda n: (-len(train[n]), n))[:classes]))
    if len(names) < 2:
        raise DataError(f"{scores} scores do not hold {train_crops} crops of two classes; engrave more (--scores)")

    def gather(part: dict[str, list[np.ndarray]], most: int) -> Crops:
        labels = [label for label, name in enumerate(names) for _ in part[name][:most]]
        return Crops(np.array([c for name in names for c in part[name][:most]]), np.array(labels), names)

    return gather(train, 2 * train_crops), gather(test, TEST_CROPS)


def _cut(pages: list[EngravedPage], rng: np.random.Generator) -> dict[str, list[np.ndarray]]:
    """Worn crops round the symbols of pages, by class."""
    import io

    import numpy as np
    from PIL import Image

    from companions.classify import SIDE_PX, wear

    found: dict[str, list[np.ndarray]] = {}
    for page in pages:
        paper = np.pad(np.asarray(Image.open(io.BytesIO(page.png))), SIDE_PX, constant_values=255)
        taken: dict[str, int] = {}
        symbols = page.labels.symbols
        for i in rng.permutation(len(symbols)).tolist():
            name, box = symbols[i].name, symbols[i].box
            taken[name] = taken.get(name, 0) + 1
            if taken[name] > MOST_A_PAGE:
                continue
            row = round((box.top + box.bottom) / 2) + SIDE_PX // 2 + int(rng.integers(-SHIFT_PX, SHIFT_PX + 1))
            col = round((box.left + box.right) / 2) + SIDE_PX // 2 + int(rng.integers(-SHIFT_PX, SHIFT_PX + 1))
            crop = paper[max(row, 0) : max(row, 0) + SIDE_PX, max(col, 0) : max(col, 0) + SIDE_PX]
            if crop.shape == (SIDE_PX, SIDE_PX):
                found.setdefault(name, []).append(wear(crop, rng))
    return found


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=None, metavar="FOLDER",
              help="Images in a folder a class, as DeepScores' classification set has them. Default: engraved crops.")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("classify.html"),
              show_default=True)
@click.option("--counts", default="5,10,20,50,100,200", show_default=True, help="Training crops a class.")
@click.option("--scores", type=click.IntRange(min=4), default=96, show_default=True, help="To engrave.")
@click.option("--classes", type=click.IntRange(min=2), default=24, show_default=True,
              help="Of engraved symbols, at most.")
@click.option("--steps", type=click.IntRange(min=1), default=800, show_default=True, help="Of the CNN, each time.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def classify(data: Path | None, out: Path, counts: str, scores: int, classes: int, steps: int, seed: int) -> None:
    """Hand-made features against a small CNN, by the number of examples. Interrupted, the same command goes on."""
    import hashlib

    import numpy as np

    from companions.classify import METHODS, SEEDS, Crops, accuracies, compare, read_folder, write_comparison
    from omr.files import replacing

    try:
        numbers = sorted({int(c) for c in counts.split(",")})
    except ValueError:
        numbers = []
    if not numbers or numbers[0] < 1:
        raise click.BadParameter(f"{counts!r} is no list of numbers such as 5,20,100", param_hint="--counts")
    out.parent.mkdir(parents=True, exist_ok=True)
    if data is not None:
        train, test = read_folder(data, max(*numbers, TEST_CROPS), seed)
        where = f"Crops from {data.name}."
    else:
        kept = out.with_name(f"{out.stem}.{scores}-{classes}-{numbers[-1]}-{seed}.npz")
        if not kept.exists():
            parts = engraved_crops(scores, classes, numbers[-1], seed)
            with replacing(kept) as temporary, open(temporary, "wb") as file:
                np.savez_compressed(file, names=np.array(parts[0].names), **{
                    f"{what}_{end}": getattr(part, what) for part, end in zip(parts, ("train", "test"), strict=True)
                    for what in ("pixels", "labels")})
        with np.load(kept) as file:
            train, test = (Crops(file[f"pixels_{end}"], file[f"labels_{end}"], tuple(file["names"].tolist()))
                           for end in ("train", "test"))
        where = f"Symbols of {scores} synthetic scores, engraved and worn; the test crops come from other scores."
    # More than the rarest class has would be no larger set for it.
    numbers = [n for n in numbers if n <= train.fewest()] or [train.fewest()]
    same = hashlib.sha1(repr((train.names, steps, seed)).encode())
    for part in (train, test):
        same.update(part.pixels.tobytes() + part.labels.tobytes())
    found = compare(train, test, numbers, seed, steps, out.with_name(f"{out.stem}.{same.hexdigest()[:8]}.json"))
    write_comparison(out, train, test, found, numbers, where)
    click.echo(f"mean of {SEEDS} draws of the training crops")
    click.echo(f"{'crops a class':<22}" + "".join(f"{n:>7}" for n in numbers))
    for method in METHODS:
        click.echo(f"{method:<22}" + "".join(f"{np.mean(accuracies(found, method, n, test)):7.3f}" for n in numbers))
    click.echo(str(out))
