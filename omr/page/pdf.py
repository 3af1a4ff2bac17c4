"""Pages of PDFs as pixels, each drawn within limits of time and memory.

pypdfium2 draws the pages, in a process of its own (`omr.page.drawing`). That process is started for the first page,
serves all following pages, and is killed if a page takes too long. PDFs that pypdfium2 cannot open are left to
pdf2image, if poppler is installed.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from omr.errors import EncryptedError, InputError, PageSizeError
from omr.page.vectors import VectorPage, unpack

PDF_DPI = 300
"""Resolution at which a PDF's page is drawn: a staff space of 1.7 mm then has 20 pixels."""
MOST_SIDE_PX = 6500
"""Longest side, in pixels, of a page that is read further: A2 at 280 dpi. Some PDFs claim a paper size of several feet,
some scanners store 1,200 dpi. More pixels would cost time and memory, and tell nothing more."""
LIMIT_S = 60.0
"""Seconds after which a page is given up. Usual pages take a tenth of a second, so there is time for slow machines."""


def count_pages(path: Path, limit_s: float | None = None) -> int:
    """Number of pages of a PDF. limit_s: how many seconds opening it may take, None for `LIMIT_S`. Raises InputError
    (also if it takes longer), EncryptedError."""
    limit_s = LIMIT_S if limit_s is None else limit_s
    answer = _ask(path, limit_s)
    count = int(answer["count"]) if answer is not None else _poppler_count(path, limit_s)
    if count < 1:
        raise InputError(f"{path} has no pages")
    return count


