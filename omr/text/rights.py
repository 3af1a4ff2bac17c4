"""Finds the copyright notice at the foot of a page: "Copyright 1923 by ...", "All rights reserved"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from omr.text.phrases import PHRASE_LIMITS, Phrase, find_phrases, footers_of
from omr.types import NotationGraph

SAYS_SO = re.compile(
    r"©|\(c\)|\bcopyright\b|\ball rights\b|\brights reserved\b|\bpublic domain\b|\bcreative commons\b|"
    r"\bcc[ -]?(0|by\b)|\balle rechte\b|\brechte vorbehalten\b|\beigentum de[rs]\b|\bdroits r[ée]serv|\btous droits\b|"
    r"\bdiritti riservati\b|\btutti i diritti\b|\bpropriet[àa] d", re.IGNORECASE)
"""What a copyright notice contains, in English, German, French or Italian."""


@dataclass(frozen=True)
class Rights:
    """A copyright notice. text: its lines, "" if there is none. words: indices of its words on the page."""

    text: str = ""
    words: frozenset[int] = field(default=frozenset(), compare=False)


def read_rights(graph: NotationGraph) -> Rights:
    """The copyright notice at the foot of a page. Everything in the same line with such words belongs to it."""
    if not graph.staves or not graph.words:
        return Rights()
    space = graph.staves[0].space_px
    footers = footers_of(graph, find_phrases(graph.words, space), space)
    said = [p for p in footers if SAYS_SO.search(p.text)]
    lines = [p for p in footers if any(_are_level(p, one, space) for one in said)]
    lines.sort(key=lambda p: (round(p.box.center[0] / space), p.box.left))
    return Rights("\n".join(p.text for p in lines), frozenset(i for p in lines for i in p.words))


def _are_level(a: Phrase, b: Phrase, space: float) -> bool:
    """Whether two phrases stand in one line."""
    return abs(a.box.center[0] - b.box.center[0]) < PHRASE_LIMITS.footer_line * space
