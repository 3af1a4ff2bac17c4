"""Drawn faces: a cartoon head whose looks and pose are known, for demonstrations that need faces but no photographs.

`Look` is who it is, `Pose` what the face does just now; `draw(look, pose, size)` puts the two together, so that the
same pose and expression can be drawn on another character, which no photograph allows. Features lie on a sphere that
turns and nods. Lengths are in units of the face's half-height unless a name says otherwise; colours are RGB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

Colour = tuple[int, int, int]

HAIRSTYLES = ("bald", "short", "long", "curly", "bun")
HALF_HEIGHT = 0.27  # of the picture's side, at zoom 1
OVERSAMPLING = 4  # drawn that much larger and averaged down, so that edges are smooth at 32 pixels too

SKINS: Sequence[Colour] = [(255, 224, 196), (241, 194, 155), (224, 172, 120), (190, 130, 90), (141, 85, 50),
                           (92, 56, 38)]  # fmt: skip
HAIRS: Sequence[Colour] = [(30, 24, 24), (74, 44, 26), (120, 66, 30), (190, 130, 50), (235, 205, 130), (150, 150, 155),
                           (170, 50, 30)]  # fmt: skip
IRISES: Sequence[Colour] = [(60, 40, 25), (60, 110, 170), (70, 130, 70), (110, 90, 60)]
BACKDROPS: Sequence[Colour] = [(150, 190, 220), (120, 150, 130), (215, 215, 205), (110, 120, 165), (95, 105, 110)]
CLOTHES: Sequence[Colour] = [(60, 70, 120), (40, 110, 90), (130, 60, 110), (70, 70, 75), (30, 120, 160)]


@dataclass(frozen=True)
class Look:
    """Who a face is: colours and proportions."""

    skin: Colour
    hair: Colour
    iris: Colour
    clothes: Colour
    backdrop: Colour
    hairstyle: str = "short"
    width: float = 0.8
    jaw: float = 0.85  # the width of the chin as a share of the width of the cheeks
    eye_size: float = 0.15
    eye_gap: float = 0.36
    brow: float = 0.06
    nose: float = 0.14
    mouth_width: float = 0.3
    glasses: bool = False
    beard: bool = False


@dataclass(frozen=True)
class Pose:
    """What a face does: where it looks, its expression, where it stands in the picture, and the light."""

    turn_deg: float = 0.0  # to the picture's right
    nod_deg: float = 0.0  # downwards
    tilt_deg: float = 0.0  # clockwise
    mouth_open: float = 0.0  # 0 to 1
    smile: float = 0.0  # -1 to 1
    eyes_open: float = 1.0  # 0 to 1
    gaze: float = 0.0  # -1 (left) to 1 (right)
    brow_lift: float = 0.0  # -1 to 1
    light: float = 0.0  # -1 (from the left) to 1 (from the right)
    row: float = 0.0  # offset from the picture's middle
    col: float = 0.0
    zoom: float = 1.0


def random_look(rng: np.random.Generator) -> Look:
    """One person out of many."""

    def one(colours: Sequence[Colour]) -> Colour:
        near = np.asarray(colours[int(rng.integers(len(colours)))]) + rng.integers(-10, 11, 3)
        r, g, b = (int(v) for v in np.clip(near, 0, 255))
        return r, g, b

    return Look(
        skin=one(SKINS), hair=one(HAIRS), iris=one(IRISES), clothes=one(CLOTHES), backdrop=one(BACKDROPS),
        hairstyle=HAIRSTYLES[rng.choice(len(HAIRSTYLES), p=[0.08, 0.3, 0.3, 0.2, 0.12])],
        width=rng.uniform(0.7, 0.9), jaw=rng.uniform(0.65, 1.0), eye_size=rng.uniform(0.13, 0.19),
        eye_gap=rng.uniform(0.32, 0.4), brow=rng.uniform(0.03, 0.09), nose=rng.uniform(0.09, 0.18),
        mouth_width=rng.uniform(0.22, 0.36), glasses=rng.random() < 0.25, beard=rng.random() < 0.15,
    )  # fmt: skip


def random_pose(rng: np.random.Generator, spread: float = 1.0) -> Pose:
    """One moment out of many; spread scales how far the head moves, not how lively the face is."""

    def move(limit: float) -> float:
        return float(rng.uniform(-limit, limit)) * spread

    return Pose(
        turn_deg=move(28), nod_deg=move(14), tilt_deg=move(14), row=move(0.12), col=move(0.15), zoom=1 + move(0.08),
        mouth_open=float(rng.uniform(0.2, 1)) if rng.random() < 0.5 else 0.0, smile=float(rng.uniform(-0.7, 1)),
        eyes_open=float(rng.uniform(0.6, 1)) if rng.random() < 0.9 else 0.1, gaze=float(rng.uniform(-1, 1)),
        brow_lift=float(rng.uniform(-1, 1)), light=float(rng.uniform(-1, 1)),
    )  # fmt: skip


def place(pose: Pose, size: int) -> tuple[float, float, float]:
    """(centre row, centre col, half-height) of the face, in pixels of a picture of size x size."""
    unit = HALF_HEIGHT * size * pose.zoom
    return size * 0.5 + pose.row * unit, size * 0.5 + pose.col * unit, unit


def draw(look: Look, pose: Pose, size: int) -> np.ndarray:
    """The face, (size, size, 3) uint8 RGB."""
    pen = _Pen(look, pose, size * OVERSAMPLING)
    _behind(pen, look)
    _head(pen, look)
    _features(pen, look, pose)
    _in_front(pen, look)
    side = np.linspace(-1, 1, pen.image.shape[1], dtype=np.float32)
    rows = pen.image.reshape(len(pen.image), -1)  # numpy is slow along an axis of three
    lit = (rows * np.repeat(1 + 0.18 * pose.light * side, 3)).astype(np.float32, copy=False).reshape(pen.image.shape)
    small = cv2.resize(lit, (size, size), interpolation=cv2.INTER_AREA)
    return np.clip(np.rint(small), 0, 255).astype(np.uint8)


class _Pen:
    """Draws shapes given in face units, either flat on the head's outline or on the turning sphere."""

    def __init__(self, look: Look, pose: Pose, side_px: int) -> None:
        self.image = np.tile(np.array(look.backdrop, np.uint8), side_px**2).reshape(side_px, side_px, 3)
        row, col, self.unit = place(pose, side_px)
        self.centre = np.array([col, row])
        self.tilt, self.turn, self.nod = np.radians([pose.tilt_deg, pose.turn_deg, pose.nod_deg])
        self.width = look.width

    def _px(self, points: np.ndarray) -> np.ndarray:
        cos, sin = np.cos(self.tilt), np.sin(self.tilt)
        turned = points @ np.array([[cos, sin], [-sin, cos]])
        return np.rint((self.centre + turned * self.unit) * 16).astype(np.int32)

    def on_sphere(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 2) of a frontal face as (x right, y down), where turn and nod carry them."""
        x, y = points[:, 0] / self.width, points[:, 1]
        z = np.sqrt(np.clip(1 - x**2 - y**2, 0.02, 1))
        x, z = x * np.cos(self.turn) + z * np.sin(self.turn), z * np.cos(self.turn) - x * np.sin(self.turn)
        y = y * np.cos(self.nod) + z * np.sin(self.nod)
        return np.stack([x * self.width, y], axis=1)

    def fill(self, points: np.ndarray, colour: Sequence[float], sphere: bool = True) -> None:
        outline = self._px(self.on_sphere(points) if sphere else points)
        cv2.fillPoly(self.image, [outline], tuple(float(v) for v in colour), cv2.LINE_AA, 4)

    def line(self, points: np.ndarray, colour: Sequence[float], thickness: float, closed: bool = False) -> None:
        px = max(1, round(thickness * self.unit))
        outline = self._px(self.on_sphere(points))
        cv2.polylines(self.image, [outline], closed, tuple(float(v) for v in colour), px, cv2.LINE_AA, 4)


def _ellipse(x: float, y: float, rx: float, ry: float, start: float = 0.0, end: float = 360.0) -> np.ndarray:
    """Points (40, 2) of an ellipse or of an arc of it; degrees run clockwise from the right."""
    cos, sin = _arc(start, end)
    return np.stack([x + rx * cos, y + ry * sin], axis=1)


@lru_cache(maxsize=16)
def _arc(start: float, end: float) -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines (40,) of evenly spaced angles from `start` to `end`, which are in degrees."""
    t = np.radians(np.linspace(start, end, 40))
    return np.cos(t), np.sin(t)


