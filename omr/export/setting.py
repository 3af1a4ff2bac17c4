"""Writes how the page is set into a score's MusicXML tree: header, paper, margins, systems, groups of parts.

MusicXML measures in tenths of a staff space. A pixel of a normalised page is about one tenth, so rows and columns can
be used after scaling them by the height of the median staff. Two things are written: the usual distances, and the place
of each system. Programs that place systems themselves (MuseScore 3) use only the paper, margins, usual distances and
breaks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Literal

from lxml import etree

from omr import __version__
from omr.types import Measure, Score
from omr.types.paper import HeadingLine, Sheet, SystemPlace
from omr.types.table import table

STAFF_TENTHS = 40.0
"""Height of a staff in MusicXML's tenths: four staff spaces of ten."""
DEFAULT_STAFF_MM = 5.0
"""Height of a staff, in mm, if nothing is known about the page."""
PLAUSIBLE_STAFF_MM = (3.0, 9.0)
"""Smallest and largest plausible height of a printed staff, in mm. A file that gives others states a wrong
resolution."""
A4_MM = (210.0, 297.0)
"""Width and height of an upright A4 page."""
DEFAULT_MARGIN_MM = 12.0
"""All margins, in mm, if nothing is known about the page."""
OUTER_ROOM_TENTHS = 70.0
"""Space above a page's first staff and below its last that MuseScore 3 adds to the margins by itself."""
HEADER_TENTHS = 100.0
"""Space that MuseScore 3 keeps free for a title."""
SYSTEM_DISTANCE_SHARE = 0.75
"""Share of the page's median system distance that is written as the usual one. Programs take it as the least distance,
and spread the systems over the page. With the full distance, the last systems would run off the page in a program whose
notes need more space than on the printed page."""
FILLED_SHARE = 0.9
"""Largest share of a page's height that systems at the usual distances may fill. Notes far from their staff, trills and
words push systems apart, and a system that does not fit gets a page of its own."""
LEAST_DISTANCE_SHARE = 0.5625
"""Smallest factor by which the usual distances are shrunk to fit crowded pages."""


HEADING_COLUMNS: dict[str, Literal["left", "middle", "right"]] = {
    "title": "middle", "composer": "right", "lyricist": "left", "arranger": "right"}
"""Where title and authors are written that do not stand on the page."""
CREDITS = ("title", "composer", "lyricist", "arranger")
"""Types of credits. A credit gets the first of these that one of its lines tells."""
HEADING_SPACES = 1.7
"""Height of the letters of such titles and authors, in staff spaces."""
POINTS_A_MM = 72 / 25.4
LETTER_HEIGHT = 0.8
"""Height of a line's letters, from the highest to the lowest, as a share of the type size. A rule of thumb."""
LETTER_POINTS = (7.0, 26.0)
"""Smallest and largest type size of a heading, in points."""


@table
class Crowding:
    """Space that MuseScore 3 needs at least for what stands in a line, in staff spaces, measured on dense lines."""

    opening: float = 8.0
    """Clefs and key at the beginning of a line."""
    measure: float = 1.5
    """A barline."""
    column: float = 2.6
    """A column: notes that sound together."""
    accidental: float = 1.5
    """The accidentals before one column."""
    letter: float = 0.9
    """A letter of lyrics, on average ..."""
    wide_letter: float = 1.8
    """... and a Chinese, Japanese or Korean one."""
    syllables: float = 0.5
    """The gap between two syllables."""
    spare: float = 1.1
    """Factor for extra space: some lines need up to a tenth more than this sum. A line that does not fit is broken in
    two, and the second line may have only one measure (no unit)."""
    most_shrunk: float = 1.5
    """How many times smaller than printed the staves may be made so that a line fits (no unit)."""


CROWDING = Crowding()


def set_page(root: etree._Element, score: Score) -> None:
    """Write header, layout, names and groups of parts into the tree that music21 made. root: the whole file."""
    _identify(root, score)
    frame = _frame(score)
    defaults = _defaults(score, frame)
    next(root.iterfind("identification")).addnext(defaults)
    if frame is not None:
        _write_heading(defaults, score, frame)
    _name_parts(root, score)
    _group_parts(root, score)
    if frame is not None:
        _place_systems(root, score, frame)


