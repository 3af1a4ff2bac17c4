"""PDF of a score: what its pages hold, and what is read of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image

from omr.detect.runtime import load_detector
from omr.pipeline import read_tasks
from omr.reading import PageReading, PageTask
from omr.review.pictures import DrawPicture, Picture
from omr.review.printing import PAGE_MM, to_pdf, unprintable
from omr.review.review import Review

SCALE = 3
"""Pixels per point at which a page is looked at."""


def test_a_page_holds_title_names_and_music(review: Review) -> None:
    score = replace(review.score, title="Ärger <script>", composer="W. A. Mozart", lyricist="")
    document = pypdfium2.PdfDocument(to_pdf(score))
    assert len(document) == 1
    width, height = document[0].get_size()
    assert [round(side * 25.4 / 72) for side in (width, height)] == list(PAGE_MM)
    text = document[0].get_textpage().get_text_bounded()
    assert "Ärger <script>" in text and "W. A. Mozart" in text
    ink = document[0].render(scale=SCALE, grayscale=True).to_numpy() < 200
    # Three systems of two staves, each of five lines, from margin to margin.
    lines = ink.sum(axis=1) > 0.8 * SCALE * width
    assert (lines[1:] & ~lines[:-1]).sum() == 3 * 2 * 5


def test_letters_that_pdf_lacks_are_told(review: Review) -> None:
    assert unprintable(replace(review.score, title="Łódź – Дом", composer="Dvořák")) == "ŁřźДмо"


def test_places_on_a_page_that_was_read_from_its_drawing(review: Review, tmp_path: Path) -> None:
    """The printed page is read from what it draws; its picture has ink where its staff lines are said to be."""
    path = tmp_path / "music.pdf"
    path.write_bytes(to_pdf(review.score))
    draw = DrawPicture(tmp_path, ((path, 1),))
    reading = next(read_tasks([PageTask(path, 1, 0, (), draw, "drawing")], load_detector()))
    assert isinstance(reading, PageReading) and reading.graph is not None
    picture = reading.answer
    assert isinstance(picture, Picture)
    with Image.open(picture.path) as image:
        dark = np.array(image) < 200
    staves = reading.graph.staves
    assert len(staves) == 6
    misses: list[bool] = []
    for staff in staves:
        cols = np.linspace(staff.left, staff.right, 50)[1:-1]
        for position in (4, 2, 0, -2, -4):
            points = [picture.at(staff.row(position, col), col) for col in cols]
            hits = [dark[int(row) - 1:int(row) + 2, int(col)].any() for row, col in points]
            between = [picture.at(staff.row(position + 1, col), col) for col in cols]
            misses += [dark[int(row), int(col)] for row, col in between]
            assert np.mean(hits) > 0.95
    assert np.mean(misses) < 0.3  # heads, stems and beams stand between the lines, but not everywhere