def _shade(colour: Colour, by: float) -> tuple[float, ...]:
    return tuple(float(min(max(v * by, 0), 255)) for v in colour)


def _behind(pen: _Pen, look: Look) -> None:
    """Hair behind the head, shoulders and neck."""
    w = look.width
    if look.hairstyle == "long":
        pen.fill(np.array([[-w - 0.2, -0.3], [w + 0.2, -0.3], [w + 0.3, 1.35], [-w - 0.3, 1.35]]), look.hair, False)
    pen.fill(_ellipse(0, 2.1, 1.5, 0.85), look.clothes, False)
    pen.fill(np.array([[-0.32, 0.5], [0.32, 0.5], [0.36, 1.4], [-0.36, 1.4]]), _shade(look.skin, 0.85), False)
    if look.hairstyle == "bun":
        pen.fill(_ellipse(0, -1.25, 0.35, 0.3), look.hair, False)
    if look.hairstyle == "curly":
        for angle in np.radians(np.linspace(160, 380, 10)):
            pen.fill(_ellipse((w + 0.1) * np.cos(angle), 0.95 * np.sin(angle) - 0.15, 0.3, 0.3), look.hair, False)
    elif look.hairstyle != "bald":
        pen.fill(_ellipse(0, -0.2, w + 0.15, 0.98), look.hair, False)


