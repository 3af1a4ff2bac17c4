"""Image files as grey pixels: whatever Pillow decodes, within a limit of memory. Damaged files raise InputError."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from omr.errors import InputError, OmrError, PageSizeError
from omr.page.pdf import MOST_SIDE_PX, reduce

MIN_SIDE_PX = 100
"""Shortest side of an image, in pixels. A staff with what stands above and below it needs more."""
MAX_SIDE_PX = 20_000
"""Longest side of an image, in pixels: larger than an A0 poster at 400 dpi, which is no page of music."""
MOST_BYTES = 1_000_000_000
"""Memory, in bytes, that decoding an image may take. The largest grey image takes 0.4 GB, and so does a colour
photograph of 100 megapixels."""
FORMATS = {"PNG": 1, "JPEG": 1, "MPO": 1, "TIFF": 1, "BMP": 1, "GIF": 2, "WEBP": 4, "AVIF": 4, "JPEG2000": 2, "PPM": 1}
"""Pillow's names of the formats that are read -> how many copies of the image are in memory while it is decoded. Pillow
knows other formats; some of these start programs."""
PLUGINS = {"JPEG2000": "Jpeg2K", "WEBP": "WebP"}
"""Formats whose module in Pillow is not simply the name with one capital ("Png") -> name of the module."""
NAMES = "PNG, JPEG, TIFF, BMP, GIF, WebP, AVIF, JPEG 2000 or PNM"
"""The formats, for messages."""
HEIC = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
"""How HEIF files of telephones identify themselves, in their bytes 8 to 12. They are not read: the decoders for Python
bring GPL code, or another large piece of C that would read files from strangers."""
_PIXEL_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2}
"""Pillow's names of pixel types -> bytes per pixel in memory. All other types take 4."""
BAND_ROWS = 256
"""How many rows of an image are converted to grey at a time, so that no intermediate step takes memory for all rows."""


def count_frames(path: Path) -> int:
    """Number of pages of an image file. Raises InputError, PageSizeError."""
    with _opened(path) as image:
        # A telephone's MPO file holds one photograph; the other frames are previews, or maps of light and depth.
        return 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))


