"""From the readings of all pages to one score, with the doubts of all stages and how sure each measure is.

`omr.music.compose` turns notation into music. This module deals with what is around that: pages without a staff,
tablature without staves, doubts, and composing the first pages while others are still being read.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from omr import doubts as doubting
from omr.errors import NoMusicError
from omr.reading import PageReading
from omr.types import Score
from omr.types.memo import Memo

if TYPE_CHECKING:
    from omr.music.compose import ScoreBuilder
    from omr.music.timing import Choose

LEAST_NEW, MOST_NEW = 4, 8
"""How many new pages are composed at a time while others are read: an eighth of the pages read so far, within these
limits. Eight pages take some five seconds. Meanwhile the worker processes are busy with pages that were handed out
ahead (`omr.workers`)."""


def compose(readings: Sequence[PageReading], source: str) -> Score:
    """The score of all pages, with the doubts of all stages. source: goes to `Score.source`, such as the names of the
    files.

    Raises NoMusicError if no page has a staff, or if no staff has a measure.
    """
    return compose_bars(readings, source)[0]


class Composing:
    """Composes a score while its pages are still being read by other processes.

    What is made of the first pages mostly stays the same when later pages come in, and is then taken from a memo
    (`omr.types.memo`). So little is left to do after the last page has been read.

    readings: of all pages so far.
    """

    def __init__(self) -> None:
        self.readings: list[PageReading] = []
        self._memo = Memo()
        self._done = 0

    def take(self, reading: PageReading) -> None:
        """Add the next page."""
        self.readings.append(reading)

    def go_on(self) -> None:
        """Compose the pages so far, if enough of them are new. Going through the older pages again takes only a
        hundredth of the time that they took at first, thanks to the memo."""
        if len(self.readings) - self._done < min(max(LEAST_NEW, len(self.readings) // 8), MOST_NEW):
            return
        self._done = len(self.readings)
        with suppress(NoMusicError):  # the music may be on later pages
            compose_bars(self.readings, "", memo=self._memo)

    def score(self, source: str) -> Score:
        """The score of all pages. Arguments and errors as of `compose`."""
        return compose_bars(self.readings, source, memo=self._memo)[0]


def compose_bars(
    readings: Sequence[PageReading], source: str, choose: Choose | None = None, memo: Memo | None = None
) -> tuple[Score, ScoreBuilder]:
    """The score, as of `compose`, and the builder that made it. `ScoreBuilder.others` finds other readings of a bar.

    choose: picks the reading of each bar, by default the likeliest; see `omr.music.timing.Choose`.
    memo: that of an earlier version of the same score. What has not changed since is not computed again.
    """
    from omr.music.compose import read_measures
    from omr.music.tablature import with_tablature
    from omr.sure import rate

    graphs = [r.graph for r in readings if r.graph is not None]
    if not graphs:
        doubts = [d for r in readings for d in r.doubts if d.kind in ("staff", "structure")]
        reasons = sorted({d.message for d in doubts if d.box is None})[:1]
        left_out = sorted({d.message for d in doubts if d.box is not None})
        raise NoMusicError(f"no music found in {source}" + "".join(f": {r}" for r in reasons)
                           + "".join(f"; {message}" for message in left_out))
    builder = read_measures(graphs, choose, memo)
    score = builder.score(source)
    is_alone = not any(part.measures for part in score.parts)
    if is_alone:
        score = with_tablature(score, graphs)
    if not any(part.measures for part in score.parts):
        raise NoMusicError(f"staves but not one measure found in {source}")
    score = replace(score, doubts=(*score.doubts, *doubting.of_pages(readings, score, builder)))
    if not is_alone:
        score = with_tablature(rate(readings, score, builder), graphs)
    # Doubts about a whole page come first.
    doubts = sorted(score.doubts, key=lambda d: (d.page, d.box is not None, d.measure or 0, d.kind))
    return replace(score, doubts=tuple(doubts)), builder
