"""Phrases: words that stand together in a line. They are names of parts, and words in the music."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from omr.text.authors import is_name
from omr.text.places import chains, indented_below, shared_height
from omr.text.tempos import is_tempo
from omr.text.terms import as_term, is_expression, stands_over
from omr.types import Box, NotationGraph, System, Word
from omr.types.table import table


@table
class PhraseLimits:
    """Distances are in staff spaces, shares from 0 to 1. Rules of thumb: no measurement of them is on record."""

    least_score: float = 0.7
    """Least mean score of a phrase that is written into the score: wrong words are worse than none."""
    least_tempo_score: float = 0.5
    """The same for a phrase that begins with a tempo mark: with this score, its words are at least not doubted."""
    word_gap: float = 1.6
    """Longest gap between two words of one phrase."""
    tempo_gap: float = 2.6
    """The same after a tempo mark, whose words are set widely: 1.6 to 2.2 on 130 pages of old prints. Metronome numbers
    stand 3.0 and more behind it there."""
    word_gap_heights: float = 0.8
    """The same in heights of the lower word, if that is more: large titles are set more widely."""
    heading_gap_heights: float = 2.5
    """The same in a heading, where titles are set widely, and in other letters than what stands beside them."""
    heading_alike: float = 0.55
    """Least height of the lower of two words in one line of a heading, as a share of the higher word's height."""
    overlap: float = 0.5
    """How far two words of a phrase may overlap."""
    shared_height: float = 0.4
    """Smallest share of the lower word's height that two words of a phrase have in common."""
    header: float = 4.5
    """Words belong to the heading if their bottom is at least this high over the highest point of the first staff."""
    small: float = 2.2
    """Words lower than this, including their ascenders and descenders, are no title."""
    over_staff: float = 9.0
    """Greatest height of words in the music over the top line of the staff below."""
    under_staff: float = 9.0
    """Greatest depth of words in the music below the bottom line of the staff above."""
    under_last: float = 3.2
    """If no staff follows, greatest gap between words in the music and the staff or notes above; lower words are a
    footer. On 119 pages of old prints such words are at 2.6 and less, footers at 3.5 and more."""
    footer_line: float = 1.0
    """Greatest difference in height between the middles of two phrases in one line of a footer."""
    author_share: float = 0.36
    """Authors stand within this share of the page's width, from the left or right edge. The title stands between."""
    author_end: float = 4.0
    """How far left of the first staff's right end the name of an author close over the staff may end."""
    name_distance: float = 4.0
    """Greatest difference in height between the middles of a name and its staff or brace."""
    own_name: float = 1.5
    """If the middles of a name and a staff differ by less than this, the name belongs to the staff alone. Names of
    braces are 4 or more away from the middles of their staves; MuseScore's names of single staves are within 0.3."""
    name_overlap: float = 0.5
    """How far a name may reach over the left end of the staves."""
    name_beyond: float = 1.0
    """How far above the top or below the bottom staff of a system the middle of a name may be."""
    section_over: float = 3.0
    """How high over its first staff the name of a section that stands left of a system is placed in the score."""
    staff_margin: float = 1.0
    """How far left of a staff the middle of a phrase may be that belongs to the staff."""


PHRASE_LIMITS = PhraseLimits()
_SYLLABLE_LETTER = "[\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7a3]"
"""A letter of kana, Chinese or Korean, as a regular expression."""


FOOTER_SIGNS = 3
"""Fewest letters and digits of a footer: "W.A.M. 311." is one; fingerings and specks are not."""
_CIRCLE = "[®°º?%*©]"
_NUMERO = f"N{_CIRCLE}"
"""How "N°" is read, as a regular expression."""
_IN_HEADINGS = rf"\d{{1,3}}\.?|[A-Z]\.?|{_NUMERO}\W*\d{{0,3}}\.?"
"""Numbers and initials, which belong to a heading if they stand among words."""
_SECTIONS = re.compile(r"(?:VAR|VARIA\w+|TH?EMA|TRIO|CODA|MINORE|MAGGIORE|ALTERNATIVO)\b", re.IGNORECASE)
"""How names of sections begin that old prints set left of a system, where names of parts stand."""
_ONE_LETTER_WORDS = frozenset("aàeèioy")
"""Letters that are words by themselves, such as the "a" of "a tempo"."""
_TEMPO_PRIMO = re.compile(r"\bTempo [14Il][%°º®*?]")
"""How "Tempo I°" is read: its circle is small."""
_UNISON = re.compile(r"a ?[2-4]\.?")
"""What tells the two, three or four players of a staff to play together ("a 2")."""
_SPOILT_JUMP = re.compile(
    r"((?!(?:da|de|to|et|is)\s)[^\W_][.,'’ ]*[$(\w][.,'’]*)(?=\s+al\s+(?:coda|fine|segno)\b)", re.IGNORECASE)
