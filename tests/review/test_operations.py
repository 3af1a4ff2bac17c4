"""Each operation on a real page: what it changes in the score, and that nothing else does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from omr.music.events import TICKS
from omr.review.answers import changes, measure, note_id
from omr.review.log import read_log
from omr.review.operations import OperationError
from omr.review.review import Review
from tests.review.conftest import Read, Shared, center, notes_of


def do(review: Review, **operation: Any) -> list[int]:
    """Do an operation; the measures that it changed."""
    before = review.score
    review.do({"page": 0, **operation})
    return changes(before, review.score)


def test_pitch_moves_one_note(review: Review) -> None:
    note = notes_of(review, 1)[0]
    assert do(review, op="pitch", at=center(note), steps=2) == [1]
    moved = next(n for n in notes_of(review, 1) if n["boxes"][0] == note["boxes"][0])
    steps = "CDEFGAB"
    assert (steps.index(moved["step"]) - steps.index(note["step"])) % 7 == 2


def test_accidental_holds_to_the_end_of_the_measure_and_can_be_taken_away(review: Review) -> None:
    note = notes_of(review, 1)[0]
    assert note["alter"] == 0 and note["accidental"] is None
    do(review, op="accidental", at=center(note), accidental="sharp")
    sharp = notes_of(review, 1)[0]
    assert (sharp["alter"], sharp["accidental"]) == (1, "sharp")
    do(review, op="accidental", at=center(note), accidental=None)
    assert notes_of(review, 1)[0]["alter"] == 0


def test_delete_takes_a_note_out_and_says_nothing_of_it_any_more(review: Review) -> None:
    count = len(notes_of(review, 0))
    do(review, op="delete", at=center(notes_of(review, 0)[0]))
    assert len(notes_of(review, 0)) == count - 1
    assert not any("not in the score" in d.message for d in review.score.doubts)


def test_duration_binds_the_rhythm(review: Review) -> None:
    note = next(n for n in notes_of(review, 0) if n["type"] in ("quarter", "half"))
    do(review, op="duration", at=center(note), type="eighth", dots=1)
    again = next(n for n in notes_of(review, 0) if n["boxes"][0] == note["boxes"][0])
    assert (again["type"], again["dots"], again["duration"]) == ("eighth", 1, [3, 4])


def test_tuplet_of_a_beamed_group_by_one_of_its_notes(review: Review) -> None:
    index, group = next((i, g) for i in range(len(review.measures)) if (g := _beamed(review, i, 4)))
    do(review, op="tuplet", at=[center(group[0])], actual=3, normal=2, alike=False)
    ratios = {n["id"]: n["tuplet"] for n in notes_of(review, index)}
    assert [ratios[n["id"]] for n in group] == [[3, 2]] * 4
    do(review, op="tuplet", at=[center(n) for n in group], actual=3, normal=None)
    assert {tuple(n["tuplet"] or ()) for n in notes_of(review, index)} == {()}


def _beamed(review: Review, index: int, count: int) -> list[dict[str, Any]]:
    """The notes of the first beamed group of so many single notes in a measure."""
    notes = sorted((n for n in review.score.parts[0].measures[index].notes if n.beams), key=lambda n: n.onset_quarter)
    by_id = {n["id"]: n for n in notes_of(review, index)}
    for i, first in enumerate(notes[:-count + 1]):
        group = notes[i:i + count]
        if first.beams[0] == "begin" and [n.beams[0] for n in group[1:]] == ["continue"] * (count - 2) + ["end"]:
            return [by_id[note_id(0, n)] for n in group]
    return []


def test_voice_is_what_was_said(review: Review) -> None:
    note = notes_of(review, 1)[0]
    do(review, op="voice", at=center(note), voice=2)
    moved = next(n for n in notes_of(review, 1) if n["boxes"][0] == note["boxes"][0])
    assert (moved["voice"] - 1) % 4 == 1


def test_tie_and_its_end(review: Review) -> None:
    a, b = (n for n in notes_of(review, 2) if n["staff"] == 1 and n["onset"] in ([2, 1], [3, 1]))
    do(review, op="pitch", at=center(b), steps=_step(a) - _step(b))
    do(review, op="tie", at=center(a), on=True)
    ties = {tuple(n["boxes"][0]): n["tie"] for n in notes_of(review, 2) if n["tie"] is not None}
    assert ties == {tuple(a["boxes"][0]): "start", tuple(b["boxes"][0]): "stop"}
    with pytest.raises(OperationError, match="tied already"):
        do(review, op="tie", at=center(a), on=True)
    do(review, op="tie", at=center(a), on=False)
    assert all(n["tie"] is None for n in notes_of(review, 2))


def _step(note: dict[str, Any]) -> int:
    """Diatonic number of a note."""
    return int(note["octave"] * 7 + "CDEFGAB".index(note["step"]))


def test_add_to_a_chord_and_alone(review: Review) -> None:
    note = notes_of(review, 1)[0]
    row, col = center(note)
    space = review.pictures[0].space_px
    count = len(notes_of(review, 1))
    do(review, op="add", at=[row - 2 * space, col], kind="note", type=note["type"], dots=note["dots"])
    chord = [n for n in notes_of(review, 1) if n["onset"] == note["onset"] and n["voice"] == note["voice"]]
    assert len(notes_of(review, 1)) == count + 1 and len(chord) == 2
    review.undo()
    do(review, op="add", at=[row - 5 * space, col], kind="note", type="whole")
    assert len(notes_of(review, 1)) == count + 1
    assert any(n["type"] == "whole" for n in notes_of(review, 1))


def test_add_rest(review: Review) -> None:
    note = notes_of(review, 1)[-1]
    do(review, op="delete", at=center(note))
    do(review, op="add", at=center(note), kind="rest", type=note["type"])
    assert any(n["kind"] == "rest" and n["type"] == note["type"] for n in measure(review, 1)["notes"])


@pytest.mark.parametrize("stem", ["up", "down"])
def test_a_head_of_two_voices_is_left_to_one(shared: Shared, tmp_path: Path, stem: str) -> None:
    review = shared.read.review(tmp_path)

    def stems() -> list[int]:
        return [n.symbol_ids[-1] for part in review.score.parts for m in part.measures for n in m.notes
                if shared.head.id in n.symbol_ids]

    assert sorted(stems()) == sorted((shared.own, shared.other))
    at = review.pictures[0].at(*shared.head.box.center)
    do(review, op="one_voice", at=at, stem=stem)
    assert stems() == [shared.own if shared.up is (stem == "up") else shared.other]
    with pytest.raises(OperationError, match="no stem that points"):
        do(review, op="one_voice", at=at, stem="down" if stem == "up" else "up")


def test_clef_moves_what_follows(review: Review) -> None:
    system = review.score.systems[0]
    staff = system.staves[0]
    graph = review.edited.graphs[0]
    clef = min((s for s in graph.symbols if s.kind == "clef" and graph.staff_of[s.id] == 0), key=lambda s: s.box.left)
    before = next(n for n in notes_of(review, 0) if n["staff"] == 1)
    changed = do(review, op="clef", at=review.pictures[0].at(*clef.box.center), sign="F", line=4)
    assert changed[0] == 0 and len(changed) > 1 and staff.part == 0
    after = next(n for n in notes_of(review, 0) if n["id"] == before["id"])
    assert _step(after) - _step(before) == -12
    with pytest.raises(OperationError, match="no clef G on line 4"):
        do(review, op="clef", at=review.pictures[0].at(*clef.box.center), sign="G", line=4)


@pytest.mark.parametrize("fifths", [-7, -1, 0, 3, 7])
def test_key_holds_on(review: Review, fifths: int) -> None:
    do(review, op="key", at=center(notes_of(review, 1)[0]), fifths=fifths)
    assert measure(review, 1)["key"] == [fifths] and measure(review, 0)["key"] == [0]
    last = review.score.systems[1].measure - 1
    assert measure(review, last)["key"] == [fifths]


def test_time_is_not_overruled(review: Review) -> None:
    do(review, op="time", at=center(notes_of(review, 0)[0]), beats=3, beat_type=4)
    assert review.measures[0].time == (3, 4)
    do(review, op="time", at=center(notes_of(review, 0)[0]), beats=2, beat_type=2, symbol="cut")
    assert (review.measures[0].time, review.measures[0].time_symbol) == ((2, 2), "cut")


def test_barline_parts_and_joins_measures(review: Review) -> None:
    count = len(review.measures)
    box = review.box_of(review.measures[1])
    assert box is not None
    gap = _widest_gap(review, 1)
    do(review, op="barline", at=[box[0], gap], style="regular")
    assert len(review.measures) == count + 1
    do(review, op="barline", at=[box[0], gap], style="repeat-end")
    assert review.measures[1].right == "repeat-end" and len(review.measures) == count + 1
    do(review, op="barline", at=[box[0], gap], style="repeat-both")
    assert (review.measures[1].right, review.measures[2].left) == ("repeat-end", "repeat-start")
    do(review, op="barline", at=[box[0], gap], style="final")
    assert review.measures[1].right == "final"
    do(review, op="barline", at=[box[0], gap], style=None)
    assert len(review.measures) == count


def _widest_gap(review: Review, index: int) -> float:
    """The column in the middle of the widest gap between the notes of a measure."""
    edges = sorted((n["boxes"][0][1], n["boxes"][0][3]) for n in measure(review, index)["notes"] if n["boxes"])
    gaps, reached = [], edges[0][1]
    for left, right in edges[1:]:
        gaps.append((left - reached, (left + reached) / 2))
        reached = max(reached, right)
    return max(gaps)[1]


def test_systems_joined_and_parted(review: Review) -> None:
    systems = review.score.systems
    picture = review.pictures[0]

    def staff(system: int, place: int) -> list[float]:
        own = systems[system].staves[place]
        return picture.at((own.top + own.bottom) / 2, (systems[system].left + systems[system].right) / 2)

    do(review, op="part_system", at=staff(0, 0))
    assert len(review.score.systems) == len(systems) + 1
    do(review, op="join_systems", **{"from": staff(0, 0), "to": staff(0, 1)})
    assert len(review.score.systems) == len(systems)
    with pytest.raises(OperationError, match="one system already"):
        do(review, op="join_systems", **{"from": staff(0, 0), "to": staff(0, 1)})


def test_words_titles_names_and_syllables(review: Review) -> None:
    review.do({"op": "title", "field": "title", "text": "<script>alert(1)</script>"})
    review.do({"op": "part_name", "part": 0, "name": "Klavier"})
    note = notes_of(review, 0)[0]
    do(review, op="syllable", at=center(note), verse=1, text="Ah", syllabic="single")
    assert review.score.title == "<script>alert(1)</script>" and review.score.parts[0].name == "Klavier"
    assert notes_of(review, 0)[0]["lyrics"] == [{"verse": 1, "text": "Ah", "syllabic": "single"}]
    box = review.box_of(review.measures[0])
    assert box is not None
    do(review, op="text", at=[box[0] - 3 * review.pictures[0].space_px, box[1] + 20], text="dolce")
    assert any(d.text == "dolce" for d in review.measures[0].directions)
    with pytest.raises(OperationError, match="no part 7"):
        review.do({"op": "part_name", "part": 7, "name": "x"})


def test_a_taken_alternative_is_the_reading_that_was_shown(review: Review) -> None:
    from omr.review.alternatives import take

    tried = 0
    for index in range(len(review.measures)):
        for other in review.builder.others(index, 1):
            review.do(take(review, index, other.reading))
            wanted = [(n.onset_quarter, n.duration_quarter, n.pitch) for m in other.measures for n in m.notes]
            got = [(n.onset_quarter, n.duration_quarter, n.pitch)
                   for p in review.score.parts for n in p.measures[index].notes]
            assert sorted(got, key=str) == sorted(wanted, key=str)
            tried += 1
            review.undo()
    assert tried


def test_pictures_of_other_readings_leave_their_room_to_the_music(review: Review) -> None:
    from omr.review.alternatives import of_measure
    from omr.review.engrave import Engraver

    review.do({"op": "part_name", "part": 0, "name": "Klavier"})
    offered = [a for i in range(len(review.measures)) for a in of_measure(review, i, Engraver())]
    assert offered and not any("Klavier" in a["svg"] for a in offered)
    assert all(a["label"] for a in offered)


def test_another_length_is_named(review: Review) -> None:
    from omr.review.alternatives import _with_length

    placed = next(p for timed in review.builder.bars for p in timed.reading.placed if p.event.rest is None)
    head = placed.event.heads[0]
    names = {head.id: "C♯6"}
    assert _with_length(replace(placed, dots=1, base=TICKS // 2), names) == "dotted eighth C♯6"
    assert _with_length(replace(placed, dots=0, base=TICKS), {}) == "quarter note"


def test_accepted_and_mended_measures(review: Review) -> None:
    review.do({"op": "accept", "measure": 2})
    do(review, op="pitch", at=center(notes_of(review, 1)[0]), steps=1)
    assert (review.accepted(), review.mended()) == ({2}, {1})


@pytest.mark.parametrize("operation", [
    {}, {"op": "fly"}, {"op": "pitch"}, {"op": "pitch", "page": 0, "at": [1], "steps": 1},
    {"op": "pitch", "page": 0, "at": [1, 1], "steps": 1.5}, {"op": "pitch", "page": 9, "at": [1, 1], "steps": 1},
    {"op": "pitch", "page": 0, "at": [float("nan"), 1], "steps": 1}, {"op": "accept", "measure": 10**9},
    {"op": "accept", "measure": True}, {"op": "tuplet", "page": 0, "at": [], "actual": 3, "normal": 2}, [], "x", None,
    {"op": "title", "field": "title", "text": "a\nb"}, {"op": "delete", "page": 0, "at": [1, 1]},
    {"op": ["pitch"]}, {"op": "take", "page": 0, "box": [0, 0, 9, 9], "events": [{}]},
])
def test_bad_operations_change_nothing(review: Review, operation: Any) -> None:
    before = review.score, review.log, review.revision
    with pytest.raises(OperationError):
        review.do(operation)
    assert (review.score, review.log, review.revision) == before


# ---- a staff that was missed -----------------------------------------------------------------------------------


def music(review: Review) -> list[list[Any]]:
    """What sounds in each measure of each part."""
    return [sorted((n.onset_quarter, n.duration_quarter, n.staff, n.pitch.octave, n.pitch.step, n.pitch.alter)
                   for n in m.notes) for part in review.score.parts for m in part.measures]


def ends(page: Read, corners: bool = False) -> dict[str, list[float]]:
    """Where a person points at the staff that `without_lines` lacks: a little beside the ends of its middle line, or
    its corners."""
    graph, picture = page.readings[0].graph, page.pictures[0]
    assert graph is not None
    staff = graph.staves[3]
    high = 4 if corners else 0
    (top, left), (bottom, right) = (picture.at(staff.row(p, col), col)
                                    for p, col in ((high, staff.left), (-high, staff.right)))
    return {"from": [top + 3, left + 9], "to": [bottom - 3, right - 5]}


@pytest.mark.parametrize("corners", [False, True])
def test_a_missed_staff_is_read_and_corrections_hold(
    page: Read, without_lines: Read, tmp_path: Path, corners: bool
) -> None:
    whole, lost = page.review(tmp_path / "whole"), without_lines.review(tmp_path)
    (tmp_path / "whole").mkdir()
    for review in (whole, lost):
        review.do({"op": "pitch", "page": 0, "at": center(notes_of(review, 1)[0]), "steps": 1})
    before = music(lost)
    assert before != music(whole)
    lost.do({"op": "staff", "page": 0, **ends(page, corners)})
    assert music(lost) == music(whole) and lost.unplaced == ()
    lost.do({"op": "pitch", "page": 0, "at": center(notes_of(lost, 0)[0]), "steps": 1})
    after = music(lost)
    assert after != music(whole)
    again = without_lines.review(tmp_path, read_log(lost.input.log))
    assert music(again) == after
    for _ in range(2):
        again.undo()
    assert music(again) == before
    again.redo()
    assert music(again) == music(whole)


def test_a_staff_where_none_can_be_is_refused(review: Review) -> None:
    before = review.score
    for start, end in (((600.0, 300.0), (600.0, 310.0)), ((2.0, 100.0), (2.0, 1500.0)), ((600.0, 100.0), (600.0, 9e4))):
        with pytest.raises(OperationError, match="no staff"):
            review.do({"op": "staff", "page": 0, "from": start, "to": end})
    assert review.score is before and not review.can_undo
