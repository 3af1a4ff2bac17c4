"""Every transform by its name. All have the same signature: (leaf, generator, strength) -> leaf, with moved labels.

A strength from 0 to 1 says how bad the damage may get; how bad it really gets is random. Sizes depend on the staff
space.
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
class Effect:
    """A transform that leaves labels where they are. pixels: returns the leaf's pixels afterwards, (H, W) uint8."""

    name: str
    group: Group
    pixels: Callable[[Leaf, np.random.Generator, float], np.ndarray]

    def __call__(self, leaf: Leaf, rng: np.random.Generator, strength: float = 1.0) -> Leaf:
        return replace(leaf, pixels=self.pixels(leaf, rng, strength))


@dataclass(frozen=True)
class Movement:
    """A transform that moves labels. warp: says where to. Several warps can be combined into one
    (`geometry.together`)."""

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
EFFECTS: dict[str, Effect] = {t.name: t for t in (
    Effect("press", "ink", ink.press),
    Effect("bleed", "ink", ink.bleed),
    Effect("wear", "ink", ink.wear),
    Effect("broken_lines", "ink", ink.broken_lines),
    Effect("clog", "ink", ink.clog),
    Effect("doubled", "ink", ink.doubled),
    Effect("fade", "ink", ink.fade),
    Effect("scribble", "paper", paper.scribble),
    Effect("specks", "paper", paper.specks),
    Effect("grime", "paper", paper.grime),
    Effect("paper", "paper", paper.paper),
    Effect("stain", "paper", paper.stain),
    Effect("show_through", "paper", paper.show_through),
    Effect("shade", "light", light.shade),
    Effect("shadow", "light", light.shadow),
    Effect("gutter", "light", light.gutter),
    Effect("flash", "light", light.flash),
    Effect("low_contrast", "light", light.low_contrast),
    Effect("blur", "sensor", sensor.blur),
    Effect("motion", "sensor", sensor.motion),
    Effect("coarse", "sensor", sensor.coarse),
    Effect("noise", "sensor", sensor.noise),
    Effect("jpeg", "sensor", sensor.jpeg),
    Effect("bilevel", "sensor", sensor.bilevel),
)}
TRANSFORMS: dict[str, Movement | Effect] = {**MOVEMENTS, **EFFECTS}
