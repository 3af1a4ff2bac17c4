"""What holds in each bar: the clefs and the key of its staves, and the time signature.

The staves of a system share their time signature and, except for transposing instruments, their key. If they differ,
the majority outvotes one that was misread.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Literal, NamedTuple, cast

from omr.music.bars import Bar
from omr.music.settle import UNPITCHED_LINES, clefs_of
from omr.notation.signatures import ACCIDENTALS, CLEFS, clef_line, key_fifths, read_time
from omr.types import Given, NotationGraph, Places, Staff, StaffInPart, StaffKey, Symbol
from omr.types.memo import Memo

ClefLetter = Literal["G", "F", "C", "percussion"]


class ClefSign(NamedTuple):
    """The meaning of a clef: its sign, its staff line (1 is the bottom one), and by how many octaves the notes sound
    higher."""

    sign: ClefLetter
    line: int
    octave_change: int


UNPITCHED: Mapping[int, ClefSign] = {1: ClefSign("percussion", 5, 0), 3: ClefSign("percussion", 4, 0)}
"""Number of lines of a percussion staff -> its clef, printed or not. MusicXML names the places on such a staff as under
a treble clef whose E4 is the lowest printed line. Our staves always have five lines, of which one or three are printed.
So the clef stands higher."""

CLEF_BEFORE_BARLINE = 1.0
"""Clefs, keys and time signatures that are less than this before a bar's left end, in staff spaces, hold from that bar
on: a change of clef is printed directly before the barline."""
CLEF_OVER_NOTE = 0.5
"""How far a clef may reach past the left edge of its staff's first note, in staff spaces, and still hold for that
note."""
KEYLESS_SYSTEMS = 2
"""A staff is believed to have no key signature if it lacks one in at least this many systems in which other parts have
one. In a single system the signature may have been missed."""
KEYLESS_SHARE = 2
"""In addition, the systems in which it lacks one must be more than this many times as many as those in which its part
has one."""
REPEATED_KEYS = 1
"""This many systems after the first must show a key before it is believed that every system of the score prints it
anew."""
AT_SYSTEM_END = 12.0
"""Naturals at the end of a system cancel the key for the next system if they are at most this far from the right end of
the staff, in staff spaces. Seven of them, a clef and a time signature have room there."""
TRANSPOSED_FIFTHS = 2
"""Least distance of a transposing instrument's key from that of the others, in fifths. Instruments in B flat, E flat, F
or A differ by 1 to 3, and a key with one misread accidental by 1."""
OWN_KEY_SYSTEMS = 2
"""A staff must show a key this far from that of the others in at least this many systems of drawn pages before it is
believed to have a key of its own. Only there nothing is misread."""
IN_F = re.compile(r"\b(in\s+f|en\s+fa)\b|anglais|inglese|english horn|englischh"
                  r"|\b(horns?|hörner|corn[oi]|cors?|hrn?\.|hns?\.)(?!.*\b(in|en)\s)", re.IGNORECASE)
"""Names of instruments in F: horns, unless their name says another pitch, and English horns. They have one sharp more
(or one flat less) than the others, too little to be told by that alone. The name that their part shows first counts."""
TRANSPOSING_STAVES = 5
"""Fewest staves of a system among which there may be a transposing instrument whose key is not known yet."""
KEYLESS_MAJORITY = 0.6
"""If a system has at least `TRANSPOSING_STAVES` staves, and more than this share (0 to 1) of those with a clef show no
key after it, the system has no key, unless there was a key before. The keys of the others are those of transposing
instruments. The key of one staff may be missed, but not those of most."""


@dataclass(frozen=True, eq=False)
class BarContext:
    """What holds in one bar.

    clefs: staff index on the page -> (column, clef) in order. Each clef holds for what is to the right of its column.
        The column of the first is minus infinity, so it holds for everything before, too.
    fifths: staff index -> key, as the number of sharps (negative: flats).
    time, time_symbol: the time signature at the bar's beginning; None without one.
    times_seen: every staff's time signature there, with the detector's score (0 to 1) of its least sure symbol.
    time_given: whether a person said that this time signature holds.
    own_times: part -> its time signature, for parts of a drawn page whose bars have another length, such as 2/4 against
        6/8.
    """

    clefs: Mapping[int, Sequence[tuple[float, ClefSign]]]
    fifths: Mapping[int, int]
    time: tuple[int, int] | None = None
    time_symbol: str | None = None
    times_seen: tuple[tuple[tuple[int, int], float], ...] = ()
    time_given: bool = False
    own_times: Mapping[int, tuple[int, int]] = field(default_factory=dict)


def read_context(
    graphs: Sequence[NotationGraph], bars: Sequence[Bar], places: Places, memo: Memo | None = None
) -> list[BarContext]:
    """The context of every bar. If nothing on which it depends has changed, the context of a bar is the same object as
    before.

    graphs: settled (`omr.music.settle`).
    bars: of all graphs, in order.
    memo: that of an earlier version of the score.
    """
    memo = memo or Memo()
    pages = {g.page: memo.alike(("signatures", g.page), memo(_signatures, g)) for g in graphs}
    reader = _ContextReader(pages, bars, places, memo)
    return [reader.read(bar, before) for before, bar in zip([None, *bars], bars, strict=False)]


@dataclass(frozen=True)
class _Signatures:
    """The clefs, keys and time signatures of one page: staff index -> those of the staff.

    A key is given by its accidentals, a time signature by its digits or its one sign, each from left to right.

    given: what a person said about any of these signs.
    exact, names: as in `NotationGraph`.
    """

    staves: Sequence[Staff]
    clefs: Mapping[int, Sequence[Symbol]]
    keys: Mapping[int, Sequence[Sequence[Symbol]]]
    times: Mapping[int, Sequence[Sequence[Symbol]]]
    given: Mapping[int, Given]
    exact: bool
    names: Mapping[int, str]

    def is_unpitched(self, staff: int) -> bool:
        """Whether a staff has so few lines that it is for percussion without pitch."""
        return self.staves[staff].line_count in UNPITCHED_LINES


def _signatures(graph: NotationGraph) -> _Signatures:
    """The clefs, keys and times of a page."""
    found: dict[str, dict[int, list[list[Symbol]]]] = {
        kind: {staff.index: [] for staff in graph.staves} for kind in ("key", "time")}
    groups: dict[tuple[str, int], list[Symbol]] = defaultdict(list)
    for edge in graph.edges:
        if edge.kind in found:
            groups[edge.kind, edge.parent].append(graph.symbol(edge.child))
    for (kind, parent), members in groups.items():
        if parent in graph.staff_of:
            found[kind][graph.staff_of[parent]].append(members)
    signs = {symbol.id for members in groups.values() for symbol in members}
    given = {sign: said for sign, said in graph.given.items() if sign in signs}
    return _Signatures(
        graph.staves, clefs_of(graph), found["key"], found["time"], given, graph.exact, graph.names)


_Held = tuple[ClefSign | None, int | None, tuple[int, int] | None]
"""The clef, the key and the time signature that hold on a staff; None for what is not known yet."""


class _ContextReader:
    """Goes through the bars in order, and keeps what holds on from one to the next: each staff's clef, key and time
    signature."""

    def __init__(self, pages: Mapping[int, _Signatures], bars: Sequence[Bar], places: Places, memo: Memo):
        self.pages = pages
        self.places = places
        self.memo = memo
        self.keyless = _keyless_places(pages, bars, places)
        openings = [(b, memo(_opening_key, pages[b.page], b)) for b in bars if b.first_of_system]
        self.corrected_keys = _corrected_keys(openings)
        after_end = {bar for before, bar in pairwise(bars) if before.right_style == "final"}
        self.cancelled_keys = _cancelled_keys(openings, after_end)
        self.own_keys = _own_keys(openings, pages, places)
        names: dict[StaffInPart, str] = {}
        for number, page in pages.items():
            for staff, name in page.names.items():
                if (place := places.get(StaffKey(number, staff))) is not None:
                    names.setdefault(place, name)
        self.in_f = {place for place, name in names.items() if IN_F.search(name)}
        self.clef_now: dict[StaffInPart, ClefSign] = {}
        self.key_now: dict[StaffInPart, int] = {}
        self.time_now: dict[StaffInPart, tuple[int, int]] = {}

    def read(self, bar: Bar, before: Bar | None) -> BarContext:
        """The context of the next bar. before: the bar that was read last; None at the first."""
        page = self.pages[bar.page]
        space = page.staves[bar.system.staves[0]].space_px
        start = -math.inf if bar.first_of_system or before is None else before.right - CLEF_BEFORE_BARLINE * space
        key_start = start
        if page.exact and before is not None and not bar.first_of_system:
            key_start = min(start, max((e.x for e in before.events), default=before.left))
        places = tuple([self.places[StaffKey(bar.page, staff)] for staff in bar.system.staves])

        def held() -> tuple[_Held, ...]:
            """What holds on the staves of the bar."""
            return tuple([(self.clef_now.get(p), self.key_now.get(p), self.time_now.get(p)) for p in places])

        def make() -> tuple[BarContext, tuple[_Held, ...]]:
            return self._read(bar, start, key_start), held()

        corrected = self.corrected_keys.get(bar), bar in self.cancelled_keys
        keyless = tuple([(p in self.keyless, p in self.own_keys, p in self.in_f) for p in places])
        plain = (start, key_start, places, held(), corrected, keyless)
        context, after = self.memo.made("context", (bar, page), plain, make)
        for place, (clef, key, time) in zip(places, after, strict=True):
            if time is not None:
                self.time_now[place] = time
            if clef is not None:
                self.clef_now[place] = clef
            if key is not None:
                self.key_now[place] = key
        return context

    def _read(self, bar: Bar, start: float, key_start: float) -> BarContext:
        """The context of the next bar, whose signs begin at the column `start`. What holds after it is noted.
        key_start: where its key may begin; on drawn pages this is farther left, before a repeat sign."""
        page = self.pages[bar.page]
        first_event = _first_event(bar)
        clefs = {staff: self._clefs(bar, staff, start) for staff in bar.system.staves}
        keys: dict[int, int] = {}
        said: dict[int, int] = {}
        time_given = False
        times: list[tuple[int, int, str | None]] = []
        seen: list[tuple[tuple[int, int], float]] = []
        of_staves: dict[int, tuple[int, int]] = {}
        for index in bar.system.staves:
            staff = page.staves[index]
            for group in page.times[index]:
                time = read_time(group, staff)
                if start <= min(s.box.left for s in group) < min(first_event, bar.right) and time is not None:
                    times.append(time)
                    of_staves[index] = time[:2]
                    time_given |= group[0].id in page.given and page.given[group[0].id].is_time
                    seen.append((time[:2], min(s.score for s in group)))
            for group in page.keys[index]:
                at = group[0].box.left
                if key_start <= at < min(first_event, bar.right):
                    # If a clef changes between the key and the first note, only what is before the key counts.
                    between = [c for c in page.clefs[index] if start <= c.box.left < at]
                    clef = _clef_sign(between[-1], staff) if between else clefs[index][0][1]
                    keys[index] = key_fifths(group, staff, clef.sign, clef.line)
                    if (given := page.given.get(group[0].id)) is not None and given.fifths is not None:
                        keys[index] = said[index] = given.fifths
        if said:
            keys = said
        elif bar in self.corrected_keys:
            keys = {staff: key if self.places[StaffKey(bar.page, staff)] in self.own_keys else self.corrected_keys[bar]
                    for staff, key in keys.items()}
        elif bar in self.cancelled_keys:
            keys = dict.fromkeys(bar.system.staves, 0)
        fifths = self._agreed_keys(bar, keys)
        if not times:
            return BarContext(clefs, fifths)
        beats, beat_type, symbol = Counter(times).most_common(1)[0][0]
        # On drawn pages, a staff without a time signature where others have one keeps its own.
        places = {staff: self.places[StaffKey(bar.page, staff)] for staff in bar.system.staves}
        self.time_now |= {places[staff]: time for staff, time in of_staves.items()}
        now = {place.part: self.time_now[place] for place in places.values() if place in self.time_now}
        own_times = {}
        if page.exact and not time_given and all(place in self.time_now for place in places.values()):
            lengths = {time: Fraction(*time) for time in now.values()}
            if len(set(lengths.values())) > 1:
                # The shortest bar is the common time: three eighths of a compound time are then one beat, like a
                # triplet.
                beats, beat_type = min(lengths, key=lambda time: lengths[time])
                symbol = next((own[2] for own in times if own[:2] == (beats, beat_type)), None)
            own_times = {part: time for part, time in now.items() if lengths[time] != Fraction(beats, beat_type)}
        return BarContext(clefs, fifths, (beats, beat_type), symbol, tuple(seen), time_given, own_times)

    def _clefs(self, bar: Bar, index: int, start: float) -> list[tuple[float, ClefSign]]:
        """(column, clef) of one staff in a bar whose signs begin at the column `start`. What holds after it is
        noted."""
        page = self.pages[bar.page]
        staff = page.staves[index]
        place = self.places[StaffKey(bar.page, index)]
        if page.is_unpitched(index):
            clef = UNPITCHED[staff.line_count]
        else:
            clef = self.clef_now.get(place) or _usual_clef(place)
        history = [(-math.inf, clef)]
        first_event = min((e.x for e in bar.events if e.staff == index), default=_first_event(bar))
        for symbol in page.clefs[index] if staff.line_count == 5 else ():
            if start <= symbol.box.left < bar.right:
                clef = _clef_sign(symbol, staff)
                if symbol.box.right < first_event + CLEF_OVER_NOTE * staff.space_px:
                    history = [(-math.inf, clef)]
                else:
                    history.append((symbol.box.center[1], clef))
        self.clef_now[place] = clef
        return history

    def _agreed_keys(self, bar: Bar, keys: Mapping[int, int]) -> dict[int, int]:
        """The key of each staff of a bar. keys: what was read on staves that show a key in it.

        A new key is on most staves. What one staff alone shows was misread, or is the accidental of a note. Without a
        new key, the old ones continue to hold.
        """
        places = {staff: self.places[StaffKey(bar.page, staff)] for staff in bar.system.staves}
        known = [self.key_now[place] for place in places.values() if place in self.key_now]
        before = Counter(known).most_common(1)[0][0] if known else None
        votes = Counter(keys.values())
        if not before and self._is_keyless(bar, keys):
            for staff, place in places.items():
                self.key_now[place] = keys.get(staff, 0)
            votes.clear()
        best = max(votes, key=lambda key: (votes[key], key == before, abs(key)), default=0)
        # If two keys differ by one accidental, the one with more is right: an accidental is more easily lost than
        # invented.
        agreeing = sum(count for key, count in votes.items() if key * best > 0 and 0 <= abs(best) - abs(key) <= 1)
        if votes and (before is None or best == before or 2 * max(votes[best], agreeing) > len(places)):
            for staff, place in places.items():
                own = keys.get(staff, 0 if place in self.keyless else best)
                transposes = abs(own - best) >= TRANSPOSED_FIFTHS and (
                    len(places) >= TRANSPOSING_STAVES or place in self.own_keys) or (
                    place in self.in_f and own == best + 1)
                differs = own == self.key_now.get(place) or place in self.keyless or transposes
                self.key_now[place] = own if differs else best
        page = self.pages[bar.page]
        return {
            staff: 0 if page.is_unpitched(staff) else self.key_now.setdefault(place, 0)
            for staff, place in places.items()
        }


    def _is_keyless(self, bar: Bar, keys: Mapping[int, int]) -> bool:
        """Whether a bar begins a system with many staves that is in C major or A minor, except for transposing
        instruments. keys: as for `_agreed_keys`."""
        staves, first = bar.system.staves, _first_event(bar)
        page = self.pages[bar.page]
        opened = [s for s in staves if any(c.box.left < first for c in page.clefs[s])]
        keyless = sum(staff not in keys for staff in opened)
        return (bar.first_of_system and bool(keys) and len(staves) >= TRANSPOSING_STAVES
                and keyless > KEYLESS_MAJORITY * len(opened))


def _clef_sign(symbol: Symbol, staff: Staff) -> ClefSign:
    sign, _, octave_change = CLEFS[symbol.name]
    return ClefSign(cast(ClefLetter, sign), clef_line(symbol, staff), octave_change)


def _usual_clef(place: StaffInPart) -> ClefSign:
    """The clef of a staff on which none was ever seen: bass on the second staff of a part, else treble."""
    return ClefSign("F", 4, 0) if place.staff == 2 else ClefSign("G", 2, 0)


def _first_event(bar: Bar) -> float:
    """The column at which a bar's first chord or rest begins; its right end if it has none."""
    return min((e.x for e in bar.events), default=bar.right)


