"""To which staff something belongs that is written above, below or between staves; and the dynamics of a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Literal

from omr.music.octavesigns import octave_signs
from omr.text.places import indented_below
from omr.text.terms import stands_over
from omr.types import Box, NotationGraph, Staff, Symbol
from omr.types.table import table

DYNAMICS = frozenset((
    "p", "pp", "ppp", "pppp", "ppppp", "pppppp", "f", "ff", "fff", "ffff", "fffff", "ffffff", "mp", "mf", "sf", "sfp",
    "sfpp", "fp", "rf", "rfz", "sfz", "sffz", "fz", "pf", "sfzp",
))
"""Dynamics that have an element in MusicXML."""
UNLISTED = frozenset(("ffp", "sffp"))
"""Dynamics of old prints that have none."""
SHORT_FOR = {"s": "sf", "sz": "sfz"}
"""Letters that are no dynamic -> the dynamic of which one letter was not seen. On 86 movements of Beethoven's and
Mozart's sonatas there were nine such s, eight of them of an "sf"."""
SIGNS = {"segno": "segno", "coda": "coda", "keyboardPedalPed": "pedal-start", "keyboardPedalUp": "pedal-stop"}
"""Class of a sign -> kind of its direction."""
LETTERS = {"dynamicP": "p", "dynamicM": "m", "dynamicF": "f", "dynamicR": "r", "dynamicS": "s", "dynamicZ": "z"}
"""Class of a dynamic -> its letter."""


@table
class SideTolerances:
    """Distances are in staff spaces, unless said otherwise. Set by hand; none is a measured optimum.

    To which staff something belongs:
      beyond_staff: greatest distance of something to the left or right of the staff to which it belongs.
      beside_ink: between two systems, something belongs to the one whose staff lines, noteheads or octave lines are
        nearer. Only noteheads count whose middles are at most this far to its left or right. On 64 movements and 22
        more pages of Beethoven's and Mozart's sonatas in old prints, 264 words and dynamics are between two systems.
        Seven are nearer to the lines of one system and to the noteheads of the other. Six of these belong to the
        noteheads, and one is a tempo.
      undecided: something that is less than this nearer to one staff than to another may still belong to the other.
      undecided_voice: words under a voice with lyrics belong to the staff below it, unless they are nearer to the voice
        by at least this.
      habit_marks: at least so many dynamics and hairpins beside outer staves, all on one side, are a firm habit of the
        page.
      undecided_loudness: the same as `undecided`, for dynamics and hairpins on a page with a firm habit and in a system
        without a brace, if they are at most `habit_reach` away from the other staff. On 12 engraved pages of string
        quartets, 11 dynamics that had to make room for low notes are 1.7 to 5.5 nearer to the staff below, and 4.3 to
        7.1 away from their own staff.
    Segnos and codas:
      sure_jump: least score (0 to 1) at which they are believed. The 64 movements of Beethoven's and Mozart's sonatas
        have none; there, 12 letters, bracket ends and pencil marks have scores of .54 to .83, and one has .96. 48 true
        signs on a page by MuseScore, also blurred, small and noisy, have .94 and more.
    Letters of dynamics:
      letters_level: greatest difference in height between letters of one word, and how far they may overlap.
      letters_gap: greatest gap between letters of one word.
    """

    beyond_staff: float = 2.0
    beside_ink: float = 3.0
    undecided: float = 1.5
    undecided_voice: float = 3.0
    habit_marks: int = 3
    undecided_loudness: float = 6.0
    habit_reach: float = 8.0
    sure_jump: float = 0.9
    letters_level: float = 1.0
    letters_gap: float = 0.6


T = SideTolerances()


