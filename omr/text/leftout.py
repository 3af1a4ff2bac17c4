"""Finds words of a page that are not in its score: words that were read too unsurely, or that have no place in a
score."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from omr.text.phrases import Phrase, find_phrases, is_among_staves, phrases_of_names
from omr.types import NotationGraph, Word

LETTERS = 2
"""Fewest letters in a row that make a word."""
NUMBER = r"\W?\d{1,4}\W?"
"""A number of a page or measure: "12", "(12)", "12."."""
OVER_SYSTEM, AT_BEGINNING = 6.0, 4.0
"""The number of a system's first measure is at most this far over the first staff, and at most this far to the side of
its left end, in staff spaces. Rules of thumb: no measurement of them is on record."""


@dataclass(frozen=True)
class LeftOut:
    """Words that are left out.

    in_music: phrases among the staves.
    beside: phrases over, under and beside the music.
    short: single letters and numbers, mostly fingerings and specks, without numbers of pages and measures.
    """

    in_music: tuple[Phrase, ...] = ()
    beside: tuple[Phrase, ...] = ()
    short: tuple[Word, ...] = ()


def left_out(graph: NotationGraph, used: Collection[int], least_score: float) -> LeftOut:
    """The words of a page that are left out.

    used: indices of the words that the score has, without names of parts.
    least_score: words with a lower score do not count, because another doubt says that they are hard to read.
    """
    if not graph.staves:
        return LeftOut()
    named = [phrase for _, phrase in phrases_of_names(graph)]
    names = {i for phrase in named for i in phrase.words}
    gone = {i for i, word in enumerate(graph.words) if word.score < least_score}
    space = graph.staves[0].space_px
    in_music: list[Phrase] = []
    beside: list[Phrase] = []
    short: list[Word] = []
    for phrase in find_phrases(graph.words, space, {*used, *names, *gone}):
        if not phrase.has_letters(LETTERS):
            short += [graph.words[i] for i in phrase.words if not _counts(graph, graph.words[i])]
        elif _is_short_for(phrase, named):
            continue
        elif is_among_staves(graph, phrase.box, space):
            in_music.append(phrase)
        else:
            beside.append(phrase)
    in_order = [tuple(sorted(own, key=lambda p: (p.box.top, p.box.left))) for own in (in_music, beside)]
    return LeftOut(in_order[0], in_order[1], tuple(short))


def _is_short_for(phrase: Phrase, named: Sequence[Phrase]) -> bool:
    """Whether a phrase is the name of a part or its abbreviation, as in later systems. named: the names of parts that
    are used."""
    return any(name.text.casefold().startswith(phrase.text.rstrip(".").casefold())
               and phrase.box.left < name.box.right for name in named)


def _counts(graph: NotationGraph, word: Word) -> bool:
    """Whether a word is the number of a page or measure, which a score has no need of: a number away from the music, or
    over the beginning of a system."""
    if not re.fullmatch(NUMBER, word.text):
        return False
    first = [graph.staves[system.staves[0]] for system in graph.systems if system.staves]
    row, col = word.box.center
    return not is_among_staves(graph, word.box, graph.staves[0].space_px) or any(
        0 < staff.row(4, staff.left) - row < OVER_SYSTEM * staff.space_px
        and abs(col - staff.left) < AT_BEGINNING * staff.space_px for staff in first)
