"""Paper, light and sensor. Images are float32, 1 = white."""

from __future__ import annotations

import cv2
import numpy as np

from augment.ink import smooth_noise


def paper(shape: tuple[int, int], rng: np.random.Generator, space_px: float) -> np.ndarray:
    """A blank sheet, 0-1: tone, mottling, fibres, stains."""
    sheet = np.full(shape, rng.uniform(0.75, 1.0), np.float32)
    sheet += 0.02 * rng.uniform(0, 1) * smooth_noise(shape, 10 * space_px, rng)
    sheet += 0.03 * rng.uniform(0, 1) * smooth_noise(shape, max(0.2 * space_px, 2), rng)
    if rng.random() < 0.3:
        stain = smooth_noise(shape, 20 * space_px, rng)
        sheet -= rng.uniform(0.02, 0.12) * np.clip(stain - 0.8, 0, 1)
    return np.clip(sheet, 0, 1)


def show_through(white: np.ndarray, rng: np.random.Generator, space_px: float) -> np.ndarray:
    """The other side of the leaf: the page itself mirrored, displaced, blurred and faint, darker pixel wins."""
    back = np.roll(white[:, ::-1], (int(rng.integers(-200, 200)), int(rng.integers(-60, 60))), (0, 1))
    back = cv2.GaussianBlur(back, (0, 0), space_px * rng.uniform(0.08, 0.2))
    return np.minimum(white, 1 - rng.uniform(0.05, 0.22) * (1 - back))


def light(white: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A lamp to one side, the shadow of a hand or a page's fold, now and then a flash."""
    height, width = white.shape
    y, x = np.mgrid[0 : 1 : 24j, 0 : 1 : 24j].astype(np.float32)
    direction = rng.uniform(0, 2 * np.pi)
    shade = 1 - rng.uniform(0, 0.45) * (np.cos(direction) * x + np.sin(direction) * y - 0.2)
    if rng.random() < 0.4:
        edge = np.cos(direction + 1) * (x - 0.5) + np.sin(direction + 1) * (y - 0.5) - rng.uniform(-0.3, 0.3)
        shade *= 1 - rng.uniform(0.1, 0.4) / (1 + np.exp(-edge * rng.uniform(8, 60)))
    if rng.random() < 0.2:
        fy, fx = rng.uniform(0.2, 0.8, 2)
        shade += rng.uniform(0.1, 0.4) * np.exp(-((y - fy) ** 2 + (x - fx) ** 2) / 0.06)
    return np.clip(white * cv2.resize(shade, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)


def jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    """uint8 in and out, with the blocks and rings of a JPEG of that quality."""
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


def defocus(white: np.ndarray, rng: np.random.Generator, space_px: float) -> np.ndarray:
    """Out of focus, or moved."""
    if rng.random() < 0.7:
        return cv2.GaussianBlur(white, (0, 0), space_px * rng.uniform(0.02, 0.10))
    length = max(3, round(space_px * rng.uniform(0.1, 0.3)))
    kernel = np.zeros((length, length), np.float32)
    cv2.line(kernel, (0, length // 2), (length - 1, length // 2), 1.0)
    turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), float(rng.uniform(0, 180)), 1)
    turned = cv2.warpAffine(kernel, turn, (length, length))
    return cv2.filter2D(white, -1, np.asarray(turned / max(float(turned.sum()), 1e-6), np.float32))
