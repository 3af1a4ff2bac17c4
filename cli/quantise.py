"""`omr quantise`: a detector with 8-bit numbers, which processors multiply faster than floats."""

from __future__ import annotations

from pathlib import Path

import click

from cli.evaluate.common import FOLDER
from omr.errors import WeightsError

SIDE_PX = 384
"""Side of an example square, in page pixels: the usual side of a training crop."""
BALANCED = 0.5
"""Share of the squares around a symbol of a class that is drawn first. Rare symbols determine ranges, too."""


@click.command()
@click.argument("weights", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--data", type=click.Path(exists=True, path_type=Path), multiple=True, required=True,
              help="Data set of example pages, as `omr train` takes it; several make a mixture.")
@click.option("-o", "--out", type=FOLDER, required=True, help="Folder for the example pages and the new `weights`.")
@click.option("--most", type=click.IntRange(min=1), default=None, help="Only the first so many pages of each data set.")
@click.option("--crops", type=click.IntRange(min=1), default=100, show_default=True,
              help="How many squares of the example pages are looked at.")
@click.option("--seed", default=0, show_default=True)
@click.option("--mean-with", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Take the mean of WEIGHTS and those of this folder, which were trained on from them.")
@click.option("--layers", is_flag=True, help="Also print what each layer's 8-bit numbers alone change in the maps.")
def quantise(weights: Path, data: tuple[Path, ...], out: Path, most: int | None, crops: int, seed: int,
             mean_with: Path | None, layers: bool) -> None:
    """Copy the folder WEIGHTS so that a scan computes mostly with 8-bit numbers.

    The example pages are made scans and photographs, as for training. What the network answers on squares of them tells
    the range of the numbers of each layer. The first layers, those at the finest resolution and the heads, which
    lose most, stay in float32.
    """
    from cli.train import build_cache, choose_pages
    from models.crops import CropSampler, ink
    from models.weights import averaged, load_network, with_eight_bits
    from omr.detect.runtime import read_card

    read_card(weights)
    if mean_with:
        read_card(mean_with)
        try:
            averaged(weights, mean_with, out / "mean")
        except ValueError as error:
            raise WeightsError(f"{weights} and {mean_with}: {error}") from error
        weights = out / "mean"
    pages = build_cache(choose_pages(data, (), most)[0], out / "cache", 1, seed, 2)
    sampler = CropSampler(pages, SIDE_PX, seed, BALANCED)
    examples = [ink(sampler.cut().pixels[None]) for _ in range(crops)]
    with_eight_bits(weights, out / "weights", examples)
    click.echo(f"{out / 'weights'}: {(out / 'weights' / 'detector.onnx').stat().st_size / 1e6:.1f} MB")
    if layers:
        from models.onnxfile import onnx_file
        from models.quantising import layer_errors

        click.echo(f"{'mean error of the maps':40}{'energy':>8}{'class':>8}{'box':>8}{'strokes':>8}")
        for name, errors in layer_errors(onnx_file(load_network(weights)), examples):
            click.echo(f"{name:40}" + "".join(f"{error:8.4f}" for error in errors))
