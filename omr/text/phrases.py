"""Phrases, the words that stand together in a line: names of parts, and words in the music."""

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
    """Distances in staff spaces, shares from 0 to 1. Rules of thumb: no measurement of them is on record."""

    least_score: float = 0.7
    """Smallest mean score of a phrase that is written: wrong words are worse than none."""
    least_tempo_score: float = 0.5
    """The same of a phrase that begins with a tempo: at least its words are not doubted."""
    word_gap: float = 1.6
    """Longest gap between two words of one phrase."""
    tempo_gap: float = 2.6
    """The same behind a tempo, whose words are set widely: on 130 pages of old prints 1.6 to 2.2, where numbers of
    metronomes stand 3.0 behind it and more."""
    word_gap_heights: float = 0.8
    """The same in heights of the lower word, where that is more: large titles are set wider."""
    heading_gap_heights: float = 2.5
    """The same in a heading, where titles are set widely and in other letters than what stands beside them."""
    heading_alike: float = 0.55
    """Least height of the lower of two words in one line of a heading, as a share of the higher one's."""
    overlap: float = 0.5
    """How far two words of a phrase may overlap."""
    shared_height: float = 0.4
    """Smallest share of the lower word's height that two words of a phrase have in common."""
    header: float = 4.5
    """Heading: words whose bottom is higher than this over the first staff's highest point."""
    small: float = 2.2
    """Words lower than this, letters over and under the line included, are no title."""
    over_staff: float = 9.0
    """Greatest height of words in the music over the top line of the staff below them."""
    under_staff: float = 9.0
    """Greatest depth of words in the music below the bottom line of the staff above them."""
    under_last: float = 3.2
    """Greatest gap between the staff or notes over them and words in the music, where no staff follows: what stands
    lower is a footer. On 119 pages of old prints words there stand at 2.6 and less, footers at 3.5 and more."""
    footer_line: float = 1.0
    """Greatest difference in height between the middles of two phrases of one line of footers."""
    author_share: float = 0.36
    """Share of the page's width, at the left and right edge, that authors stand in. The title stands between."""
    author_end: float = 4.0
    """How far left of the first staff's right end an author's name close over it ends, at most."""
    name_distance: float = 4.0
    """Largest difference in height between the middles of a name and its staff or brace."""
    own_name: float = 1.5
    """Largest difference in height between the middles of a name and a staff that make it the staff's alone. Those of
    a brace stand 4 or more away from the middles of its staves; MuseScore's of single staves at most 0.3."""
    name_overlap: float = 0.5
    """How far a name may reach over the left end of the staves."""
    name_beyond: float = 1.0
    """How far over the top and below the bottom staff of a system the middle of a name may be."""
    section_over: float = 3.0
    """How high over its first staff the name of a section is set that stands left of its system."""
    staff_margin: float = 1.0
    """How far left of a staff the middle of a phrase that belongs to it may be."""


PHRASE_LIMITS = PhraseLimits()
_SYLLABLE_LETTER = "[\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7a3]"
"""A letter of kana, Chinese or Korean, as a regular expression."""


FOOTER_SIGNS = 3
"""Fewest letters and digits of a footer: "W.A.M. 311." is one, a fingering or a speck is none."""
_CIRCLE = "[®°º?%*©]"
_NUMERO = f"N{_CIRCLE}"
"""How "N°" is read, as a regular expression."""
_IN_HEADINGS = rf"\d{{1,3}}\.?|[A-Z]\.?|{_NUMERO}\W*\d{{0,3}}\.?"
"""Numbers and initials, which belong to a heading among words."""
_SECTIONS = re.compile(r"(?:VAR|VARIA\w+|TH?EMA|TRIO|CODA|MINORE|MAGGIORE|ALTERNATIVO)\b", re.IGNORECASE)
"""How the names of sections begin that old prints set left of a system, where parts have theirs."""
_ONE_LETTER_WORDS = frozenset("aàeèioy")
"""Letters that are words by themselves, as in "a tempo"."""
_TEMPO_PRIMO = re.compile(r"\bTempo [14Il][%°º®*?]")
"""How "Tempo I°" is read, whose circle is small."""
_UNISON = re.compile(r"a ?[2-4]\.?")
"""What tells the two, three or four players of a staff to play together."""
_SPOILT_JUMP = re.compile(
    r"((?!(?:da|de|to|et|is)\s)[^\W_][.,'’ ]*[$(\w][.,'’]*)(?=\s+al\s+(?:coda|fine|segno)\b)", re.IGNORECASE)
