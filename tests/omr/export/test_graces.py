"""A voice that ends with grace notes is the last of its measure, with all its notes at their times."""

from __future__ import annotations

import pytest
from lxml import etree

from omr.export.graces import set_last


def note(name: str, duration: int = 0, chord: bool = False) -> str:
    inside = "<chord/>" * chord + (f"<duration>{duration}</duration>" if duration else "<grace/>")
    return f'<note id="{name}">{inside}</note>'


def times(measure: etree._Element) -> dict[str, int]:
    """When each note begins, by its id."""
    at, found = 0, {}
    for element in measure:
        length = int(element.findtext("duration") or 0)
        if element.tag == "backup":
            at -= length
        elif element.tag == "note" and element.find("chord") is not None:
            found[element.get("id")] = at - length
        elif element.tag in ("note", "forward"):
            if element.tag == "note":
                found[element.get("id")] = at
            at += length
    return found


UPPER = note("a", 2) + note("b", 2, chord=True) + note("c", 2) + note("g") + note("h")
LOWER = note("x", 1) + "<attributes/><direction/>" + note("y", 3)


@pytest.mark.parametrize(("voices", "order"), [
    ((UPPER, LOWER), "xyabcgh"), ((LOWER, UPPER), "xyabcgh"), ((UPPER, LOWER, note("z", 4)), "xyzabcgh"),
    ((LOWER, UPPER, note("z", 4)), "xyzabcgh"), ((UPPER,), "abcgh"), ((LOWER, note("z", 4)), "xyz"),
    ((note("g") + note("a", 4), LOWER), "gaxy"),
])
def test_a_voice_that_ends_with_grace_notes_is_written_last(voices: tuple[str, ...], order: str) -> None:
    music = "<backup><duration>4</duration></backup>".join(voices)
    measure = etree.fromstring(f"<measure><print/><attributes/>{music}</measure>")
    before = times(measure)
    set_last(measure)
    assert [e.tag for e in measure[:2]] == ["print", "attributes"]
    assert "".join(e.get("id") for e in measure.iter("note")) == order and times(measure) == before


def test_voices_that_begin_at_other_times_stay_as_they_are() -> None:
    measure = etree.fromstring(f"<measure>{UPPER}<backup><duration>2</duration></backup>{note('x', 2)}</measure>")
    set_last(measure)
    assert "".join(e.get("id") for e in measure.iter("note")) == "abcghx"
