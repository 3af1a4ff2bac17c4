"""`omr explain watershed PAGE`: the deep watershed transform step by step, on a crop of a page.

The network does not draw boxes. It answers, for every cell, how high the place lies (the energy: a hill over each
symbol), what stands there, and where the symbol's middle and edges are. Cutting the hills at two levels gives basins,
one a symbol; the cells of a basin vote on its class and its box. Cost: as a scan of the page, about 3 seconds. Result:
one HTML page with a picture a step, a slider that floods the energy surface, and at the end the boxes that `omr scan`
starts from, by the same thresholds. Source: Bai and Urtasun, CVPR
2017; Tuggener, Elezi, Schmidhuber and Stadelmann, ISMIR 2018; `omr/detect/watershed.py` says where this differs.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from scipy import ndimage

from companions import page as html
from omr.detect.watershed import ENERGY_LEVELS, T, basins, decode
from omr.types import SPACE_PX, DetectorMaps, Symbol
from omr.types.vocabulary import NAMES

CUT, CORE = T.cut, T.core
ZOOM = 5
"""Screen pixels to a pixel of the crop."""
BEYOND = 0.35
"""How far the profile goes past the middles of its two symbols, as a share of the way between them."""
_HUES = np.array([(228, 26, 28), (230, 200, 0), (77, 175, 74), (152, 78, 163), (255, 127, 0), (166, 86, 40),
                  (0, 150, 150), (200, 60, 130)], np.uint8)


def window(maps: DetectorMaps, top: int, left: int, size: int) -> DetectorMaps:
    """The maps of a square of `size` pixels from (top, left) on; all three are multiples of the class map's stride."""
    def part(values: np.ndarray, stride: int) -> np.ndarray:
        return values[top // stride:(top + size) // stride, left // stride:(left + size) // stride]

    fine, coarse = maps.stride, maps.class_stride
    return replace(maps, energy=part(maps.energy, fine), class_prob=part(maps.class_prob, coarse),
                   box_size=part(maps.box_size, fine), strokes=part(maps.strokes, fine))


def explain(pixels: np.ndarray, maps: DetectorMaps, accept: Mapping[str, float] | None = None,
            at: Callable[[float, float], str] = lambda row, col: f"{col:.0f},{row:.0f}") -> list[str]:
    """The steps as parts of an HTML page.

    pixels: (H, W) uint8 of the crop that `maps` belong to. accept: least score by class, as a scan has it. at: (row,
    col) of the crop -> the place as `--at` takes it.
    """
    found = decode(maps, accept=accept)
    labels = basins(maps.energy, CUT, CORE)
    big = np.repeat(np.repeat(pixels, ZOOM, axis=0), ZOOM, axis=1)
    cuts = [_over(big, maps.energy >= level, ZOOM * maps.stride) for level in (CUT, CORE)]
    pair = neighbours(found, maps.energy, maps.stride)
    return [
        html.heading("1. The crop"),
        html.words("What the network sees: one channel of ink, ten pixels to a staff space."),
        html.picture(big, "the crop"),
        html.heading("2. The energy surface, and a flood"),
        html.words(f"The first head answers one of {ENERGY_LEVELS} heights for every cell of two pixels, and those are "
                   "averaged by their probabilities: E = p1/7 + 2 p2/7 + ... + p7. Over each symbol stands a hill, its "
                   "top in the middle and its foot at the edges: neighbours that touch in ink are parted by a valley. "
                   "Pull the slider: the water rises, and every island left above it has a colour."),
        _flood(pixels, maps, pair), html.plot(_surface(maps.energy), "the same hills in perspective"),
        html.heading("3. Two cuts"),
        html.words(f"Flooded up to {CUT}, {_islands(maps.energy, CUT)} islands are left; up to {CORE}, "
                   f"{_islands(maps.energy, CORE)} are. An island that holds several summits is as many symbols."),
        html.row(html.picture(cuts[0], f"above {CUT}"), html.picture(cuts[1], f"above {CORE}")),
        html.heading("4. Basins"),
        html.words(f"{int(labels.max())} basins: islands with several summits are divided, each cell going to the "
                   "summit it is nearest to."),
        html.picture(_paint(big, labels, ZOOM * maps.stride), "a colour for each basin"),
        html.heading("5. The second head: the class"),
        html.words("For every cell of four pixels, the class with the highest probability; the paler, the less sure. "
                   "Every cell of a basin votes with its probabilities, weighted by its height: where symbols meet, at "
                   "the foot, cells are unsure. The least sure symbols here, and what their cells say:"),
        html.plot(_class_map(pixels, maps), "a colour for each class"), _votes(found, maps, at),
        html.heading("6. The third head: middle and size"),
        html.words("Every cell also says how far away the middle of its symbol is (the arrows) and how large the "
                   f"symbol is (the colours); the weighted mean is the box. {len(found)} symbols remain after doubles "
                   "are dropped, and what scores less than a scan accepts of its class."),
        html.plot(_box_maps(pixels, maps), "left: where the cells see the middle; right: how large they say it is"),
        html.picture(_boxes(big, found), "the boxes"),
        html.table(("symbol", "--at", "height, px", "width, px", "score"),
                   [(s.name, at(*s.box.center), round(s.box.height, 1), round(s.box.width, 1), s.score)
                    for s in sorted(found, key=lambda s: s.score)]),
    ]


def neighbours(found: list[Symbol], energy: np.ndarray, stride: int) -> tuple[Symbol, Symbol] | None:
    """The two symbols that lie nearest to each other for their size, with a valley between them; heads before others.

    energy: (h, w), a cell `stride` pixels. None where no two symbols have a valley between them.
    """
    best: tuple[float, tuple[Symbol, Symbol]] | None = None
    for i, one in enumerate(found):
        for other in found[i + 1:]:
            away = np.hypot(*np.subtract(one.box.center, other.box.center))
            size = (one.box.height + one.box.width + other.box.height + other.box.width) / 4
            heights = _along(one, other, energy, stride, 0.0)[1]
            is_valley = heights.min() < min(heights[0], heights[-1]) - 0.05
            heads = one.kind == other.kind == "notehead"
            if is_valley and (best is None or away / size + 10 * (not heads) < best[0]):
                best = (away / size + 10 * (not heads), (one, other))
    return best[1] if best else None


def _along(one: Symbol, other: Symbol, energy: np.ndarray, stride: int, beyond: float) -> tuple[np.ndarray, np.ndarray]:
    """((N, 2) row, col in cells, (N,) energy) on the line through two middles."""
    ends = np.array([one.box.center, other.box.center]) / stride - 0.5
    share = np.linspace(-beyond, 1 + beyond, 90)[:, None]
    line = ends[0] * (1 - share) + ends[1] * share
    return line, ndimage.map_coordinates(energy.astype(np.float32), line.T, order=1, mode="nearest")


def _islands(energy: np.ndarray, level: float) -> int:
    return int(ndimage.label(energy >= level, np.ones((3, 3)))[1])


def _surface(energy: np.ndarray) -> object:
    """The hills in perspective."""
    plt = html.pyplot()
    figure = plt.figure(figsize=(12, 7))
    axes = figure.add_subplot(projection="3d")
    rows, cols = np.mgrid[:energy.shape[0], :energy.shape[1]]
    axes.plot_surface(cols, -rows, energy, cmap="terrain", rstride=1, cstride=1, linewidth=0)
    axes.set_box_aspect((energy.shape[1], energy.shape[0], 25), zoom=1.25)
    axes.view_init(50, -80)
    axes.set_axis_off()
    return figure


def _class_map(pixels: np.ndarray, maps: DetectorMaps) -> object:
    """The likeliest class of every cell that has energy, over the crop, with a legend."""
    plt = html.pyplot()
    h, w = (side // 2 * 2 for side in maps.energy.shape)
    height = maps.energy[:h, :w].reshape(h // 2, 2, w // 2, 2).max(axis=(1, 3))[:maps.class_prob.shape[0]]
    best, sure = maps.class_prob.argmax(axis=-1), maps.class_prob.max(axis=-1)
    shown = sorted({int(k) for k in best[height >= CUT]}, key=lambda k: NAMES[k])
    figure, axis = plt.subplots(figsize=(9, 7))
    axis.imshow(pixels, cmap="gray", vmin=-120, vmax=255, extent=(0, pixels.shape[1], pixels.shape[0], 0))
    colours = plt.get_cmap("tab20")(np.arange(len(shown)) % 20)
    layer = np.zeros((*best.shape, 4))
    for colour, k in zip(colours, shown, strict=True):
        where = (best == k) & (height >= CUT)
        layer[where] = colour
        layer[where, 3] = 0.85 * sure[where]
        axis.scatter([], [], color=colour, marker="s", label=NAMES[k])
    axis.imshow(layer, extent=(0, pixels.shape[1], pixels.shape[0], 0), interpolation="nearest")
    axis.set(xticks=[], yticks=[])
    axis.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure


def _box_maps(pixels: np.ndarray, maps: DetectorMaps) -> object:
    """Where each cell sees the middle of its symbol, and how large it says the symbol is."""
    figure, axes = html.pyplot().subplots(1, 2, figsize=(14, 6.5))
    inside, extent = maps.energy >= CUT, (0, pixels.shape[1], pixels.shape[0], 0)
    for axis in axes:
        axis.imshow(pixels, cmap="gray", vmin=-120, vmax=255, extent=extent)
        axis.set(xticks=[], yticks=[])
    rows, cols = np.nonzero(inside)
    down, right = (maps.box_size[rows, cols, i] * SPACE_PX for i in (0, 1))
    axes[0].quiver((cols + 0.5) * maps.stride, (rows + 0.5) * maps.stride, right, down, angles="xy",
                   scale_units="xy", scale=1, color="#c22", width=0.0016)
    axes[0].set_title("where each cell sees the middle of its symbol")
    size = np.ma.masked_where(~inside, np.exp(maps.box_size[..., 2:].mean(axis=-1)))
    shown = axes[1].imshow(size, cmap="viridis", extent=extent, interpolation="nearest", alpha=0.85)
    axes[1].set_title("how large it says the symbol is")
    figure.colorbar(shown, ax=axes[1], label="mean of height and width (geometric), staff spaces", shrink=0.8)
    return figure


def _flood(pixels: np.ndarray, maps: DetectorMaps, pair: tuple[Symbol, Symbol] | None) -> str:
    """The energy under water, a profile through two neighbours, and a slider for the level of both."""
    levels = np.clip(np.rint(maps.energy * 255), 0, 255).astype(np.uint8)
    data = {
        "h": levels.shape[0], "w": levels.shape[1], "energy": base64.b64encode(levels.tobytes()).decode(),
        "ink": base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode(), "W": pixels.shape[1],
        "H": pixels.shape[0], "stride": maps.stride, "zoom": ZOOM, "start": CUT, "hues": _HUES.tolist(),
        "line": [], "profile": [], "names": [],
    }
    if pair is not None:
        line, heights = _along(*pair, maps.energy, maps.stride, BEYOND)
        data |= {"line": np.round((line + 0.5) * maps.stride, 1).tolist(),
                 "profile": np.round(heights, 3).tolist(), "names": [s.name for s in pair]}
    told = (f"below, the cut along the white line, through {pair[0].name} and {pair[1].name}" if pair else
            "no two symbols of this crop have a valley between them")
    return (f'<figure><label>water up to <input id="level" type="range" min="0" max="1" step="0.01" value="{CUT}" '
            'style="width:24em"> <b id="said"></b></label><br><canvas id="land"></canvas><br><canvas id="cut"></canvas>'
            f"<figcaption>{told}</figcaption></figure>"
            f"<script>const data = {json.dumps(data)};{_SCRIPT}</script>")


_SCRIPT = """
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const energy = bytes(data.energy), ink = bytes(data.ink), z = data.zoom;
const land = document.getElementById('land'), cut = document.getElementById('cut');
land.width = data.W * z; land.height = data.H * z; cut.width = land.width; cut.height = data.profile.length ? 220 : 0;
land.style.maxWidth = cut.style.maxWidth = '100%';
// Islands above the water, corners counting as joined, as the detector counts them.
function islands(level) {
  const mark = new Int32Array(energy.length); let count = 0;
  for (let i = 0; i < energy.length; i++) {
    if (mark[i] || energy[i] < level) continue;
    count++; mark[i] = count; const stack = [i];
    while (stack.length) {
      const at = stack.pop(), r = Math.floor(at / data.w), c = at % data.w;
      for (let dr = -1; dr <= 1; dr++) for (let dc = -1; dc <= 1; dc++) {
        const y = r + dr, x = c + dc, k = y * data.w + x;
        if (y >= 0 && x >= 0 && y < data.h && x < data.w && !mark[k] && energy[k] >= level) {
          mark[k] = count; stack.push(k);
        }
      }
    }
  }
  return [mark, count];
}
function draw() {
  const share = Number(document.getElementById('level').value), level = Math.max(share * 255, 1);
  const [mark, count] = islands(level);
  document.getElementById('said').textContent = share.toFixed(2) + ': ' + count + ' islands';
  const pen = land.getContext('2d'), picture = pen.createImageData(land.width, land.height), s = data.stride * z;
  for (let y = 0; y < land.height; y++) for (let x = 0; x < land.width; x++) {
    const cell = Math.min(Math.floor(y / s), data.h - 1) * data.w + Math.min(Math.floor(x / s), data.w - 1);
    const gray = ink[Math.floor(y / z) * data.W + Math.floor(x / z)], e = energy[cell] / 255;
    const at = 4 * (y * land.width + x);
    const hue = mark[cell] ? data.hues[mark[cell] % data.hues.length] : [40, 110 + 90 * e, 200];
    const much = mark[cell] ? 0.35 + 0.45 * e : 0.45;
    for (let k = 0; k < 3; k++) picture.data[at + k] = gray * (1 - much) + hue[k] * much;
    picture.data[at + 3] = 255;
  }
  pen.putImageData(picture, 0, 0);
  if (!data.profile.length) return;
  for (const [wide, colour] of [[5, '#000'], [2, '#fff']]) {
    pen.strokeStyle = colour; pen.lineWidth = wide; pen.beginPath();
    data.line.forEach(([r, c], i) => i ? pen.lineTo(c * z, r * z) : pen.moveTo(c * z, r * z)); pen.stroke();
  }
  const p = cut.getContext('2d'), n = data.profile.length, y = e => 205 - 180 * e, x = i => i / (n - 1) * cut.width;
  p.clearRect(0, 0, cut.width, cut.height);
  p.fillStyle = '#bcd8f5'; p.fillRect(0, y(share), cut.width, y(0) - y(share));
  p.fillStyle = '#8a6d3b'; p.beginPath(); p.moveTo(0, y(0));
  data.profile.forEach((e, i) => p.lineTo(x(i), y(e))); p.lineTo(cut.width, y(0)); p.fill();
  p.strokeStyle = '#2060b0'; p.lineWidth = 2; p.beginPath();
  p.moveTo(0, y(share)); p.lineTo(cut.width, y(share)); p.stroke();
  p.fillStyle = '#222'; p.font = '16px Georgia';
  p.fillText(data.names[0], 8, 18); p.textAlign = 'right'; p.fillText(data.names[1], cut.width - 8, 18);
  p.textAlign = 'left';
}
document.getElementById('level').addEventListener('input', draw); draw();
"""


def _over(gray: np.ndarray, mask: np.ndarray, times: int) -> np.ndarray:
    """The crop with a mask of cells in blue over it."""
    rgb = np.stack([gray] * 3, axis=-1).astype(float)
    where = np.repeat(np.repeat(mask, times, axis=0), times, axis=1)
    rgb[where] = 0.55 * rgb[where] + 0.45 * np.array([30, 100, 230])
    return rgb.astype(np.uint8)


def _paint(gray: np.ndarray, labels: np.ndarray, times: int) -> np.ndarray:
    """The crop with every basin in a colour."""
    big = np.repeat(np.repeat(labels, times, axis=0), times, axis=1)
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
        first, last = ((int(ZOOM * x), int(ZOOM * y)) for x, y in ((b.left, b.top), (b.right, b.bottom)))
        cv2.rectangle(rgb, first, last, colour, 2)
    return rgb


def _votes(found: list[Symbol], maps: DetectorMaps, at: Callable[[float, float], str]) -> str:
    """The three likeliest classes of the least sure finds, at the cell of their middle."""
    rows = []
    height, width = maps.class_prob.shape[:2]
    for s in sorted(found, key=lambda s: s.score)[:8]:
        row, col = (int(v // maps.class_stride) for v in s.box.center)
        share = maps.class_prob[min(max(row, 0), height - 1), min(max(col, 0), width - 1)]
        best = share.argsort()[::-1][:3]
        rows.append((s.name, at(*s.box.center), ", ".join(f"{NAMES[k]} {share[k]:.2f}" for k in best), s.score))
    return html.table(("symbol (the least sure first)", "--at", "its middle cell says", "score"), rows)