def _keyless_places(pages: Mapping[int, _Signatures], bars: Sequence[Bar], places: Places) -> set[StaffInPart]:
    """Staves that have no key signature, system after system, while other parts have one: those of a transposing
    instrument, or of an old choirbook with a partial signature. Staves of one part never differ in this."""
    with_key: Counter[StaffInPart] = Counter()
    without: Counter[StaffInPart] = Counter()
    for bar in bars:
        if not bar.first_of_system:
            continue
        page, first = pages[bar.page], _first_event(bar)
        own = {staff: places[StaffKey(bar.page, staff)] for staff in bar.system.staves}
        parts = {place.part for staff, place in own.items() if any(k[0].box.left < first for k in page.keys[staff])}
        for place in own.values() if parts else ():
            (with_key if place.part in parts else without)[place] += 1
    return {p for p, n in without.items() if n >= KEYLESS_SYSTEMS and n > KEYLESS_SHARE * with_key[p]}


def _corrected_keys(openings: Sequence[tuple[Bar, _OpeningKey]]) -> dict[Bar, int]:
    """The first bars of systems whose key was misread, with the right key.

    Every system prints the key anew. If the systems before and after one agree on another key, and there is no change
    of key in it or in the system before, its key was misread. The first system is compared with the two after it.
    openings: the first bar of each system, and the key with which it opens.
    """
    keys = [key for _, key in openings]
    corrected: dict[Bar, int] = {}
    for i, (bar, key) in enumerate(openings):
        neighbours = (i - 1, i + 1) if i else (1, 2)
        around = [keys[k].fifths for k in neighbours if k < len(keys)]
        agreed = around[0] if len(around) == 2 and around[0] == around[1] else None
        changes = key.changes or (i > 0 and keys[i - 1].changes)
        if not changes and agreed is not None and key.fifths not in (None, agreed):
            corrected[bar] = agreed
    return corrected