"""Two letters before "al Coda", read in any way."""
_LIKE_S, _LIKE_C = frozenset("Ss$58"), frozenset("Cc(G6")
"""What the second of them is read as."""
_TORN_NAMES = re.compile(
    rf"\b({'|'.join(' ?'.join(name) for name in ('piano', 'violoncello', 'violin', 'violino', 'viola'))})\b",
    re.IGNORECASE)
"""Names of the instruments of most old prints, which are spaced out, so that Tesseract tears them ("PIA NO")."""
_SHORT_NAMES = re.compile(r"(?<=\bV)[iI1|!](?=[nac]\b)|(?<=\b[FC])[iI1|!](?=\.)")
"""Short names whose l was read as an i: "Vln.", "Vla.", "Vlc.", "Fl.", "Cl."."""
_SECOND = re.compile(r"(.*\w)( |\. )(2|II)\.?")
"""The name of the second of two parts that are alike, "Violin 2": what both are called, and its number."""
_FIRST = {"2": "1", "II": "I"}
"""The number of the second of two parts -> that of the first."""


@dataclass(frozen=True)
class Phrase:
    """Words that stand together in one line. score: mean of the words', weighted by letters. words: their places
    among those of the page."""

    text: str
    box: Box
    score: float
    words: tuple[int, ...]

    def is_readable(self, letters: int) -> bool:
        """Whether it was read surely enough, and has a run of so many letters: fewer are specks or signs. A Chinese,
        Japanese or Korean letter is a syllable or a word by itself."""
        return self.score >= PHRASE_LIMITS.least_score and self.has_letters(letters)

    def has_letters(self, letters: int) -> bool:
        """Whether it has a run of so many letters, or one that is a syllable by itself."""
        return re.search(rf"[^\W\d_]{{{letters}}}|{_SYLLABLE_LETTER}", self.text) is not None


def find_phrases(words: Sequence[Word], space: float, used: Collection[int] = ()) -> list[Phrase]:
    """The phrases of a page's words, by their left ends. space: staff space in pixels; used: places to leave out."""
    places = [i for i, word in enumerate(words) if i not in used and re.search(r"\w", word.text)]

    def follows(last: Box, box: Box) -> bool:
        longest_gap = max(PHRASE_LIMITS.word_gap * space,
                          PHRASE_LIMITS.word_gap_heights * min(last.height, box.height))
        return _is_beside(last, box, longest_gap, space)

    return [_phrase(words, [places[i] for i in line]) for line in chains([words[i].box for i in places], follows)]


def heading_lines(graph: NotationGraph) -> list[Phrase]:
    """The lines of what stands over a page's first staff, as far as it can be read: phrases of about one height that
    are set widely apart are one, with numbers and initials among them."""
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
    """A line with its "N°" as it is printed: Tesseract takes the small circle, which stands over a stroke in old
    prints, for other signs. Where the number behind it was not read, the "N°" is left out too."""
    text = re.sub(rf"\b{_NUMERO}\s?(?=\d)", "N° ", text)
    return re.sub(rf"(?<=\w)\s+N(?:{_CIRCLE})?\.?$", "", text)


def _is_beside(last: Box, box: Box, longest_gap: float, space: float) -> bool:
    """Whether one box follows another in its line. longest_gap, space: the staff space; in pixels."""
    return (-PHRASE_LIMITS.overlap * space < box.left - last.right < longest_gap
            and shared_height(last, box) > PHRASE_LIMITS.shared_height * min(last.height, box.height))


def _phrase(words: Sequence[Word], line: Sequence[int]) -> Phrase:
    """The phrase of the words at these places, from left to right."""
    box = words[line[0]].box
    for i in line[1:]:
        box = box.union(words[i].box)
    letters = [len(words[i].text) for i in line]
    score = sum(words[i].score * n for i, n in zip(line, letters, strict=True)) / sum(letters)
    return Phrase(" ".join(words[i].text for i in line), box, score, tuple(line))


