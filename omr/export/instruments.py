"""What plays each part, on a score's MusicXML tree: programs then play a violin's part with a violin's sound, and find
the instrument in their lists.

An instrument is known by the name printed beside its staves. A part without a name that is sung is a voice; every
other part without a known name is a piano.
"""

from __future__ import annotations

import re

from lxml import etree

from omr.export.percussion import PERCUSSION_CHANNEL

_CHANNELS = [c for c in range(1, 17) if c != PERCUSSION_CHANNEL]
"""MIDI's channels for notes with pitch."""
PIANO = ("keyboard.piano", 1)
VOICE = ("voice.vocals", 53)
_NAMES: tuple[tuple[str, str, int], ...] = (
    (r"piccolo|ottavin|kleine fl|^picc\b", "wind.flutes.flute.piccolo", 73),
    (r"recorder|block ?fl|flauto dolce|flûte à bec", "wind.flutes.recorder", 75),
    (r"\bfl[auûo]u?t|flöte|flaut|^fl\b", "wind.flutes.flute", 74),
    (r"engl.*horn|cor anglais|corno inglese|^[ec]\. ?[hai]\.", "wind.reed.english-horn", 70),
    (r"\boboe?|hautb|hoboe|^ob\b", "wind.reed.oboe", 69),
    (r"bas[sß] ?-?(c|k)lar|clarinetto basso|clarinette basse", "wind.reed.clarinet.bass", 72),
    (r"\b[ck]lari?net|^[ck]l(ar)?\b", "wind.reed.clarinet", 72),
    (r"(contra|kontra|double ?)-?(bassoon|fag)", "wind.reed.contrabassoon", 71),
    (r"bassoon|fagott|\bbassons?\b|^(fag?|fg|bsn)\b", "wind.reed.bassoon", 71),
    (r"sopran\w* sa[xk]", "wind.reed.saxophone.soprano", 65),
    (r"bar\w* sa[xk]", "wind.reed.saxophone.baritone", 68),
    (r"ten\w* sa[xk]", "wind.reed.saxophone.tenor", 67),
    (r"sa[xk]o|\bsax\b", "wind.reed.saxophone.alto", 66),
    (r"flugelhorn|flügelhorn|fliscorn|bugle", "brass.flugelhorn", 57),
    (r"tenor ?horn|barit\w* horn|euphonium|bombardin", "brass.euphonium", 59),
    (r"cornet", "brass.cornet", 57),
    (r"\bhorn|waldhorn|\bcor(n[oi]|s)?\b|trompas?\b|^hrn\b", "brass.french-horn", 61),
    (r"trombon|posaun|^(tbn|pos)\b", "brass.trombone", 58),
    (r"trump|trom[pb]|clarin[oi]\b|^t[rp]t\b", "brass.trumpet", 57),
    (r"\btuba|ophicl", "brass.tuba", 59),
    (r"timp|pauke", "drum.timpani", 48),
    (r"glockenspiel", "pitched-percussion.glockenspiel", 10),
    (r"vibraph", "pitched-percussion.vibraphone", 12),
    (r"marimba", "pitched-percussion.marimba", 13),
    (r"x[yi]lo(ph|f)", "pitched-percussion.xylophone", 14),
    (r"(electric|e-?) ?bass\b|bass ?guitar|bajo electr", "pluck.bass.electric", 34),
    (r"guitar|gitarr|chitarr|^g(ui)?t(r|a)?\b", "pluck.guitar.nylon-string", 25),
    (r"\bharp(e|a|s)?\b|harfe|\barpa", "pluck.harp", 47),
    (r"\blute|\blaute|\bluth\b|liuto|theorb|tiorba", "pluck.lute", 26),
    (r"mandolin", "pluck.mandolin", 26),
    (r"ukulele", "pluck.ukulele", 25),
    (r"banjo", "pluck.banjo", 106),
    (r"\borg(an|el|ue|ano)?\b|\bórgano", "keyboard.organ.pipe", 20),
    (r"harmonium", "keyboard.harmonium", 21),
    (r"harpsi|cembalo|clavecin|clavicemb", "keyboard.harpsichord", 7),
    (r"celest", "keyboard.celesta", 9),
    (r"accord|akkord|bandon|fisarm|acorde", "keyboard.accordion", 22),
    (r"piano|klavier|pianof|^p(f|no|ft)e?\b|keyboard", *PIANO),
    (r"contin|^b\W*c\b", "strings.cello", 43),
    (r"contrab|kontraba|double ?bass|string bass|violone", "strings.contrabass", 44),
    (r"cello|^v(cl?|lc)\b", "strings.cello", 43),
    (r"\bviole\b|\bviolas?\b|bratsch|^vla\b|^va\b", "strings.viola", 42),
    (r"violin|\bviol(ons?)?\b|geige|^v(l|ln|n|no|on|io)\b", "strings.violin", 41),
    (r"mezzo", "voice.mezzo-soprano", 53),
    (r"sopran|\bdessus|discant|cantus|^s\b", "voice.soprano", 53),
    (r"\balt(o|us)?\b|haute-contre|^a\b", "voice.alto", 53),
    (r"\bt[eé]n(or|ore|ors|öre|eur)?\b|^t\b", "voice.tenor", 53),
    (r"\bbar[iy]ton", "voice.baritone", 53),
    (r"\bbass?(e|o|us|i)?\b|\bbaß\b|^b\b", "voice.bass", 53),
    (r"voi(ce|x)|\bvo[cz]|vocal|gesang|singst|stimme|canto|chant|choir|chor\b|ch[oœ]e?ur", *VOICE),
)
"""How an instrument's name is printed in English, German, French, Italian or Spanish, in small letters (the first that
fits) -> MusicXML's standard sound and its program in General MIDI, counted from 1."""
_PLAYED_BASS = ("strings.contrabass", 44)
"""What a "Basso" is that is not sung."""


def instrument_of(name: str, sung: bool) -> tuple[str, int]:
    """(MusicXML's standard sound, General MIDI program counted from 1) of a part. name: as printed, "" for none. sung:
    whether it has words, which a "Basso" that is a voice has and one that is a double bass has not."""
    words = re.sub(r"^[\W\d]*([ivx]+\b\W*)?", "", name.casefold())
    for pattern, sound, program in _NAMES:
        if re.search(pattern, words):
            return _PLAYED_BASS if sound == "voice.bass" and not sung else (sound, program)
    return VOICE if sung else PIANO


class Channels(dict[int, int]):
    """The channel of each program: parts of one sound share it. After the last channel they begin again."""

    def __missing__(self, program: int) -> int:
        self[program] = _CHANNELS[len(self) % len(_CHANNELS)]
        return self[program]


def write_instrument(root: etree._Element, name: str, mx_part: etree._Element, channels: Channels) -> None:
    """Write what plays a part into its `score-part`.

    root: of the file; mx_part: the part, with its words. name: as printed, "" for none. channels: of the file so far.
    """
    number = mx_part.get("id", "")
    score_part = next(p for p in root.iterfind("part-list/score-part") if p.get("id") == number)
    sound, program = instrument_of(name, sung=mx_part.find("measure/note/lyric") is not None)
    made = etree.SubElement(score_part, "score-instrument", id=f"{number}-I1")
    etree.SubElement(made, "instrument-name").text = score_part.findtext("part-name")
    etree.SubElement(made, "instrument-sound").text = sound
    midi = etree.SubElement(score_part, "midi-instrument", id=f"{number}-I1")
    etree.SubElement(midi, "midi-channel").text = str(channels[program])
    etree.SubElement(midi, "midi-program").text = str(program)
