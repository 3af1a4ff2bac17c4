"""`omr evaluate ablation`: what each part of the training recipe is worth, on the same degraded pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from cli.evaluate.common import BALANCED, MIN_COUNT, small_training
from omr.files import replacing


@dataclass(frozen=True)
class Recipe:
    """The settings of `omr train`: --degrade, --margins, --balanced. times: by what the number of steps is
    multiplied."""

    degrade: bool = True
    margins: bool = True
    balanced: float = BALANCED
    times: int = 1


RECIPES = {
    "clean engravings": Recipe(degrade=False, margins=False, balanced=0.0),
    "margins, balance": Recipe(degrade=False),
    "scan-like pages": Recipe(),
    "longer": Recipe(times=3),
    "no margins": Recipe(margins=False),
    "no balance": Recipe(balanced=0.0),
}
"""The first four are the talk's story, each built on the one before. The others take one thing away from "scan-like
pages"."""


@click.command()
@small_training
@click.option("--test", type=click.Path(exists=True, path_type=Path), required=True,
              help="Labelled pages to judge on, degraded already, of other scores.")
@click.option("--learning-rate", default=2e-3, show_default=True)
@click.option("--pages", type=click.IntRange(min=1), default=None, help="Judge on so many pages, spread over the data.")
@click.option("--only", type=click.Choice(list(RECIPES)), multiple=True, help="Only this recipe.")
@click.option("--weights", type=click.Path(exists=True, file_okay=False, path_type=Path), multiple=True, metavar="DIR",
              help="Judge these weights too.")
def ablation(data: tuple[Path, ...], test: Path, out: Path, steps: int, batch: int, size: int, learning_rate: float,
             seed: int, pages: int | None, only: tuple[str, ...], weights: tuple[Path, ...]) -> None:
    """The same small network trained by several recipes, from random weights, and judged on the same pages.

    Recipes differ in one thing each: pages clean or degraded, rare symbols in the margins, crops balanced by class,
    three times the steps. Writes AP at IoU 0.5 of every class (ablation.csv) and a picture of the means (ablation.png).
    """
    from tqdm import tqdm

    from omr.errors import DataError

    out.mkdir(parents=True, exist_ok=True)
    plan = {"data": [str(d) for d in data], "test": str(test), "steps": steps, "batch": batch, "size": size,
            "learning_rate": learning_rate, "seed": seed, "pages": pages}
    path = out / "plan.json"
    if path.exists() and json.loads(path.read_text()) != plan:
        raise DataError(f"{out} holds an ablation with other settings; choose another folder or delete it")
    _write(path, plan)
    results = out / "results"
    results.mkdir(exist_ok=True)
    for name in tqdm(only or tuple(RECIPES), unit="recipe"):
        if not (results / f"{name}.json").exists():
            run = train(RECIPES[name], data, out, out / name.replace(" ", "-").replace(",", ""), plan)
            _write(results / f"{name}.json", judge(test, pages, run))
    for folder in weights:
        _write(results / f"{folder.name}.json", judge(test, pages, folder))
    report({path.stem: json.loads(path.read_text()) for path in sorted(results.glob("*.json"))}, out)


def train(recipe: Recipe, data: Sequence[Path], out: Path, folder: Path, plan: Mapping[str, Any]) -> Path:
    """The weights folder of a run with a recipe. Recipes with the same pages share their cache."""
    import keras

    from cli.train import build_cache, choose_pages, finish
    from models.training import TrainingConfig
    from models.training import train as run

    cache = out / f"cache{'-degraded' * recipe.degrade}{'-margins' * recipe.margins}"
    pages = build_cache(choose_pages(data, (), None)[0], cache, 1, plan["seed"], 2, recipe.margins,
                        degraded=recipe.degrade)
    config = TrainingConfig(
        steps=recipe.times * plan["steps"], batch=plan["batch"], size=plan["size"], seed=plan["seed"],
        learning_rate=plan["learning_rate"], warmup=max(plan["steps"] // 20, 1), checkpoint_every=50, workers=0,
        balanced=recipe.balanced)
    run(pages, [], folder, config)
    finish(folder, config, [], {"data": [d.name for d in data], "pages": len(pages), "margins": recipe.margins})
    keras.backend.clear_session()
    return folder / "weights"


def judge(test: Path, pages: int | None, weights: Path) -> dict[str, Any]:
    """COCO's figures of a weights folder on labelled pages as they are."""
    from cli.evaluate.detect import run_detector
    from evaluation import coco
    from omr.detect.runtime import load_detector

    run = run_detector(test, "clean", pages, 0, load_detector(weights), {})
    return coco.evaluate(run.reference, run.estimate)


def report(results: Mapping[str, Mapping[str, Any]], out: Path) -> None:
    """Print the means, and write ablation.csv and ablation.png."""
    import csv

    names = [name for name in RECIPES if name in results] + [name for name in results if name not in RECIPES]
    if not names:
        return
    counts = {c: row["count"] for c, row in results[names[0]]["per_class"].items()}
    ordered = sorted(counts, key=lambda c: (-counts[c], c))
    with replacing(out / "ablation.csv") as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["class", "count", *names])
        for c in ordered:
            writer.writerow([c, counts[c], *(round(results[n]["per_class"][c]["ap_50"], 4) for n in names)])
    frequent = [c for c in ordered if counts[c] >= MIN_COUNT]
    rare = [c for c in ordered if counts[c] < MIN_COUNT]
    table = {name: (_mean(results[name], frequent), _mean(results[name], rare), results[name]["weighted_map_50"])
             for name in names}
    click.echo(f"AP at IoU 0.5          {len(frequent)} classes of {MIN_COUNT} and more   {len(rare)} rarer   by count")
    for name, (often, seldom, weighted) in table.items():
        click.echo(f"{name:22}{often:25.3f}{seldom:17.3f}{weighted:11.3f}")
    _draw(table, out / "ablation.png")


def _mean(result: Mapping[str, Any], names: Sequence[str]) -> float:
    return sum(result["per_class"][c]["ap_50"] for c in names) / max(len(names), 1)


def _draw(table: Mapping[str, tuple[float, float, float]], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 0.5 * len(table) + 1.2))
    axis = figure.subplots()
    labels = (f"classes with {MIN_COUNT} symbols or more", "rarer classes", "weighted by count")
    for i, label in enumerate(labels):
        axis.barh([n - 0.26 * (i - 1) for n in range(len(table))], [row[i] for row in table.values()], 0.24,
                  label=label)
    axis.set_yticks(range(len(table)), list(table))
    axis.invert_yaxis()
    axis.set(xlim=(0, 1), xlabel="average precision at IoU 0.5")
    axis.legend(fontsize=8, loc="lower right")
    axis.grid(axis="x", alpha=0.3)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110, bbox_inches="tight")


def _write(path: Path, value: object) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1))
