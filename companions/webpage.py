"""One HTML page with its pictures inside, which opens anywhere and needs no network."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from omr.errors import OutputError
from omr.files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; color: #222; padding: 0 1rem }
table { border-collapse: collapse }
td, th { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid #e4e4e4 }
td:first-child, th:first-child { text-align: left } img { max-width: 100% }
"""


def figure_png(figure: Figure, dpi: int = 90) -> bytes:
    """A matplotlib figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def figure_pixels(figure: Figure) -> np.ndarray:
    """A figure on an Agg canvas as pixels, (H, W, 3) uint8."""
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
    buffer = io.BytesIO()
    images[0].save(buffer, "GIF", save_all=True, append_images=images[1:], loop=0,
                   duration=[frame_ms] * (len(images) - 1) + [last_ms])
    return buffer.getvalue()


def embedded(picture: bytes, says: str) -> str:
    """An <img> that holds a PNG or GIF file. says: what it shows, for those who do not see it."""
    kind = "gif" if picture[:3] == b"GIF" else "png"
    return (f'<p><img alt="{html.escape(says)}" '
            f'src="data:image/{kind};base64,{base64.b64encode(picture).decode()}"></p>')


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of plain text; the first column is set to the left."""
    top = "".join(f"<th>{html.escape(h)}</th>" for h in head)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def write_page(path: Path, title: str, body: Sequence[str]) -> None:
    """Write the page whole or not at all. Raises OutputError if it cannot be written."""
    text = (f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(title)}</title>"
            f"<style>{STYLE}</style><h1>{html.escape(title)}</h1>{''.join(body)}</html>\n")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
