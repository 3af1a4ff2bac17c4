"""Percussion on the MusicXML tree: places instead of pitches, an instrument, staves of few lines."""

from __future__ import annotations

from lxml import etree

from omr.export.percussion import PERCUSSION_CHANNEL, write_unpitched


def note(step: str, staff: int | None = None) -> str:
    return (f"<note><pitch><step>{step}</step><octave>4</octave></pitch><duration>1</duration>"
            f"<accidental>sharp</accidental>{'' if staff is None else f'<staff>{staff}</staff>'}</note>")


def drum(place: str, head: str = "") -> str:
    """A note at a place, as the pitch that it is before."""
    return (f"<note><pitch><step>{place[0]}</step><octave>{place[1]}</octave></pitch><duration>1</duration>"
            f"<voice>1</voice>{f'<notehead>{head}</notehead>' if head else ''}</note>")


def drums_of(root: etree._Element) -> list[tuple[str | None, str | None]]:
    """Name and key of the instrument of each note."""
    names = {e.get("id"): e.findtext("instrument-name") for e in root.iter("score-instrument")}
    keys = {e.get("id"): e.findtext("midi-unpitched") for e in root.iter("midi-instrument")}
    ids = [element.get("id") for note in root.iter("note") for element in note.iterfind("instrument")]
    return [(names[id_], keys[id_]) for id_ in ids]


def clef(sign: str, number: int = 1) -> str:
    return f'<clef number="{number}"><sign>{sign}</sign></clef>'


def part(*measures: str) -> tuple[etree._Element, etree._Element]:
    """A file of one part, and that part."""
    content = "".join(f"<measure>{m}</measure>" for m in measures)
    root = etree.fromstring(
        '<score-partwise><part-list><score-part id="P1"><part-name>Drum</part-name>'
        '<score-instrument id="old"/><midi-instrument id="old"/></score-part></part-list>'
        f'<part id="P1">{content}</part></score-partwise>')
    return root, next(root.iterfind("part"))


def test_a_percussion_clef_holds_until_the_next() -> None:
    root, mx_part = part(f"<attributes>{clef('percussion')}</attributes>{note('C')}", note("E"),
                         f"<attributes>{clef('G')}</attributes>{note('G')}")
    write_unpitched(root, mx_part, ())
    assert [(n.findtext("unpitched/display-step"), n.findtext("pitch/step")) for n in mx_part.iter("note")] == [
        ("C", None), ("E", None), (None, "G")]
    assert [n.find("accidental") is None for n in mx_part.iter("note")] == [True, True, False]


def test_every_staff_has_its_own_clef() -> None:
    root, mx_part = part(f"<attributes>{clef('G')}{clef('percussion', 2)}</attributes>{note('C', 1)}{note('E', 2)}")
    write_unpitched(root, mx_part, ())
    assert [n.find("unpitched") is not None for n in mx_part.iter("note")] == [False, True]


def test_the_instrument_is_a_drum_only_where_something_drums() -> None:
    root, mx_part = part(f"<attributes>{clef('percussion')}</attributes>{note('C')}")
    write_unpitched(root, mx_part, ())
    (instrument,), (midi,) = root.iter("score-instrument"), root.iter("midi-instrument")
    assert instrument.get("id") == "P1-I1"
    assert midi.findtext("midi-channel") == str(PERCUSSION_CHANNEL)
    root, mx_part = part(f"<attributes>{clef('G')}</attributes>{note('C')}")
    write_unpitched(root, mx_part, ())
    assert [e.get("id") for e in root.iter("score-instrument", "midi-instrument")] == ["old", "old"]


def test_staves_of_few_lines_say_so_after_the_clefs() -> None:
    root, mx_part = part(f"<attributes>{clef('percussion')}{clef('G', 2)}</attributes>")
    write_unpitched(root, mx_part, (1, 5))
    (attributes,) = mx_part.iter("attributes")
    assert [e.tag for e in attributes] == ["clef", "clef", "staff-details"]
    assert (attributes[2].get("number"), attributes[2].findtext("staff-lines")) == ("1", "1")
    root, mx_part = part(f"<attributes>{clef('G')}</attributes>")
    write_unpitched(root, mx_part, (5,))
    assert next(mx_part.iter("staff-details"), None) is None


def test_each_note_of_a_drum_set_names_its_drum() -> None:
    root, mx_part = part(f"<attributes>{clef('percussion')}</attributes>"
                         + drum("F4") + drum("C5") + drum("G5", "x") + drum("E5") + drum("C5", "x"))
    write_unpitched(root, mx_part, ())
    assert drums_of(root) == [("Bass Drum", "37"), ("Snare Drum", "39"), ("Closed Hi-Hat", "43"),
                              ("High-Mid Tom", "49"), ("Side Stick", "38")]
    assert [e.tag for e in next(mx_part.iter("note"))] == ["unpitched", "duration", "instrument", "voice"]


def test_the_hi_hat_may_stand_a_third_lower() -> None:
    root, mx_part = part(f"<attributes>{clef('percussion')}</attributes>"
                         + drum("G5", "x") + drum("E5", "x") + drum("E5", "x"))
    write_unpitched(root, mx_part, ())
    assert [name for name, _ in drums_of(root)] == ["Crash Cymbal", "Closed Hi-Hat", "Closed Hi-Hat"]


def test_on_one_line_the_name_of_the_part_tells_the_instrument() -> None:
    for name, key in (("Triangle", "82"), ("Gran Cassa", "37"), ("Becken", "50"), ("Schlagwerk", "39")):
        root, mx_part = part(f"<attributes>{clef('percussion')}</attributes>{drum('E4')}{drum('E4', 'x')}")
        next(root.iter("part-name")).text = name
        write_unpitched(root, mx_part, (1,))
        assert [e.text for e in root.iter("instrument-name")] == [name]
        assert [e.text for e in root.iter("midi-unpitched")] == [key]
