"""Whether a MIDI file plays a score: which of the score's notes and syllables begin when they should."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

from evaluation.excerpt import load

Times = Counter[tuple[int, int | str]]
"""How often something begins: a key or a syllable, at a time in `STEPS` of a quarter."""
STEPS = 24
"""Times are compared to this part of a quarter note."""


def lost(truth: Path, midi: Path) -> float:
    """Share of a MusicXML file's notes that the MIDI file does not begin at their time. Tied notes begin once; grace
    notes and repeats are left out. 0 for a score without notes. Raises DataError if the file is not a score."""
    return _share_lost(_due(truth)[0], _played(midi)[0])


def unsung(truth: Path, midi: Path) -> float:
    """The same for its syllables, however hyphens and spaces are written in them. 0 for a score without lyrics."""
    return _share_lost(_due(truth)[1], _played(midi)[1])


def _share_lost(due: Times, played: Times) -> float:
    return 1 - (due & played).total() / due.total() if due else 0.0


def _due(truth: Path) -> tuple[Times, Times]:
    """All notes of a MusicXML file, and all syllables. Each verse is counted from its first syllable."""
    semitones = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))
    root = load(truth)
    lengths: list[Fraction] = []
    notes: list[tuple[int, Fraction, int]] = []
    verses: dict[tuple[str | None, str | None], list[tuple[int, Fraction, str]]] = defaultdict(list)
    for part in root.iterfind("part"):
        divisions, higher = 1, 0  # semitones from the written to the sounding pitch
        for index, measure in enumerate(part.iterfind("measure")):
            now = onset = end = Fraction(0)
            for element in measure:
                divisions = int(element.findtext("divisions") or divisions)
                if (moved := element.find("transpose")) is not None:
                    higher = int(moved.findtext("chromatic") or 0) + 12 * int(moved.findtext("octave-change") or 0)
                length = Fraction(element.findtext("duration") or 0) / divisions
                if element.tag in ("backup", "forward"):
                    now += -length if element.tag == "backup" else length
                elif element.tag == "note" and element.find("grace") is None:
                    if element.find("chord") is None:
                        onset, now = now, now + length
                    step = element.findtext("pitch/step")
                    if step is not None and element.find("tie[@type='stop']") is None:
                        octave, alter = int(element.findtext("pitch/octave") or 4), element.findtext("pitch/alter")
                        notes.append((index, onset, 12 * (octave + 1) + semitones[step] + higher
                                      + round(float(alter or 0))))
                    for lyric in element.iterfind("lyric"):
                        if text := _plain("".join(t.text or "" for t in lyric.iterfind("text"))):
                            verses[part.get("id"), lyric.get("number")].append((index, onset, text))
                end = max(end, now)
            if index == len(lengths):
                lengths.append(end)
            lengths[index] = max(lengths[index], end)
    starts = [sum(lengths[:i], Fraction(0)) for i in range(len(lengths))]
    keys: Times = Counter((round((starts[index] + onset) * STEPS), key) for index, onset, key in notes)
    words: Times = Counter()
    for verse in verses.values():
        times = [starts[index] + onset for index, onset, _ in verse]
        words.update((round((time - times[0]) * STEPS), text) for time, (_, _, text) in zip(times, verse, strict=True))
    return keys, words


def _plain(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


def _text_of(data: object) -> str:
    return data.decode("utf-8", "replace") if isinstance(data, bytes) else ""


def _played(midi: Path) -> tuple[Times, Times]:
    """All notes that a MIDI file begins, and all syllables. Every track is counted from its first event, and that of a
    verse from its first syllable, because musicxml2ly makes LilyPond play the parts one after the other."""
    from music21.midi import ChannelVoiceMessages, MetaEvents, MidiFile

    file = MidiFile()
    file.open(str(midi))
    file.read()
    file.close()
    keys: Times = Counter()
    words: Times = Counter()
    for track in file.tracks:
        ticks, is_first = 0, True
        sung = -1  # ticks of the first syllable
        for event in track.events:
            if event.isDeltaTime():
                ticks, is_first = 0 if is_first else ticks + event.time, False
            elif event.type == ChannelVoiceMessages.NOTE_ON and event.velocity and event.pitch is not None:
                keys[round(ticks * STEPS / file.ticksPerQuarterNote), event.pitch] += 1
            elif event.type == MetaEvents.LYRIC and (text := _plain(_text_of(event.data))):
                sung = ticks if sung < 0 else sung
                words[round((ticks - sung) * STEPS / file.ticksPerQuarterNote), text] += 1
    return keys, words
