"""`omr explain watershed PAGE`: the deep watershed transform step by step, on a crop of a page.

The network does not draw boxes. It answers, for every cell, how high the place lies (the energy: a hill over each
symbol), what stands there, and where the symbol's middle and edges are. Cutting the hills at two levels gives basins,
one a symbol; the cells of a basin vote on its class and its box. Cost: as a scan of the page, about 3 seconds. Result:
one HTML page with a picture a step, at the end the boxes that `omr scan` starts from. Source: Bai and Urtasun, CVPR
2017; Tuggener, Elezi, Schmidhuber and Stadelmann, ISMIR 2018; `omr/detect/watershed.py` says where this differs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from companions import page as html
from omr.detect.watershed import ENERGY_LEVELS, T, basins, decode
from omr.types import DetectorMaps, Symbol
from omr.types.vocabulary import NAMES

CUT, CORE = T.cut, T.core
_HUES = np.array([(228, 26, 28), (55, 126, 184), (77, 175, 74), (152, 78, 163), (255, 127, 0), (166, 86, 40),
                  (0, 150, 150), (200, 60, 130)], np.uint8)


def window(maps: DetectorMaps, top: int, left: int, size: int) -> DetectorMaps:
    """The maps of a square of `size` pixels from (top, left) on; all three are multiples of the class map's stride."""
    def part(values: np.ndarray, stride: int) -> np.ndarray:
        return values[top // stride:(top + size) // stride, left // stride:(left + size) // stride]

    fine, coarse = maps.stride, maps.class_stride
    return replace(maps, energy=part(maps.energy, fine), class_prob=part(maps.class_prob, coarse),
                   box_size=part(maps.box_size, fine), strokes=part(maps.strokes, fine))


def explain(pixels: np.ndarray, maps: DetectorMaps) -> list[str]:
    """The steps as parts of an HTML page. pixels: (H, W) uint8 of the crop that `maps` belong to."""
    found = decode(maps)
    labels = basins(maps.energy, CUT, CORE)
    big = np.repeat(np.repeat(pixels, 2, axis=0), 2, axis=1)
    cuts = [_over(big, maps.energy >= level, 4) for level in (CUT, CORE)]
    return [
        html.heading("1. The crop"),
        html.words("What the network sees: one channel of ink, ten pixels to a staff space."),
        html.picture(big),
        html.heading("2. The energy surface"),
        html.words(f"The first head answers one of {ENERGY_LEVELS} heights for every cell of two pixels, and those are "
                   "averaged by their probabilities. Over each symbol stands a hill, its top in the middle and its "
                   "foot at the edges: neighbours that touch in ink are parted by a valley."),
        html.plot(_surface(maps.energy)), html.picture(_colours(maps.energy), "energy, low to high", 4),
        html.heading("3. Two cuts"),
        html.words(f"Flooded up to {CUT}, {_islands(maps.energy, CUT)} islands are left, up to {CORE} "
                   f"{_islands(maps.energy, CORE)}. An island that holds several summits is as many symbols."),
        html.picture(cuts[0], f"above {CUT}"), html.picture(cuts[1], f"above {CORE}"),
        html.heading("4. Basins"),
        html.words(f"{int(labels.max())} basins: islands with several summits are divided, each cell going to the "
                   "summit it is nearest to."),
        html.picture(_paint(big, labels)),
        html.heading("5. The vote on the class"),
        html.words("Every cell of a basin votes with its class probabilities, weighted by its height: where symbols "
                   "meet, at the foot, cells are unsure. The least sure symbols here, and what their cells say:"),
        _votes(found, maps),
        html.heading("6. Boxes"),
        html.words("Every cell also says how far away the middle of its symbol is and how large the symbol is; the "
                   f"weighted mean is the box. {len(found)} symbols remain after doubles are dropped."),
        html.picture(_boxes(big, found)),
        html.table(("symbol", "row", "column", "height", "width", "score"),
                   [(s.name, *(round(v, 1) for v in (*s.box.center, s.box.height, s.box.width)), s.score)
                    for s in sorted(found, key=lambda s: s.score)]),
    ]


def _islands(energy: np.ndarray, level: float) -> int:
    return int(ndimage.label(energy >= level, np.ones((3, 3)))[1])


def _surface(energy: np.ndarray) -> object:
    """The hills in perspective."""
    plt = html.pyplot()
    figure = plt.figure(figsize=(9, 5))
    axes = figure.add_subplot(projection="3d")
    rows, cols = np.mgrid[:energy.shape[0], :energy.shape[1]]
    axes.plot_surface(cols, -rows, energy, cmap="terrain", rstride=1, cstride=1, linewidth=0)
    axes.set_box_aspect((energy.shape[1], energy.shape[0], 30))
    axes.view_init(55, -80)
    axes.set_axis_off()
    return figure


def _colours(energy: np.ndarray) -> np.ndarray:
    from matplotlib import colormaps

    return (colormaps["terrain"](np.clip(energy, 0, 1))[..., :3] * 255).astype(np.uint8)


def _over(gray: np.ndarray, mask: np.ndarray, times: int) -> np.ndarray:
    """The crop with a mask of cells in blue over it."""
    rgb = np.stack([gray] * 3, axis=-1).astype(float)
    where = np.repeat(np.repeat(mask, times, axis=0), times, axis=1)
    rgb[where] = 0.55 * rgb[where] + 0.45 * np.array([30, 100, 230])
    return rgb.astype(np.uint8)


def _paint(gray: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The crop with every basin in a colour."""
    big = np.repeat(np.repeat(labels, 4, axis=0), 4, axis=1)
    rgb = np.stack([gray] * 3, axis=-1).astype(float)
    inside = big > 0
    rgb[inside] = 0.45 * rgb[inside] + 0.55 * _HUES[big[inside] % len(_HUES)]
    return rgb.astype(np.uint8)


def _boxes(gray: np.ndarray, found: list[Symbol]) -> np.ndarray:
    import cv2

    rgb = np.stack([gray] * 3, axis=-1).copy()
    for i, s in enumerate(found):
        colour = tuple(int(v) for v in _HUES[i % len(_HUES)])
        b = s.box
        cv2.rectangle(rgb, (int(2 * b.left), int(2 * b.top)), (int(2 * b.right), int(2 * b.bottom)), colour, 1)
    return rgb


def _votes(found: list[Symbol], maps: DetectorMaps) -> str:
    """The three likeliest classes of the least sure finds, at the cell of their middle."""
    rows = []
    height, width = maps.class_prob.shape[:2]
    for s in sorted(found, key=lambda s: s.score)[:8]:
        row, col = (int(v // maps.class_stride) for v in s.box.center)
        share = maps.class_prob[min(max(row, 0), height - 1), min(max(col, 0), width - 1)]
        best = share.argsort()[::-1][:3]
        rows.append((s.name, ", ".join(f"{NAMES[k]} {share[k]:.2f}" for k in best), s.score))
    return html.table(("symbol (the least sure first)", "its middle cell says", "score"), rows)
