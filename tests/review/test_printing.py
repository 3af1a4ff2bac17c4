"""PDF of a score: what its pages hold."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2

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