class Sides:
    """To which staff something belongs that is written above, below or between staves.

    Between two staves of a brace, it belongs to the upper one. Between two systems, it belongs to the one whose lines
    or notes are nearer, but tempos, segnos and codas belong to the lower one. Otherwise it belongs to the nearest
    staff. If two staves are about equally near, words that are printed above their staff ("pizz.", "rit.") belong to
    the lower one, and so do all words below a voice with lyrics, whose own words are above it. For everything else the
    habit of the page decides: whether dynamics are below or above their staff. This habit can be seen at the outer
    staves of the systems, where only one staff is near.

    signs: the letters of dynamics, the pedal signs, segnos and codas of the page, each with the staff at which it was
        found.
    dynamics: for each, its letters, its text, the staff to which it belongs, and on which side of the staff it is.
    under: whether the habit of the page is to write below the staff.
    """

    def __init__(self, graph: NotationGraph, sung: Collection[int] = ()):
        """sung: indices of the page's words that are lyrics."""
        self.graph = graph
        self.staves = graph.staves
        self.system_of = {i: s for s in graph.systems for i in s.staves}
        self._voices = self._staves_of_lyrics(sung)
        self._heads: dict[int, list[Box]] = defaultdict(list)
        for s in graph.symbols:
            if s.kind == "notehead" and s.id in graph.staff_of:
                self._heads[graph.staff_of[s.id]].append(s.box)
        self._octaves: dict[int, list[Box]] = defaultdict(list)
        for sign, right, meant_for in octave_signs(graph):
            self._octaves[meant_for.index].append(Box(sign.box.top, sign.box.left, sign.box.bottom, right))
        self.signs = tuple([(s, self._staff_of_jump(s) if s.kind == "jump" else graph.staff_of[s.id])
                            for s in graph.symbols if (s.name in LETTERS or s.name in SIGNS) and s.id in graph.staff_of
                            and (s.kind != "jump" or s.score >= T.sure_jump)])
        places = [s.box.center for s in graph.symbols if s.kind == "dynamic"]
        places += [s.box.center for s in graph.strokes if s.kind == "hairpin"]
        under = over = 0
        for place in places:
            staff = self._nearest(*place, is_loudness=True)
            if staff is not None and staff.index in self.system_of:
                own = self.system_of[staff.index].staves
                is_over = place[0] < staff.row(0, place[1])
                under += staff.index == own[-1] and not is_over
                over += staff.index == own[0] and is_over
        self.under = under >= over  # below the staff is usual
        self.is_firm = min(under, over) == 0 and max(under, over) >= T.habit_marks
        self.dynamics = []
        letters = [s for s, _ in self.signs if s.name in LETTERS]
        for word in dynamic_words(letters, graph.space_px) if self.staves else ():
            meant, side = self.of(*word[0].box.center, is_loudness=True)
            if dynamic_of(word) in DYNAMICS | UNLISTED and meant is not None:
                self.dynamics.append((word, dynamic_of(word), meant, side))

    def of(
        self, row: float, col: float, is_tempo: bool = False, is_loudness: bool = False, words: str | None = None
    ) -> tuple[int | None, Literal["above", "below"]]:
        """The staff (its index) to which something at a row and column (in pixels) belongs, and on which side of it.
        The index is None if no staff reaches that column.

        is_tempo: whether it is a tempo, which is printed above the music.
        is_loudness: whether it is a dynamic or a hairpin, which is printed on the page's usual side.
        words: its text, if it is words.
        """
        indented = indented_below(self.graph, row, col)
        if indented is not None:
            return indented.index, "above"
        staff = self._nearest(row, col, is_tempo, is_loudness)
        if staff is None:
            return None, "below"
        above = row < staff.row(0, col)
        system = self.system_of.get(staff.index)
        if system is None:
            return staff.index, "above" if above else "below"
        brace = next((b for b in system.braces if staff.index in b), ())
        if above and staff.index in brace[1:]:
            return brace[brace.index(staff.index) - 1], "below"
        at = system.staves.index(staff.index) + (-1 if above else 1)
        if not 0 <= at < len(system.staves) or system.staves[at] in brace:
            return staff.index, "above" if above else "below"
        other = self.staves[system.staves[at]]
        undecided, is_under = T.undecided, self.under
        if words is not None and (other if above else staff).index in self._voices:
            undecided, is_under = T.undecided_voice, False
        elif words is not None and stands_over(words):
            is_under = False
        elif (is_loudness and self.is_firm and not system.braces
              and _away(other, row, col) < T.habit_reach * staff.space_px):
            undecided = T.undecided_loudness
        if above == is_under and _away(other, row, col) - _away(staff, row, col) < undecided * staff.space_px:
            return other.index, "below" if above else "above"
        return staff.index, "above" if above else "below"

    def _staves_of_lyrics(self, sung: Collection[int]) -> set[int]:
        """Indices of the staves that have lyrics. In systems of equal size, these are at the same places."""
        places = set()
        for word in sung:
            row, col = self.graph.words[word].box.center
            over = [s for s in self.staves if s.row(0, col) < row and s.index in self.system_of]
            if over:
                staff = max(over, key=lambda s: s.row(0, col)).index
                own = self.system_of[staff].staves
                places.add((len(own), own.index(staff)))
        return {s.staves[at] for s in self.graph.systems for size, at in places if len(s.staves) == size}

    def _nearest(
        self, row: float, col: float, is_tempo: bool = False, is_loudness: bool = False
    ) -> Staff | None:
        """The staff that is nearest to something at a row and column. is_tempo, is_loudness: as in `of`."""
        beyond = T.beyond_staff
        beside = [s for s in self.staves if s.left - beyond * s.space_px <= col <= s.right + beyond * s.space_px]
        upper = max((s for s in beside if s.row(-4, col) < row), key=lambda s: s.row(-4, col), default=None)
        lower = min((s for s in beside if s.row(4, col) > row), key=lambda s: s.row(4, col), default=None)
        if upper is None or lower is None or self.system_of.get(upper.index) is self.system_of.get(lower.index):
            return min(beside, key=lambda s: _away(s, row, col), default=None)
        if is_tempo:
            return lower
        bottom = max([upper.row(-4, col), *(head.bottom for head in self._near(upper, col))])
        # Dynamics are between the staff and its octave line, never beyond that line.
        top = min([lower.row(4, col), *(head.top for head in self._near(lower, col, with_octaves=not is_loudness))])
        return upper if row - bottom < top - row else lower

    def _staff_of_jump(self, sign: Symbol) -> int:
        """Index of the staff to which a segno or a coda belongs."""
        staff = self._nearest(*sign.box.center, is_tempo=True)
        return self.graph.staff_of[sign.id] if staff is None else staff.index

    def _near(self, staff: Staff, col: float, with_octaves: bool = True) -> list[Box]:
        """The noteheads of a staff near a column, and its octave lines there."""
        reach = T.beside_ink * staff.space_px
        octaves = self._octaves[staff.index] if with_octaves else ()
        return [*(head for head in self._heads[staff.index] if abs(head.center[1] - col) < reach),
                *(line for line in octaves if line.left - reach < col < line.right + reach)]


def _away(staff: Staff, row: float, col: float) -> float:
    """Pixels from a staff's nearest line, negative inside the staff."""
    return max(staff.row(4, col) - row, row - staff.row(-4, col))


def dynamic_of(letters: Sequence[Symbol]) -> str:
    """The dynamic that letters stand for."""
    text = "".join(LETTERS[s.name] for s in letters)
    return SHORT_FOR.get(text, text)


def dynamic_words(letters: Sequence[Symbol], space: float) -> list[list[Symbol]]:
    """Group letters of dynamics that are side by side, from left to right. space: the staff space in pixels."""
    level, gap = T.letters_level * space, T.letters_gap * space
    words: list[list[Symbol]] = []
    for s in sorted(letters, key=lambda s: s.box.left):
        for word in words:
            last = word[-1]
            if abs(last.box.center[0] - s.box.center[0]) < level and -level < s.box.left - last.box.right < gap:
                word.append(s)
                break
        else:
            words.append([s])
    return words