def _identify(root: etree._Element, score: Score) -> None:
    """Replace music21's header (its title, composer, date and random identifiers) by ours."""
    for tag in ("work", "movement-title", "identification", "defaults"):
        for old in root.findall(tag):
            root.remove(old)
    at = 0
    if score.title:
        work = etree.Element("work")
        etree.SubElement(work, "work-title").text = score.title
        root.insert(at, work)
        at += 1
    identification = etree.Element("identification")
    for role, name in (("composer", score.composer), ("lyricist", score.lyricist), ("arranger", score.arranger)):
        if name:
            etree.SubElement(identification, "creator", type=role).text = name
    if score.rights:
        etree.SubElement(identification, "rights").text = score.rights
    encoding = etree.SubElement(identification, "encoding")
    etree.SubElement(encoding, "software").text = f"omr {__version__}"
    for element in ("accidental", "beam", "stem"):
        etree.SubElement(encoding, "supports", element=element, type="yes")
    for attribute in ("new-page", "new-system"):
        etree.SubElement(encoding, "supports", element="print", attribute=attribute, type="yes", value="yes")
    if score.source:
        etree.SubElement(identification, "source").text = score.source
    root.insert(at, identification)


def _write_heading(defaults: etree._Element, score: Score, frame: _Frame) -> None:
    """Write what is printed above the music, as one credit for each column, with its lines in their sizes.

    MuseScore 3 makes one text of a credit in the left, middle or right third of the page, and prints two credits of the
    same third on top of each other. Once there are credits, it shows no title and authors from elsewhere.
    """
    lines = [replace(line, text=next((getattr(score, role) for role in line.roles), line.text))
             for line in score.heading]
    said = {role for line in lines for role in line.roles}
    # Title and authors that a person added, and that do not stand on the page.
    lines += [HeadingLine(getattr(score, role), column, 0.0, HEADING_SPACES * STAFF_TENTHS / 4 / frame.scale, (role,))
              for role, column in HEADING_COLUMNS.items() if lines and role not in said and getattr(score, role)]
    places = {"left": (frame.left, "left"), "middle": (frame.width / 2, "center"),
              "right": (frame.width - frame.right, "right")}
    # points of type for each pixel of its letters
    point = frame.staff_mm / STAFF_TENTHS * POINTS_A_MM * frame.scale / LETTER_HEIGHT
    after = defaults
    for column in dict.fromkeys(line.column for line in lines):
        own = [line for line in lines if line.column == column and line.text]
        if not own:
            continue
        credit = etree.Element("credit", page="1")
        kind = next((role for role in CREDITS if any(role in line.roles for line in own)), None)
        if kind is not None:
            etree.SubElement(credit, "credit-type").text = kind
        col, justify = places[column]
        for i, line in enumerate(own):
            size = min(max(line.height * point, LETTER_POINTS[0]), LETTER_POINTS[1])
            words = etree.SubElement(credit, "credit-words", {
                "default-x": f"{col:.0f}", "default-y": f"{frame.height - line.top * frame.scale:.0f}",
                "font-size": f"{size:.0f}", "justify": justify, "valign": "top"})
            words.text = ("\n" if i else "") + line.text
        after.addnext(credit)
        after = credit


def _name_parts(root: etree._Element, score: Score) -> None:
    """Write ids, names and abbreviations of parts. A part without a printed name gets a name that is not displayed,
    because programs list parts by name."""
    pianos = [p for p in score.parts if p.staves > 1]
    voices = [p for p in score.parts if any(note.lyrics for measure in p.measures for note in measure.notes)]
    elements = zip(score.parts, root.iterfind("part-list/score-part"), root.iterfind("part"), strict=True)
    for i, (part, score_part, mx_part) in enumerate(elements, 1):
        score_part.set("id", f"P{i}")
        mx_part.set("id", f"P{i}")
        for old in ("part-name", "part-abbreviation"):
            for element in score_part.findall(old):
                score_part.remove(element)
        name = etree.Element("part-name")
        name.text = part.name or (
            "Piano" if pianos == [part] else "Voice" if voices == [part] else f"Part {i}")
        if not part.name:
            name.set("print-object", "no")
        score_part.insert(0, name)
        if part.abbreviation:
            abbreviation = etree.Element("part-abbreviation")
            abbreviation.text = part.abbreviation
            name.addnext(abbreviation)
        renamed: dict[str, str] = {}
        for instrument in score_part.iter("score-instrument", "midi-instrument"):
            instrument.set("id", renamed.setdefault(instrument.get("id", ""), f"P{i}-I{len(renamed) + 1}"))
    for comment in list(root.iter(etree.Comment)):
        _remove(comment)
    for line in list(root.iter("line")):
        if not line.text:  # music21 writes an empty one for a percussion clef
            _remove(line)


