"""When the events of a bar sound, and in which voice: what a reading of the bar says."""

from __future__ import annotations

from dataclasses import dataclass

from omr.music.events import Event


@dataclass(frozen=True, eq=False, kw_only=True)
class Placed:
    """One event in time.

    onset, ticks: when it begins and how long it lasts. base, dots: printed type, as read. voice: slot of its voice.
    home_staff: staff on which the voice began. ratio: (actual, normal) of its tuplet, None outside of tuplets. unit:
    number shared by the events of one beam or tuplet. changes: what was read otherwise than printed.
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
    """A bar in time. duration: in ticks. cost: sum of prices (`omr.music.prices`). dropped: events taken for noise.
    faults: what remains wrong with it, "too short" or "too long"."""

    placed: tuple[Placed, ...]
    duration: int
    cost: float
    dropped: tuple[Event, ...] = ()
    faults: tuple[str, ...] = ()

    def times(self) -> frozenset[tuple[int, int, int, int]]:
        """(event, onset, ticks, voice) of all that is placed: readings that agree in this sound alike."""
        return frozenset((p.event.id, p.onset, p.ticks, p.voice) for p in self.placed)