"""Two letters before "al Coda", however they were read."""
_LIKE_S, _LIKE_C = frozenset("Ss$58"), frozenset("Cc(G6")
"""How the second of these letters may have been read, if it is an S or a C."""
_TORN_NAMES = re.compile(
    rf"\b({'|'.join(' ?'.join(name) for name in ('piano', 'violoncello', 'violin', 'violino', 'viola'))})\b",
    re.IGNORECASE)
"""Names of instruments that are spaced out in most old prints, so that Tesseract tears them apart ("PIA NO")."""
_SHORT_NAMES = re.compile(r"(?<=\bV)[iI1|!](?=[nac]\b)|(?<=\b[FC])[iI1|!](?=\.)")
"""Short names whose l was read as an i: "Vln.", "Vla.", "Vlc.", "Fl.", "Cl."."""
_SECOND = re.compile(r"(.*\w)( |\. )(2|II)\.?")
"""The name of the second of two similar parts ("Violin 2"): what both are called, and the number."""
_FIRST = {"2": "1", "II": "I"}
"""The number of the second of two parts -> that of the first."""


@dataclass(frozen=True)
class Phrase:
    """Words that stand together in one line. score: mean score of the words, weighted by their letters. words: their
    indices on the page."""

    text: str
    box: Box
    score: float
    words: tuple[int, ...]

    def is_readable(self, letters: int) -> bool:
        """Whether it was read surely enough, and has a run of at least `letters` letters. With fewer, it is specks or
        signs. A Chinese, Japanese or Korean letter is a syllable or a word by itself."""
        return self.score >= PHRASE_LIMITS.least_score and self.has_letters(letters)

    def has_letters(self, letters: int) -> bool:
        """Whether it has a run of at least `letters` letters, or a letter that is a syllable by itself."""
        return re.search(rf"[^\W\d_]{{{letters}}}|{_SYLLABLE_LETTER}", self.text) is not None


def find_phrases(words: Sequence[Word], space: float, used: Collection[int] = ()) -> list[Phrase]:
    """The phrases that a page's words make, sorted by their left ends. space: staff space in pixels. used: indices of
    words to leave out."""
    places = [i for i, word in enumerate(words) if i not in used and re.search(r"\w", word.text)]

    def follows(last: Box, box: Box) -> bool:
        longest_gap = max(PHRASE_LIMITS.word_gap * space,
                          PHRASE_LIMITS.word_gap_heights * min(last.height, box.height))
        return _is_beside(last, box, longest_gap, space)

    return [_phrase(words, [places[i] for i in line]) for line in chains([words[i].box for i in places], follows)]


def heading_lines(graph: NotationGraph) -> list[Phrase]:
    """The lines above a page's first staff, as far as they can be read. Phrases of about the same height that are set
    widely apart are one line, together with numbers and initials among them."""
    first = min(graph.staves, key=lambda s: s.box.top)
    space = first.space_px
    phrases = [p for p in find_phrases(graph.words, space) if p.box.bottom < first.box.top
               and (p.is_readable(letters=2) or re.fullmatch(_IN_HEADINGS, p.text))]

    def follows(last: Box, box: Box) -> bool:
        low, high = sorted((last.height, box.height))
        longest_gap = max(PHRASE_LIMITS.word_gap * space, PHRASE_LIMITS.heading_gap_heights * low)
        return low > PHRASE_LIMITS.heading_alike * high and _is_beside(last, box, longest_gap, space)

    lines = [_phrase(graph.words, [w for i in line for w in phrases[i].words])
             for line in chains([p.box for p in phrases], follows)]
    return [replace(line, text=_as_number(line.text)) for line in lines]


def _as_number(text: str) -> str:
    """A line with "N°" as it is printed. Tesseract misreads the small circle, which stands over a stroke in old prints.
    If the number after it was not read, the "N°" is left out, too."""
    text = re.sub(rf"\b{_NUMERO}\s?(?=\d)", "N° ", text)
    return re.sub(rf"(?<=\w)\s+N(?:{_CIRCLE})?\.?$", "", text)


def _is_beside(last: Box, box: Box, longest_gap: float, space: float) -> bool:
    """Whether one box follows another in its line. longest_gap and space (the staff space) are in pixels."""
    return (-PHRASE_LIMITS.overlap * space < box.left - last.right < longest_gap
            and shared_height(last, box) > PHRASE_LIMITS.shared_height * min(last.height, box.height))


