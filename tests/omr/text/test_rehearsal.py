"""Rehearsal marks among the words of a page."""

from __future__ import annotations

from omr.text.rehearsal import rehearsal_marks
from omr.types import Box, Word
from tests.omr.music.pages import PageMaker


def framed(text: str, top: float = 60.0) -> Word:
    return Word(text, Box(top, 100, top + 25, 125), enclosure="rectangle")


def test_short_texts_in_frames_over_a_staff_are_marks() -> None:
    graph = PageMaker().graph()
    marks = [framed("A"), framed("12"), framed("Verse 2")]
    others = [Word("B", Box(60, 200, 85, 225)), framed("all repeats are to be played"), framed("-"),
              framed("C", top=graph.staves[0].box.bottom + 40)]
    assert rehearsal_marks(graph, [*others, *marks]) == (marks, others)


def test_fine_in_a_frame_is_a_word_and_no_mark() -> None:
    """It ends the music after a da capo; a mark ends nothing."""
    marks, words = rehearsal_marks(PageMaker().graph(), [framed("Fine"), framed("D.C. al Fine"), framed("Finale")])
    assert [mark.text for mark in marks] == ["Finale"]
    assert [(word.text, word.enclosure) for word in words] == [("Fine", ""), ("D.C. al Fine", "")]
    assert all(word.score >= 0.9 for word in words)