def _remove(element: etree._Element) -> None:
    """Remove an element from its tree."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _group_parts(root: etree._Element, score: Score) -> None:
    """Write brackets around parts, and barlines through them. Outer groups start first and stop last."""
    parts = root.findall("part-list/score-part")
    for number, group in enumerate(score.groups, 1):
        start = etree.Element("part-group", type="start", number=str(number))
        etree.SubElement(start, "group-symbol").text = group.symbol
        etree.SubElement(start, "group-barline").text = "yes" if group.barlines else "no"
        parts[group.first].addprevious(start)
        parts[group.last].addnext(etree.Element("part-group", type="stop", number=str(number)))


# ---- paper and places ------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Frame:
    """The paper that holds every page.

    scale: tenths for each pixel of the normalised page.
    staff_mm: height of a staff, in mm.
    height, width: of the paper, in tenths.
    left, right, top, bottom: margins, in tenths.
    """

    scale: float
    staff_mm: float
    height: float
    width: float
    left: float
    right: float
    top: float
    bottom: float


def _frame(score: Score) -> _Frame | None:
    """The smallest paper that holds every page, with margins up to the outermost staves. None if the size of a page is
    not known."""
    sheets = {s.page: s for s in score.sheets}
    if not score.systems or any(s.page not in sheets for s in score.systems):
        return None
    staff_px = median(p.bottom - p.top for s in score.systems for p in s.staves)
    crowded = _crowding(score, staff_px)
    scale = crowded * STAFF_TENTHS / staff_px
    pages = _pages(score)
    height, width = max(s.height_px for s in score.sheets), max(s.width_px for s in score.sheets)
    margins = (
        min(s.left for s in score.systems), min(sheets[s.page].width_px - s.right for s in score.systems),
        min(_top(systems[0]) for systems in pages),
        min(sheets[systems[-1].page].height_px - _bottom(systems[-1]) for systems in pages),
    )
    left, right, top, bottom = (max(m * scale - room, 0.0) for m, room in zip(
        margins, (0.0, 0.0, OUTER_ROOM_TENTHS, OUTER_ROOM_TENTHS), strict=True))
    staff_mm = _staff_mm(score.sheets, staff_px) / crowded
    return _Frame(scale=scale, staff_mm=staff_mm, height=height * scale, width=width * scale, left=left, right=right,
                  top=top, bottom=bottom)


def _pages(score: Score) -> list[list[SystemPlace]]:
    """The systems of each page that has some, in the order of the pages."""
    return [[s for s in score.systems if s.page == page] for page in dict.fromkeys(s.page for s in score.systems)]


def _crowding(score: Score, staff_px: float) -> float:
    """How many times smaller than printed the staves must be, so that MuseScore can fit the fullest line into its
    width. Old prints set notes closer than programs do. staff_px: median height of a staff."""
    starts = [s.measure for s in score.systems]
    crowded = 1.0
    for system, stop in zip(score.systems, [*starts[1:], len(score.parts[0].measures)], strict=True):
        measures = ([p.measures[i] for p in score.parts] for i in range(system.measure, stop))
        spaces = CROWDING.opening + sum(map(_spaces, measures))
        crowded = max(crowded, CROWDING.spare * spaces / (4 * (system.right - system.left) / staff_px))
    return min(crowded, CROWDING.most_shrunk)


def _spaces(measures: Sequence[Measure]) -> float:
    """Least width of a measure in staff spaces. measures: the same measure of all parts."""
    columns: dict[tuple[Fraction, int | None], float] = {}
    for measure in measures:
        for note in measure.notes:
            # Each grace note before one note has a column of its own.
            at = (note.onset_quarter, note.grace_place if note.grace else None)
            width = CROWDING.column + (CROWDING.accidental if note.accidental is not None else 0.0)
            columns[at] = max(columns.get(at, 0.0), width, *(_syllable_spaces(lyric.text) for lyric in note.lyrics))
        for rest in measure.rests:
            if not (rest.hidden or rest.measure_rest):
                columns.setdefault((rest.onset_quarter, None), CROWDING.column)
    return CROWDING.measure + sum(columns.values())


def _syllable_spaces(text: str) -> float:
    """Width of a syllable in staff spaces."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return CROWDING.syllables + CROWDING.wide_letter * wide + CROWDING.letter * (len(text) - wide)


def _staff_mm(sheets: Sequence[Sheet], staff_px: float) -> float:
    """Height of a staff on paper, in mm. If the resolution is unknown or absurd, the page is assumed to be as wide as
    A4. staff_px: median height of a staff on the normalised pages."""
    found = median(staff_px * s.px_mm for s in sheets)
    if PLAUSIBLE_STAFF_MM[0] <= found <= PLAUSIBLE_STAFF_MM[1]:
        return found
    found = median(staff_px * A4_MM[s.height_px < s.width_px] / s.width_px for s in sheets)
    return min(max(found, PLAUSIBLE_STAFF_MM[0]), PLAUSIBLE_STAFF_MM[1])


def _top(system: SystemPlace) -> float:
    """Row of the system's highest staff line."""
    return min(s.top for s in system.staves)