def _phrase(words: Sequence[Word], line: Sequence[int]) -> Phrase:
    """The phrase that words make. line: their indices, from left to right."""
    box = words[line[0]].box
    for i in line[1:]:
        box = box.union(words[i].box)
    letters = [len(words[i].text) for i in line]
    score = sum(words[i].score * n for i, n in zip(line, letters, strict=True)) / sum(letters)
    return Phrase(" ".join(words[i].text for i in line), box, score, tuple(line))


_HANDS = re.compile(
    r"([rl]\.?\s?h|m\.?\s?[dsg]|right|left|rechte|linke|main|mano|ped|man|i+v?|sw|gt|ch|solo)\b", re.IGNORECASE)
"""What stands beside the single staves of a keyboard: names of hands, pedal, manuals."""


def part_names(graph: NotationGraph) -> dict[int, str]:
    """Staff index -> the name printed to the left of it. The name of a brace belongs to its first staff. See
    `NotationGraph.names`."""
    names: dict[int, list[str]] = defaultdict(list)
    for staff, phrase in phrases_of_names(graph):
        names[staff].append(phrase.text)
    whole = {staff: _SHORT_NAMES.sub("l", _TORN_NAMES.sub(
        lambda name: name[0].replace(" ", ""), " ".join(words))) for staff, words in names.items()}
    return {staff: _first_of_two(name, whole.get(staff + 1, "")) for staff, name in whole.items()}


def _first_of_two(name: str, under: str) -> str:
    """Complete the name of a part by the number that the name of the part below implies: beside "Violin 1", Tesseract
    often reads no number, or a letter."""
    second = _SECOND.fullmatch(under)
    if second is None or not re.fullmatch(rf"{re.escape(second[1])}\.?( [1Il|itT!])?", name):
        return name
    return f"{second[1]}{second[2]}{_FIRST[second[3]]}"


def without_named_braces(graph: NotationGraph) -> NotationGraph:
    """Replace braces by brackets if each of their staves has a name of its own, such as "Violin I" and "Viola": the two
    staves of a keyboard share one name. Systems with equally many staves get the same braces."""
    named: set[tuple[int, tuple[int, ...]]] = set()
    for system in graph.systems:
        own = [p for p in _beside(graph, system) if not _HANDS.match(p.text)]
        for brace in system.braces:
            near = PHRASE_LIMITS.own_name * graph.space_px
            if all(any(abs(p.box.center[0] - graph.staves[i].box.center[0]) < near for p in own) for i in brace):
                named.add(_place(system, brace))
    if not named:
        return graph
    systems = []
    for system in graph.systems:
        gone = [brace for brace in system.braces if _place(system, brace) in named]
        alone = [b for b in gone if not any(set(b) <= set(bracket) for bracket in system.brackets)]
        systems.append(replace(system, braces=tuple(b for b in system.braces if b not in gone),
                               brackets=(*system.brackets, *alone)))
    return replace(graph, systems=tuple(systems))


