"""Percussion on the MusicXML tree: places instead of pitches, an instrument, staves of few lines."""

from __future__ import annotations

from lxml import etree

from omr.export.percussion import PERCUSSION_CHANNEL, keys_in, write_unpitched


def note(step: str, staff: int | None = None) -> str:
    return (f"<note><pitch><step>{step}</step><octave>4</octave></pitch><duration>1</duration>"
            f"<accidental>sharp</accidental>{'' if staff is None else f'<staff>{staff}</staff>'}</note>")


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
    assert (instrument.get("id"), instrument.findtext("instrument-name")) == ("P1-I1", "Drum")
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


def struck(step: str, octave: int, head: str = "") -> str:
    return (f"<note><pitch><step>{step}</step><octave>{octave}</octave></pitch><duration>1</duration><voice>1</voice>"
            f"{head and f'<notehead>{head}</notehead>'}</note>")


def test_every_place_of_a_drum_set_is_played_by_its_own_drum() -> None:
    root, mx_part = part(f"<attributes>{clef('percussion')}</attributes>", struck("F", 4), struck("C", 5),
                         struck("G", 5, "x"), struck("C", 5), struck("D", 6))
    write_unpitched(root, mx_part, ())
    keys = {midi.get("id"): int(midi.findtext("midi-unpitched") or 0) for midi in root.iter("midi-instrument")}
    played = [keys[n.find("instrument").get("id")] for n in mx_part.iter("note")]  # type: ignore[union-attr]
    assert played[:4] == [37, 39, 43, 39]  # General MIDI's bass drum, snare and hi-hat, counted from 1
    assert played[4] not in played[:4]  # a place that nobody knows has a sound of its own, so that it keeps its line
    assert [e.tag for e in next(mx_part.iter("note"))] == ["unpitched", "duration", "instrument", "voice"]
    assert [e.findtext("instrument-name") for e in root.iter("score-instrument")][:2] == ["Bass Drum", "Snare Drum"]
    assert keys_in(root)["P1"][("G", 5, "x")] == 42


def test_on_one_line_the_first_place_is_the_snare_drum() -> None:
    root, mx_part = part(f"<attributes>{clef('percussion')}</attributes>", struck("E", 4), struck("E", 4))
    write_unpitched(root, mx_part, (1,))
    assert [e.text for e in root.iter("midi-unpitched")] == ["39"]
