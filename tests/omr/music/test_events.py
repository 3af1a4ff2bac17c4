"""Chords read back from the graph."""

from __future__ import annotations

import pytest

from omr.music.events import TICKS, read_events
from omr.types import Chord, Edge, NotationGraph
from tests.omr.music.pages import PageMaker


@pytest.mark.parametrize(("rows", "dots"), [((0, 2), 1), ((0, 0), 2)])
def test_the_dots_of_two_rows_are_one_dot_of_each_note(rows: tuple[int, int], dots: int) -> None:
    # Both dots hang on one head of a second, whose other head stands aside.
    maker = PageMaker()
    head = maker.symbol("noteheadHalf", 100, 0)
    other = maker.symbol("noteheadHalf", 112, 1)
    for k, position in enumerate(rows):
        dot = maker.symbol("augmentationDot", 130 + 6 * k * (rows[0] == rows[1]), position, height=4, width=4)
        maker.edges.append(Edge(head.id, dot.id, "dot"))
    graph = NotationGraph(page=0, staves=maker.staves, systems=maker.systems, symbols=tuple(maker.symbols), strokes=(),
                          edges=tuple(maker.edges), staff_of=maker.staff_of,
                          chords=(Chord(heads=(head.id, other.id)),))
    (event,) = read_events(graph)
    assert (event.base, event.dots) == (2 * TICKS, dots)


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_hollow_head_that_two_voices_share_is_short_for_the_beamed_one(is_shared: bool) -> None:
    maker = PageMaker()
    head = maker.symbol("noteheadHalf", 100, 0)
    rising, hanging = maker.stroke("stem", (60, 112), (100, 112)), maker.stroke("stem", (100, 100), (140, 100))
    beam = maker.stroke("beam", (60, 112), (60, 150))
    chords = (Chord((head.id,), rising.id, True, (), (beam.id,)), Chord((head.id,), hanging.id, False))
    graph = NotationGraph(page=0, staves=maker.staves, systems=maker.systems, symbols=tuple(maker.symbols),
                          strokes=tuple(maker.strokes), edges=(), staff_of=maker.staff_of,
                          chords=chords[:1 + is_shared])
    lengths = [event.base / TICKS for event in read_events(graph)]
    assert lengths == ([0.5, 2.0] if is_shared else [2.0])


@pytest.mark.parametrize("has_another", [False, True])
def test_a_note_without_a_beam_owes_no_tuplet_to_a_head_that_it_shares(has_another: bool) -> None:
    """Three beamed eighths under a 3; the last one's head is a quarter note of the other voice, too, alone or with
    another head."""
    maker = PageMaker()
    heads = [maker.symbol("noteheadBlack", 100 + 30 * i, 0) for i in range(3)]
    digit = maker.symbol("tuplet3", 130, 8, height=8, width=6)
    maker.edges += [Edge(head.id, digit.id, "tuplet") for head in heads]
    beam = maker.stroke("beam", (60, 112), (60, 172))
    stems = [maker.stroke("stem", (60, 112 + 30 * i), (120, 112 + 30 * i)) for i in range(3)]
    hanging = maker.stroke("stem", (120, 160), (150, 160))
    chords = [Chord(heads=(head.id,), stem=stem.id, up=True, beams=(beam.id,))
              for head, stem in zip(heads, stems, strict=True)]
    lower = maker.symbol("noteheadBlack", 160, -4)
    quarter = Chord(heads=(heads[2].id, lower.id)[:1 + has_another], stem=hanging.id, up=False)
    graph = NotationGraph(page=0, staves=maker.staves, systems=maker.systems, symbols=tuple(maker.symbols),
                          strokes=tuple(maker.strokes), edges=tuple(maker.edges), staff_of=maker.staff_of,
                          chords=(*chords, quarter))
    assert [e.tuplet for e in read_events(graph)] == [digit.id] * 3 + [None]


