"""What plays each part, on a score's MusicXML tree: programs then play a violin's part with a violin's sound, and find
the instrument in their lists.

An instrument is known by the name printed beside its staves, which music21 looks up in six languages. A part without a
name that is sung is a voice; every other part without a known name is a piano.
"""

from __future__ import annotations

import re

from lxml import etree

from omr.export.percussion import PERCUSSION_CHANNEL

_CHANNELS = [c for c in range(1, 17) if c != PERCUSSION_CHANNEL]
"""MIDI's channels for notes with pitch."""
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
"""Names, in small letters, that music21 does not know or takes for another's -> MusicXML's standard sound and its
program in General MIDI, counted from 1."""
_PLAYED_BASS = ("strings.contrabass", 44)
"""What a "Basso" is that is not sung."""


def instrument_of(name: str, sung: bool) -> tuple[str, int]:
    """(MusicXML's standard sound, General MIDI program counted from 1) of a part. name: as printed, "" for none. sung:
    whether it has words, which a "Basso" that is a voice has and one that is a double bass has not."""
    sound, program = _known(name.strip()) or (VOICE if sung else PIANO)
    return _PLAYED_BASS if sound == "voice.bass" and not sung else (sound, program)


def _known(name: str) -> tuple[str, int] | None:
    """What a name stands for, None if nobody knows."""
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
    """The channel of each program: parts of one sound share it. After the last channel they begin again."""

    def __missing__(self, program: int) -> int:
        self[program] = _CHANNELS[len(self) % len(_CHANNELS)]
        return self[program]


def write_instrument(root: etree._Element, name: str, mx_part: etree._Element, channels: Channels) -> None:
    """Write what plays a part into its `score-part`.

    root: of the file; mx_part: the part, with its words. name: as printed, "" for none. channels: of the file so far.
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