def draw_page(path: Path, number: int, limit_s: float | None = None) -> tuple[np.ndarray, float]:
    """A page of a PDF, counted from 1: its pixels, (H, W) uint8 grey, and its resolution in dpi.

    A page that is one scanned image comes as the image's own pixels. They are averaged over squares if that still
    leaves `PDF_DPI`. limit_s: how many seconds drawing it may take, None for `LIMIT_S`. Raises InputError (also if it
    takes longer), EncryptedError, PageSizeError.
    """
    limit_s = LIMIT_S if limit_s is None else limit_s
    answer = _ask(path, limit_s, number=number, dpi=PDF_DPI, most_side_px=MOST_SIDE_PX)
    if answer is None:
        return _poppler_page(path, number, limit_s)
    dpi = float(answer["dpi"])
    # A little less than 300 dpi, or than twice that, counts as such.
    times = max(int(dpi / PDF_DPI + 0.05), -(-max(answer["pixels"].shape) // MOST_SIDE_PX))
    return reduce(answer["pixels"], times), dpi / max(times, 1)


def vector_page(path: Path, number: int, limit_s: float | None = None) -> VectorPage | None:
    """What a page of a PDF, counted from 1, draws. None if that cannot be told, because the file is damaged or draws
    more than is allowed. limit_s: how many seconds this may take, None for `LIMIT_S`. Raises EncryptedError."""
    try:
        answer = _ask(path, LIMIT_S if limit_s is None else limit_s, number=number, vectors=True)
    except EncryptedError:
        raise
    except InputError:
        return None
    return None if answer is None else unpack(answer["vectors"])


def draw_at(path: Path, number: int, dpi: float) -> np.ndarray:
    """A page of a PDF, counted from 1, drawn at a resolution: (H, W) uint8 grey. Raises the errors of `draw_page`."""
    answer = _ask(path, LIMIT_S, number=number, dpi=dpi, most_side_px=MOST_SIDE_PX)
    if answer is None:
        raise InputError(f"page {number} of {path} is broken")
    return np.asarray(answer["pixels"])


def reduce(pixels: np.ndarray, times: int) -> np.ndarray:
    """Reduce an image, (H, W) uint8, by a whole number. Each pixel becomes the mean of a square of pixels.

    Rows and columns that are left over at the bottom and at the right are cut off.
    """
    if times <= 1:
        return pixels
    height, width = (side // times for side in pixels.shape)
    return cv2.resize(pixels[: height * times, : width * times], (width, height), interpolation=cv2.INTER_AREA)


# ---- drawn by pypdfium2, in a process of its own -----------------------------------------------------------------


class _TooLong(Exception):
    """A request took longer than allowed."""


class _Died(Exception):
    """The drawing process died during a request."""


class _Drawer:
    """The process that draws. It is started for the first request, and whenever the one before had to be killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._lock = threading.Lock()
        atexit.register(self.end)

    def ask(self, request: dict[str, Any], limit_s: float) -> dict[str, Any]:
        """The answer to a request, with "pixels" if a page was drawn. Raises _TooLong and _Died."""
        with self._lock:
            end_s = time.monotonic() + limit_s
            timer = threading.Timer(limit_s, self._kill)
            timer.start()
            try:
                return _exchange(self._running(), {**request, "limit_s": limit_s})
            except (OSError, ValueError) as error:
                self.end()
                raise (_TooLong if time.monotonic() >= end_s else _Died) from error
            finally:
                timer.cancel()
                if time.monotonic() >= end_s:  # the answer came at the last moment, and the timer may have been faster
                    self.end()

    def _running(self) -> subprocess.Popen[bytes]:
        # If this process was forked, it must not use the pipes of its parent.
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "omr.page.drawing"], env={**os.environ, "PYTHONPATH": paths},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self._owner = os.getpid()
        return self._process

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def end(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.communicate()


def _exchange(process: subprocess.Popen[bytes], request: dict[str, Any]) -> dict[str, Any]:
    """Send a request and read its answer. Raises OSError or ValueError if the process ends before it has answered."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    if "width" in answer:
        pixels = np.empty((answer["height"], answer["width"]), np.uint8)
        if process.stdout.readinto(pixels.data.cast("B")) < pixels.size:  # type: ignore[attr-defined]
            raise OSError("the process ended in the midst of a page")
        answer["pixels"] = pixels
    return answer


_drawer = _Drawer()


def end_drawing() -> None:
    """End the process that draws pages, which takes up to 60 MB. The next page starts another."""
    _drawer.end()


def _ask(path: Path, limit_s: float, **request: Any) -> dict[str, Any] | None:
    """The answer of pypdfium2. None if it cannot open the file, or is not installed. If it refuses, the matching error
    is raised."""
    if importlib.util.find_spec("pypdfium2") is None:
        return None
    number = request.get("number")
    what = f"page {number} of {path}" if number else str(path)
    try:
        answer = _drawer.ask({"path": str(path), **request}, limit_s)
    except _TooLong as error:
        raise InputError(f"{what} takes more than {limit_s:g} seconds to draw") from error
    except _Died as error:
        raise InputError(f"{what} takes more memory than is safe, or is broken") from error
    if "refused" not in answer:
        return answer
    reason, *size = answer["refused"]
    if reason == "password":
        raise EncryptedError(f"{path} is encrypted")
    if reason == "size":
        raise PageSizeError(f"{what} is {size[0]} x {size[1]} pixels, too large or too small to be drawn")
    return None


# ---- drawn by poppler, through pdf2image -------------------------------------------------------------------------


def _poppler_count(path: Path, limit_s: float) -> int:
    return int(_poppler_info(path, limit_s)["Pages"])


def _poppler_info(path: Path, limit_s: float, **pages: int) -> dict[str, Any]:
    from pdf2image import pdfinfo_from_path
    from pdf2image.exceptions import PDFInfoNotInstalledError, PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError

    try:
        return dict(pdfinfo_from_path(str(path), timeout=limit_s, **pages))  # type: ignore[arg-type]
    except PDFInfoNotInstalledError as error:
        if importlib.util.find_spec("pypdfium2") is None:
            raise InputError("no PDF can be read: neither pypdfium2 nor poppler is installed "
                             "(pip install pypdfium2)") from error
        raise InputError(f"{path} is a broken PDF, or one for poppler, which is not installed") from error
    except PDFPopplerTimeoutError as error:
        raise InputError(f"{path} takes more than {limit_s:g} seconds to open") from error
    except (PDFPageCountError, PDFSyntaxError, ValueError) as error:
        if "password" in str(error).lower():
            raise EncryptedError(f"{path} is encrypted") from error
        raise InputError(f"{path} is a broken PDF") from error


def _poppler_page(path: Path, number: int, limit_s: float) -> tuple[np.ndarray, float]:
    from pdf2image import convert_from_path
    from pdf2image.exceptions import PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError

    info = _poppler_info(path, limit_s, first_page=number, last_page=number)
    sizes = [v for k, v in info.items() if k.startswith("Page") and k.endswith("size")]
    dpi = PDF_DPI
    if sizes:
        sides = [float(x) * PDF_DPI / 72 for x in str(sizes[0]).split(" pts")[0].split(" x ")]
        dpi = max(1, round(PDF_DPI * min(1.0, MOST_SIDE_PX / max(*sides, 1.0))))
    try:
        images = convert_from_path(str(path), dpi=dpi, first_page=number, last_page=number, grayscale=True,
                                   timeout=limit_s)  # type: ignore[arg-type]
    except PDFPopplerTimeoutError as error:
        raise InputError(f"page {number} of {path} takes more than {limit_s:g} seconds to draw") from error
    except (PDFPageCountError, PDFSyntaxError, OSError, SyntaxError, ValueError) as error:
        raise InputError(f"page {number} of {path} is broken") from error
    if not images:
        raise InputError(f"page {number} of {path} is broken")
    return np.asarray(images[0].convert("L")), float(dpi)