def test_of_two_tuplets_at_a_shared_head_each_voice_has_the_one_at_its_stem() -> None:
    """Three beamed eighths under a 3; the second's head is a quarter note of the other voice, over a 3 of its own."""
    maker = PageMaker()
    heads = [maker.symbol("noteheadBlack", 100 + 30 * i, 0) for i in range(3)]
    over, under = (maker.symbol("tuplet3", 130, position, height=8, width=6) for position in (12, -6))
    maker.edges += [*(Edge(head.id, over.id, "tuplet") for head in heads), Edge(heads[1].id, under.id, "tuplet")]
    beam = maker.stroke("beam", (60, 112), (60, 172))
    stems = [maker.stroke("stem", (60, 112 + 30 * i), (120, 112 + 30 * i)) for i in range(3)]
    hanging = maker.stroke("stem", (120, 130), (150, 130))
    chords = [Chord(heads=(head.id,), stem=stem.id, up=True, beams=(beam.id,))
              for head, stem in zip(heads, stems, strict=True)]
    graph = NotationGraph(page=0, staves=maker.staves, systems=maker.systems, symbols=tuple(maker.symbols),
                          strokes=tuple(maker.strokes), edges=tuple(maker.edges), staff_of=maker.staff_of, exact=True,
                          chords=(*chords, Chord(heads=(heads[1].id,), stem=hanging.id, up=False)))
    assert [e.tuplet for e in read_events(graph)] == [over.id] * 3 + [under.id]


@pytest.mark.parametrize("away", [0.7, 3.0])
def test_a_note_that_is_drawn_twice_under_a_beam_is_one_event_of_two_notes(away: float) -> None:
    """MuseScore draws two stems in one place where two voices have the note; a third of a space away is another."""
    maker = PageMaker()
    heads = [maker.symbol("noteheadBlack", x, 0) for x in (100, 130, 130 + away)]
    stems = [maker.stroke("stem", (60, x), (120, x)) for x in (112, 142, 142 + away)]
    beam = maker.stroke("beam", (60, 112), (60, 142))
    chords = tuple(Chord(heads=(head.id,), stem=stem.id, up=True, beams=(beam.id,))
                   for head, stem in zip(heads, stems, strict=True))
    graph = NotationGraph(page=0, staves=maker.staves, systems=maker.systems, symbols=tuple(maker.symbols),
                          strokes=tuple(maker.strokes), edges=(), staff_of=maker.staff_of, exact=True, chords=chords)
    assert [len(event.heads) for event in read_events(graph)] == ([1, 2] if away < 1 else [1, 1, 1])


@pytest.mark.parametrize(("small", "lengths"), [(False, {True: 1, False: 2}), (True, {True: 1, False: 1})])
def test_of_two_unlike_heads_drawn_in_one_place_each_stem_has_one(small: bool, lengths: dict[bool, int]) -> None:
    """A half and a quarter note of two voices, or a cue note beside one of full size: both stems reach both heads."""
    maker = PageMaker()
    names = ("noteheadBlackSmall" if small else "noteheadHalf", "noteheadBlack")
    heads = [maker.symbol(name, 100, 0) for name in names]
    stems = [maker.stroke("stem", (100, 112), (120, 112)), maker.stroke("stem", (120, 100), (160, 100))]
    chords = tuple(Chord(heads=tuple(h.id for h in heads), stem=stem.id, up=up)
                   for stem, up in zip(stems, (True, False), strict=True))
    graph = NotationGraph(page=0, staves=maker.staves, systems=maker.systems, symbols=tuple(maker.symbols),
                          strokes=tuple(maker.strokes), edges=(), staff_of=maker.staff_of, exact=True, chords=chords)
    events = read_events(graph)
    assert {e.up: e.base // TICKS for e in events} == lengths
    assert [e.grace for e in events] == [small, False] and all(len(e.heads) == 1 for e in events)


def test_beams_of_two_voices_over_one_another_are_two_groups() -> None:
    """Verovio draws the chords of two voices with stems that point up 0.3 spaces apart."""
    maker = PageMaker()
    lefts = [x + off for x in (100, 121, 141) for off in (0, 3)]
    heads = [maker.symbol("noteheadBlack", x, i % 2) for i, x in enumerate(lefts)]
    stems = [maker.stroke("stem", (60, x + 12), (120, x + 12)) for x in lefts]
    beam = maker.stroke("beam", (60, 112), (60, 156))

    def groups(chosen: list[int]) -> list[int | None]:
        chords = tuple(Chord(heads=(heads[i].id,), stem=stems[i].id, up=True, beams=(beam.id,)) for i in chosen)
        graph = NotationGraph(page=0, staves=maker.staves, systems=maker.systems, symbols=tuple(maker.symbols),
                              strokes=tuple(maker.strokes), edges=(), staff_of=maker.staff_of, exact=True,
                              chords=chords)
        return [event.group for event in read_events(graph)]

    assert groups([*range(6)]) == [beam.id, stems[1].id] * 3
    assert set(groups([0, 1, 2, 4])) == {beam.id}  # one chord beside another is a third voice's