def _head(pen: _Pen, look: Look) -> None:
    """Ears and the outline, narrower at the chin."""
    for side in (-1, 1):
        ear = _ellipse(side * look.width - 0.15 * np.sin(pen.turn), 0.05, 0.12, 0.2)
        pen.fill(ear, _shade(look.skin, 0.9), False)
    outline = _ellipse(0, 0, look.width, 1)
    below = np.clip(outline[:, 1], 0, 1)
    outline[:, 0] *= 1 - (1 - look.jaw) * below
    pen.fill(outline, look.skin, False)
    if look.beard:
        beard = outline[outline[:, 1] > 0.3] * 0.97
        pen.fill(np.concatenate([beard, _ellipse(0, 0.35, 0.45, 0.12, 180, 360)]), _shade(look.hair, 0.95), False)


def _features(pen: _Pen, look: Look, pose: Pose) -> None:
    """Eyes, brows, nose and mouth."""
    dark = _shade(look.skin, 0.7)
    for side in (-1, 1):
        x, y, r = side * look.eye_gap, -0.1, look.eye_size
        pen.fill(_ellipse(x, y, r, r * 0.75 * pose.eyes_open + 0.01), (250, 250, 250))
        if pose.eyes_open > 0.3:
            at = x + pose.gaze * r * 0.45
            pen.fill(_ellipse(at, y, r * 0.5, min(r * 0.5, r * 0.75 * pose.eyes_open)), look.iris)
            pen.fill(_ellipse(at, y, r * 0.22, r * 0.22), (15, 15, 15))
        pen.line(_ellipse(x, y, r, r * 0.75 * pose.eyes_open + 0.01, 180, 360), _shade(look.skin, 0.45), 0.04)
        brow_y = y - r - 0.13 - 0.06 * pose.brow_lift
        pen.line(np.array([[x - r * 1.1, brow_y + 0.03], [x, brow_y - 0.04], [x + r * 1.1, brow_y + 0.03]]),
                 _shade(look.hair, 0.8), look.brow)  # fmt: skip
    pen.line(np.array([[0, -0.05], [look.nose * 0.8, 0.25], [-look.nose * 0.5, 0.28]]), dark, 0.05)
    along = np.linspace(-1, 1, 15)
    corners = 0.55 - 0.12 * pose.smile * (along**2 - 0.4)
    opening = (1 - along**2) * (0.03 + 0.2 * pose.mouth_open)
    across = along * look.mouth_width
    upper, lower = np.stack([across, corners - opening * 0.5], 1), np.stack([across, corners + opening], 1)
    mouth = np.concatenate([upper, lower[::-1]])
    pen.fill(mouth, (90, 20, 30) if pose.mouth_open else (165, 60, 65))
    if pose.mouth_open > 0.3:
        teeth = np.concatenate([upper[3:-3], upper[3:-3][::-1] + [0, 0.06]])
        pen.fill(teeth, (245, 245, 240))
    pen.line(mouth, (175, 70, 75), 0.05, closed=True)


def _in_front(pen: _Pen, look: Look) -> None:
    """What hangs over the face: the fringe and the glasses."""
    w = look.width
    if look.hairstyle == "curly":
        for x in np.linspace(-0.75, 0.75, 6):
            pen.fill(_ellipse(x * w, -0.78 + 0.25 * x**2, 0.22, 0.2), look.hair, False)
    elif look.hairstyle != "bald":
        # The hairline moves with the head, the crown does not: otherwise a turned head would show a bald rim.
        line = np.stack([np.linspace(-w, w, 15), -0.55 - 0.12 * np.cos(np.linspace(-3, 3, 15))], 1)
        line[:, 0] += 0.1 * np.sin(pen.turn)
        line[:, 1] += 0.3 * np.sin(pen.nod)
        if look.hairstyle == "long":
            line[:, 1] += 0.45 * np.abs(np.linspace(-1, 1, 15)) ** 3
        pen.fill(np.concatenate([_ellipse(0, -0.2, w + 0.15, 0.98, 190, 350), line[::-1]]), look.hair, False)
    if look.glasses:
        r = look.eye_gap * 0.8
        for side in (-1, 1):
            pen.line(_ellipse(side * look.eye_gap, -0.08, r, r * 0.85), (25, 25, 30), 0.06, closed=True)
        pen.line(np.array([[-look.eye_gap + r, -0.08], [look.eye_gap - r, -0.08]]), (25, 25, 30), 0.06)
