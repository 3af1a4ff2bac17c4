"""What a detector got right and wrong, as one HTML file without links: tables, curves, confusions, the worst crops."""

from __future__ import annotations

import base64
import html
import io
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evaluation import pacha
from evaluation.boxes import PageBoxes, iou, paired

CURVES = 24
"""Most classes whose precision-recall curves are drawn: those with the most symbols."""
CONFUSED = 30
"""Most classes in the confusion matrix: those that are confused most."""
CROPS = 48
"""Most mistakes of each kind that are shown."""
CROP_PX = 120
"""Side of a crop in pixels. A larger symbol is scaled down."""
NOTHING = "(nothing)"

STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; color: #222; padding: 0 1rem }
table { border-collapse: collapse }
td, th { padding: .15rem .6rem; text-align: right; border-bottom: 1px solid #e4e4e4 }
td:first-child, th:first-child { text-align: left } thead th { position: sticky; top: 0; background: #fff }
.low { background: #fbe3e0 } .fair { background: #fdf5dc } img { max-width: 100% }
figure { display: inline-block; margin: .3rem; width: 126px; vertical-align: top; font-size: 11px }
figcaption { overflow-wrap: anywhere } .matrix td { text-align: center; padding: .1rem .3rem; border: 1px solid #eee }
.matrix th { font-weight: normal; font-size: 11px; border: 0 }
.matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left }
"""


def write_html(reference: Sequence[PageBoxes], estimate: Sequence[PageBoxes], results: dict[str, dict[str, Any]],
               image: Callable[[str], np.ndarray], title: str, sure: Callable[[str], float]) -> str:
    """The report.

    results: protocol -> what its `evaluate` returned.
    image: page name -> its pixels (H, W) uint8.
    sure: class name -> least score of a find that counts in the confusion matrix and among the crops.
    """
    kept = [_only(page, np.array([s >= sure(n) for n, s in zip(page.names, page.scores, strict=True)], bool))
            for page in estimate]
    pairs = confusions(reference, kept)
    body = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p>{sum(len(p.names) for p in reference)} symbols on {len(reference)} pages; "
        f"{sum(len(p.names) for p in kept)} found with confidence, {sum(len(p.names) for p in estimate)} in all.</p>",
        "<h2>Average precision</h2>", _table(results),
        "<h2>Precision and recall</h2><p>The commonest classes, at an IoU of 0.5.</p>", _curves(reference, estimate),
        "<h2>Confusions</h2><p>Rows: what stands on the page. Columns: what was read there. Only mistakes, and only "
        "classes that have some.</p>", _matrix(pairs),
        "<h2>Missed</h2><p>With what was read there instead, if anything.</p>",
        _crops([m for m in pairs if m[2] not in (NOTHING, m[3])], image, "missed"),
        "<h2>Invented</h2><p>The surest first.</p>",
        _crops(sorted((m for m in pairs if m[2] == NOTHING), key=lambda m: -m[4]), image, "invented"),
    ]
    return (f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(title)}</title>"
            f"<style>{STYLE}</style>{''.join(body)}</html>\n")


Match = tuple[str, np.ndarray, str, str, float]
"""(page, box, class on the page or NOTHING, class found or NOTHING, score)"""


def confusions(reference: Sequence[PageBoxes], estimate: Sequence[PageBoxes], min_iou: float = 0.5) -> list[Match]:
    """Every symbol with what was found in its place, whatever the class. Pairs are made by descending IoU, and each
    symbol is used once; of equal overlaps, a pair of the same class comes first. Then come the symbols that are left
    over on either side."""
    found: list[Match] = []
    for truth, finds in paired(reference, estimate):
        name = (truth or finds).page  # type: ignore[union-attr]
        true_boxes = truth.boxes if truth is not None else np.zeros((0, 4))
        boxes = finds.boxes if finds is not None else np.zeros((0, 4))
        true_names = truth.names if truth is not None else ()
        names = finds.names if finds is not None else ()
        scores = finds.scores if finds is not None else np.zeros(0)
        overlaps = iou(true_boxes, boxes)
        rows, cols = np.nonzero(overlaps >= min_iou)
        order = sorted(range(len(rows)), key=lambda k: (-round(float(overlaps[rows[k], cols[k]]), 1),
                                                        true_names[rows[k]] != names[cols[k]],
                                                        -overlaps[rows[k], cols[k]]))
        used_rows: set[int] = set()
        used_cols: set[int] = set()
        for k in order:
            i, j = int(rows[k]), int(cols[k])
            if i not in used_rows and j not in used_cols:
                used_rows.add(i)
                used_cols.add(j)
                found.append((name, true_boxes[i], true_names[i], names[j], float(scores[j])))
        found += [(name, true_boxes[i], true_names[i], NOTHING, 0.0) for i in range(len(true_names))
                  if i not in used_rows]
        found += [(name, boxes[j], NOTHING, names[j], float(scores[j])) for j in range(len(names))
                  if j not in used_cols]
    return found


def _only(page: PageBoxes, keep: np.ndarray) -> PageBoxes:
    names = tuple(n for n, k in zip(page.names, keep, strict=True) if k)
    return PageBoxes(page.page, page.boxes[keep], names, page.scores[keep])


def _table(results: dict[str, dict[str, Any]]) -> str:
    heads = "".join(f"<th>{p} AP50</th><th>{p} AP</th>" for p in results)
    counts: dict[str, int] = {}
    for result in results.values():
        for name, row in result["per_class"].items():
            counts[name] = max(counts.get(name, 0), row["count"])
    lines = []
    for label, keys in (("mean of classes", ("map_50", "map_50_95")),
                        ("weighted by count", ("weighted_map_50", "weighted_map_50_95"))):
        cells = "".join(f"<td>{result[key]:.3f}</td>" for result in results.values() for key in keys)
        lines.append(f"<tr><td><b>{label}</b></td><td></td>{cells}</tr>")
    for name in sorted(counts, key=lambda n: (-counts[n], n)):
        cells = "".join(_cell(result["per_class"].get(name), key) for result in results.values()
                        for key in ("ap_50", "ap"))
        lines.append(f"<tr><td>{html.escape(name)}</td><td>{counts[name]}</td>{cells}</tr>")
    return f"<table><thead><tr><th>class</th><th>count</th>{heads}</tr></thead>{''.join(lines)}</table>"


def _cell(row: dict[str, float] | None, key: str) -> str:
    if row is None:
        return "<td>-</td>"
    mark = " class=low" if row[key] < 0.5 else " class=fair" if row[key] < 0.8 else ""
    return f"<td{mark}>{row[key]:.3f}</td>"


def _curves(reference: Sequence[PageBoxes], estimate: Sequence[PageBoxes]) -> str:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    common = [n for n, _ in Counter(n for p in reference for n in p.names).most_common(CURVES)]
    across = 6
    down = -(-len(common) // across)
    figure, axes = pyplot.subplots(down, across, figsize=(13, 2.2 * down), squeeze=False, sharex=True, sharey=True)
    for axis, name in zip(axes.flat, common, strict=False):
        one = pacha.match(reference, estimate, name, 0.5)
        axis.plot([0, *one.recall], [1, *one.precision], color="#2b5c8a")
        axis.set_title(f"{name}  {one.average_precision:.2f}", fontsize=8)
        axis.set(xlim=(0, 1.02), ylim=(0, 1.03))
        axis.grid(alpha=0.3)
    for axis in list(axes.flat)[len(common):]:
        axis.set_axis_off()
    figure.supxlabel("recall", fontsize=9)
    figure.supylabel("precision", fontsize=9)
    figure.tight_layout()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    pyplot.close(figure)
    return _picture(buffer.getvalue(), "precision-recall curves")


def _matrix(pairs: Sequence[Match]) -> str:
    wrong = Counter((true, found) for _, _, true, found, _ in pairs if true != found)
    weight: Counter[str] = Counter()
    for (true, found), count in wrong.items():
        weight.update({true: count, found: count})
    weight.pop(NOTHING, None)
    names = [*sorted(n for n, _ in weight.most_common(CONFUSED)), NOTHING]
    most = max(wrong.values(), default=1)
    lines = []
    for true in names:
        cells = []
        for found in names:
            count = wrong[true, found]
            shade = f" style='background:rgba(200,60,40,{0.1 + 0.8 * (count / most) ** 0.5:.2f})'" if count else ""
            cells.append(f"<td{shade}>{count or ''}</td>")
        lines.append(f"<tr><th>{html.escape(true)}</th>{''.join(cells)}</tr>")
    heads = "".join(f"<th>{html.escape(n)}</th>" for n in names)
    return f"<table class=matrix><thead><tr><th></th>{heads}</tr></thead>{''.join(lines)}</table>"


def _crops(matches: Sequence[Match], image: Callable[[str], np.ndarray], kind: str) -> str:
    """Up to `CROPS` of the mistakes, with no class taking more than an eighth of them."""
    shown: Counter[str] = Counter()
    figures: list[str] = []
    for page, box, true, found, score in matches:
        of = true if kind == "missed" else found
        if len(figures) < CROPS and shown[of] < CROPS // 8:
            shown[of] += 1
            says = true if found == NOTHING else found if true == NOTHING else f"{true}, read as {found}"
            caption = html.escape(says) + (f" ({score:.2f})" if score else "")
            colour = (40, 90, 220) if kind == "missed" else (220, 40, 30)
            picture = _picture(_crop(image(page), box, colour), says)
            figures.append(f"<figure>{picture}<figcaption>{caption}<br>{html.escape(page)}</figcaption></figure>")
    return "".join(figures) or "<p>None.</p>"


def _crop(pixels: np.ndarray, box: np.ndarray, colour: tuple[int, int, int]) -> bytes:
    """PNG of a box with its surroundings."""
    from PIL import Image, ImageDraw

    top, left, bottom, right = (float(v) for v in box)
    side = max(bottom - top, right - left) * 1.5 + 60
    row, col = (top + bottom) / 2 - side / 2, (left + right) / 2 - side / 2
    scale = CROP_PX / side
    crop = Image.fromarray(pixels).transform((CROP_PX, CROP_PX), Image.Transform.AFFINE,
                                             (1 / scale, 0, col, 0, 1 / scale, row), Image.Resampling.BILINEAR,
                                             fillcolor=255).convert("RGB")
    ImageDraw.Draw(crop).rectangle([(left - col) * scale - 2, (top - row) * scale - 2, (right - col) * scale + 2,
                                    (bottom - row) * scale + 2], outline=colour)
    buffer = io.BytesIO()
    crop.save(buffer, "PNG")
    return buffer.getvalue()


def _picture(png: bytes, says: str) -> str:
    return f'<img alt="{html.escape(says)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
