"""Pictures with a face in them: found, cut out, put back, and marked as synthetic when written.

A face is a `Square` around it. Two finders: a cascade for frontal faces in photographs (OpenCV's Haar cascade where the
installed OpenCV still brings it, else scikit-image's LBP cascade); and the largest patch of the colour of skin, for
drawings and whatever the cascade does not know. The second takes wood, sand and blond hair for skin as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin, UnidentifiedImageError

from omr.errors import DataError
from omr.files import replacing

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}
LONGEST_PX = 1024  # larger pictures are reduced: the network sees 64 pixels of a face
TRIED = 20  # pictures of a folder that decide which finder is used
MARK = "SYNTHETIC"
METADATA = {
    "synthetic": "true",
    "Software": "omr talk swap",
    "Description": "A face in this picture was exchanged by a neural network. It shows no real event.",
}


@dataclass(frozen=True)
class Square:
    """Where a face is: centre and half the side, in pixels of its picture. May reach over the picture's edge."""

    row: float
    col: float
    half: float


Finder = Callable[[np.ndarray], Square | None]


def load_pictures(folder: Path) -> list[np.ndarray]:
    """Every picture of a folder by name, (H, W, 3) uint8 RGB. Raises DataError if there is none or one is broken."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder of pictures")
    found = []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES):
        try:
            with Image.open(path) as picture:
                picture.thumbnail((LONGEST_PX, LONGEST_PX))
                found.append(np.asarray(picture.convert("RGB")))
        except (OSError, UnidentifiedImageError) as error:
            raise DataError(f"{path}: not a picture that can be read") from error
    if not found:
        raise DataError(f"{folder}: no pictures ({', '.join(sorted(SUFFIXES))})")
    return found


def cascade_finder() -> Finder:
    """The best frontal-face cascade that is installed."""
    haar = getattr(getattr(cv2, "data", None), "haarcascades", "") + "haarcascade_frontalface_default.xml"
    if hasattr(cv2, "CascadeClassifier") and Path(haar).exists():
        classifier = cv2.CascadeClassifier(haar)

        def boxes(picture: np.ndarray) -> list[tuple[float, float, float]]:
            grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
            return [(y + s / 2, x + s / 2, s) for x, y, s, _ in classifier.detectMultiScale(grey, 1.1, 4)]
    else:
        from skimage.data import lbp_frontal_face_cascade_filename
        from skimage.feature import Cascade

        cascade = Cascade(lbp_frontal_face_cascade_filename())

        def boxes(picture: np.ndarray) -> list[tuple[float, float, float]]:
            side = min(picture.shape[:2])
            low, high = (max(24, side // 5),) * 2, (max(24, side),) * 2
            found = cascade.detect_multi_scale(picture, 1.2, 1, min_size=low, max_size=high)
            return [(f["r"] + f["height"] / 2, f["c"] + f["width"] / 2, f["width"]) for f in found]

    def find(picture: np.ndarray) -> Square | None:
        row, col, side = max(boxes(picture), key=lambda box: box[2], default=(0, 0, 0))
        return Square(row, col, 0.6 * side) if side else None

    return find


def find_by_skin(picture: np.ndarray) -> Square | None:
    """Around the largest circle that fits into what has the colour of skin, eyes and mouth filled in."""
    filled = skin(picture)
    depth = cv2.distanceTransform(np.pad(filled, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    radius = float(depth.max())
    if radius < 0.06 * min(picture.shape[:2]):
        return None
    row, col = np.argwhere(depth > 0.97 * radius).mean(axis=0)
    return Square(float(row) - 0.2 * radius, float(col), 1.4 * radius)  # up: hair over the brow pushes the circle down


def skin(picture: np.ndarray) -> np.ndarray:
    """The largest patch of the colour of skin in a picture (H, W, 3) uint8, what it encloses filled in: (H, W) uint8,
    0 or 1; nothing but 0 where there is none."""
    luma, red, blue = cv2.split(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb))
    found = ((luma > 40) & (red > 135) & (red < 178) & (blue > 77) & (blue < 127)).astype(np.uint8)
    # Glasses and brows would cut a face in two.
    bridge = max(3, min(found.shape) // 20)
    closed = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((bridge, bridge), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(found)
    if contours:
        cv2.drawContours(filled, [max(contours, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    return filled


def choose_finder(*folders: list[np.ndarray]) -> Finder:
    """One finder for all folders, as the two frame a face differently: the cascade if it knows two thirds of each."""
    cascade = cascade_finder()
    for pictures in folders:
        tried = pictures[:: -(-len(pictures) // TRIED)]
        if sum(cascade(picture) is not None for picture in tried) * 3 < 2 * len(tried):
            return find_by_skin
    return cascade


def find_faces(pictures: list[np.ndarray], finder: Finder) -> list[tuple[int, Square]]:
    """(index of the picture, face) wherever one was found."""
    return [(i, square) for i, picture in enumerate(pictures) if (square := finder(picture)) is not None]


def cut(picture: np.ndarray, square: Square, size: int) -> np.ndarray:
    """The face, (size, size, 3) of the picture's type; what lies beyond the edge repeats it."""
    scale = 2 * square.half / size
    # Shrinking by sampling alone would drop thin lines, such as those of a mouth.
    soft = cv2.GaussianBlur(picture, (0, 0), 0.4 * scale) if scale > 1.2 else picture
    matrix = np.array([[scale, 0, square.col - square.half], [0, scale, square.row - square.half]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(soft, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def oval(size: int, wide: float = 1.0) -> np.ndarray:
    """What of a cut-out is face for certain, (size, size) bool: brows to chin, without hair and background. wide: so
    many times as large."""
    mask = np.zeros((size, size), np.uint8)
    middle = (size // 2, round(size * 0.53))
    cv2.ellipse(mask, middle, (round(size * 0.32 * wide), round(size * 0.38 * wide)), 0, 0, 360, 1, cv2.FILLED)
    return mask.astype(bool)


FEATHER = 0.05
"""Over so much of the square's side the new face fades into the picture."""
WIDE = 1.25
"""Of the oval: so far a new face may reach, where there is skin: the far eye of a turned head stands outside of it."""
ENOUGH = 0.6
"""Of the oval: less skin than that is no face that was found by its colour, and the oval alone is the mask."""


def mask_of(*patches: np.ndarray) -> np.ndarray:
    """What is replaced in a square, (side, side) bool: skin in all of its pictures (side, side, 3) uint8, so that hair
    before the old face stays and hair before the new one is not carried over."""
    side = len(patches[0])
    common = oval(side, WIDE)
    for patch in patches:
        seen = skin(patch).astype(bool)
        if (seen & oval(side)).sum() >= ENOUGH * oval(side).sum():
            common &= seen
    return common


def toned(patch: np.ndarray, tone: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """A patch (H, W, 3) float32 in which the colour `tone` (3,) has become `wanted`, black stayed black, white white,
    and what lies between them in each channel keeps its order: added to all colours alike, a lighter skin would lighten
    pupils and lips, too, and whites of eyes would end in it."""
    tone, wanted = np.clip(tone, 1, 254), np.clip(wanted, 1, 254)
    return np.where(patch < tone, patch * wanted / tone, 255 - (255 - patch) * (255 - wanted) / (255 - tone))


def put_back(picture: np.ndarray, square: Square, face: np.ndarray) -> np.ndarray:
    """The picture with `face` (size, size, 3) uint8 in the square where both show skin, in the picture's tone of skin.

    The tone comes first: the median skin of the new face, inside of the mask's edge, becomes that of the old one; then
    the edge fades out. Blending that solves for the whole inside (Perez, Gangnet and Blake 2003) carries hair or
    background that the mask's edge touches across the face, as a smear; the median of a ring does not see them.
    """
    side = max(8, round(2 * square.half))
    top, left = round(square.row - square.half), round(square.col - square.half)
    patch = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
    margin = side  # a square may reach over the edge of the picture
    wide = cv2.copyMakeBorder(picture, margin, margin, margin, margin, cv2.BORDER_REFLECT_101)
    rows = slice(top + margin, top + margin + side)
    cols = slice(left + margin, left + margin + side)
    old = wide[rows, cols]
    inside = mask_of(old, patch).astype(np.uint8)
    depth = cv2.distanceTransform(np.pad(inside, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    ring = (depth > FEATHER * side) & (depth <= 3 * FEATHER * side)
    new = toned(patch.astype(np.float32), np.median(patch[ring], axis=0), np.median(old[ring], axis=0))
    alpha = np.clip(depth / (FEATHER * side), 0, 1)[..., None]
    wide[rows, cols] = (old * (1 - alpha) + new * alpha).round()
    return wide[margin:-margin, margin:-margin]


def marked(picture: np.ndarray) -> np.ndarray:
    """The picture, (H, W, 3) uint8, with SYNTHETIC in white on a red strip over its lowest eighth."""
    height, width = picture.shape[:2]
    strip = max(14, height // 8) if height < 4 * width else width // 4
    canvas = Image.fromarray(picture)
    pen = ImageDraw.Draw(canvas)
    pen.rectangle((0, height - strip, width, height), fill=(170, 0, 0))
    font = ImageFont.load_default(size=max(8, min(strip * 0.8, width / 7)))
    pen.text((width / 2, height - strip / 2), MARK, fill=(255, 255, 255), font=font, anchor="mm")
    return np.asarray(canvas)


def save_synthetic(path: Path, picture: np.ndarray) -> None:
    """Write a PNG that says what it is, to the eye and in its text. Swapped faces are written by nothing else."""
    info = PngImagePlugin.PngInfo()
    for key, value in METADATA.items():
        info.add_text(key, value)
    with replacing(path) as temporary:
        Image.fromarray(marked(picture)).save(temporary, format="PNG", pnginfo=info)
