"""Score -> MIDI. music21 turns the score's MusicXML into MIDI."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from lxml import etree

from omr.export.musicxml import to_bytes
from omr.export.percussion import SNARE, keys_in
from omr.export.playing import written_out
from omr.types import Score

if TYPE_CHECKING:
    from music21 import stream


def to_midi(score: Score) -> bytes:
    """The score as a standard MIDI file, with its repeats played out. Raises ValueError for a score without parts."""
    from music21 import converter, instrument, stream
    from music21.midi.translate import streamToMidiFile

    # music21 makes a rest that fills a measure as long as the time signature says, even in a pickup.
    data = to_bytes(written_out(_heard(score))).replace(b'<rest measure="yes"/>', b"<rest/>")
    streams = cast(stream.Score, converter.parseData(data, format="musicxml"))
    for plays in streams.recurse().getElementsByClass(instrument.Instrument):
        if plays.midiChannel is None:  # otherwise music21 plays all parts with the drums of one
            plays.midiChannel, plays.midiProgram = 0, 0
    root = etree.fromstring(data)
    _strike(streams, root)
    _transpose(streams, root)
    return streamToMidiFile(streams).writestr()


def _strike(streams: stream.Score, root: etree._Element) -> None:
    """Give every note without pitch the key of its drum. music21 knows only one drum for each part. root: the file that
    the streams were made from."""
    from music21 import instrument, note

    keys = keys_in(root)
    for mx_part, staff in zip(_parts_of_staves(root), streams.parts, strict=True):
        own = keys.get(mx_part.get("id", ""), {})
        for struck in staff.recurse().notes if own else ():
            for each in getattr(struck, "notes", (struck,)):
                if isinstance(each, note.Unpitched):
                    drum = instrument.UnpitchedPercussion()
                    drum.percMapPitch = own.get((each.displayStep, each.displayOctave, each.notehead), SNARE[1])
                    each.storedInstrument = drum


def _transpose(streams: stream.Score, root: etree._Element) -> None:
    """Move the notes of transposing instruments to their sounding pitch. root: the file that the streams were made
    from."""
    for mx_part, staff in zip(_parts_of_staves(root), streams.parts, strict=True):
        written = mx_part.find("measure/attributes/transpose")
        if written is None:
            continue
        semitones = int(written.findtext("chromatic") or 0) + 12 * int(written.findtext("octave-change") or 0)
        for struck in staff.recurse().notes:
            for pitch in struck.pitches:
                pitch.ps += semitones


def _parts_of_staves(root: etree._Element) -> list[etree._Element]:
    """For each stream that music21 makes of a file (one for every staff), the part that it belongs to."""
    return [mx_part for mx_part in root.iterfind("part")
            for _ in range(int(mx_part.findtext("measure/attributes/staves") or 1))]


def _heard(score: Score) -> Score:
    """The score without tablature, which repeats what other staves say. If there is nothing else, the tablature
    stays."""
    parts = tuple(part for part in score.parts if not part.tuning)
    return replace(score, parts=parts) if parts else score