def load_frame(path: Path, number: int) -> tuple[np.ndarray, float]:
    """One page of an image file, counted from 1: its pixels, (H, W) uint8 grey, and its resolution in dpi, 0 if the
    file does not say it.

    The image is turned as its EXIF data say, transparency becomes white, and 16 bits are reduced to 8. An image with a
    side of more than `MOST_SIDE_PX` is reduced by a whole number. Raises InputError, PageSizeError.
    """
    with _opened(path, number) as image:
        width = image.width
        times = -(-max(image.size) // MOST_SIDE_PX)
        if times > 1 and _can_be_drafted(image):
            # JPEG can be decoded at a half, a quarter or an eighth of its size, in less time and memory.
            image.draft("L", (image.width // times, image.height // times))
        dpi = float(image.info.get("dpi", (0, 0))[0] or 0) * image.width / width
        pixels = _turned(_gray(image), image)
    times = -(-max(pixels.shape) // MOST_SIDE_PX)
    return reduce(pixels, times), dpi / times


def check_sides(width: int, height: int, path: Path) -> None:
    """Raise PageSizeError for a page that has too few pixels to hold a staff, or too many."""
    if min(width, height) < MIN_SIDE_PX:
        raise PageSizeError(f"{path} is {width} x {height} pixels, too small to hold a staff")
    if max(width, height) > MAX_SIDE_PX:
        raise PageSizeError(f"{path} is {width} x {height} pixels, more than {MAX_SIDE_PX} on a side")


@contextmanager
def _opened(path: Path, number: int = 1) -> Iterator[Any]:
    """Open one page of an image file, with its size checked and nothing decoded yet. Any failure inside becomes an
    InputError, because Pillow raises exceptions of any kind for damaged files."""
    from PIL import Image, UnidentifiedImageError

    # The size is checked from the header, before anything is decoded, so Pillow's own limit is not needed.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_formats()) as image:
                _check_size(image, path)
                if number > 1:
                    image.seek(number - 1)
                    _check_size(image, path)
                yield image
    except OmrError:
        raise
    except UnidentifiedImageError as error:
        if _is_heic(path):
            raise InputError(f"{path} is a HEIC photograph, which is not read: save it as JPEG, or have the telephone "
                             f"do so; {NAMES} are read") from error
        raise InputError(f"{path} is no PDF and no image ({NAMES}), or it is damaged") from error
    except Exception as error:
        raise InputError(f"{f'page {number} of ' if number > 1 else ''}{path} is a broken image") from error


def _is_heic(path: Path) -> bool:
    with open(path, "rb") as file:
        head = file.read(12)
    return head[4:8] == b"ftyp" and head[8:] in HEIC


def _formats() -> list[str]:
    """Those of `FORMATS` that this version of Pillow knows."""
    from PIL import Image

    for name in FORMATS:  # `Image.init` would import four times as many
        if name not in Image.OPEN:
            importlib.import_module(f"PIL.{PLUGINS.get(name, name.capitalize())}ImagePlugin")
    return [name for name in FORMATS if name in Image.OPEN]


def _check_size(image: Any, path: Path) -> None:
    """Raise PageSizeError for an image that its header says to be too small or too large."""
    width, height = image.size
    check_sides(width, height, path)
    needed = width * height * _PIXEL_BYTES.get(image.mode, 4) * FORMATS.get(image.format or "", 1)
    if needed > MOST_BYTES and not _can_be_drafted(image):
        raise PageSizeError(f"{path} is {width} x {height} pixels ({image.mode}), which takes {needed / 1e9:.1f} GB")


def _can_be_drafted(image: Any) -> bool:
    """Whether an image can be decoded at a fraction of its size. A progressive JPEG is in memory as a whole even
    then, so a very large one cannot."""
    return (image.format in ("JPEG", "MPO") and image.mode in ("L", "RGB")
            and not (image.info.get("progressive") and image.width * image.height * 6 > MOST_BYTES))


def _gray(image: Any) -> np.ndarray:
    """The pixels of an image, (H, W) uint8, white where it is transparent."""
    image.load()
    pixels = np.empty((image.height, image.width), np.uint8)
    low, high = image.getextrema() if image.mode.startswith(("I", "F")) else (0, 255)
    for top in range(0, image.height, BAND_ROWS):
        bottom = min(top + BAND_ROWS, image.height)
        pixels[top:bottom] = _gray_band(image.crop((0, top, image.width, bottom)), low, high)
    return pixels


def _gray_band(band: Any, low: float, high: float) -> np.ndarray:
    """The pixels of a part of an image. low, high: the least and the greatest value in the whole image, which become 0
    and 255."""
    from PIL import Image

    if band.mode.startswith(("I", "F")):
        values = np.asarray(band, dtype=np.float32)
        return ((values - low) * (255 / max(high - low, 1e-6))).astype(np.uint8)
    if band.mode in ("RGBA", "LA", "PA") or "transparency" in band.info:
        band = Image.alpha_composite(Image.new("RGBA", band.size, "white"), band.convert("RGBA"))
    return np.asarray(band.convert("L"))


def _turned(pixels: np.ndarray, image: Any) -> np.ndarray:
    """The pixels, turned and mirrored as the image's EXIF data say."""
    from PIL.ExifTags import Base

    turns = {2: (0, True), 3: (2, False), 4: (2, True), 5: (1, True), 6: (3, False), 7: (3, True), 8: (1, False)}
    quarters, is_mirrored = turns.get(image.getexif().get(Base.Orientation, 1), (0, False))
    if is_mirrored:
        pixels = np.fliplr(pixels)
    return np.ascontiguousarray(np.rot90(pixels, quarters))