def _own_keys(openings: Sequence[tuple[Bar, _OpeningKey]], pages: Mapping[int, _Signatures], places: Places
              ) -> set[StaffInPart]:
    """The staves of drawn pages that have another key than the rest, system after system: those of a transposing
    instrument, or of one hand of a piano with a key of its own. openings: as for `_corrected_keys`."""
    apart: Counter[StaffInPart] = Counter()
    for bar, key in openings:
        if pages[bar.page].exact and key.fifths is not None:
            apart.update(places[StaffKey(bar.page, staff)] for staff, own in key.own.items()
                         if abs(own - key.fifths) >= TRANSPOSED_FIFTHS)
    return {place for place, count in apart.items() if count >= OWN_KEY_SYSTEMS}


def _cancelled_keys(openings: Sequence[tuple[Bar, _OpeningKey]], after_end: Collection[Bar]) -> set[Bar]:
    """The first bars of systems that begin without sharps or flats, although no sign says so.

    Naturals at the end of the system before cancel a key. And if every system prints the key anew, a system with clefs
    but without a key is in C major or A minor, if a new piece begins there. One such system alone proves nothing, since
    its key may have been missed, unless it comes after a final barline and shows its time signature: then only the key
    is missing.

    openings: as for `_corrected_keys`.
    after_end: the bars after a final barline.
    """
    keys = [key for _, key in openings]
    # Band parts show their key once, at the beginning.
    is_repeated = sum(key.fifths is not None for key in keys[1:]) >= REPEATED_KEYS
    cancelled: set[Bar] = set()
    for i, (bar, key) in enumerate(openings[1:], 1):
        if key.fifths is not None or not key.has_clefs:
            continue
        goes_on = i + 1 < len(keys) and keys[i + 1].fifths is None and keys[i + 1].has_clefs
        goes_on |= bar in after_end and key.has_time
        begins_anew = is_repeated and goes_on and keys[i - 1].fifths is not None
        if begins_anew or keys[i - 1].is_cancelled_at_end:
            cancelled.add(bar)
    return cancelled


