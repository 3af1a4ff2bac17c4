"""A process of its own that draws the pages of PDFs with pypdfium2. `omr.page.pdf` sends it requests.

A PDF page made of a million paths, or of forms that draw one another, keeps a program busy for hours, and nothing
inside that program can stop it. But a process can be killed. So this module runs as `python -m omr.page.drawing`. It
reads requests from standard input, one JSON object on each line, and answers on standard output with one JSON object on
a line. A drawn page is followed by its pixels. The process ends when its input ends.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pypdfium2
from pypdfium2 import raw

from omr.collecting import give_back

MEMORY_BYTES = 1_200_000_000
"""Address space that this process may have, in bytes: enough for the largest page that is drawn, and not more than a
scan can spare."""
MOST_IMAGE_PX = 200_000_000
"""Most pixels of an image on a page that is drawn. Decoded, in colour, it takes 0.8 GB. A sheet of A2 at 600 dpi has
140 million."""
MOST_OBJECTS = 2000
"""How many objects of a page are looked at, to find out whether it is one scanned image and nothing else can be seen. A
layer of words that text recognition has put under a scan has some hundreds."""
COVERED = 0.9
"""A page is a scan if its only image covers at least this part of its width and of its height."""
SQUARE = 0.02
"""Greatest difference between a scan's horizontal and vertical resolution, relative to these."""
INSIDE_PX = 0.02
"""How far the edges of an image are kept inside the pixels on which they should fall. PDFium draws into every pixel
that an image touches, so a rounding error would stretch it by one pixel, and blur all of it."""
INVISIBLE = 3
"""PDF's text rendering mode for invisible text, such as the text under a scan."""
PASSWORD = 4
"""PDFium's error code for a PDF that asks for a password."""


class Refused(Exception):
    """Why a request is refused: "password", "broken", "empty", "page", or "size" with the width and the height."""


class Drawer:
    """Draws pages, and keeps the last PDF open."""

    def __init__(self) -> None:
        self._opened, self._document = ("", 0, 0), None
        self._followed: tuple[str, int, int] = ("", 0, 0)
        self._interpreter: Any = None

    def count(self, path: str) -> int:
        """Number of pages. Raises Refused."""
        return len(self._open(path))

    def draw(self, path: str, number: int, dpi: float, most_side_px: int) -> tuple[int, int, float, Any]:
        """Draw a page, counted from 1. Returns its width and height in pixels, its resolution in dpi, and its grey
        bitmap.

        A page that is one scanned image is drawn pixel for pixel, at the image's own resolution. Any other page is
        drawn at `dpi`, or at less if its longer side would have more than `most_side_px`. Raises Refused.
        """
        document = self._open(path)
        try:
            page = document[number - 1]
        except (pypdfium2.PdfiumError, IndexError) as error:
            raise Refused("page") from error
        try:
            width, height = page.get_size()
            image = _only_image(page)
            grid = _image_grid(page, image) if image is not None else None
            if grid is None:
                scale = min(dpi / 72, most_side_px / max(width, height, 1))
                grid = (round(width * scale), round(height * scale), scale, scale, 0.0, 0.0)
            if min(grid[:2]) < 1 or max(grid[:2]) > MOST_IMAGE_PX / min(grid[:2]):
                raise Refused("size", *grid[:2])
            return grid[0], grid[1], 72 * grid[2], _pixels(page, *grid)
        finally:
            page.close()

    def vectors(self, path: str, number: int) -> dict[str, Any]:
        """What a page, counted from 1, draws, in the form of `omr.page.vectors.pack`. Raises Refused("complex") for a
        page that draws more than is allowed."""
        # Both packages take long to import, and scanned pages do not need them.
        import pikepdf

        from omr.page.content import Interpreter, TooMuch
        from omr.page.vectors import pack

        status = os.stat(path)
        opened = (path, status.st_mtime_ns, status.st_size)
        try:
            if opened != self._followed or self._interpreter is None:
                self._followed, self._interpreter = opened, (pikepdf.open(path), Interpreter())
            document, interpreter = self._interpreter
            return pack(interpreter.read(document.pages[number - 1]))
        except TooMuch as error:
            raise Refused("complex") from error
        except (pikepdf.PdfError, IndexError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise Refused("page") from error

    def _open(self, path: str) -> Any:
        status = os.stat(path)
        opened = (path, status.st_mtime_ns, status.st_size)
        if opened != self._opened or self._document is None:
            if self._document is not None:
                self._document.close()
            self._opened, self._document = opened, None
            # PDFium only accepts file names in UTF-8.
            source = path if path.isprintable() else open(path, "rb")  # noqa: SIM115
            try:
                self._document = pypdfium2.PdfDocument(source, autoclose=True)
            except pypdfium2.PdfiumError as error:
                raise Refused("password" if error.err_code == PASSWORD else "broken") from error
        return self._document


def _only_image(page: Any) -> Any:
    """The image of a page on which nothing else can be seen; None for any other page. Raises Refused for an image that
    is too large to be drawn."""
    images = []
    is_alone = raw.FPDFPage_CountObjects(page) <= MOST_OBJECTS and not raw.FPDFPage_GetAnnotCount(page)
    for found, is_in_form in _objects(page):
        kind = raw.FPDFPageObj_GetType(found)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            width, height = ctypes.c_uint(), ctypes.c_uint()
            if raw.FPDFImageObj_GetImagePixelSize(found, width, height) and width.value * height.value > MOST_IMAGE_PX:
                raise Refused("size", width.value, height.value)
            images.append(found)
        is_seen = kind != raw.FPDF_PAGEOBJ_TEXT or raw.FPDFTextObj_GetTextRenderMode(found) != INVISIBLE
        is_alone &= not is_in_form and (kind == raw.FPDF_PAGEOBJ_IMAGE or not is_seen)
    return images[0] if is_alone and len(images) == 1 else None


def _objects(page: Any) -> Iterator[tuple[Any, bool]]:
    """The first `MOST_OBJECTS` objects of a page, and whether each is inside a form."""
    count = min(raw.FPDFPage_CountObjects(page), MOST_OBJECTS)
    waiting = [(raw.FPDFPage_GetObject(page, index), False) for index in reversed(range(count))]
    for _ in range(MOST_OBJECTS):
        if not waiting:
            return
        found, is_in_form = waiting.pop()
        if raw.FPDFPageObj_GetType(found) == raw.FPDF_PAGEOBJ_FORM:
            count = min(raw.FPDFFormObj_CountObjects(found), MOST_OBJECTS)
            waiting += [(raw.FPDFFormObj_GetObject(found, index), True) for index in reversed(range(count))]
        yield found, is_in_form


def _image_grid(page: Any, image: Any) -> tuple[int, int, float, float, float, float] | None:
    """How to draw a page so that every pixel of its scanned image becomes one pixel.

    Returns the image's width and height in pixels, its horizontal and vertical pixels per point, and where the page's
    left and top edge lie in the image. None if the image does not cover the page, upright or turned by a multiple of 90
    degrees.
    """
    matrix, across, down = raw.FS_MATRIX(), ctypes.c_uint(), ctypes.c_uint()
    edges = [ctypes.c_float() for _ in range(4)]
    if not (raw.FPDFPageObj_GetMatrix(image, matrix) and raw.FPDFImageObj_GetImagePixelSize(image, across, down)
            and raw.FPDFPageObj_GetBounds(image, *edges)):
        return None
    upright, turned = max(abs(matrix.a), abs(matrix.d)), max(abs(matrix.b), abs(matrix.c))
    if min(upright, turned) > 0.001 * max(upright, turned):
        return None
    wide, high = page.get_size()
    left, bottom, right, top = (edge.value for edge in edges)
    (x0, y0), (x1, y1) = _on_page(page, left, bottom), _on_page(page, right, top)
    (x0, x1), (y0, y1) = sorted((x0 * wide, x1 * wide)), sorted((y0 * high, y1 * high))
    if min(x1, wide) - max(x0, 0) < COVERED * wide or min(y1, high) - max(y0, 0) < COVERED * high:
        return None
    columns, rows = across.value, down.value
    if (turned > upright) != (page.get_rotation() % 180 == 90):
        columns, rows = rows, columns
    a_point_across, a_point_down = (columns - 2 * INSIDE_PX) / (x1 - x0), (rows - 2 * INSIDE_PX) / (y1 - y0)
    if not math.isclose(a_point_across, a_point_down, rel_tol=SQUARE):
        return None
    before, above = round(x0 * a_point_across), round(y0 * a_point_down)
    width = before + columns + round((wide - x1) * a_point_across)
    height = above + rows + round((high - y1) * a_point_down)
    return (width, height, a_point_across, a_point_down,
            before + INSIDE_PX - x0 * a_point_across, above + INSIDE_PX - y0 * a_point_down)


def _on_page(page: Any, x: float, y: float) -> tuple[float, float]:
    """A point in a PDF's own coordinates, as fractions of the width and the height of the page as it is displayed."""
    fine = 100_000_000
    right, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, fine, fine, 0, x, y, right, down)
    return right.value / fine, down.value / fine