def _place(system: System, staves: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """How many staves a system has, and which of them (from 0) the given staves of the page are."""
    return len(system.staves), tuple(system.staves.index(i) for i in staves)


def phrases_of_names(graph: NotationGraph) -> Iterator[tuple[int, Phrase]]:
    """Everything that is part of a name, as (index of the staff, phrase); see `part_names`."""
    for system in graph.systems:
        for phrase in _beside(graph, system):
            rows = _name_rows(graph, system)
            row, staff = min(rows, key=lambda r: abs(r[0] - phrase.box.center[0]))
            near = PHRASE_LIMITS.name_distance * graph.staves[system.staves[0]].space_px
            if abs(row - phrase.box.center[0]) < near and not _SECTIONS.match(phrase.text):
                yield staff, phrase


def _beside(graph: NotationGraph, system: System) -> list[Phrase]:
    """The readable phrases to the left of a system, from the top."""
    if not system.staves:
        return []
    space = graph.staves[system.staves[0]].space_px
    before = _words_before(graph, system)
    phrases = find_phrases(graph.words, space, [i for i in range(len(graph.words)) if i not in before])
    readable = [p for p in phrases if p.is_readable(letters=2)]
    return sorted(readable, key=lambda p: (round(p.box.top / space), p.box.left))


def _sections(graph: NotationGraph) -> Iterator[Phrase]:
    """Phrases to the left of a system that name a section ("VAR. II."), moved to where they would stand over its first
    staff."""
    for system in graph.systems:
        for phrase in _beside(graph, system):
            if _SECTIONS.match(phrase.text):
                first = graph.staves[system.staves[0]]
                top = first.box.top - PHRASE_LIMITS.section_over * first.space_px
                yield replace(phrase, box=Box(top, first.left, top + first.space_px, first.left + phrase.box.width))


def _words_before(graph: NotationGraph, system: System) -> set[int]:
    """Indices of the words to the left of a system."""
    staves = [graph.staves[i] for i in system.staves]
    space, left = staves[0].space_px, min(s.left for s in staves)
    top = staves[0].box.top - PHRASE_LIMITS.name_beyond * space
    bottom = staves[-1].box.bottom + PHRASE_LIMITS.name_beyond * space
    return {i for i, w in enumerate(graph.words)
            if w.box.right < left + PHRASE_LIMITS.name_overlap * space and top < w.box.center[0] < bottom}


def _name_rows(graph: NotationGraph, system: System) -> list[tuple[float, int]]:
    """(row, staff) for everything in a system that may have a name: the middle of each brace, with its first staff, and
    the middle of each staff without a brace."""
    rows = []
    for brace in system.braces:
        first, last = graph.staves[brace[0]], graph.staves[brace[-1]]
        rows.append(((first.box.top + last.box.bottom) / 2, brace[0]))
    joined = {i for brace in system.braces for i in brace}
    return [*rows, *((graph.staves[i].box.center[0], i) for i in system.staves if i not in joined)]


def in_music(graph: NotationGraph, used: Collection[int]) -> list[Phrase]:
    """The phrases among the music: over, under or between staves, without names, heading and footer.

    used: indices of words that are used otherwise (lyrics, chord symbols, metronome marks).
    """
    if not graph.staves or not graph.words:
        return []
    space = graph.staves[0].space_px
    words = graph.words if graph.exact else [as_term(word) for word in graph.words]
    of_authors = {word for author in authors_over_staff(graph) for word in author.words}
    footers = footers_of(graph, find_phrases(words, space), space)
    phrases = _with_whole_tempos(words, find_phrases(words, space, {*used, *_signs(graph)}), space)
    found = [p for p in phrases
             if not of_authors & set(p.words) and not _is_beside_any(footers, p, space)
             and (is_among_staves(graph, p.box, space) or is_direction_over_staff(graph, p))]
    found = [p if _is_word(p) else _tempo_alone(p) for p in found if _is_word(p) or _is_spoilt_tempo(p)]
    has_segno = any(s.name == "segno" for s in graph.symbols)
    return [*_sections(graph), *(replace(p, text=_with_jump(_TEMPO_PRIMO.sub("Tempo I°", p.text), has_segno))
                                 for p in found)]


def _is_word(phrase: Phrase) -> bool:
    """Whether a phrase in the music was surely read: it has three letters or more, or says how many play ("a 2")."""
    is_unison = _UNISON.fullmatch(phrase.text) is not None
    return is_unison and phrase.score >= PHRASE_LIMITS.least_tempo_score or phrase.is_readable(letters=3)


def _with_jump(text: str, has_segno: bool) -> str:
    """Correct the two letters before "al Coda" and "al Fine": "D.C." or "D.S.". In bold print, Tesseract misreads them,
    as "pg," or "DS". If the second letter does not tell which it is, a segno on the page does.

    has_segno: whether there is one.
    """
    spoilt = _SPOILT_JUMP.match(text)
    letters = "" if spoilt is None else re.sub(r"[.,'’ ]", "", spoilt[1])
    if spoilt is None or letters.upper() in ("DC", "DS"):
        return text
    letter = letters[1]
    is_segno = letter in _LIKE_S or has_segno and letter not in _LIKE_C
    if not is_segno and letter not in _LIKE_C:
        return text
    return ("D.S." if is_segno else "D.C.") + text[spoilt.end(1):]


def _signs(graph: NotationGraph) -> set[int]:
    """Indices of words on a scan that are really a dynamic or a digit of the music, such as the "p" before "cresc.",
    read as "D"."""
    boxes = [s.box for s in graph.symbols if s.kind in ("dynamic", "fingering", "tuplet")]

    def is_sign(word: Word) -> bool:
        letters = re.findall(r"\w", word.text)
        return len(letters) == 1 and letters[0] not in _ONE_LETTER_WORDS and any(
            box.contains(word.box.center) for box in boxes)

    return set() if graph.exact else {i for i, word in enumerate(graph.words) if is_sign(word)}


def _with_whole_tempos(words: Sequence[Word], phrases: Sequence[Phrase], space: float) -> list[Phrase]:
    """Join each tempo mark with the words after it, which are set more widely than others: "Allegro con brio"."""
    found: list[Phrase] = []
    for phrase in phrases:
        last = next((p for p in found if is_tempo(p.text) and phrase.is_readable(letters=2)
                     and not re.search(r"[\d=]", phrase.text)
                     and _is_beside(p.box, phrase.box, PHRASE_LIMITS.tempo_gap * space, space)), None)
        if last is None:
            found.append(phrase)
        else:
            found[found.index(last)] = _phrase(words, [*last.words, *phrase.words])
    return found


def footers_of(graph: NotationGraph, phrases: Sequence[Phrase], space: float) -> list[Phrase]:
    """The phrases of a page that stand below all music."""
    lowest = max(staff.box.bottom for staff in graph.staves)
    return [p for p in phrases if p.box.top > lowest and sum(map(str.isalnum, p.text)) >= FOOTER_SIGNS
            and not is_among_staves(graph, p.box, space)]


def _is_beside_any(footers: Sequence[Phrase], phrase: Phrase, space: float) -> bool:
    """Whether a phrase is in one line with a footer, and so is a footer, too: "Ausgegeben 1878." under low notes, to
    the right of the plate number."""
    return any(abs(phrase.box.center[0] - footer.box.center[0]) < PHRASE_LIMITS.footer_line * space
               for footer in footers)


def _is_spoilt_tempo(phrase: Phrase) -> bool:
    """Whether a phrase begins with a tempo mark, and the rest is badly read: Tesseract takes the note of a metronome
    mark for a letter, as in "Andante.J- iu." The beginning was read right, since it is a tempo mark."""
    return phrase.score >= PHRASE_LIMITS.least_tempo_score and is_tempo(phrase.text)


def _tempo_alone(phrase: Phrase) -> Phrase:
    """The beginning of a phrase, up to the first word that has other characters than letters."""
    found = re.match(r"(?:[^\W\d_]{2,} )*[^\W\d_]{2,}\.?", phrase.text)
    return phrase if found is None else replace(
        phrase, text=found[0], words=phrase.words[: len(found[0].split(" "))])


def is_direction_over_staff(graph: NotationGraph, phrase: Phrase) -> bool:
    """Whether a phrase in the heading is the tempo of the music, or says how it is played ("con sord.", "dolce"). Such
    words stand this high over a page's first staff if notes, marks or other words are in between."""
    first = min(graph.staves, key=lambda s: s.box.top)
    height = (first.box.top - phrase.box.center[0]) / first.space_px
    is_small = phrase.box.height < PHRASE_LIMITS.small * first.space_px
    return 0 < height < PHRASE_LIMITS.over_staff and (
        is_tempo(phrase.text) or is_small and (stands_over(phrase.text) or is_expression(phrase.text)))


def authors_over_staff(graph: NotationGraph) -> list[Phrase]:
    """Authors close over the right end of a page's first staff, where small pages have them: "F. Chopin", "Clément
    Janequin", "arr. Ann"."""
    first = min(graph.staves, key=lambda s: s.box.top)
    space = first.space_px
    return [line for line in heading_lines(graph)
            if first.right - PHRASE_LIMITS.author_end * space < line.box.right < first.right + space
            and first.box.top - line.box.bottom <= PHRASE_LIMITS.header * space
            and line.is_readable(letters=3) and is_name(line.text)]


def is_among_staves(graph: NotationGraph, box: Box, space: float) -> bool:
    """Whether a phrase is near a staff, and not part of the heading."""
    row, col = box.center
    if indented_below(graph, row, col) is not None:
        return True
    margin = PHRASE_LIMITS.staff_margin * space
    columns = [s for s in graph.staves if s.left - margin < col < s.right]
    heights = [s.row(4, col) - row for s in columns if s.row(4, col) > row]
    depths = [row - s.row(-4, col) for s in columns if s.row(-4, col) < row]
    if heights and not depths and min(heights) > PHRASE_LIMITS.header * space:
        return False
    if depths and not heights:
        over = [s.box.bottom for s in graph.symbols if s.kind == "notehead" and s.box.bottom < row
                and box.left - 2 * space < s.box.center[1] < box.right + 2 * space]
        return box.top - max([row - min(depths), *over]) < PHRASE_LIMITS.under_last * space
    return (bool(heights) and min(heights) < PHRASE_LIMITS.over_staff * space
            or bool(depths) and min(depths) < PHRASE_LIMITS.under_staff * space)
