"""Writes which instrument plays each part into a score's MusicXML tree. Programs then use the right sound, and find the
instrument in their lists.

The instrument follows from the name printed beside the staves, which music21 looks up in six languages. A part without
a name is a voice if it has lyrics. Any other part without a known name is a piano.
"""

from __future__ import annotations

import re

from lxml import etree

from omr.export.percussion import PERCUSSION_CHANNEL

_CHANNELS = [c for c in range(1, 17) if c != PERCUSSION_CHANNEL]
"""MIDI channels for notes with pitch."""
PIANO = ("keyboard.piano", 1)
VOICE = ("voice.vocals", 54)
_OTHERS: tuple[tuple[str, str, int], ...] = (
    (r"gesang|\bchor\b|\bchœur", *VOICE),
    (r"\bcantus\b|\bdis[ck]ant|\bdessus\b", "voice.soprano", 54),
    (r"\baltus\b|^a$", "voice.alto", 54),
    (r"\bbassus\b|\bbaß\b|^b$", "voice.bass", 54),
    (r"contin|^b\W*c$", "strings.cello", 43),
    (r"\bviolone\b|string bass|^db$", "strings.contrabass", 44),
    (r"bass ?guitar", "pluck.bass.electric", 34),
    (r"ukulele", "pluck.ukulele", 25),
    (r"piccol|kleine fl", "wind.flutes.flute.piccolo", 73),
    (r"ba(ss|ß)-?[ck]lar", "wind.reed.clarinet.bass", 72),
    (r"ten\w* sax", "wind.reed.saxophone.tenor", 67),
    (r"\bcornet", "brass.cornet", 57),
    (r"waldhorn", "brass.french-horn", 61),
    (r"^tbn", "brass.trombone", 58),
)
"""Names, in small letters, that music21 does not know or confuses -> MusicXML's standard sound and the General MIDI
program, counted from 1."""
_PLAYED_BASS = ("strings.contrabass", 44)
"""The instrument of a "Basso" without lyrics (a double bass)."""


def instrument_of(name: str, sung: bool) -> tuple[str, int]:
    """MusicXML's standard sound and the General MIDI program (counted from 1) of a part.

    name: as it is printed, "" for none.
    sung: whether the part has lyrics. A "Basso" with lyrics is a voice, one without is a double bass.
    """
    sound, program = _known(name.strip()) or (VOICE if sung else PIANO)
    return _PLAYED_BASS if sound == "voice.bass" and not sung else (sound, program)


def _known(name: str) -> tuple[str, int] | None:
    """The instrument that a name stands for; None if it is unknown."""
    from music21 import instrument
    from music21.exceptions21 import InstrumentException

    words = name.casefold().rstrip(".: ")
    for pattern, sound, program in _OTHERS:
        if re.search(pattern, words):
            return sound, program
    try:
        found = instrument.fromString(name)
    except InstrumentException:
        return None
    return None if found.midiProgram is None else (found.instrumentSound or VOICE[0], found.midiProgram + 1)


class Channels(dict[int, int]):
    """The MIDI channel of each program. Parts with the same sound share a channel. When all channels are taken, they
    are used again."""

    def __missing__(self, program: int) -> int:
        self[program] = _CHANNELS[len(self) % len(_CHANNELS)]
        return self[program]


def write_instrument(root: etree._Element, name: str, mx_part: etree._Element, channels: Channels) -> None:
    """Write which instrument plays a part into its `score-part`.

    root: the whole file.
    name: of the part as it is printed, "" for none.
    mx_part: the part, with its lyrics.
    channels: those given to the parts of the file so far.
    """
    number = mx_part.get("id", "")
    score_part = next(p for p in root.iterfind("part-list/score-part") if p.get("id") == number)
    sound, program = instrument_of(name, sung=mx_part.find("measure/note/lyric") is not None)
    made = etree.SubElement(score_part, "score-instrument", id=f"{number}-I1")
    etree.SubElement(made, "instrument-name").text = score_part.findtext("part-name")
    etree.SubElement(made, "instrument-sound").text = sound
    midi = etree.SubElement(score_part, "midi-instrument", id=f"{number}-I1")
    etree.SubElement(midi, "midi-channel").text = str(channels[program])
    etree.SubElement(midi, "midi-program").text = str(program)