_HANDS = re.compile(
    r"([rl]\.?\s?h|m\.?\s?[dsg]|right|left|rechte|linke|main|mano|ped|man|i+v?|sw|gt|ch|solo)\b", re.IGNORECASE)
"""What stands beside the single staves of a keyboard."""


def part_names(graph: NotationGraph) -> dict[int, str]:
    """Staff index -> the name printed left of it; the name of a brace goes to its first staff. See
    `NotationGraph.names`."""
    names: dict[int, list[str]] = defaultdict(list)
    for staff, phrase in phrases_of_names(graph):
        names[staff].append(phrase.text)
    whole = {staff: _SHORT_NAMES.sub("l", _TORN_NAMES.sub(
        lambda name: name[0].replace(" ", ""), " ".join(words))) for staff, words in names.items()}
    return {staff: _first_of_two(name, whole.get(staff + 1, "")) for staff, name in whole.items()}


def _first_of_two(name: str, under: str) -> str:
    """The name of a part over another, with the number that the other's tells: Tesseract often reads none beside
    "Violin 1", or a letter."""
    second = _SECOND.fullmatch(under)
    if second is None or not re.fullmatch(rf"{re.escape(second[1])}\.?( [1Il|itT!])?", name):
        return name
    return f"{second[1]}{second[2]}{_FIRST[second[3]]}"


def without_named_braces(graph: NotationGraph) -> NotationGraph:
    """The graph with brackets for braces whose staves have each a name of their own, such as "Violin I" and "Viola": a
    keyboard's two staves have one name between them. Systems of equally many staves have the same braces."""
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
    """How many staves a system has, and which of them, from 0, some staves of the page are."""
    return len(system.staves), tuple(system.staves.index(i) for i in staves)


def phrases_of_names(graph: NotationGraph) -> Iterator[tuple[int, Phrase]]:
    """(index of a staff, phrase) of all that is part of a name; see `part_names`."""
    for system in graph.systems:
        for phrase in _beside(graph, system):
            rows = _name_rows(graph, system)
            row, staff = min(rows, key=lambda r: abs(r[0] - phrase.box.center[0]))
            near = PHRASE_LIMITS.name_distance * graph.staves[system.staves[0]].space_px
            if abs(row - phrase.box.center[0]) < near and not _SECTIONS.match(phrase.text):
                yield staff, phrase


def _beside(graph: NotationGraph, system: System) -> list[Phrase]:
    """The phrases left of a system that can be read, from the top."""
    if not system.staves:
        return []
    space = graph.staves[system.staves[0]].space_px
    before = _words_before(graph, system)
    phrases = find_phrases(graph.words, space, [i for i in range(len(graph.words)) if i not in before])
    readable = [p for p in phrases if p.is_readable(letters=2)]
    return sorted(readable, key=lambda p: (round(p.box.top / space), p.box.left))


def _sections(graph: NotationGraph) -> Iterator[Phrase]:
    """What stands left of a system and tells what begins there, "VAR. II.", as if it stood over its first staff."""
    for system in graph.systems:
        for phrase in _beside(graph, system):
            if _SECTIONS.match(phrase.text):
                first = graph.staves[system.staves[0]]
                top = first.box.top - PHRASE_LIMITS.section_over * first.space_px
                yield replace(phrase, box=Box(top, first.left, top + first.space_px, first.left + phrase.box.width))


def _words_before(graph: NotationGraph, system: System) -> set[int]:
    """Places of the words left of a system among those of the page."""
    staves = [graph.staves[i] for i in system.staves]
    space, left = staves[0].space_px, min(s.left for s in staves)
    top = staves[0].box.top - PHRASE_LIMITS.name_beyond * space
    bottom = staves[-1].box.bottom + PHRASE_LIMITS.name_beyond * space
    return {i for i, w in enumerate(graph.words)
            if w.box.right < left + PHRASE_LIMITS.name_overlap * space and top < w.box.center[0] < bottom}


