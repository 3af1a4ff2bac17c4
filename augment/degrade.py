"""What happens to a clean page before it reaches this program: it becomes a scan of an old print, or a photograph.

The idea is that of ScoreAug (Tuggener et al., TISMIR 2023): engraved pages are merged with paper, the darker pixel
winning, and sent through a scanner. Added here is what real one-bit scans of old prints show: a varying threshold, worn
plates, curled paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from augment.geometry import moved, together
from augment.leaf import Leaf
from augment.paper import real_paper
from augment.transforms import EFFECTS, MOVEMENTS, Effect
from omr.types import Stroke, Symbol

Kind = Literal["clean", "scan", "photo"]
ONE_BIT = 0.5
"""Share of the scans that are black and white."""
AGE: Literal["age"] = "age"
"""As strong as the print is worn. This is drawn once for a page, and is mostly little."""


@dataclass(frozen=True)
class Step:
    """A transform of the recipe: how likely it is on a one-bit scan, a grey scan and a photograph, and how strong on
    scans and on photographs."""

    name: str
    one_bit: float
    gray: float
    photo: float
    scan_strength: float | Literal["age"] = 1.0
    photo_strength: float | Literal["age"] = 1.0

    def __post_init__(self) -> None:
        if self.name not in MOVEMENTS and self.name not in EFFECTS:
            raise ValueError(f"no transform is called {self.name!r}")
        if not all(0 <= chance <= 1 for chance in (self.one_bit, self.gray, self.photo)):
            raise ValueError(f"{self.name}: chances are 0 to 1")


RECIPE = (
    #    transform       one-bit  gray  photo  strength: scan, photo
    Step("curl",            1.0,  1.0,   1.0,  0.45, 1.0),
    Step("rotate",          1.0,  1.0,   1.0,  0.45, 1.0),
    Step("scale",           1.0,  1.0,   1.0,  0.3, 0.3),
    Step("perspective",     0.0,  0.0,   1.0),
    Step("press",          0.85, 0.85,   0.4,  AGE, AGE),
    Step("bleed",           0.0, 0.05,  0.05),
    Step("wear",            0.2,  0.2,   0.2),
    Step("broken_lines",   0.15, 0.15,  0.08),
    Step("clog",           0.15,  0.1,   0.1),
    Step("doubled",        0.06, 0.06,  0.03),
    Step("scribble",       0.15, 0.15,  0.15),
    Step("specks",          0.6,  0.6,   0.6),
    Step("grime",          0.12,  0.0,   0.0),
    Step("fade",            0.0,  1.0,   1.0),
    Step("paper",           0.0,  1.0,   1.0),
    Step("stain",           0.0,  0.3,   0.3),
    Step("show_through",    0.0, 0.25,  0.25),
    Step("shade",           0.0,  0.0,   1.0),
    Step("shadow",          0.0,  0.0,   0.4),
    Step("gutter",          0.1,  0.1,   0.1),
    Step("flash",           0.0,  0.0,   0.2),
    Step("blur",            0.5,  0.5,  0.85,  0.55, 1.0),
    Step("motion",          0.0,  0.0,   0.3),
    Step("low_contrast",    0.0, 0.05,   1.0),
    Step("coarse",         0.12, 0.12,  0.08),
    Step("noise",           0.0,  1.0,   1.0,  0.45, 1.0),
    Step("jpeg",            0.0,  0.7,   0.7),
    Step("bilevel",         1.0,  0.0,   0.0,  AGE),
)
"""The transforms in the order in which things happen to a page. Those that move it come first, and are done in one
go."""


def degrade(
    pixels: np.ndarray, symbols: Sequence[Symbol], strokes: Sequence[Stroke], rng: np.random.Generator, kind: Kind,
    space_px: float, papers: Path | None = None,
) -> tuple[np.ndarray, tuple[Symbol, ...], tuple[Stroke, ...]]:
    """A degraded copy of a page (H, W) uint8, with moved labels. The same generator state gives the same page.

    A page of kind "clean" stays as it is. Labels may leave the page at its edges. papers: a folder of photographs or
    scans of blank sheets, used instead of generated paper.
    """
    if kind == "clean":
        return pixels, tuple(symbols), tuple(strokes)
    leaf = Leaf(pixels, tuple(symbols), tuple(strokes), space_px)
    effects = EFFECTS if papers is None else {**EFFECTS, "paper": Effect("paper", "paper", real_paper(papers))}
    one_bit = kind == "scan" and rng.random() < ONE_BIT
    age = float(rng.uniform(0, 1)) ** 1.5
    due = []
    for step in RECIPE:
        if rng.random() < (step.photo if kind == "photo" else step.one_bit if one_bit else step.gray):
            strength = step.photo_strength if kind == "photo" else step.scan_strength
            due.append((step.name, age if strength == "age" else strength))
    warps = [MOVEMENTS[name].warp(leaf, rng, strength) for name, strength in due if name in MOVEMENTS]
    leaf = moved(leaf, together(warps))
    for name, strength in due:
        if name in effects:
            leaf = effects[name](leaf, rng, strength)
    return leaf.pixels, leaf.symbols, leaf.strokes
