"""How the page is set, on a score's MusicXML tree: header, paper, margins, systems, groups of parts.

A tenth of MusicXML is a tenth of a staff space, and so is a pixel of a normalised page: rows and columns carry over
once they are scaled to the median staff. Programs that place systems themselves (MuseScore 3) take the paper, the
margins, the usual distances and the breaks; others the place of each system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from lxml import etree

from omr import __version__
from omr.types import Measure, Score
from omr.types.paper import Sheet, SystemPlace

STAFF_TENTHS = 40.0
STAFF_MM = 5.0
"""Height of a staff on A4 where nothing is known of the page."""
PLAUSIBLE_MM = (3.0, 9.0)
"""Staves are printed as high; a file whose resolution makes them otherwise is wrong about it."""
A4_MM = (210.0, 297.0)
MARGIN_MM = 12.0
ROOM_TENTHS = 70.0
"""What stands over a page's first staff and under its last is no margin; MuseScore adds as much of itself."""
HEADER_TENTHS = 100.0
"""What MuseScore keeps free for a title."""
CLOSEST = 0.75
"""The usual distance of systems is written so much smaller, as the least: programs that space them spread them over the
page again, and one that needs more for its notes than the page did must not run over."""


MOST_CROWDED = 1.5
OPENING, MEASURE, COLUMN, ACCIDENTAL = 8.0, 1.5, 2.6, 1.5
"""Staff spaces that MuseScore 3 needs at least for a line's clefs and key, for a bar line, for what sounds together and
for the accidentals before it; measured on dense lines."""


def set_page(root: Any, score: Score) -> None:
    """All of it: the tree as music21 wrote it, with our header, layout and groups."""
    _identify(root, score)
    frame = _frame(score)
    root.insert(list(root).index(root.find("identification")) + 1, _defaults(score, frame))
    _name_parts(root, score)
    _group_parts(root, score)
    if frame is not None:
        _place_systems(root, score, frame)


def _identify(root: Any, score: Score) -> None:
    """Our own header instead of music21's defaults (its title, composer, date and random identifiers)."""
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
    for role, name in (("composer", score.composer), ("lyricist", score.lyricist)):
        if name:
            etree.SubElement(identification, "creator", type=role).text = name
    encoding = etree.SubElement(identification, "encoding")
    etree.SubElement(encoding, "software").text = f"omr {__version__}"
    for element in ("accidental", "beam", "stem"):
        etree.SubElement(encoding, "supports", element=element, type="yes")
    for attribute in ("new-page", "new-system"):
        etree.SubElement(encoding, "supports", element="print", attribute=attribute, type="yes", value="yes")
    if score.source:
        etree.SubElement(identification, "source").text = score.source
    root.insert(at, identification)


def _name_parts(root: Any, score: Score) -> None:
    """Ids, names and abbreviations. A name that is not on the page is there for lists of parts, and not printed."""
    pianos = [p for p in score.parts if p.staves > 1]
    elements = zip(score.parts, root.iterfind("part-list/score-part"), root.iterfind("part"), strict=True)
    for i, (part, score_part, mx_part) in enumerate(elements, 1):
        score_part.set("id", f"P{i}")
        mx_part.set("id", f"P{i}")
        for old in ("part-name", "part-abbreviation"):
            for element in score_part.findall(old):
                score_part.remove(element)
        name = etree.Element("part-name")
        name.text = part.name or ("Piano" if pianos == [part] else f"Part {i}")
        if not part.name:
            name.set("print-object", "no")
        score_part.insert(0, name)
        if part.abbreviation:
            abbreviation = etree.Element("part-abbreviation")
            abbreviation.text = part.abbreviation
            name.addnext(abbreviation)
        renamed: dict[str, str] = {}
        for instrument in score_part.iter("score-instrument", "midi-instrument"):
            instrument.set("id", renamed.setdefault(instrument.get("id"), f"P{i}-I{len(renamed) + 1}"))
    for noise in root.xpath("//comment() | //clef/line[not(text())]"):  # a percussion clef has no line
        noise.getparent().remove(noise)


def _group_parts(root: Any, score: Score) -> None:
    """Brackets around parts, and bar lines through them: outer groups start first and stop last."""
    parts = root.findall("part-list/score-part")
    for number, group in enumerate(score.groups, 1):
        start = etree.Element("part-group", type="start", number=str(number))
        etree.SubElement(start, "group-symbol").text = group.symbol
        etree.SubElement(start, "group-barline").text = "yes" if group.barlines else "no"
        parts[group.first].addprevious(start)
        parts[group.last].addnext(etree.Element("part-group", type="stop", number=str(number)))


# ---- paper and places ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Frame:
    """All pages on one paper, in tenths. scale: tenths a pixel. left, right, top, bottom: margins."""

    scale: float
    staff_mm: float
    height: float
    width: float
    left: float
    right: float
    top: float
    bottom: float


