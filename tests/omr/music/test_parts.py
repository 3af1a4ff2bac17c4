"""Parts kept through systems that hide staves."""

from __future__ import annotations

import pytest

from omr.music.parts import alike, find_parts
from omr.types import System


def found(rows: list[str], braces: list[tuple[tuple[int, ...], ...]] | None = None,
          names: list[list[str]] | None = None, through: bool = True) -> list[list[tuple[int, int]]]:
    """Places of systems given as clefs ("GGF"), "." a staff without one. through: whether barlines run from staff to
    staff."""
    systems = [System(i, tuple(range(len(row))), braces[i] if braces else (),
                      through=tuple(range(len(row) - 1)) if through else ()) for i, row in enumerate(rows)]
    clefs = [{k: sign for k, sign in enumerate(row) if sign != "."} for row in rows]
    labels = [dict(enumerate(row)) for row in names] if names else ()
    return [list(p) for p in find_parts(systems, clefs, labels).places]


def test_a_first_system_that_shows_every_staff_is_the_score() -> None:
    places = found(["GGCF", *["GCF"] * 9, "CF"])
    assert places[0] == [(0, 1), (1, 1), (2, 1), (3, 1)]
    assert places[-1] == [(2, 1), (3, 1)]


def test_two_systems_taken_for_one_are_no_score() -> None:
    assert found(["GFGF", *["GF"] * 9])[1] == [(0, 1), (0, 2)]


def test_a_staff_without_a_clef_that_shows_once_is_no_part() -> None:
    assert max(part for place in found(["GF.", *["GF"] * 9])[1:] for part, _ in place) == 0


def test_a_brace_tells_the_piano_of_a_song() -> None:
    places = found(["GGF", "GGF", "GF"], [((1, 2),), ((1, 2),), ((0, 1),)])
    assert places[2] == [(1, 1), (1, 2)]


def test_a_piano_whose_brace_was_missed_has_barlines_through_both_staves() -> None:
    assert found(["GF", "GF"])[0] == [(0, 1), (0, 2)]
    assert found(["GGF", "GGF"])[0] == [(0, 1), (1, 1), (1, 2)]
    assert found(["GF", "GF"], through=False)[0] == [(0, 1), (1, 1)]  # violin and bass
    assert found(["GF"], through=False)[0] == [(0, 1), (0, 2)]  # one system: its barlines may have been missed


def test_names_tell_staves_of_equal_clefs() -> None:
    full = ["Flute", "Oboe", "Violin I", "Violin II"]
    names = [full, ["Fl.", "Vl. II"], ["Ob.", "Vl. I"], ["", ""]]
    places = found(["GGGG", "GG", "GG", "GG"], names=names)
    assert places[1:3] == [[(0, 1), (3, 1)], [(1, 1), (2, 1)]]
    assert places[3] == [(0, 1), (1, 1)]  # nothing told: from the top


def test_short_names_leave_out_players_and_pitch() -> None:
    """A system without the oboes: the second staff is the clarinets', as its name says."""
    full = ["2 Flutes", "2 Oboes", "2 Clarinets in B♭", "2 Bassoons"]
    assert found(["GGGC", "GGC"], names=[full, ["Fl.", "Cl.", "Bsn."]])[1] == [(0, 1), (2, 1), (3, 1)]


def test_names_of_parts_and_their_abbreviations() -> None:
    systems = [System(i, (0, 1, 2), ((1, 2),)) for i in range(3)]
    names = [{0: "Singstimme", 1: "Pianoforte"}, {0: "S.", 1: "Pf."}, {0: "S."}]
    parts = find_parts(systems, [{0: "G", 1: "G", 2: "F"}] * 3, names)
    assert (parts.layout, parts.names, parts.abbreviations) == ((1, 2), ("Singstimme", "Pianoforte"), ("S.", "Pf."))


@pytest.mark.parametrize(("a", "b", "same"), [
    ("Violino I", "Vl. I", True), ("Vl. I", "Vl. II", False), ("Hrn.", "Horn", True), ("Ob.", "Fl.", False),
    ("Viola", "Va.", True), ("", "Va.", False), ("Horn 1", "Hn. 2", False),
    ("2 Clarinets in B♭", "Cl.", True), ("2 Oboes", "Cl.", False), ("2 Trumpets in", "Tpt.", True),
    ("Horn in E flat", "Hn.", True), ("Horns in F", "Horns in C", False), ("1 Flute", "2 Flute", False),
])
def test_names_alike(a: str, b: str, same: bool) -> None:
    assert alike(a, b) is same
