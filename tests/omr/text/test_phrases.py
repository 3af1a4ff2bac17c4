"""Words by their place: phrases, names of parts, the heading, words in the music."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omr.text.heading import Heading, read_heading
from omr.text.phrases import find_phrases, in_music, part_names, without_named_braces
from omr.types import Box, Symbol, System
from tests.omr.text.pages import SPACE, graph, word


def test_names_and_heading_by_their_place() -> None:
    page = graph([word("Voice", 40, 220), word("Piano", 40, 340), word("12", 80, 190), word("Am", 470, 60, 30),
                  word("Meer", 505, 60, 50), word("Franz", 780, 100), word("Schubert", 822, 100),
                  word("Heine", 110, 100), word("Langsam", 120, 180)])
    assert part_names(page) == {0: "Voice", 1: "Piano"}
    assert read_heading(page, is_sung=True) == Heading("Am Meer", "Franz Schubert", "Heine")


@pytest.mark.parametrize(("text", "is_word"), [("a2", True), ("a 3", True), ("a", False), ("b2", False), ("27", False)])
def test_players_that_play_together_are_told_so(text: str, is_word: bool) -> None:
    words = [word(part, 300 + 15 * i, 180) for i, part in enumerate(text.split())]
    assert [p.text for p in in_music(graph(words), ())] == ([text] if is_word else [])


@pytest.mark.parametrize(("read", "has_segno", "text"), [
    ("pg, al Coda", True, "D.S. al Coda"), ("pg, al Coda", False, "pg, al Coda"),
    ("D.S. al Coda", False, "D.S. al Coda"), ("D.C. al Fine", True, "D.C. al Fine"),
    ("D. C. al Fine", True, "D. C. al Fine"),
    ("D.8. al Fine", False, "D.S. al Fine"), ("DG al Fine", False, "D.C. al Fine"),
    ("Da Capo al Fine", True, "Da Capo al Fine"), ("dal Segno al Fine", True, "dal Segno al Fine"),
    ("poco al Coda", True, "poco al Coda"), ("e poi al Coda", True, "e poi al Coda"), ("To Coda", True, "To Coda"),
])
def test_what_stands_before_al_coda_is_da_capo_or_dal_segno(read: str, has_segno: bool, text: str) -> None:
    words, left = [], 300.0
    for part in read.split():
        words.append(word(part, left, 180))
        left += 7 * len(part) + 8
    page = graph(words)
    if has_segno:
        page = replace(page, symbols=(Symbol(50, "segno", Box(150, 200, 180, 220)),))
    assert [p.text for p in in_music(page, ())] == [text]


@pytest.mark.parametrize(("read", "name"), [
    ("Vin.", "Vln."), ("Via.", "Vla."), ("FI.", "Fl."), ("Ci.", "Cl."), ("Viola", "Viola"), ("Violin", "Violin"),
    ("Fiddle", "Fiddle")])
def test_the_l_of_short_names_is_often_read_as_an_i(read: str, name: str) -> None:
    assert part_names(graph([word(read, 20, 220)])) == {0: name}


@pytest.mark.parametrize(("upper", "lower", "is_brace"), [
    ("Violin", "Viola", False), ("Piano", "", True), ("R.H.", "L.H.", True), ("Violin", "", True)])
def test_staves_of_a_brace_with_a_name_each_are_parts(upper: str, lower: str, is_brace: bool) -> None:
    words = [word(text, 20, row) for text, row in ((upper, 222), (lower, 342)) if text]
    page = replace(graph(words), systems=(System(0, (0, 1), braces=((0, 1),)),))
    settled = without_named_braces(page)
    assert settled.systems[0].braces == (((0, 1),) if is_brace else ())
    if not is_brace:
        assert part_names(settled) == {0: "Violin", 1: "Viola"} and settled.systems[0].brackets == ((0, 1),)


def test_what_is_hard_to_read_names_nothing() -> None:
    page = graph([word("V0ic~", 40, 220, score=0.3), word("Xqz", 480, 60, score=0.2)])
    assert part_names(page) == {} and read_heading(page, is_sung=True).title == ""


def test_words_side_by_side_are_a_phrase() -> None:
    words = [word("moto", 150, 100), word("con", 120, 101, 22, score=0.5), word("dolce", 300, 100),
             word("sotto", 150, 130), word("?!", 190, 100)]
    con_moto, sotto, dolce = find_phrases(words, SPACE)
    assert (con_moto.text, con_moto.words, con_moto.score) == ("con moto", (1, 0), pytest.approx((1.5 + 3.8) / 7))
    assert (sotto.text, dolce.text) == ("sotto", "dolce")
    assert [p.text for p in find_phrases(words, SPACE, used={0, 3})] == ["con", "dolce"]


def test_letters_of_a_title_are_set_wider() -> None:
    wide = [replace(w, box=replace(w.box, top=80, bottom=120)) for w in (word("AM", 100, 100), word("MEER", 140, 100))]
    assert [p.text for p in find_phrases(wide, SPACE)] == ["AM MEER"]
    assert len(find_phrases([word("AM", 100, 100), word("MEER", 140, 100)], SPACE)) == 2


def test_the_name_of_a_brace_is_its_first_staffs() -> None:
    page = graph([word("Piano", 40, 280)])
    assert part_names(replace(page, systems=(System(0, (0, 1), braces=((0, 1),)),))) == {0: "Piano"}
    assert part_names(page) == {}  # between two staves, and of neither


@pytest.mark.parametrize(("row", "col", "there"), [
    (170, 400, True), (280, 400, True), (390, 400, True),  # over, between, and under the staves
    (100, 400, False),  # over the first staff: the heading
    (405, 400, False),  # 3.9 spaces under the last: a footer
    (280, 30, False),  # left of the staves: a name
])
def test_words_in_the_music_stand_near_a_staff(row: float, col: float, there: bool) -> None:
    page = graph([word("dolce", col, row)])
    assert [p.text for p in in_music(page, ())] == ["dolce"] * there
    assert in_music(page, {0}) == []


def test_words_under_the_last_staff_stand_near_its_notes() -> None:
    low = Symbol(0, "noteheadBlack", Box(385, 410, 395, 422))
    page = graph([word("dolce", 400, 415)])
    assert [p.text for p in in_music(replace(page, symbols=(low,), staff_of={0: 1}), ())] == ["dolce"]
    assert in_music(page, ()) == []


def test_two_letters_are_no_words_in_the_music() -> None:
    assert in_music(graph([word("Vc", 400, 170)]), ()) == []


@pytest.mark.parametrize(("text", "score", "kept"), [
    ("Andante.J-", 0.55, ["Andante."]), ("Andante.J-", 0.4, []), ("Xndqnte.J-", 0.55, []), ("dolce", 0.9, ["dolce"]),
])
def test_a_tempo_is_kept_though_a_metronome_mark_behind_it_was_read_as_letters(
    text: str, score: float, kept: list[str]
) -> None:
    page = graph([word(text, 120, 170, 60, score=score)])
    assert [p.text for p in in_music(page, ())] == kept


def test_a_footer_under_low_notes_is_one_like_those_beside_it() -> None:
    low = Symbol(90, "noteheadBlack", Box(385, 704, 395, 716))
    dated, plate = word("Ausgegeben 1878.", 700, 405, 110), word("W.A.M. 311.", 450, 406, 80)
    page = replace(graph([dated]), symbols=(low,), staff_of={90: 1})
    assert [p.text for p in in_music(page, ())] == ["Ausgegeben 1878."]
    assert in_music(replace(page, words=(dated, plate)), ()) == []


def test_a_torn_name_is_mended() -> None:
    assert part_names(graph([word("PIA", 20, 220, 25), word("NO", 55, 220, 20)])) == {0: "PIANO"}
    assert part_names(graph([word("Violoncel", 20, 220, 45), word("lo", 75, 220, 10)])) == {0: "Violoncello"}


@pytest.mark.parametrize(("first", "second", "name"), [
    ("Violin", "Violin 2", "Violin 1"), ("Violin I", "Violin 2", "Violin 1"), ("Violin t", "Violin 2", "Violin 1"),
    ("Violino", "Violino II", "Violino I"), ("Vl.", "Vl. 2", "Vl. 1"), ("Viola", "Violin 2", "Viola"),
    ("Violin", "Viola", "Violin"),
])
def test_the_first_of_two_parts_has_the_number_before_the_seconds(first: str, second: str, name: str) -> None:
    assert part_names(graph([word(first, 20, 220, 45), word(second, 20, 340, 55)]))[0] == name


def test_the_words_of_a_tempo_are_set_widely() -> None:
    page = graph([word("Allegro", 110, 130, 60), word("con", 191, 130, 20), word("brio", 216, 130, 26),
                  word("dolce", 500, 290, 40), word("legato", 561, 290, 40)])
    assert [p.text for p in in_music(page, ())] == ["Allegro con brio", "dolce", "legato"]
    for behind, left in (("J=72", 195), ("Sonate", 197)):
        page = graph([word("Allegro", 110, 130, 60), word(behind, left, 130, 50)])
        assert [p.text for p in in_music(page, ())] == ["Allegro"]  # a metronome; what stands too far away


def test_a_section_named_left_of_its_system_is_no_part() -> None:
    page = graph([word("VAR.", 20, 220), word("II.", 56, 220), word("dolce", 400, 300)])
    assert part_names(page) == {}
    section, dolce = in_music(page, ())
    assert (section.text, dolce.text) == ("VAR. II.", "dolce")
    assert section.box.left == 100 and section.box.bottom < 200  # over the first staff, where it begins
    assert part_names(graph([word("Varoli", 20, 220)])) == {0: "Varoli"}


@pytest.mark.parametrize("read", ["1%", "4°", "I*", "l?"])
def test_the_small_circle_of_tempo_primo_is_known(read: str) -> None:
    page = graph([word("Tempo", 110, 150, 40), word(read, 156, 150, 14)])
    assert [p.text for p in in_music(page, ())] == ["Tempo I°"]


def test_signs_beside_words_are_no_words() -> None:
    page = graph([word("D", 396, 290, 10), word("cresc.", 420, 290, 40), word("4", 470, 290, 7),
                  word("Tempo", 110, 150, 40), word("1%", 156, 150, 14)])
    dynamic = Symbol(90, "dynamicP", Box(282, 394, 298, 408))
    finger = Symbol(91, "fingering4", Box(284, 469, 296, 478))
    assert sorted(p.text for p in in_music(page, ())) == ["D cresc. 4", "Tempo I°"]
    with_signs = replace(page, symbols=(*page.symbols, dynamic, finger))
    assert sorted(p.text for p in in_music(with_signs, ())) == ["Tempo I°", "cresc."]
    before = replace(with_signs, words=(word("a", 396, 290, 10), word("tempo", 412, 290, 40)))
    assert [p.text for p in in_music(before, ())] == ["a tempo"]