def _name_rows(graph: NotationGraph, system: System) -> list[tuple[float, int]]:
    """(row, staff) of everything in a system that may have a name: the middle of each brace, with its first staff, and
    of each staff without one."""
    rows = []
    for brace in system.braces:
        first, last = graph.staves[brace[0]], graph.staves[brace[-1]]
        rows.append(((first.box.top + last.box.bottom) / 2, brace[0]))
    joined = {i for brace in system.braces for i in brace}
    return [*rows, *((graph.staves[i].box.center[0], i) for i in system.staves if i not in joined)]


def in_music(graph: NotationGraph, used: Collection[int]) -> list[Phrase]:
    """The phrases that stand among the music, over, under or between staves; no names, heading or footer.

    used: places of words that are taken already (lyrics, chord symbols, metronome marks).
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
    """Whether a phrase in the music is one that is surely read: of three letters or more, or that several play."""
    is_unison = _UNISON.fullmatch(phrase.text) is not None
    return is_unison and phrase.score >= PHRASE_LIMITS.least_tempo_score or phrase.is_readable(letters=3)


def _with_jump(text: str, has_segno: bool) -> str:
    """Words that send the player back, with the two letters that they begin with: before "al Coda" and "al Fine" stands
    "D.C." or "D.S.", which Tesseract misreads in bold letters, as "pg," or "DS". Where the second letter does not tell
    which, a segno on the page does. has_segno: there is one."""
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
    """Places of words of a scan that are a dynamic or a digit of the music: the "p" before "cresc.", read as a "D"."""
    boxes = [s.box for s in graph.symbols if s.kind in ("dynamic", "fingering", "tuplet")]

    def is_sign(word: Word) -> bool:
        letters = re.findall(r"\w", word.text)
        return len(letters) == 1 and letters[0] not in _ONE_LETTER_WORDS and any(
            box.contains(word.box.center) for box in boxes)

    return set() if graph.exact else {i for i, word in enumerate(graph.words) if is_sign(word)}


def _with_whole_tempos(words: Sequence[Word], phrases: Sequence[Phrase], space: float) -> list[Phrase]:
    """The phrases, each tempo with the words behind it that are set more widely than others: "Allegro  con brio"."""
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
    """Those of a page's phrases that stand below all music."""
    lowest = max(staff.box.bottom for staff in graph.staves)
    return [p for p in phrases if p.box.top > lowest and sum(map(str.isalnum, p.text)) >= FOOTER_SIGNS
            and not is_among_staves(graph, p.box, space)]


def _is_beside_any(footers: Sequence[Phrase], phrase: Phrase, space: float) -> bool:
    """Whether a phrase stands in one line with a footer, and so is one: "Ausgegeben 1878." under low notes, on the
    right of the number of the plate."""
    return any(abs(phrase.box.center[0] - footer.box.center[0]) < PHRASE_LIMITS.footer_line * space
               for footer in footers)


def _is_spoilt_tempo(phrase: Phrase) -> bool:
    """Whether a phrase begins with a tempo, and is badly read because of what follows: Tesseract takes the note of a
    metronome mark for a letter, "Andante.J- iu." That its beginning is a tempo tells that this was read right."""
    return phrase.score >= PHRASE_LIMITS.least_tempo_score and is_tempo(phrase.text)


def _tempo_alone(phrase: Phrase) -> Phrase:
    """The words that a phrase begins with, as far as they are made of letters."""
    found = re.match(r"(?:[^\W\d_]{2,} )*[^\W\d_]{2,}\.?", phrase.text)
    return phrase if found is None else replace(
        phrase, text=found[0], words=phrase.words[: len(found[0].split(" "))])


def is_direction_over_staff(graph: NotationGraph, phrase: Phrase) -> bool:
    """Whether a phrase in the heading is the tempo of the music, or says how it is played ("con sord.", "dolce"): such
    words stand this high over a page's first staff where notes, marks or other words stand between."""
    first = min(graph.staves, key=lambda s: s.box.top)
    height = (first.box.top - phrase.box.center[0]) / first.space_px
    is_small = phrase.box.height < PHRASE_LIMITS.small * first.space_px
    return 0 < height < PHRASE_LIMITS.over_staff and (
        is_tempo(phrase.text) or is_small and (stands_over(phrase.text) or is_expression(phrase.text)))


def authors_over_staff(graph: NotationGraph) -> list[Phrase]:
    """The authors close over the right end of a page's first staff, where small pages have them: "F. Chopin", "Clément
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
