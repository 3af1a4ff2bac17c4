"""Checks whether notation that was read from a file is possible: its numbers are sane, and what it refers to exists.

`omr.types.plain` checks the types. This module checks what types cannot say, and what all stages that use a graph take
for granted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from omr.limits import MOST_PX, MOST_THINGS
from omr.types.graph import NotationGraph, Staff, System
from omr.types.page import Box, Stroke, Symbol, Word
from omr.types.vocabulary import BY_NAME


def check_graph(graph: NotationGraph) -> NotationGraph:
    """Return the graph without relations to things that are not on the page (they may have been removed by hand).

    Raises ValueError that says what is wrong with an impossible graph.
    """
    _limit(len(graph.symbols) + len(graph.strokes) + len(graph.edges) + len(graph.words), MOST_THINGS, "things")
    check_symbols(graph.symbols)
    for stroke in graph.strokes:
        _check_stroke(stroke)
    for word in (*graph.words, *graph.rehearsals):
        _check_word(word)
    for board in graph.fretboards:
        check_box(board.box, "chord diagram")
        _limit(len(board.notes), MOST_THINGS, "notes of a chord diagram")
    ids = Counter(thing.id for things in (graph.symbols, graph.strokes) for thing in things)
    if again := [id for id, count in ids.items() if count > 1]:
        raise ValueError(f"two symbols or strokes have the id {again[0]}")
    _check_staves(graph.staves)
    _check_systems(graph.systems, len(graph.staves))
    for where, named in (("staff_of", graph.staff_of.values()), ("names", graph.names)):
        _check_indices(named, len(graph.staves), where)
    if graph.sheet is not None:
        sheet = graph.sheet
        _check_numbers((sheet.height_px, sheet.width_px, sheet.px_mm), "sheet")
    if not graph.staves:
        raise ValueError("staves: there is none")
    return _without_strangers(graph, ids.keys())


def check_symbols(symbols: Iterable[Symbol]) -> None:
    """Raise ValueError if a symbol has an unknown class, or lies far outside every page."""
    for symbol in symbols:
        if symbol.name not in BY_NAME:
            raise ValueError(f"symbol {symbol.id}: there is no class {symbol.name!r}")
        check_box(symbol.box, f"symbol {symbol.id}")
        _check_score(symbol.score, f"symbol {symbol.id}")


def check_box(box: Box, where: str) -> None:
    """Raise ValueError if a box lies far outside every page. where: what the box belongs to, for the message."""
    _check_numbers((box.top, box.left, box.bottom, box.right), where)


def _without_strangers(graph: NotationGraph, ids: Iterable[int]) -> NotationGraph:
    known = set(ids)
    symbols = {symbol.id for symbol in graph.symbols}
    children = {"stem": known - symbols, "flag": symbols, "beam": known - symbols}
    edges = tuple(edge for edge in graph.edges if edge.parent in known and edge.child in children.get(edge.kind, known))
    staff_of = {id: staff for id, staff in graph.staff_of.items() if id in known}
    return replace(graph, edges=edges, staff_of=staff_of)


def _check_stroke(stroke: Stroke) -> None:
    where = f"stroke {stroke.id}"
    _limit(len(stroke.points), MOST_THINGS, f"{where}: points")
    _check_numbers((stroke.thickness_px, *(value for point in stroke.points for value in point)), where)
    _check_score(stroke.score, where)


def _check_word(word: Word) -> None:
    check_box(word.box, f"word {word.text[:20]!r}")
    _check_score(word.score, f"word {word.text[:20]!r}")


def _check_staves(staves: Sequence[Staff]) -> None:
    for place, staff in enumerate(staves):
        where = f"staff {place}"
        if staff.index != place:
            raise ValueError(f"{where}: its index is {staff.index}")
        if not 1 <= staff.line_count <= 5:
            raise ValueError(f"{where}: line_count {staff.line_count} is not 1 to 5")
        _limit(staff.lines.size, MOST_THINGS, f"{where}: points")
        _check_numbers((staff.left, staff.right, float(staff.lines.min()), float(staff.lines.max())), where)
        if staff.left >= staff.right or not (staff.lines[4] > staff.lines[0]).all():
            raise ValueError(f"{where}: it ends before it begins")
        if not staff.space_px >= 1:
            raise ValueError(f"{where}: its lines lie less than a pixel apart")


def _check_systems(systems: Sequence[System], count: int) -> None:
    """count: number of staves."""
    for place, system in enumerate(systems):
        where = f"system {place}"
        if system.index != place or not system.staves:
            raise ValueError(f"{where}: its index is {system.index}, it has {len(system.staves)} staves")
        _check_indices(system.staves, count, where)
        for inside in (*system.braces, *system.brackets, system.through):
            if not set(inside) <= set(system.staves):
                raise ValueError(f"{where}: braces, brackets and bar lines join staves that are not in it")
    owned = Counter(staff for system in systems for staff in system.staves)
    if twice := [staff for staff, times in owned.items() if times > 1]:  # an ossia belongs to no system
        raise ValueError(f"systems: staff {twice[0]} stands in two of them")


def _check_indices(indices: Iterable[int], count: int, where: str) -> None:
    for index in indices:
        if not 0 <= index < count:
            raise ValueError(f"{where}: there is no staff {index}")


def _check_numbers(values: Iterable[float], where: str) -> None:
    for value in values:
        if not math.isfinite(value) or abs(value) > MOST_PX:
            raise ValueError(f"{where}: {value} is on no page")


def _check_score(score: float, where: str) -> None:
    if not 0 <= score <= 1:
        raise ValueError(f"{where}: its score {score} is not 0 to 1")


def _limit(count: int, most: int, what: str) -> None:
    if count > most:
        raise ValueError(f"{count} {what}, more than {most}")