class _OpeningKey(NamedTuple):
    """What a system shows of its key.

    fifths: the key that most staves show at its beginning; None if none does.
    changes: whether there is a change of key farther right.
    has_clefs: whether every staff begins with a clef.
    is_cancelled_at_end: whether the last sign on most of its staves is a row of naturals after all notes, which cancels
        the key for the next system.
    has_time: whether it begins with a time signature.
    own: staff index -> the key at the system's beginning.
    """

    fifths: int | None
    changes: bool
    has_clefs: bool
    is_cancelled_at_end: bool
    has_time: bool
    own: Mapping[int, int]


def _opening_key(page: _Signatures, bar: Bar) -> _OpeningKey:
    """What the system that begins with a bar shows of its key."""
    first = _first_event(bar)
    votes: Counter[int] = Counter()
    own: dict[int, int] = {}
    changes, cancelled, opened = False, 0, 0
    for index in bar.system.staves:
        staff = page.staves[index]
        clef = next((c for c in page.clefs[index] if c.box.left < first), None)
        opened += clef is not None
        sign = ClefSign("G", 2, 0) if clef is None else _clef_sign(clef, staff)
        for group in page.keys[index]:
            if group[0].box.left < first:
                own[index] = key_fifths(group, staff, sign.sign, sign.line)
                votes[own[index]] += 1
            else:
                changes = True
        last = max(page.keys[index], key=lambda group: group[0].box.left, default=[])
        cancelled += bool(last) and last[0].box.left > staff.right - AT_SYSTEM_END * staff.space_px and all(
            ACCIDENTALS[s.name] == 0 for s in last)
    size = len(bar.system.staves)
    most = votes.most_common(1)[0][0] if votes else None
    has_time = any(group[0].box.left < first for index in bar.system.staves for group in page.times[index])
    return _OpeningKey(most, changes, opened == size, 2 * cancelled > size, has_time, own)