def _bottom(system: SystemPlace) -> float:
    """Row of the system's lowest staff line."""
    return max(s.bottom for s in system.staves)


def _defaults(score: Score, frame: _Frame | None) -> etree._Element:
    """The element `defaults`: paper, margins, and the usual distances of systems and staves."""
    staff_mm = DEFAULT_STAFF_MM if frame is None else frame.staff_mm
    mm = STAFF_TENTHS / staff_mm  # tenths in a millimetre
    margin = DEFAULT_MARGIN_MM * mm
    a4 = _Frame(scale=1.0, staff_mm=staff_mm, height=A4_MM[1] * mm, width=A4_MM[0] * mm, left=margin, right=margin,
                top=margin, bottom=margin)
    paper = a4 if frame is None else frame
    defaults = etree.Element("defaults")
    scaling = etree.SubElement(defaults, "scaling")
    etree.SubElement(scaling, "millimeters").text = f"{staff_mm:.4g}"
    etree.SubElement(scaling, "tenths").text = f"{STAFF_TENTHS:g}"
    page = etree.SubElement(defaults, "page-layout")
    _tenths(page, {"page-height": paper.height, "page-width": paper.width})
    margins = etree.SubElement(page, "page-margins", type="both")
    _tenths(margins, {"left-margin": paper.left, "right-margin": paper.right, "top-margin": paper.top,
                      "bottom-margin": paper.bottom})
    if frame is None:
        return defaults
    between = [_top(b) - _bottom(a) for a, b in pairwise(score.systems) if a.page == b.page]
    within = [b.top - a.bottom for s in score.systems for a, b in pairwise(s.staves)]
    system = SYSTEM_DISTANCE_SHARE * median(between) * frame.scale if between else 0.0
    staff = median(within) * frame.scale if within else 0.0
    closer = _closer(score, frame, system, staff)
    if between:
        _tenths(etree.SubElement(defaults, "system-layout"), {"system-distance": closer * system})
    if within:
        _tenths(etree.SubElement(defaults, "staff-layout"), {"staff-distance": closer * staff})
    return defaults


def _closer(score: Score, frame: _Frame, system: float, staff: float) -> float:
    """The factor, at most 1, by which the usual distances must shrink so that all systems fit on their pages. On
    printed pages the distances may be uneven, because of lyrics. system, staff: the usual distances, in tenths."""
    closer = 1.0
    for here in _pages(score):
        count = sum(len(s.staves) for s in here)
        room = frame.height - frame.top - frame.bottom - 2 * OUTER_ROOM_TENTHS - count * STAFF_TENTHS
        room -= HEADER_TENTHS * (here[0] is score.systems[0])
        asked = (len(here) - 1) * system + (count - len(here)) * staff
        if asked > FILLED_SHARE * max(room, 0.0):
            closer = min(closer, FILLED_SHARE * room / asked)
    return max(closer, LEAST_DISTANCE_SHARE)


def _tenths(parent: etree._Element, values: Mapping[str, float]) -> None:
    """Write lengths in tenths, by the names of their elements."""
    for name, value in values.items():
        etree.SubElement(parent, name).text = f"{max(value, 0.0):.0f}"


def _place_systems(root: etree._Element, score: Score, frame: _Frame) -> None:
    """Write a `print` element into each system's first measure: indent and distance of the system in the first part,
    distances of its staves in every part."""
    parts = [list(p.iterfind("measure")) for p in root.iterfind("part")]
    width_of = {s.page: s.width_px for s in score.sheets}
    previous: SystemPlace | None = None
    for system in score.systems:
        mark = _print(parts[0][system.measure])
        place = etree.SubElement(mark, "system-layout")
        margins = etree.SubElement(place, "system-margins")
        _tenths(margins, {
            "left-margin": system.left * frame.scale - frame.left,
            "right-margin": (width_of[system.page] - system.right) * frame.scale - frame.right,
        })
        if previous is not None and previous.page == system.page:
            _tenths(place, {"system-distance": (_top(system) - _bottom(previous)) * frame.scale})
        else:
            _tenths(place, {"top-system-distance": _top(system) * frame.scale - frame.top})
        for above, below in pairwise(system.staves):
            mark = _print(parts[below.part][system.measure])
            staff = etree.SubElement(mark, "staff-layout", number=str(below.staff))
            _tenths(staff, {"staff-distance": (below.top - above.bottom) * frame.scale})
        previous = system


def _print(mx_measure: etree._Element) -> etree._Element:
    """The measure's `print` element, made if there is none."""
    found = mx_measure.find("print")
    if found is None:
        found = etree.Element("print")
        mx_measure.insert(0, found)
    return found
