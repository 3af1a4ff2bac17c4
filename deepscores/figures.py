"""Figures of keyboard writing for synthetic scores: what hands really play, measure after measure.

Random notes teach a network noteheads. The repeated chords, broken octaves, leaping basses and runs of old piano prints
teach it long beams, stacks of noteheads, rows of ledger lines and stems that cross.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

KINDS = ("repeated", "alberti", "murky", "octaves", "scale", "arpeggio", "dotted", "thirds", "leaping", "syncopated",
         "chorale")
_WEIGHTS = np.array([2.0, 2, 1, 1.5, 2.5, 2, 1, 1.5, 3, 1.5, 1.5])
_LOWEST, _HIGHEST = -13, 13


@dataclass(frozen=True)
class Beat:
    """Notes and chords under one beam: (duration in quarters, staff positions; no position is a rest)."""

    events: tuple[tuple[Fraction, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Figure:
    """What a hand does for some measures: a kind of figure, in notes of `unit` quarters, near a staff position."""

    kind: str
    unit: Fraction
    place: int
    chord: tuple[int, ...]


def draw_figure(rng: np.random.Generator, place: int) -> Figure:
    """A random figure near `place`. Its chord has the steps of the harmony above the lowest note."""
    kind = str(rng.choice(KINDS, p=_WEIGHTS / _WEIGHTS.sum()))
    short = kind in ("scale", "arpeggio", "alberti", "thirds", "murky")
    unit = Fraction(1, int(rng.choice([2, 4, 8], p=[0.3, 0.6, 0.1] if short else [0.7, 0.3, 0.0])))
    chord = [(0, 2, 4), (0, 3, 5), (0, 2, 5), (0, 2, 4, 6), (0, 4, 7), (0, 2, 4, 7), (0, 1, 4)][int(rng.integers(7))]
    return Figure(kind, unit, place, chord)


def measure_of(figure: Figure, length: Fraction, beat: Fraction, rng: np.random.Generator) -> list[Beat]:
    """One measure of a figure: its beats, whose durations add up to `length`."""
    shift = int(rng.integers(-2, 3))
    chord = tuple(figure.place + shift + step for step in figure.chord)
    width = 2 * beat if beat == 1 and length % 2 == 0 and figure.unit >= Fraction(1, 4) and rng.random() < 0.4 else beat
    beats: list[Beat] = []
    done = Fraction(0)
    direction = int(rng.choice([-1, 1]))
    cursor = chord[0] - direction * int(rng.integers(0, 5))
    while done < length:
        span = min(width, length - done)
        number = int(span / figure.unit)
        if number < 1 or number * figure.unit != span:
            beats.append(Beat(((span, chord[:2]),) if span <= 1 else ((span, chord),)))
            done += span
            continue
        events: list[tuple[Fraction, tuple[int, ...]]] = []
        for i in range(number):
            if figure.kind in ("scale", "thirds"):
                if not _LOWEST + 4 < cursor + direction < _HIGHEST - 4 or rng.random() < 0.06:
                    direction = -direction
                cursor += direction
            events.append((figure.unit, _places(figure.kind, i, chord, cursor, done == 0)))
        beats.append(Beat(tuple(_rhythm(figure, events, span, rng))))
        done += span
    return beats


def in_range(beats: list[Beat], low: int, high: int) -> list[Beat]:
    """The beats, moved up or down to fit between two staff positions. Empty if they span more than that."""
    places = [p for beat in beats for _, chord in beat.events for p in chord]
    if not places or max(places) - min(places) > high - low:
        return []
    shift = max(low - min(places), 0) + min(high - max(places), 0)
    return [Beat(tuple((d, tuple(p + shift for p in chord)) for d, chord in beat.events)) for beat in beats]


def _places(kind: str, i: int, chord: tuple[int, ...], cursor: int, first: bool) -> tuple[int, ...]:
    """Staff positions of the i-th note of a beat."""
    if kind == "alberti":
        return (chord[(0, -1, 1, -1)[i % 4]],)
    if kind == "murky":
        return (chord[0] + 7 * (i % 2),)
    if kind == "octaves":
        return (chord[i % len(chord)] - 3, chord[i % len(chord)] + 4)
    if kind == "scale":
        return (cursor,)
    if kind == "thirds":
        return (cursor, cursor + 2)
    if kind == "arpeggio":
        rising = [c + 7 * octave for octave in range(2) for c in chord[:3]]
        around = [*rising, *rising[-2:0:-1]]
        return (around[i % len(around)],)
    if kind == "leaping":
        if i % 2 == 0:
            return (chord[0] - 6, chord[0] - 13) if first and chord[0] - 13 > _LOWEST else (chord[0] - 6,)
        return chord
    return chord


def _rhythm(
    figure: Figure, events: list[tuple[Fraction, tuple[int, ...]]], span: Fraction, rng: np.random.Generator
) -> list[tuple[Fraction, tuple[int, ...]]]:
    """Even notes made dotted, syncopated or long, as the figure demands."""
    unit = figure.unit
    if figure.kind == "dotted" and len(events) % 2 == 0:
        return [(unit * Fraction(3, 2) if i % 2 == 0 else unit / 2, places) for i, (_, places) in enumerate(events)]
    if figure.kind == "syncopated" and len(events) == 4:
        return [(unit, events[0][1]), (2 * unit, events[1][1]), (unit, events[3][1])]
    if figure.kind == "chorale" and span in (Fraction(1), Fraction(2), Fraction(3, 2)):
        return [(span, events[0][1])]
    if rng.random() < 0.05:
        return [(unit, ()), *events[1:]]
    return events
