"""Words of a page that its score does not have: read too unsurely to be written, or with no place in a score."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from omr.text.phrases import Phrase, find_phrases, is_among_staves, phrases_of_names
from omr.types import NotationGraph, Word


@dataclass(frozen=True)
class LeftOut:
    """Words that are left out. in_music: phrases among the staves. beside: those over, under and beside the music.
    short: single letters and numbers anywhere, mostly fingerings and specks."""

    in_music: tuple[Phrase, ...] = ()
    beside: tuple[Phrase, ...] = ()
    short: tuple[Word, ...] = ()


def left_out(graph: NotationGraph, used: Collection[int], least_score: float) -> LeftOut:
    """The words of a page that are left out. used: places of those that are not, besides the names of parts.
    least_score: of the words that count; those with a lower one are doubted as hard to read."""
    if not graph.staves:
        return LeftOut()
    names = {i for _, phrase in phrases_of_names(graph) for i in phrase.words}
    gone = {i for i, word in enumerate(graph.words) if word.score < least_score}
    space = graph.staves[0].space_px
    in_music: list[Phrase] = []
    beside: list[Phrase] = []
    short: list[Word] = []
    for phrase in find_phrases(graph.words, space, {*used, *names, *gone}):
        if not phrase.has_letters(LETTERS):
            short += [graph.words[i] for i in phrase.words]
        elif is_among_staves(graph, phrase.box, space):
            in_music.append(phrase)
        else:
            beside.append(phrase)
    in_order = [tuple(sorted(own, key=lambda p: (p.box.top, p.box.left))) for own in (in_music, beside)]
    return LeftOut(in_order[0], in_order[1], tuple(short))


LETTERS = 2
"""Fewest letters in a row that are a word."""
