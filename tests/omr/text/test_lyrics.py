"""Lyrics: which words are sung, their syllables, and the notes they reach."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from omr.text import lyrics
from omr.text.lyrics import NoteColumn, Syllable, Verse, match, note_columns, split
from omr.text.phrases import find_phrases
from omr.types import (
    ELISION,
    Box,
    Lyric,
    Measure,
    NotationGraph,
    Note,
    Part,
    Pitch,
    Score,
    StaffInPart,
    StaffKey,
    Symbol,
    System,
)
from tests.omr.text.pages import SPACE, graph, staff, word

F = Fraction


def test_hyphens_join_syllables_wherever_they_stand() -> None:
    line = [(word(t, 100.0 * i, 260), i) for i, t in enumerate(["1.", "Brun-", "nen", "er-glänz", "-", "te", "Am"])]
    found = split(line)
    assert [(s.text, s.joined) for s in found] == [
        ("Brun", False), ("nen", True), ("er", False), ("glänz", True), ("te", True), ("Am", False)]
    assert found[2].box.right < found[3].box.right <= line[3][0].box.right + 1e-6


def test_a_mark_apart_belongs_to_the_word_before_it() -> None:
    near = [(word("Kleid", 100, 260, 40), 0), (word("!", 146, 260, 4), 1), (word("die", 200, 260, 30), 2)]
    assert [(s.text, s.box.right) for s in split(near)] == [("Kleid!", near[1][0].box.right), ("die", 230)]
    far = [near[0], (word("!", 190, 260, 4), 1)]
    assert [s.text for s in split(far)] == ["Kleid"]


def test_a_mark_after_a_drawn_space_keeps_it_as_in_french() -> None:
    line = [(word("jours", 100, 260, 40), 0), (replace(word("!", 146, 260, 4), goes_on=True), 1)]
    assert [s.text for s in split(line)] == ["jours !"]


def test_a_mark_that_opens_a_speech_is_of_the_word_after_it() -> None:
    line = [(word("dit:", 100, 260, 40), 0), (word("«", 180, 260, 8), 1),
            (replace(word("Cet", 194, 260, 30), goes_on=True), 2)]
    assert [(s.text, s.words) for s in split(line)] == [("dit:", (0,)), ("« Cet", (1, 2))]


def test_syllables_find_their_notes_in_order() -> None:
    columns = [NoteColumn(100.0, 106.0, (0,)), NoteColumn(200.0, 206.0, (1,)), NoteColumn(300.0, 306.0, (2,))]
    syllables = [Syllable("a", Box(0, 98, 10, 112), 1, (0,)), Syllable("far", Box(0, 240, 10, 262), 1, (1,)),
                 Syllable("c", Box(0, 300, 10, 345), 1, (2,))]  # the last begins with its note: a melisma
    assert match(syllables, columns, SPACE) == [columns[0], None, columns[2]]


@pytest.mark.parametrize(("left", "right", "over_two"), [(300, 360, True), (302, 330, False), (250, 312, False)])
def test_a_word_over_two_free_notes_is_sung_on_the_first(left: float, right: float, over_two: bool) -> None:
    columns = [NoteColumn(at - 6, at, (i,)) for i, at in enumerate((206.0, 306.0, 350.0, 446.0))]
    syllables = [Syllable("a", Box(0, 196, 10, 212), 1, (0,)), Syllable("tempting", Box(0, left, 10, right), 1, (1,)),
                 Syllable("snare,", Box(0, 436, 10, 452), 1, (2,))]
    found = lyrics._over_two(syllables, [columns[0], None, columns[3]], columns, SPACE)
    assert found == [columns[0], columns[1] if over_two else None, columns[3]]


def test_only_words_a_note_are_sung() -> None:
    place_of = {(0, 0): (0, 1), (0, 1): (1, 1)}
    heads = [200.0, 300.0, 400.0, 500.0, 600.0]
    sung = graph([word(t, c - 10, 270, 20) for t, c in zip(["Das", "Meer", "er-", "glänz-", "te"], heads, strict=True)],
                 heads)
    verses = lyrics.find_verses([sung], place_of)
    assert [s.text for v in verses for s in v.syllables] == ["Das", "Meer", "er", "glänz", "te"]
    texts = ["poco", "a", "poco", "cresc.", "molto"]
    phrase = graph([word(t, 220 + 45 * i, 270, 38) for i, t in enumerate(texts)], heads)
    assert lyrics.find_verses([phrase], place_of) == []
    assert [p.text for p in find_phrases(phrase.words, SPACE)] == ["poco a poco cresc. molto"]


def test_lyrics_reach_the_notes_of_the_score() -> None:
    heads = [200.0, 300.0, 400.0, 500.0]
    page = graph([word(t, c - 10, 270, 20) for t, c in zip(["A-", "men,", "sing", "we"], heads, strict=True)], heads)
    notes = tuple(Note(onset_quarter=Fraction(i), duration_quarter=Fraction(1), voice=1, staff=1, pitch=Pitch("C", 5),
                       type="quarter", symbol_ids=(i,)) for i in range(4))
    score = Score(source="",
                  parts=(Part(id="P1", name="", staves=1,
                              measures=(Measure(number=1, duration_quarter=Fraction(4), notes=notes,
                                                box=Box(200, 100, 240, 900)),)),))
    place_of = {(0, 0): (0, 1), (0, 1): (1, 1)}
    done = lyrics.with_lyrics(score, lyrics.find_verses([page], place_of))
    assert [n.lyrics for n in done.parts[0].measures[0].notes] == [
        (Lyric(1, "A", "begin", 0.95),), (Lyric(1, "men,", "end", 0.95),), (Lyric(1, "sing", "single", 0.95),),
        (Lyric(1, "we", "single", 0.95),)]


def test_a_syllable_follows_the_ids_of_its_heads() -> None:
    """Wherever the measure stands, and to the uppermost voice that no tie leads to; grace notes bear none."""
    def note(onset: int, voice: int, head: int, **more: object) -> Note:
        return Note(onset_quarter=F(onset), duration_quarter=F(1), voice=voice, staff=1, pitch=Pitch("C", 5),
                    type="quarter", symbol_ids=(head,), **more)  # type: ignore[arg-type]

    notes = (note(0, 1, 3, tie_stop=True), note(0, 2, 4), note(1, 1, 5), note(1, 2, 5), note(2, 1, 6, grace=True))
    score = Score(source="",
                  parts=(Part(id="P1", name="", staves=1,
                              measures=(Measure(number=1, duration_quarter=F(4), notes=notes, page=2),
                                        Measure(number=2, duration_quarter=F(4), notes=notes, page=3))),))
    syllables = tuple(Syllable(t, Box(0, 0, 1, 1), 1.0, (i,)) for i, t in enumerate("abcd"))
    columns = (NoteColumn(0, 0, (3, 4)), NoteColumn(0, 0, (5,)), NoteColumn(0, 0, (6,)), None)
    done = lyrics.with_lyrics(score, [Verse(2, 0, 1, syllables, columns)])
    first, second = done.parts[0].measures
    assert ["".join(lyric.text for lyric in n.lyrics) for n in first.notes] == ["", "a", "b", "", ""]
    assert second == score.parts[0].measures[1]  # the same ids on another page


def test_heads_above_each_other_are_one_column() -> None:
    page = graph([], [200.0, 203.0, 300.0])
    small = Symbol(9, "noteheadBlackSmall", Box(215, 250, 222, 258))
    page = replace(page, symbols=(*page.symbols, small), staff_of={**page.staff_of, 9: 0})
    assert note_columns(page, 0) == [NoteColumn(194.0, 200.0, (0, 1)), NoteColumn(294.0, 300.0, (2,))]
    assert note_columns(page, 1) == []


def test_two_verses_are_numbered_from_the_top() -> None:
    heads = [200.0, 300.0, 400.0, 500.0]
    lower = [word(t, c - 10, 290, 20) for t, c in zip(["drei", "vier", "fünf", "sechs"], heads, strict=True)]
    upper = [word(t, c - 10, 270, 20) for t, c in zip(["eins", "zwei", "und", "so"], heads, strict=True)]
    found = lyrics.find_verses([graph([*lower, *upper], heads)], {(0, 0): (0, 1), (0, 1): (1, 1)})
    assert [(v.number, v.syllables[0].text) for v in found] == [(1, "eins"), (2, "drei")]


def test_words_between_the_staves_of_a_hymn_are_sung() -> None:
    heads = [200.0, 300.0, 400.0, 500.0, 600.0, 700.0]
    texts = ["Glo-", "ri-", "a", "ex-", "cel-", "sis"]
    page = graph([word(t, c - 10, 270, 20) for t, c in zip(texts, heads, strict=True)], heads)
    verse, = lyrics.find_verses([page], {(0, 0): (0, 1), (0, 1): (0, 2)})
    assert "".join(s.text for s in verse.syllables) == "Gloriaexcelsis"


def test_a_few_words_under_many_notes_are_not_sung() -> None:
    heads = [110.0 + 16 * i for i in range(45)]
    texts = ["dolce", "quasi", "cadenza", "tempo"]
    page = graph([word(t, heads[10 * i] - 5, 270, 20) for i, t in enumerate(texts)], heads)
    place_of = {(0, 0): (0, 1), (0, 1): (1, 1)}
    assert lyrics.find_verses([page], place_of) == []
    every_tenth = graph(list(page.words), heads[::10])
    assert len(lyrics.find_verses([every_tenth], place_of)) == 1


def test_one_letter_of_korean_is_a_syllable() -> None:
    place_of = {(0, 0): (0, 1), (0, 1): (1, 1)}
    for text, is_sung in (("\uc0b0", True), ("dim", False)):
        page = graph([word(text, 190, 270, 20)], [200.0])
        assert bool(lyrics.find_verses([page], place_of)) == is_sung


def test_a_stack_of_verses_may_hang_low() -> None:
    heads = [200.0, 300.0, 400.0, 500.0]
    place_of = {(0, 0): (0, 1), (0, 1): (1, 1)}

    def verses(*rows: float) -> list[int]:
        words = [word(t, c - 10, row, 20) for row in rows for t, c in zip("abcd", heads, strict=True)]
        page = graph(words, heads)
        page = replace(page, systems=tuple(replace(s, staves=(0,)) for s in page.systems[:1]))
        return [v.number for v in lyrics.find_verses([page], place_of)]

    assert verses(270, 290, 310, 330, 348) == [1, 2, 3, 4, 5]
    assert verses(270, 345) == [1]


def test_two_words_on_one_note_are_one_syllable() -> None:
    heads = [200.0, 300.0, 400.0, 500.0, 600.0]
    words = [word("A-", 190, 270, 20), word("men,", 290, 270, 20), word("che", 385, 270, 15), word("è", 405, 270, 8),
             word("so", 480, 270, 12), word(ELISION, 494, 270, 6), word("a", 502, 270, 12), word("we", 590, 270, 20)]
    verse, = lyrics.find_verses([graph(words, heads)], {(0, 0): (0, 1), (0, 1): (1, 1)})
    assert [s.text for s in verse.syllables] == ["A", "men,", "che è", f"so{ELISION}a", "we"]
    assert all(verse.columns)
    assert sorted(i for s in verse.syllables for i in s.words) == [0, 1, 2, 3, 4, 6, 7]


@pytest.mark.parametrize("exact", [True, False])
def test_two_words_on_one_drawn_note_may_stand_farther_apart(exact: bool) -> None:
    """As LilyPond sets them; on a scan a word without a note may have lost its own."""
    words = [word("do-", 190, 270, 20), word("ce", 285, 270, 12), word("o", 312, 270, 8), word("teu", 390, 270, 20),
             word("mur-", 490, 270, 20), word("mu-", 590, 270, 20)]
    page = replace(graph(words, [200.0, 305.0, 400.0, 500.0, 600.0]), exact=exact)
    verse, = lyrics.find_verses([page], {(0, 0): (0, 1), (0, 1): (1, 1)})
    assert [s.text for s in verse.syllables][1:-3] == (["ce o"] if exact else ["ce", "o"])


def test_words_between_the_staves_of_a_keyboard_are_not_sung() -> None:
    heads = [200.0, 300.0, 400.0, 500.0]
    page = graph([word(t, c - 10, 270, 20) for t, c in zip(["Das", "Meer", "er-", "glänz"], heads, strict=True)], heads)
    assert lyrics.find_verses([page], {(0, 0): (0, 1), (0, 1): (0, 2)}) == []
    assert len(lyrics.find_verses([page], {(0, 0): (0, 1), (0, 1): (1, 1)})) == 1


def test_chord_symbols_over_the_next_system_are_not_sung() -> None:
    heads = [200.0, 300.0, 400.0, 500.0, 600.0]
    texts = ["C", "G7", "Am", "F#m7(b5)", "Bb/D"]
    two = graph([word(t, c - 10, 300, 20) for t, c in zip(texts, heads, strict=True)], heads)
    two = replace(two, systems=(System(0, (0,)), System(1, (1,))))
    place_of = {(0, 0): (0, 1), (0, 1): (0, 1)}
    assert lyrics.find_verses([two], place_of) == []
    near = replace(two, words=tuple(word(t, c - 10, 262, 20) for t, c in zip(texts, heads, strict=True)))
    assert [len(v.syllables) for v in lyrics.find_verses([near], place_of)] == [5]  # under the notes they are words


def test_a_row_of_chord_symbols_under_the_last_staff_of_a_drawn_page_is_not_sung() -> None:
    """Six or more, all of which begin with the name of a note; words that do are sung."""
    heads = [200.0 + 60 * i for i in range(7)]

    def verses(texts: list[str], exact: bool = True) -> int:
        page = graph([word(t, c - 10, 262, 20) for t, c in zip(texts, heads, strict=True)], heads)
        page = replace(page, staves=page.staves[:1], systems=(System(0, (0,)),), exact=exact)
        return len(lyrics.find_verses([page], {(0, 0): (0, 1)}))

    roots = ["F", "B", "F", "F", "C", "F", "E°/g"]
    assert verses(roots) == 0
    assert verses(["A", "B", "C", "und", "wer", "es", "kann"]) == 1
    assert verses(roots, exact=False) == 1



def test_the_number_of_a_verse_goes_with_its_first_syllable() -> None:
    near = [(word("2.", 100, 260, 10), 0), (word("Und", 104 + 10, 260, 30), 1), (word("so", 180, 260, 20), 2)]
    assert [(s.text, s.words) for s in split(near)] == [("2. Und", (0, 1)), ("so", (2,))]
    drawn = [(word("2.", 80, 260, 10), 0), (replace(near[1][0], goes_on=True), 1)]
    assert [s.text for s in split(drawn)] == ["2. Und"]
    apart = [(word("2.", 60, 260, 10), 0), *near[1:]]
    assert [s.text for s in split(apart)] == ["Und", "so"]


def systems_of_verses(*texts: tuple[str, ...]) -> NotationGraph:
    """Systems of one staff of four notes each; for every one its verses, of four syllables."""
    heads = [200.0, 300.0, 400.0, 500.0]
    words = [word(t, c - 10, 260 + 200 * i + 20 * k, 20)
             for i, own in enumerate(texts) for k, verse in enumerate(own)
             for t, c in zip(verse.split(), heads, strict=False)]
    symbols = tuple(Symbol(4 * i + k, "noteheadBlack", Box(215 + 200 * i, col - 6, 225 + 200 * i, col + 6))
                    for i in range(len(texts)) for k, col in enumerate(heads))
    return replace(graph(words), staves=tuple(staff(i, 200 + 200 * i) for i in range(len(texts))),
                   systems=tuple(System(i, (i,)) for i in range(len(texts))), symbols=symbols,
                   staff_of={s.id: s.id // 4 for s in symbols})


@pytest.mark.parametrize(("second", "numbers"), [
    ("zwei- te Stro- phe", [1, 1, 1, 2]),  # of a part of the song only
    ("poco a poco cresc.", [1, 1, 1]), ("so- so", [1, 1, 1, 2]), ("so-", [1, 1, 1])])
def test_a_verse_may_be_of_one_system_only(second: str, numbers: list[int]) -> None:
    page = systems_of_verses(("eins zwei drei vier",), ("fünf sechs acht neun",), ("zehn elf zwölf und", second))
    place_of = {StaffKey(0, i): StaffInPart(0, 1) for i in range(3)}
    assert [v.number for v in lyrics.find_verses([page], place_of)] == numbers


@pytest.mark.parametrize(("last", "joined"), [("her-", True), ("her_", False), ("her", False)])
def test_a_hyphen_at_the_end_of_a_system_joins_the_next(last: str, joined: bool) -> None:
    page = systems_of_verses((f"Der Schnee ist {last}",), ("vor ihr Blu- men",), ("und so wei- ter-",))
    place_of = {StaffKey(0, i): StaffInPart(0, 1) for i in range(3)}
    first, second, third = lyrics.find_verses([page], place_of)
    assert (first.goes_on, second.syllables[0].joined) == (joined, joined)
    assert not second.goes_on and not third.goes_on  # nothing follows the last


def test_a_word_that_goes_on_a_text_is_sung_with_the_word_before() -> None:
    line = [(word("W", 100, 260, 10), 0), (replace(word("ko-", 114, 260, 18), goes_on=True), 1),
            (word("lo", 160, 260, 14), 2), (replace(word("...", 176, 260, 6), goes_on=True), 3)]
    assert [(s.text, s.joined, s.words) for s in split(line)] == [("W ko", False, (0, 1)), ("lo ...", True, (2, 3))]
    verse = [(word("len.", 60, 260, 20), 0), (word("2.", 100, 260, 8), 1),
             (replace(word("Doch,", 112, 260, 30), goes_on=True), 2)]
    assert [s.text for s in split(verse)] == ["len.", "2. Doch,"]


@pytest.mark.parametrize(("sung", "count"), [
    ("Jetzt zieht er hin- aus", 0), ("Jetzt zieht er hin- aus ans Meer", 7), ("hin- aus ans Mee- re", 5)])
def test_a_staff_may_be_sung_in_one_system_only(sung: str, count: int) -> None:
    """The lower of two parts, which has a word on how to play in each of ten other systems."""
    heads = [110.0 + 20 * i for i in range(36)]
    systems = 11
    words = [word(t, col - 5, 260 + 300 * i, 10) for i in range(systems)
             for t, col in zip(["la"] * 18, heads, strict=False)]
    words += [word(t, col - 7, 360 + 300 * (systems - 1), 14) for t, col in zip(sung.split(), heads, strict=False)]
    words += [word("dolce", heads[9] - 15, 360 + 300 * i, 30) for i in range(systems - 1)]
    staves = tuple(staff(2 * i + k, 200 + 300 * i + 100 * k) for i in range(systems) for k in (0, 1))
    symbols = tuple(Symbol(100 * s + k, "noteheadBlack", Box(
        215 + 300 * (s // 2) + 100 * (s % 2), col - 6, 225 + 300 * (s // 2) + 100 * (s % 2), col + 6))
        for s in range(2 * systems) for k, col in enumerate(heads))
    page = replace(graph(words), staves=staves, symbols=symbols, staff_of={s.id: s.id // 100 for s in symbols},
                   systems=tuple(System(i, (2 * i, 2 * i + 1)) for i in range(systems)))
    place_of = {StaffKey(0, s): StaffInPart(s % 2, 1) for s in range(2 * systems)}
    lower = [v for v in lyrics.find_verses([page], place_of) if v.staff % 2]
    assert [len(v.syllables) for v in lower] == ([count] if count else [])


def test_a_line_of_words_under_a_bent_staff_is_one_verse() -> None:
    """In a photograph of an open book the right end of a line may stand two staff spaces lower than its left end."""
    columns = [120.0 + 90 * i for i in range(8)]
    bend = {col: 25 * (col - 100) / 800 for col in columns}
    heads = tuple(Symbol(i, "noteheadBlack", Box(215 + bend[c], c - 6, 225 + bend[c], c + 6)) for i, c in
                  enumerate(columns))
    words = [word(text, col - 10, row + bend[col], 20) for row, text in ((265, "la"), (280, "le")) for col in columns]
    flat = staff(0, 200)
    bent = replace(flat, lines=flat.lines + np.array([[0.0, 25.0]]))
    page = NotationGraph(page=0, staves=(bent,), systems=(System(0, (0,)),), symbols=heads, strokes=(), edges=(),
                         staff_of={head.id: 0 for head in heads}, words=tuple(words))
    verses = lyrics.find_verses([page], {StaffKey(0, 0): StaffInPart(0, 1)})
    assert [(v.number, {s.text for s in v.syllables}, v.matched) for v in verses] == [(1, {"la"}, 8), (2, {"le"}, 8)]


@pytest.mark.parametrize(("row", "numbers"), [(285, [1, 2]), (305, [1])])
def test_words_right_over_the_next_system_and_far_below_a_verse_are_none(row: float, numbers: list[int]) -> None:
    """Chord symbols that were read badly, so that few can be told as such."""
    columns = [150.0 + 90 * i for i in range(8)]
    texts = ["Dom", "ec", "Fim", "B", "Emj", "uF", "ob", "gC"]
    words = [word("la", col - 10, 260, 20) for col in columns]
    words += [word(text, col - 10, row, 20) for text, col in zip(texts, columns, strict=True)]
    page = replace(graph(words, columns), systems=(System(0, (0,)), System(1, (1,))))
    verses = lyrics.find_verses([page], {StaffKey(0, 0): StaffInPart(0, 1), StaffKey(0, 1): StaffInPart(0, 1)})
    assert [v.number for v in verses if v.staff == 0] == numbers


def test_a_grainy_row_of_chord_symbols_over_the_next_system_is_no_verse() -> None:
    """One word of it stands beside the staff below; what is under it is no verse either."""
    columns = [150.0 + 70 * i for i in range(10)]
    words = [word("la", col - 10, 262, 20) for col in columns]
    texts = ["#4", "F7", "Dom", "ec", "B", "Fim", "F", "B", "Emj7", "B"]
    words += [word(text, col, 294, 20) for text, col in zip(texts, [70.0, *columns[1:]], strict=True)]
    words += [word(text, col, 306, 20) for text, col in zip("udegad", columns, strict=False)]
    page = replace(graph(words, columns), systems=(System(0, (0,)), System(1, (1,))))
    verses = lyrics.find_verses([page], {StaffKey(0, 0): StaffInPart(0, 1), StaffKey(0, 1): StaffInPart(0, 1)})
    assert [(v.number, len(v.syllables)) for v in verses] == [(1, 10)]


@pytest.mark.parametrize(("lower", "counts"), [(8.7, [6]), (15.0, [4, 2])])
def test_a_line_torn_by_a_bent_staff_is_one_verse(lower: float, counts: list[int]) -> None:
    """"C'est bien la [pire peine] de ne savoir pourquoi" of a photograph. Words a verse lower are another verse."""
    columns = [150.0 + 90 * i for i in range(6)]
    rows = [264, 264, 264 + lower, 264 + lower, 264, 264]
    words = [word("la-", col - 10, row, 20) for col, row in zip(columns, rows, strict=True)]
    verses = lyrics.find_verses([graph(words, columns)], {StaffKey(0, 0): StaffInPart(0, 1)})
    assert [len(v.syllables) for v in verses] == counts
