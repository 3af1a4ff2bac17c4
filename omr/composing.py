"""The pages that were read -> one score, with the doubts of all stages and how sure each measure is.

What the notation of the pages says as music is told by `omr.music.compose`; here stands what is done about it: pages
without a staff, tablature that stands alone, doubts, and pages that are put together while others are still being read.
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
"""How many pages of a score are put together at a time while others are read: an eighth of those that are there, within
these limits. Eight take some five seconds, for which the processes that read have pages waiting (`omr.workers`)."""


def compose(readings: Sequence[PageReading], source: str) -> Score:
    """The score of all pages, with the doubts of all stages. Raises NoMusicError if no page has a staff, or
    no staff a measure.

    source: what `Score.source` shall say, such as the names of the files.
    """
    return compose_bars(readings, source)[0]


class Composing:
    """The pages of a score as they are read, put together while other processes read the next ones: what is made of the
    first pages mostly holds when the others are there, and is then not made again (`omr.types.memo`), so that little is
    left to do after the last one.

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
        """Put together what is there, if enough pages are new: those before are gone through again each time, for a
        hundredth of what they took."""
        if len(self.readings) - self._done < min(max(LEAST_NEW, len(self.readings) // 8), MOST_NEW):
            return
        self._done = len(self.readings)
        with suppress(NoMusicError):  # it may be on the pages that follow
            compose_bars(self.readings, "", memo=self._memo)

    def score(self, source: str) -> Score:
        """The score of all pages. Arguments and errors as of `compose`."""
        return compose_bars(self.readings, source, memo=self._memo)[0]


def compose_bars(
    readings: Sequence[PageReading], source: str, choose: Choose | None = None, memo: Memo | None = None
) -> tuple[Score, ScoreBuilder]:
    """The score, as of `compose`, and what its measures were made from: `ScoreBuilder.others` finds other readings of a
    bar.

    choose: which reading of each bar is taken, by default the likeliest; see `omr.music.timing.Choose`. memo: of an
    earlier version of the same score; what has not changed since is not made again.
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
    # What concerns a whole page comes first.
    doubts = sorted(score.doubts, key=lambda d: (d.page, d.box is not None, d.measure or 0, d.kind))
    return replace(score, doubts=tuple(doubts)), builder
