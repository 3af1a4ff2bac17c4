"""`omr explain training RUN`: a training run on one page, also one that is still going.

Learning curves, the figures of the last check by class, statistics of what each block of the network answers, and the
information plane (Shwartz-Ziv and Tishby, "Opening the Black Box of Deep Neural Networks via Information", 2017): every
block as a point, how much it knows of the input to the right, how much of the answer upwards, and how the points move
as the network learns. All of it from what `omr train` always leaves in its folder. Cost: two seconds. Expected: the
last block knows most of the classes, the coarsest ones less, since they see neighbours too; with ReLUs the second phase
of the paper, in which I(X;T) falls again, is often not to be seen (Saxe et al., ICLR 2018).
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from companions import page as html
from omr.errors import DataError

Row = dict[str, str]
WORST = 15
EXAMPLE = Path(__file__).parent / "weights" / "training"
"""A short training of the detector, kept so that the page can be shown at once; RECIPE.md has its command."""


def explain(run: Path) -> list[str]:
    """The parts of an HTML page about a run folder. Raises DataError if it is none, or has not come to a check yet."""
    config = _json(run / "config.json")
    history, features = _rows(run / "history.csv"), _rows(run / "features.csv")
    if not config or not history:
        raise DataError(f"{run} holds no training run that has come to its first check; `omr train -o {run}` makes one")
    parts = [html.words(_progress(config, history)), html.heading("Learning curves"),
             html.plot(_curves(history), "left: the errors that are made small, a line for each head of the network; "
                       "right: how well it then finds the symbols of pages that it does not learn from")]
    if features:
        parts += [html.heading("The information plane"),
                  html.words("I(T;Y) = H(T) - H(T|Y), and since the network is deterministic, I(X;T) = H(T). Every "
                             "block of the network at every check, from dark to bright. What it knows of the "
                             "input, I(X;T), to the right; of the symbol's class, I(T;Y), upwards; in bits, over the "
                             "three directions in which the block varies most, in eight bins each."),
                  html.words(_bias(features)),
                  html.plot(_plane(features), "a line for each block, a dot for each check; the number of the block, 1 "
                            "being next to the page, stands at its last dot"),
                  html.heading("What the blocks answer"),
                  html.plot(_statistics(features), "a line for each block. Spread: standard deviation; zeros: answers "
                            "that the ReLU cuts off; dead: units that answer 0 everywhere"),
                  html.table(("block", "cell, px", "units", "mean", "spread", "zeros", "dead", "I(X;T)", "I(T;Y)"),
                             [(r["layer"], int(float(r["stride"])), int(float(r["units"])),
                               *(float(r[k]) for k in ("mean", "std", "zero", "dead", "i_xt", "i_ty")))
                              for r in features if r["step"] == features[-1]["step"]])]
    parts += _checks(_json(run / "validation.json"))
    for name, caption in (("samples.png", "labels above, finds below"), ("classes.png", "what it learns from")):
        if (run / name).exists():
            parts += [html.heading(caption.capitalize()), html.embedded((run / name).read_bytes(), caption)]
    return parts


def _progress(config: dict, history: list[Row]) -> str:
    last = history[-1]
    step, steps, seconds = int(float(last["step"])), int(config["steps"]), float(last["seconds"])
    before = [r for r in history if float(r["seconds"]) > seconds or float(r["step"]) >= step]
    begun = max((int(float(r["step"])) for r in before if int(float(r["step"])) < step), default=0)
    pace = seconds / max(step - begun, 1)
    left = f", {(steps - step) * pace / 60:.0f} minutes to go at {pace:.2f} s a step" if step < steps else ", finished"
    return (f"Step {step} of {steps}{left}. Batches of {config['batch']} crops of {config['size']} px, learning rate "
            f"{config['learning_rate']}, seed {config['seed']}, {config['precision']}"
            f"{', from the weights ' + Path(config['start']).name if config.get('start') else ''}.")


def _curves(history: list[Row]) -> object:
    figure, axes = html.pyplot().subplots(1, 2, figsize=(11, 4))
    for name in sorted({k for row in history for k in row} - {"step", "seconds", "f1"}):
        axes[0].plot([float(r["step"]) for r in history], [_number(r.get(name)) for r in history],
                     label=name.replace("_", " "))
    axes[0].set(yscale="log", xlabel="step", title="loss (running mean)")
    axes[0].yaxis.set_major_locator(html.pyplot().matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
    axes[0].yaxis.set_major_formatter("{x:g}")
    axes[0].yaxis.set_minor_formatter("")
    axes[0].legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=5, frameon=False)
    checked = [r for r in history if r.get("f1")]
    axes[1].plot([float(r["step"]) for r in checked], [float(r["f1"]) for r in checked], marker="o")
    axes[1].set(xlabel="step", xlim=(0, None), ylim=(0, 1), title="validation: symbol F1 at IoU 0.5")
    return figure


FLOOR = 0.02
"""Bits about a class that are none: to measure what chance gives is no more exact than that."""


def _plane(features: list[Row]) -> object:
    plt = html.pyplot()
    figure, axis = plt.subplots(figsize=(8, 6))
    final = max(float(r["step"]) for r in features)
    for number, rows in enumerate(_by_layer(features).values(), 1):
        x, y = ([float(r[k]) for r in rows] for k in ("i_xt", "i_ty"))
        axis.plot(x, y, color="#ccc", linewidth=0.8, zorder=1)
        dots = axis.scatter(x, y, c=[float(r["step"]) for r in rows], cmap="viridis", vmin=0, vmax=final or 1, s=28,
                            zorder=2)
        # By its number alone, and on the floor below the dot: names of blocks that lie near would cover each other.
        axis.annotate(str(number), (x[-1], y[-1]), xytext=(0, 6 if y[-1] > FLOOR else -15), textcoords="offset points",
                      ha="center", fontsize=10, zorder=3)
    figure.colorbar(dots, ax=axis, label="step of the training")
    axis.set(xlabel="I(X;T), bits", ylabel="I(T;Y), bits, less what chance gives")
    return figure


def _bias(features: list[Row]) -> str:
    """What chance alone would show as I(T;Y), and whether the plane is free of it."""
    chance = [float(r["i_ty_chance"]) for r in features if r.get("i_ty_chance")]
    if len(chance) < len(features):
        return ("Some rows of this run were written before chance was measured: they hold I(T;Y) as it was "
                "estimated, and from few symbols most of that is chance.")
    return (f"From so few symbols, classes in a random order would seem to be known too, by {min(chance):.2f} to "
            f"{max(chance):.2f} bits. That share was measured for every block at every check, by shuffling the "
            "classes, and is subtracted: 0 means that a block tells nothing of the class.")


def _statistics(features: list[Row]) -> object:
    figure, axes = html.pyplot().subplots(1, 4, figsize=(15, 3.4))
    for axis, (key, title) in zip(axes, (("mean", "mean"), ("std", "spread"), ("zero", "share of zeros"),
                                         ("dead", "share of dead units")), strict=True):
        for name, rows in _by_layer(features).items():
            axis.plot([float(r["step"]) for r in rows], [float(r[key]) for r in rows], label=name)
        axis.set(xlabel="step", title=title, ylim=(0, 1 if key in ("zero", "dead") else None))
    axes[-1].legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return figure


def _checks(figures: dict) -> list[str]:
    """The classes that are found worst."""
    rows = [(name, int(row["count"]), row["precision"], row["recall"], row["f1"]) for name, row in figures.items()]
    if not rows:
        return []
    worst = sorted((r for r in rows if r[1] >= 10 and r[0] != "all"), key=lambda r: r[-1])[:WORST]
    return [html.heading("The last check"),
            html.words(f"Symbol F1 {figures['all']['f1']:.4f} over {int(figures['all']['count'])} symbols. The classes "
                       "found worst, of those with ten symbols or more:"),
            html.table(("class", "symbols", "precision", "recall", "F1"), worst)]


def _by_layer(features: list[Row]) -> dict[str, list[Row]]:
    layers: dict[str, list[Row]] = defaultdict(list)
    for row in features:
        layers[row["layer"]].append(row)
    return layers


def _number(text: str | None) -> float:
    return float(text) if text else float(np.nan)


def _rows(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def _json(path: Path) -> dict:
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError):
        return {}