def _pixels(page: Any, width: int, height: int, across: float, down: float, left: float, top: float) -> Any:
    """The grey pixels of a page, as a bitmap of pypdfium2. The arguments are those that `_image_grid` returns."""
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, raw.FPDFBitmap_Gray)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    matrix = raw.FS_MATRIX(across, 0, 0, down, left, top)
    raw.FPDF_RenderPageBitmapWithMatrix(bitmap, page, matrix, raw.FS_RECTF(0, 0, width, height),
                                        raw.FPDF_GRAYSCALE | raw.FPDF_ANNOT)
    return bitmap


def serve() -> None:
    """Answer the requests on standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks; this one ends with its input
    _bound_memory()
    drawer = Drawer()
    for line in sys.stdin.buffer:
        request = json.loads(line)
        limit = request.pop("limit_s")
        answer: dict[str, Any]
        bitmap = None
        if hasattr(signal, "alarm"):
            signal.alarm(math.ceil(limit) + 1)  # in case the process that asks is gone and cannot kill this one
        try:
            if request.pop("vectors", False):
                answer = {"vectors": drawer.vectors(**request)}
            elif "number" in request:
                width, height, dpi, bitmap = drawer.draw(**request)
                answer = {"width": width, "height": height, "dpi": dpi}
            else:
                answer = {"count": drawer.count(**request)}
        except Refused as refused:
            answer = {"refused": refused.args}
        except (OSError, MemoryError, RecursionError, pypdfium2.PdfiumError):
            answer = {"refused": ("page",)}
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        if bitmap is not None:
            sys.stdout.buffer.write(memoryview(bitmap.buffer))  # type: ignore[arg-type]  # without a copy of its own
        sys.stdout.buffer.flush()
        if bitmap is not None:
            bitmap.close()  # the process that asks needs the memory until the next request
        give_back()


def _bound_memory() -> None:
    """Limit the memory of this process to `MEMORY_BYTES`, if the operating system can do that."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except (ImportError, ValueError, OSError):  # Windows; macOS; a lower limit that was set from outside
        return


if __name__ == "__main__":
    serve()
