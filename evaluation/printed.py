"""Whether the notes of a score are those that an engraver prints from it.

MusicXML says twice what a note is: how it sounds (`duration`, `alter`), and how it is printed (`type` and `dot`,
`accidental`). Engravers print the second, but a reading is compared with the first. In some encodings the two differ:
notes are a little shorter than printed, so that they play detached, or sharps and flats are left to the reader. No
reading of such a page could be right, so such pages or measures must not be used to judge one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from operator import itemgetter
from typing import Any, NamedTuple

QUARTERS = {"breve": Fraction(8), **{name: Fraction(4, 2**i) for i, name in enumerate(
    ("whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th", "256th"))}}
"""Note type -> its length in quarters."""
BARE = "without an accidental"
SHARPS, FLATS = "FCGDAEB", "BEADGCF"
"""Steps in the order in which a key signature alters them."""


def unlike_its_print(root: Any) -> str | None:
    """Why a page that is engraved from this partwise MusicXML does not show the notes that it contains; None if it
    does.

    root: an `lxml` element. The lengths of grace notes, rests and notes without a `type` are not checked. A note that
    is tied to the one before keeps its accidental after a barline, as in print.
    """
    for part in root.iterfind("part"):
        for measure, _, reason in _measures(part):
            if reason:
                return f"measure {measure.get('number')}: {reason}"
    return None


def unlike_measures(root: Any, accidentals: bool = True) -> dict[int, str]:
    """The measures that an engraver cannot print as they are encoded: index -> why.

    accidentals: whether the engraver prints the encoded accidentals, as Verovio does. MuseScore and LilyPond print
    those that the pitches need.

    In addition to those of `unlike_its_print`, these are measures in which a voice begins before the measure does, or
    ends after its part's time signature allows while another part's is shorter. MuseScore 3 writes such times for parts
    with two time signatures at once.
    """
    found: dict[int, str] = {}
    spans: dict[int, list[tuple[_Span, Fraction | None]]] = {}
    for part in root.iterfind("part"):
        full: Fraction | None = None
        for index, (measure, span, reason) in enumerate(_measures(part)):
            for time in measure.iterfind("attributes/time"):
                beats, kind = time.findtext("beats"), time.findtext("beat-type")
                if beats and kind and beats.isdecimal() and kind.isdecimal() and int(kind):
                    full = Fraction(4 * int(beats), int(kind))
            spans.setdefault(index, []).append((span, full))
            if reason and (accidentals or not reason.endswith(BARE)):
                found.setdefault(index, reason)
    for index, parts in spans.items():
        ends = {span.end for span, _ in parts}
        if any(span.begin < 0 for span, _ in parts):
            found.setdefault(index, "a voice begins before the measure")
        elif len(ends) > 1 and any(full is not None and span.end > full for span, full in parts):
            found.setdefault(index, "a voice lasts longer than the measure")
    return found


class _Span(NamedTuple):
    """When the first note or rest of a measure begins, and when the last one ends, in quarters from its beginning."""

    begin: Fraction
    end: Fraction


def _measures(part: Any) -> Iterator[tuple[Any, _Span, str | None]]:
    """The measures of a part, each with its span, and with the reason why its notes are not those that are printed."""
    divisions, keys = Fraction(1), {}
    for measure in part.iterfind("measure"):
        notes: list[tuple[Fraction, Any]] = []
        now = start = begin = end = Fraction(0)
        reason = None
        for element in measure:
            if element.tag == "attributes":
                divisions = Fraction(element.findtext("divisions") or divisions)
                for key in element.iterfind("key"):
                    keys[key.get("number")] = _alterations(int(key.findtext("fifths") or 0))
            elif element.tag in ("note", "backup", "forward"):
                start = start if element.find("chord") is not None else now
                length = Fraction(element.findtext("duration") or 0) / divisions
                now = start + (-length if element.tag == "backup" else length)
                if element.tag == "note":
                    notes.append((start, element))
                    begin, end = min(begin, start), max(end, now)
                    reason = reason or _wrong_length(element, divisions)
        reason = reason or _wrong_accidental([note for _, note in sorted(notes, key=itemgetter(0))], keys)
        yield measure, _Span(begin, end), reason


def _alterations(fifths: int) -> dict[str, float]:
    """Step -> semitones up, for the steps that a key signature alters."""
    return dict.fromkeys(SHARPS[:fifths], 1.0) if fifths >= 0 else dict.fromkeys(FLATS[:-fifths], -1.0)


def _wrong_length(note: Any, divisions: Fraction) -> str | None:
    """Why a note does not last as long as it is printed."""
    kind, duration = note.findtext("type"), note.findtext("duration")
    if kind not in QUARTERS or duration is None or note.find("grace") is not None or note.find("rest") is not None:
        return None
    dots = len(note.findall("dot"))
    printed = QUARTERS[kind] * (2 - Fraction(1, 2**dots))
    actual, normal = (note.findtext(f"time-modification/{name}-notes") for name in ("actual", "normal"))
    if actual and normal:
        printed = printed * int(normal) / int(actual)
    said = Fraction(duration) / divisions
    # Lengths in tuplets are rounded to whole divisions.
    return None if abs(said - printed) < Fraction(1) / divisions and (actual or said == printed) else (
        f"a note lasts {said} quarters and is printed as {printed}")


def _wrong_accidental(notes: Sequence[Any], keys: Mapping[str | None, Mapping[str, float]]) -> str | None:
    """Why a note of a measure does not have the pitch that is printed. notes: in the order of time. keys: what the key
    signature of each staff alters, or that of all staves (None)."""
    altered: dict[tuple[str | None, str, str], float] = {}
    for note in notes:
        pitch = note.find("pitch")
        if pitch is None:
            continue
        step, alter, staff = pitch.findtext("step"), float(pitch.findtext("alter") or 0), note.findtext("staff")
        key, place = keys.get(staff) or keys.get(None) or {}, (staff, step, pitch.findtext("octave"))
        is_tied = any(tie.get("type") == "stop" for tie in note.iterfind("tie"))
        if note.find("accidental") is not None:
            altered[place] = alter
        elif alter != altered.get(place, key.get(step, 0.0)) and not is_tied:
            return f"a {step} is altered by {alter:g} {BARE}"
    return None
