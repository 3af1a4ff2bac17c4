"""When the events of a bar sound, and in which voice: the result of reading a bar."""

from __future__ import annotations

from dataclasses import dataclass

from omr.music.events import Event


@dataclass(frozen=True, eq=False, kw_only=True)
class Placed:
    """One event with its time.

    onset, ticks: when it begins, and how long it lasts.
    base, dots: printed type, as it was read.
    voice: slot of its voice.
    home_staff: staff on which the voice began.
    ratio: (actual, normal) of its tuplet; None outside of tuplets.
    unit: the same number for all events of one beam or tuplet.
    changes: what was read otherwise than printed.
    """

    event: Event
    onset: int
    ticks: int
    base: int
    dots: int
    voice: int
    home_staff: int
    ratio: tuple[int, int] | None
    unit: int
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Reading:
    """A bar with its rhythm.

    duration: in ticks.
    cost: sum of prices (`omr.music.prices`).
    dropped: events that were taken for noise.
    faults: what is still wrong with it, "too short" or "too long".
    """

    placed: tuple[Placed, ...]
    duration: int
    cost: float
    dropped: tuple[Event, ...] = ()
    faults: tuple[str, ...] = ()

    def times(self) -> frozenset[tuple[int, int, int, int]]:
        """(event, onset, ticks, voice) of every event. Readings that agree in this sound the same."""
        return frozenset((p.event.id, p.onset, p.ticks, p.voice) for p in self.placed)
