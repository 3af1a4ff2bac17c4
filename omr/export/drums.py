"""What plays a note without pitch: where it stands on the staff and the shape of its head tell the drum or cymbal.

Places are those of usual drum set notation (Percussive Arts Society, and MuseScore's and Finale's drum sets): the bass
drum in the lowest space, the snare drum in the third, cymbals with crosses for heads on the top line and above it.
Sounds are keys of General MIDI's percussion, which every program knows. A program that draws notes by their sounds, as
MuseScore does, needs a sound of its own for each place of a part: otherwise all notes come to stand on one line.
"""

from __future__ import annotations

Place = tuple[str, int, str]
"""Step and octave of where a note stands, as under a treble clef, and the head's shape as MusicXML calls it ("normal"
for the usual one)."""

SNARE_DRUM = 38
_KEYS: dict[Place, int] = {
    ("E", 4, "normal"): 35, ("F", 4, "normal"): 36,  # bass drums
    ("G", 4, "normal"): 41, ("A", 4, "normal"): 43, ("B", 4, "normal"): 45,  # floor toms, low tom
    ("C", 5, "normal"): SNARE_DRUM,
    ("D", 5, "normal"): 47, ("E", 5, "normal"): 48, ("F", 5, "normal"): 50,  # toms from low to high
    ("D", 4, "x"): 44, ("G", 5, "x"): 42, ("G", 5, "circle-x"): 46, ("G", 5, "normal"): 46,  # hi-hat
    ("C", 5, "x"): 37,  # stick on the rim
    ("F", 5, "x"): 51, ("F", 5, "diamond"): 53, ("A", 5, "x"): 49, ("B", 5, "x"): 57, ("C", 6, "x"): 52,  # cymbals
    ("E", 5, "triangle"): 56, ("E", 5, "x"): 56,  # cowbell
}
"""Place on a staff of five lines -> key on MIDI's channel of percussion, counted from 0."""
_OTHERS = (SNARE_DRUM, 40, 54, 56, 75, 76, 77, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 73, 74, 78, 79, 80, 81)
"""What plays the places that no usage settles, in this order: another one for each of a part."""
NAMES = {
    35: "Acoustic Bass Drum", 36: "Bass Drum", 37: "Side Stick", 38: "Snare Drum", 41: "Low Floor Tom",
    42: "Closed Hi-Hat", 43: "High Floor Tom", 44: "Pedal Hi-Hat", 45: "Low Tom", 46: "Open Hi-Hat", 47: "Low-Mid Tom",
    48: "Hi-Mid Tom", 49: "Crash Cymbal", 50: "High Tom", 51: "Ride Cymbal", 52: "Chinese Cymbal", 53: "Ride Bell",
    56: "Cowbell", 57: "Crash Cymbal 2",
}
"""Names of the keys of `_KEYS`; of the others nobody knows what plays."""


def keys_of(places: list[Place], lines: int) -> dict[Place, int]:
    """The key of each of a part's places, all different. places: in the order of the music. lines: of its staff; on
    less than five nothing but the part's name says what plays, so that the first place is the snare drum's."""
    found: dict[Place, int] = {}
    for place in places:
        key = _KEYS.get(place) if lines >= 5 else None
        if key is not None and place not in found and key not in found.values():
            found[place] = key
    for place in places:
        if place not in found:
            free = (key for key in _OTHERS if key not in found.values())
            found[place] = next(free, SNARE_DRUM)
    return found
