"""A page small enough to be transformed in no time, with labels that are exact."""

import cv2
import numpy as np
import pytest

from augment.leaf import Leaf
from omr.types import Box, Stroke, Symbol


@pytest.fixture
def leaf():
    """(700, 600) page, staff space 14 px: four staves with heads on their middle lines, 60 px apart."""
    page = np.full((700, 600), 255, np.uint8)
    strokes, symbols = [], []
    for staff in range(4):
        for line in range(5):
            row = 120 + 130 * staff + 14 * line
            page[row - 1 : row + 1, 50:550] = 0
            strokes.append(Stroke(len(strokes), "staffLine", ((float(row), 50.0), (float(row), 550.0)), 2.0))
        for col in range(90, 540, 60):
            row = 120 + 130 * staff + 28
            cv2.ellipse(page, (col, row), (12, 9), 0, 0, 360, 0, -1)
            symbols.append(Symbol(100 + len(symbols), "noteheadBlack", Box(row - 9, col - 12, row + 10, col + 13)))
    return Leaf(page, tuple(symbols), tuple(strokes), 14.0)