def _frame(score: Score) -> _Frame | None:
    """The paper that holds every page, with margins up to the outermost staves; None where nobody knows it."""
    sheets = {s.page: s for s in score.sheets}
    if not score.systems or any(s.page not in sheets for s in score.systems):
        return None
    staff_px = median(p.bottom - p.top for s in score.systems for p in s.staves)
    crowded = _crowding(score, staff_px)
    scale = crowded * STAFF_TENTHS / staff_px
    pages = [[s for s in score.systems if s.page == page] for page in dict.fromkeys(s.page for s in score.systems)]
    height, width = max(s.height_px for s in score.sheets), max(s.width_px for s in score.sheets)
    margins = (
        min(s.left for s in score.systems), min(sheets[s.page].width_px - s.right for s in score.systems),
        min(_top(systems[0]) for systems in pages),
        min(sheets[systems[-1].page].height_px - _bottom(systems[-1]) for systems in pages),
    )
    left, right, top, bottom = (max(m * scale - room, 0.0) for m, room in zip(
        margins, (0.0, 0.0, ROOM_TENTHS, ROOM_TENTHS), strict=True))
    staff_mm = _staff_mm(score.sheets, staff_px) / crowded
    return _Frame(scale, staff_mm, height * scale, width * scale, left, right, top, bottom)


def _crowding(score: Score, staff_px: float) -> float:
    """How many times smaller staves must be for the fullest line to fit where the page has it: old prints set notes
    closer than programs do."""
    starts = [s.measure for s in score.systems]
    crowded = 1.0
    for system, stop in zip(score.systems, [*starts[1:], len(score.parts[0].measures)], strict=True):
        spaces = OPENING + sum(_spaces([p.measures[i] for p in score.parts]) for i in range(system.measure, stop))
        crowded = max(crowded, spaces / (4 * (system.right - system.left) / staff_px))
    return min(crowded, MOST_CROWDED)


def _spaces(measures: Sequence[Measure]) -> float:
    """Staff spaces that a measure of all parts takes at least."""
    columns: dict[tuple[Any, ...], bool] = {}
    for measure in measures:
        for note in measure.notes:
            # Of several grace notes each has a column.
            at = (note.onset_quarter, note.grace_place if note.grace else None)
            columns[at] = columns.get(at, False) or note.accidental is not None
        for rest in measure.rests:
            if not (rest.hidden or rest.measure_rest):
                columns.setdefault((rest.onset_quarter, None), False)
    return MEASURE + COLUMN * len(columns) + ACCIDENTAL * sum(columns.values())


def _staff_mm(sheets: Sequence[Sheet], staff_px: float) -> float:
    """Height of a staff on paper. Where the resolution is unknown or absurd, of a page as wide as A4."""
    found = median(staff_px * s.px_mm for s in sheets)
    if PLAUSIBLE_MM[0] <= found <= PLAUSIBLE_MM[1]:
        return found
    found = median(staff_px * A4_MM[s.height_px < s.width_px] / s.width_px for s in sheets)
    return min(max(found, PLAUSIBLE_MM[0]), PLAUSIBLE_MM[1])


def _top(system: SystemPlace) -> float:
    return min(s.top for s in system.staves)


def _bottom(system: SystemPlace) -> float:
    return max(s.bottom for s in system.staves)


def _defaults(score: Score, frame: _Frame | None) -> Any:
    staff_mm = STAFF_MM if frame is None else frame.staff_mm
    mm = STAFF_TENTHS / staff_mm
    paper = _Frame(1.0, staff_mm, A4_MM[1] * mm, A4_MM[0] * mm, *[MARGIN_MM * mm] * 4) if frame is None else frame
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
    system = CLOSEST * median(between) * frame.scale if between else 0.0
    staff = median(within) * frame.scale if within else 0.0
    closer = _closer(score, frame, system, staff)
    if between:
        _tenths(etree.SubElement(defaults, "system-layout"), {"system-distance": closer * system})
    if within:
        _tenths(etree.SubElement(defaults, "staff-layout"), {"staff-distance": closer * staff})
    return defaults


def _closer(score: Score, frame: _Frame, system: float, staff: float) -> float:
    """By how much the usual distances must shrink for every page to hold its systems at even distances, which pages
    with lyrics do not keep."""
    closer = 1.0
    for page in dict.fromkeys(s.page for s in score.systems):
        here = [s for s in score.systems if s.page == page]
        count = sum(len(s.staves) for s in here)
        room = frame.height - frame.top - frame.bottom - 2 * ROOM_TENTHS - count * STAFF_TENTHS
        room -= HEADER_TENTHS * (here[0] is score.systems[0])
        asked = (len(here) - 1) * system + (count - len(here)) * staff
        if asked > max(room, 0.0):
            closer = min(closer, room / asked)
    return max(closer, CLOSEST**2)


def _tenths(parent: Any, values: Mapping[str, float]) -> None:
    for name, value in values.items():
        etree.SubElement(parent, name).text = f"{max(value, 0.0):.0f}"


def _place_systems(root: Any, score: Score, frame: _Frame) -> None:
    """A `print` at each system's first measure: its indent and distance in the first part, its staves' in all."""
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


def _print(mx_measure: Any) -> Any:
    """The measure's `print` element, made where there is none."""
    found = mx_measure.find("print")
    if found is None:
        found = etree.Element("print")
        mx_measure.insert(0, found)
    return found
