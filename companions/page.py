"""One self-contained HTML page: headings, words, tables and pictures, nothing to be fetched."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from omr.errors import OutputError
from omr.files import replacing

_STYLE = """body{font:16px/1.5 Georgia,serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#222}
h1,h2{font-weight:normal}figure{display:inline-block;margin:0 1em 1em 0;vertical-align:top}
.row{display:flex;gap:1em}.row figure{flex:1;margin-right:0}
figcaption{font-size:13px;color:#555;max-width:32em}img{max-width:100%}
table{border-collapse:collapse;margin:0 0 1em}caption{caption-side:bottom;text-align:left;font-size:13px;color:#555}
td,th{padding:2px 12px 2px 0;text-align:right;border-bottom:1px solid #ddd}
td:first-child,th:first-child{text-align:left}
code{font-size:14px} pre{white-space:pre-wrap;overflow-wrap:anywhere} .formula{font-size:22px;margin-left:2em}"""


def heading(text: str) -> str:
    return f"<h2>{html.escape(text)}</h2>"


def words(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def table(head: Sequence[str], rows: Sequence[Sequence[object]], caption: str = "") -> str:
    """Numbers are shown to three places. caption: what they are, where the words above do not say it."""
    def cell(value: object) -> str:
        return f"{value:.3f}" if isinstance(value, float) else html.escape(str(value))

    lines = ["".join(f"<td>{cell(v)}</td>" for v in row) for row in rows]
    told = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return (f"<table>{told}<tr>" + "".join(f"<th>{html.escape(h)}</th>" for h in head) + "</tr><tr>"
            + "</tr><tr>".join(lines) + "</tr></table>")


def picture(pixels: np.ndarray, caption: str, zoom: int = 1) -> str:
    """pixels: (H, W) or (H, W, 3) uint8; every pixel becomes `zoom` x `zoom`."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.repeat(np.repeat(pixels, zoom, axis=0), zoom, axis=1)).save(out, "PNG")
    return embedded(out.getvalue(), caption)


def plot(figure: Any, caption: str) -> str:
    """A matplotlib figure with a caption; it is closed."""
    made = figure_png(figure)
    pyplot().close(figure)
    return embedded(made, caption)


def pyplot() -> Any:
    """Matplotlib without a screen."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    return plt


def figure_png(figure: Any, dpi: int = 90) -> bytes:
    """A matplotlib figure as a PNG file."""
    out = io.BytesIO()
    figure.savefig(out, dpi=dpi, bbox_inches="tight", format="png")
    return out.getvalue()


def figure_pixels(figure: Any) -> np.ndarray:
    """A figure as pixels, (H, W, 3) uint8."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def gif(frames: Sequence[np.ndarray], frame_ms: int = 100, last_ms: int = 2500) -> bytes:
    """Frames, (H, W, 3) uint8 each, as an endless GIF that rests on the last one."""
    from PIL import Image

    # One palette for all frames, or the colours flicker; of the last frame, which shows everything.
    palette = Image.fromarray(frames[-1]).quantize(128)
    images = [Image.fromarray(f).quantize(palette=palette, dither=Image.Dither.NONE) for f in frames]
    out = io.BytesIO()
    images[0].save(out, "GIF", save_all=True, append_images=images[1:], loop=0,
                   duration=[frame_ms] * (len(images) - 1) + [last_ms])
    return out.getvalue()


def row(*figures: str) -> str:
    """Figures side by side, made smaller where the page is too narrow for all of them."""
    return f'<div class="row">{"".join(figures)}</div>'


def embedded(file: bytes, caption: str = "", alt: str = "") -> str:
    """A PNG or GIF file with a caption. alt: what it shows, for who cannot see it, where that is not the caption.

    Raises ValueError if it has neither.
    """
    if not caption and not alt:
        raise ValueError("a picture without a word about what it shows")
    kind = "gif" if file[:3] == b"GIF" else "png"
    data = base64.b64encode(file).decode()
    return (f'<figure><img src="data:image/{kind};base64,{data}" alt="{html.escape(alt or caption)}">'
            f"<figcaption>{html.escape(caption)}</figcaption></figure>")


def write(path: Path, title: str, parts: Sequence[str]) -> None:
    """The page, whole or not at all. Raises OutputError if it cannot be written."""
    text = (f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
            f"<style>{_STYLE}</style><h1>{html.escape(title)}</h1>{''.join(parts)}</html>")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
