"""Every transform by its name. All have one signature: (leaf, generator, strength) -> leaf, labels moved along.

Strength 0 to 1 says how bad it may get; how bad it gets is drawn. Sizes follow the staff space.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from augment import geometry, ink, light, paper, sensor
from augment.geometry import Warp
from augment.leaf import Leaf

Group = Literal["geometry", "ink", "paper", "light", "sensor"]


@dataclass(frozen=True)
class Transform:
    """effect: pixels (H, W) uint8 of the leaf, on which labels stay where they are."""

    name: str
    group: Group
    effect: Callable[[Leaf, np.random.Generator, float], np.ndarray]

    def __call__(self, leaf: Leaf, rng: np.random.Generator, strength: float = 1.0) -> Leaf:
        return replace(leaf, pixels=self.effect(leaf, rng, strength))


@dataclass(frozen=True)
class Movement:
    """A transform that moves labels. warp: where to; several can be joined into one (`geometry.together`)."""

    name: str
    warp: Callable[[Leaf, np.random.Generator, float], Warp]
    group: Group = "geometry"

    def __call__(self, leaf: Leaf, rng: np.random.Generator, strength: float = 1.0) -> Leaf:
        return geometry.moved(leaf, self.warp(leaf, rng, strength))


MOVEMENTS: dict[str, Movement] = {m.name: m for m in (
    Movement("curl", geometry.curl),
    Movement("rotate", geometry.rotate),
    Movement("scale", geometry.scale),
    Movement("perspective", geometry.perspective),
)}
EFFECTS: dict[str, Transform] = {t.name: t for t in (
    Transform("press", "ink", ink.press),
    Transform("bleed", "ink", ink.bleed),
    Transform("wear", "ink", ink.wear),
    Transform("broken_lines", "ink", ink.broken_lines),
    Transform("fade", "ink", ink.fade),
    Transform("scribble", "paper", paper.scribble),
    Transform("specks", "paper", paper.specks),
    Transform("grime", "paper", paper.grime),
    Transform("paper", "paper", paper.paper),
    Transform("stain", "paper", paper.stain),
    Transform("show_through", "paper", paper.show_through),
    Transform("shade", "light", light.shade),
    Transform("shadow", "light", light.shadow),
    Transform("gutter", "light", light.gutter),
    Transform("flash", "light", light.flash),
    Transform("low_contrast", "light", light.low_contrast),
    Transform("blur", "sensor", sensor.blur),
    Transform("motion", "sensor", sensor.motion),
    Transform("coarse", "sensor", sensor.coarse),
    Transform("noise", "sensor", sensor.noise),
    Transform("jpeg", "sensor", sensor.jpeg),
    Transform("bilevel", "sensor", sensor.bilevel),
)}
TRANSFORMS: dict[str, Movement | Transform] = {**MOVEMENTS, **EFFECTS}
