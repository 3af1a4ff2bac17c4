"""Random scores in MEI, from a seed, with what real corpora seldom contain.

They are not music, but they are notation: measures add up, stems follow their voices, and beams, tuplets, ties and
slurs are where they may be. Dense piano writing in two voices is the commonest kind, as in scans of old prints, and
every rare glyph of the vocabulary has its turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from deepscores.figures import Beat, Figure, draw_figure, in_range, measure_of

_STEPS = "cdefgab"
_CLEFS = {  # shape, line -> staff position 0 (middle line), as steps above C0
    ("G", 2): 34, ("F", 4): 22, ("C", 3): 28, ("C", 4): 26, ("G", 2, 8): 27,
    ("G", 2, -8): 41, ("F", 4, 8): 15, ("F", 4, -8): 29, ("C", 4, 8): 19,
}
"""A third number puts an 8 below the clef, or above it if it is negative."""
_PERCUSSION = ("perc", 3)
"""The clef of instruments without pitch: their notes have places on the staff, but no names."""
_METERS = [(4, 4), (3, 4), (2, 4), (6, 8), (2, 2), (3, 8), (9, 8), (12, 8), (5, 4), (7, 8), (3, 2), (6, 4), (5, 8)]
_METER_WEIGHT = [8, 6, 7, 5, 3, 3, 1.5, 1.5, 0.7, 0.7, 1, 0.7, 0.7]
_STOCK = ["con", "moto", "dolce", "espressivo", "Allegro", "ma", "non", "troppo", "Andante", "sempre", "legato", "poco",
          "rit.", "a tempo", "cresc.", "cresc.", "dim.", "Fine", "calando", "marcato", "simile", "sotto voce"]
_ARTICULATIONS = {"stacc": 8, "acc": 4, "ten": 2, "marc": 1, "stacciss": 1, "upbow": 0.3, "dnbow": 0.3}
_RARE_ARTICULATIONS = {"upbow": 1, "dnbow": 1, "harm": 1, "snap": 1, "lhpizz": 1, "stacciss": 1, "marc": 1}
_ORNAMENTS = ["trill", "longtrill", "mordent", "mordent2", "turn", "turn2", "fermata", "fermata2", "angular", "square",
              "arpeg", "breath", "caesura"]
_SHAPES = ["x", "diamond", "slash", "+"]
"""MEI's names of noteheads other than round ones."""
_MICROTONES = ["1qs", "1qf", "3qs", "3qf"]
_REACH = {None: (-19, 19), "up": (-2, 12), "down": (-12, 2)}
"""Lowest and highest staff position of a voice that is alone on its staff, of an upper and of a lower voice."""
_LAYOUTS = ["piano", "solo", "song", "quartet", "choir", "drums", "band"]
_LAYOUT_WEIGHT = [6, 2, 1.5, 1, 0.7, 0.35, 0.35]
_TUPLETS = {(3, 2): 7, (6, 4): 2, (5, 4): 1, (7, 4): 0.7, (9, 8): 0.5, (10, 8): 0.25, (11, 8): 0.25, (12, 8): 0.25,
            (13, 8): 0.25}
"""Tuplets of a quarter -> how often they are drawn. (3, 2): three notes in the time of two."""
_COMPOUND_TUPLETS = {(2, 3): 2, (4, 3): 3, (8, 6): 2, (5, 3): 1, (7, 6): 1}
"""The same for a dotted quarter."""
_FINGERS = [0.06, 1, 1, 1, 1, 1]
"""How often a fingering is 0 (a string player's thumb or open string) and 1 to 5."""


class _Writer:
    """One score that is being written: MEI text, and the control events (slurs, hairpins, ...) of the current
    measure."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng
        self.count = 0
        self.controls: list[str] = []
        self.last: dict[tuple[int, int], tuple[str, list[tuple[str, int, str]]]] = {}
        self.density = rng.choice([0.25, 0.5, 1.0], p=[0.35, 0.4, 0.25])
        self.chordal = rng.choice([0.05, 0.3, 0.6])
        self.chromatic = rng.choice([0.03, 0.12, 0.35], p=[0.4, 0.4, 0.2])
        self.articulated = rng.choice([0.02, 0.15, 0.4])
        self.ornate = rng.choice([0.01, 0.04, 0.12], p=[0.5, 0.3, 0.2])
        self.fingered = rng.choice([0.0, 0.1, 0.45], p=[0.6, 0.2, 0.2])
        self.figured = rng.choice([0.0, 0.5, 0.9], p=[0.3, 0.35, 0.35])
        self.figures: dict[tuple[int, int], tuple[Figure | None, int]] = {}
        self.slurred = rng.choice([0.0, 0.02, 0.06])
        self.slurs: dict[tuple[int, int], tuple[str, int]] = {}
        self.clefs: list[tuple] = []
        self.crossing = rng.choice([0.0, 0.25], p=[0.7, 0.3])
        self.shaped = rng.choice([0.0, 0.08, 0.5], p=[0.75, 0.2, 0.05])
        self.shapes = list(rng.permutation(_SHAPES)[:2])
        self.microtonal = rng.choice([0.0, 0.3], p=[0.85, 0.15])
        self.cued = rng.choice([0.0, 0.1, 0.5], p=[0.75, 0.15, 0.1])
        self.cue = ""
        """The attribute of the notes in the current voice, if they are cue notes."""
        self.special = rng.choice([0.0, 0.4], p=[0.7, 0.3])
        self.short = rng.choice([0.0, 0.3, 1.0], p=[0.4, 0.35, 0.25])

    def id(self) -> str:
        self.count += 1
        return f"x{self.count}"

    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def forget(self, staff: int, layer: int) -> None:
        """Nothing goes on from this voice's last note, because the voice pauses."""
        self.last.pop((staff, layer), None)
        self.slurs.pop((staff, layer), None)

    def figure(self, staff: int, layer: int, center: int) -> Figure | None:
        """What the voice plays in the measure that begins: a figure for some measures, or None for some."""
        figure, left = self.figures.get((staff, layer), (None, 0))
        if left == 0:
            left = int(self.rng.integers(1, 5))
            place = int(np.clip(center + self.rng.normal(0, 4), -9, 5))
            figure = draw_figure(self.rng, place) if self.chance(self.figured) else None
        self.figures[(staff, layer)] = (figure, left - 1)
        return figure

    def pick(self, items: Sequence[Any], weights: Sequence[float] | None = None) -> Any:
        p = None if weights is None else np.asarray(weights, float) / np.sum(weights)
        return items[int(self.rng.choice(len(items), p=p))]


def write_mei(rng: np.random.Generator) -> str:
    """A score of some 12 to 60 measures. The same generator state gives the same text."""
    w = _Writer(rng)
    layout = w.pick(_LAYOUTS, _LAYOUT_WEIGHT)
    clefs: list[tuple] = {
        "piano": [("G", 2), ("F", 4)],
        "solo": [w.pick([c for c in _CLEFS if c != ("G", 2)] + [("G", 2)] * 4)],
        "song": [("G", 2), ("G", 2), ("F", 4)],
        "quartet": [("G", 2), ("G", 2), ("C", 3), ("F", 4)],
        "choir": [("G", 2), ("G", 2), ("G", 2, 8), ("F", 4)],
        "drums": [_PERCUSSION],
        "band": [w.pick([("G", 2), ("G", 2, -8)]), w.pick([("F", 4), ("F", 4, 8), ("F", 4, -8)]), _PERCUSSION],
    }[layout]
    key = int(w.pick(range(-7, 8), [1, 1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 3, 2, 1, 1]))
    meter = w.pick(_METERS, _METER_WEIGHT)
    body = [_section(w, clefs, meter, int(rng.integers(12, 60)), layout)]
    return _document(w, clefs, key, meter, layout, body)


def _document(w: _Writer, clefs: list[tuple], key: int, meter: tuple[int, int], layout: str, body: list[str]) -> str:
    defs = []
    for n, clef in enumerate(clefs, 1):
        octave = ""
        if len(clef) == 3:
            octave = f' clef.dis="8" clef.dis.place="{"below" if clef[2] > 0 else "above"}"'
        defs.append(f'<staffDef n="{n}" lines="5" clef.shape="{clef[0]}" clef.line="{clef[1]}"{octave}/>')
    if layout == "piano":
        group = f'<staffGrp symbol="brace" bar.thru="true">{"".join(defs)}</staffGrp>'
    elif layout == "song":
        group = f'<staffGrp>{defs[0]}<staffGrp symbol="brace" bar.thru="true">{"".join(defs[1:])}</staffGrp></staffGrp>'
    else:
        through = "true" if layout == "quartet" else "false"
        group = f'<staffGrp symbol="bracket" bar.thru="{through}">{"".join(defs)}</staffGrp>'
    return (
        '<mei xmlns="http://www.music-encoding.org/ns/mei" meiversion="5.1"><meiHead><fileDesc><titleStmt><title>'
        f"{_words(w, 3)}</title></titleStmt><pubStmt/></fileDesc></meiHead><music><body><mdiv><score>"
        f'<scoreDef keysig="{_key(key)}" {_meter(w, meter)}><pgHead><rend halign="center">{_words(w, 3)}</rend>'
        f"</pgHead>{group}</scoreDef>{''.join(body)}</score></mdiv></body></music></mei>"
    )


def _key(fifths: int) -> str:
    return f"{abs(fifths)}{'s' if fifths > 0 else 'f'}" if fifths else "0"


def _meter(w: _Writer, meter: tuple[int, int]) -> str:
    symbol = {(4, 4): "common", (2, 2): "cut"}.get(meter)
    shown = f' meter.sym="{symbol}"' if symbol and w.chance(0.6) else ""
    return f'meter.count="{meter[0]}" meter.unit="{meter[1]}"{shown}'


def _words(w: _Writer, n: int) -> str:
    return " ".join(w.pick(_STOCK) for _ in range(int(w.rng.integers(1, n + 1))))


def _section(w: _Writer, clefs: list[tuple], meter: tuple[int, int], measures: int, layout: str) -> str:
    out = ["<section>"]
    w.clefs = current = list(clefs)
    if layout != "piano":
        w.crossing = 0.0
    repeat_open = False
    lyrics = layout in ("song", "choir") and w.chance(0.7)
    n = 0
    while n < measures:
        n += 1
        if n > 1 and w.chance(0.05):
            if w.chance(0.5):
                out.append(f'<scoreDef keysig="{_key(int(w.rng.integers(-6, 7)))}"/>')
            else:
                meter = w.pick(_METERS, _METER_WEIGHT)
                out.append(f"<scoreDef {_meter(w, meter)}/>")
        length = Fraction(4 * meter[0], meter[1])
        left = right = ""
        if w.chance(0.05) and not repeat_open:
            left, repeat_open = ' left="rptstart"', True
        elif repeat_open and w.chance(0.15):
            right, repeat_open = ' right="rptend"', False
        elif w.chance(0.05):
            right = ' right="dbl"'
        if n == measures:
            right = ' right="end"'
        ending = w.chance(0.04)
        w.controls = []
        staves = []
        rests = 0
        for s in range(1, len(clefs) + 1):
            if layout != "piano" and w.chance(0.12) or w.chance(0.03):
                staves.append(f'<staff n="{s}"><layer n="1"><mRest/></layer></staff>')
                w.forget(s, 1)
                w.forget(s, 2)
                rests += 1
                continue
            if n > 1 and w.chance(0.012):
                staves.append(f'<staff n="{s}"><layer n="1"><mRpt/></layer></staff>')
                w.forget(s, 1)
                w.forget(s, 2)
                continue
            two = layout == "piano" and w.chance(0.35) or w.chance(0.07)
            layers = []
            for layer in range(1, 3 if two else 2):
                stem = (None, "up", "down")[layer if two else 0]
                content, current[s - 1] = _layer(w, s, layer, current[s - 1], length, meter, stem, lyrics and s < 3)
                layers.append(f'<layer n="{layer}">{content}</layer>')
            if not two:
                w.forget(s, 2)
            staves.append(f'<staff n="{s}">{"".join(layers)}</staff>')
        if len(clefs) == 1 and rests:
            staves = [f'<staff n="1"><layer n="1"><multiRest num="{int(w.rng.integers(2, 40))}"/></layer></staff>']
        measure = f'<measure n="{n}"{left}{right}>{"".join(staves)}{"".join(w.controls)}</measure>'
        out.append(f'<ending n="{w.pick([1, 2])}.">{measure}</ending>' if ending else measure)
    out.append("</section>")
    return "".join(out)


def _layer(
    w: _Writer, staff: int, layer: int, clef: tuple, length: Fraction, meter: tuple[int, int], stem: str | None,
    lyrics: bool,
) -> tuple[str, tuple]:
    """One measure of one voice: MEI text, and the clef that holds at its end."""
    out: list[str] = []
    w.cue = ' cue="true"' if w.chance(w.cued) else ""
    center = {None: 0, "up": 2, "down": -3}[stem]
    place = center + int(w.rng.normal(0, 2.5))
    left = length
    beat = Fraction(3, 2) if meter[1] == 8 and meter[0] % 3 == 0 else Fraction(4, meter[1])
    figure = w.figure(staff, layer, center)
    if figure is not None:
        beats = in_range(measure_of(figure, length, beat, w.rng), *_REACH[stem])
        if beats:
            return _figured(w, staff, layer, clef, beats, stem), clef
    while left > 0:
        if w.chance(0.012) and layer == 1 and stem is None and clef != _PERCUSSION:
            clef = w.pick([c for c in _CLEFS if len(c) == 2])
            out.append(f'<clef shape="{clef[0]}" line="{clef[1]}"/>')
        place = int(np.clip(place + w.rng.normal(0, 2) + (center - place) * 0.12, -11, 11))
        span = min(beat, left)
        whole = [d for d in (Fraction(4), Fraction(3), Fraction(2), Fraction(3, 2), Fraction(1)) if d <= left]
        if whole and w.chance(0.25 + 0.5 * (w.density == 1.0)):
            duration = w.pick(whole)
            out.append(_event(w, staff, layer, clef, place, duration, stem, lyrics))
            left -= duration
        elif w.chance(0.12) and span in (1, Fraction(3, 2)):
            out.append(_tuplet(w, staff, layer, clef, place, span, stem))
            left -= span
        elif w.ornate > 0.1 and w.chance(0.04) and span == 1:
            stroked = _note(w, staff, layer, clef, place, Fraction(1), stem, mod=int(w.rng.integers(1, 4)))
            out.append(f"<bTrem>{stroked}</bTrem>")
            left -= span
        else:
            out.append(_group(w, staff, layer, clef, place, span, stem, lyrics))
            left -= span
    return "".join(out), clef


def _figured(w: _Writer, staff: int, layer: int, clef: tuple, beats: Sequence[Beat], stem: str | None) -> str:
    """One measure of a figure. Now and then the end of a beat in the lower hand crosses to the upper staff."""
    out = []
    for beat in beats:
        crosses = staff == 2 and layer == 1 and stem is None and len(beat.events) > 2 and w.chance(w.crossing)
        events = []
        for i, (duration, places) in enumerate(beat.events):
            if not places:
                w.forget(staff, layer)
                events.append(f"<rest {_duration(duration)}/>")
            elif crosses and 2 * i >= len(beat.events):
                above = (int(w.rng.integers(-8, 0)),)
                events.append(_note(w, staff, layer, w.clefs[0], 0, duration, None, places=above, on=' staff="1"'))
            else:
                events.append(_note(w, staff, layer, clef, 0, duration, stem, places=places))
        beamed = len(events) > 1 and all(d < 1 for d, _ in beat.events) and w.chance(0.95)
        out.append(f"<beam>{''.join(events)}</beam>" if beamed else "".join(events))
    return "".join(out)


def _group(
    w: _Writer, staff: int, layer: int, clef: tuple, place: int, span: Fraction, stem: str | None, lyrics: bool
) -> str:
    """A beat in short notes, with a beam (or now and then with flags)."""
    smallest = Fraction(1, 2)
    if w.density < 1:
        smallest = w.pick([Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 16), Fraction(1, 32)],
                          [5, 5, 0.3 + w.short, 0.6 * w.short, 0.3 * w.short])
    durations: list[Fraction] = []
    left = span
    while left > 0:
        options = [d for d in (Fraction(3, 4), Fraction(1, 2), Fraction(3, 8), Fraction(1, 4), Fraction(1, 8),
                               Fraction(1, 16), Fraction(1, 32)) if smallest <= d <= left
                   and (left - d) % smallest == 0]
        if not options:
            options = [left]
        d = w.pick(options, [4.0 if o == smallest else 1.0 for o in options])
        durations.append(d)
        left -= d
    beamed = len(durations) > 1 and all(d < 1 for d in durations) and w.chance(0.88)
    events = []
    for d in durations:
        place = int(np.clip(place + w.rng.integers(-3, 4), -12, 12))
        events.append(_event(w, staff, layer, clef, place, d, stem, lyrics, beamed))
    text = "".join(events)
    return f"<beam>{text}</beam>" if beamed else text


def _tuplet(w: _Writer, staff: int, layer: int, clef: tuple, place: int, span: Fraction, stem: str | None) -> str:
    tuplets = _TUPLETS if span == 1 else _COMPOUND_TUPLETS
    number, base = w.pick(list(tuplets), list(tuplets.values()))
    duration = span / base
    events = []
    for _ in range(number):
        place = int(np.clip(place + w.rng.integers(-2, 3), -10, 10))
        events.append(_event(w, staff, layer, clef, place, duration, stem, False, True))
    bracket = w.pick(["true", "false"])
    return (
        f'<tuplet num="{number}" numbase="{base}" bracket.visible="{bracket}"><beam>{"".join(events)}</beam></tuplet>'
    )


def _event(
    w: _Writer, staff: int, layer: int, clef: tuple, place: int, duration: Fraction, stem: str | None, lyrics: bool,
    beamed: bool = False,
) -> str:
    if w.chance(0.04 if beamed else 0.13):
        w.forget(staff, layer)
        return f"<rest {_duration(duration)}/>"
    grace = ""
    if w.chance(w.ornate):
        kind = w.pick(["acc", "unacc"])
        direction = ' stem.dir="down"' if kind == "acc" and w.chance(0.3) else ""
        count = 1 if kind == "unacc" else int(w.rng.integers(1, 4))
        # A single long grace note shows its value, a quarter or a half, as in music of the 18th century.
        values = [8, 16, 4, 2] if kind == "acc" and count == 1 else [8, 8, 16]
        notes = "".join(
            f'<note {_pitch(clef, place + i + 1)} dur="{w.pick(values)}" grace="{kind}"{direction}{_grace_sign(w)}/>'
            for i in range(count)
        )
        grace = f"<beam>{notes}</beam>" if notes.count("<note") > 1 else notes
        grace = f"<graceGrp>{grace}</graceGrp>" if not beamed else (notes if notes.count("<note") == 1 else "")
    return grace + _note(w, staff, layer, clef, place, duration, stem, lyrics)


def _grace_sign(w: _Writer) -> str:
    return f' accid="{w.pick(["s", "f", "n"])}"' if w.chance(0.15) else ""


def _note(
    w: _Writer, staff: int, layer: int, clef: tuple, place: int, duration: Fraction, stem: str | None,
    lyrics: bool = False, mod: int = 0, places: Sequence[int] = (), on: str = "",
) -> str:
    """A note or chord with everything that belongs to it. Control events are queued in the writer.

    places: its staff positions; by default they are drawn at random near `place`. on: the staff attribute of a note on
    another staff.
    """
    id_ = w.id()
    direction = f' stem.dir="{stem}"' if stem else ""
    slash = f' stem.mod="{mod}slash"' if mod else ""
    given = bool(places)
    places = sorted(places) if given else [place]
    if not given and w.chance(w.chordal):
        for _ in range(int(w.rng.integers(1, 4))):
            places.append(places[-1] + int(w.pick([1, 2, 3, 4, 5, 7], [1, 4, 3, 2, 1, 2])))
        places = [p for p in places if p <= 14]
    inner = ""
    if w.chance(w.articulated):
        table = _RARE_ARTICULATIONS if w.chance(w.special) else _ARTICULATIONS
        inner = f'<artic artic="{w.pick(list(table), list(table.values()))}"/>'
    verse = ""
    if lyrics:
        verse = f'<verse n="1"><syl>{w.pick(["la", "mein", "Herz", "love", "the", "und", "sei"])}</syl></verse>'
    written: list[tuple[str, int, str]] = []
    notes = []
    shaped = duration < 2 + 2 * ("x" not in w.shapes) and w.chance(w.shaped)
    for p in places:
        accidental = ""
        if w.chance(w.chromatic):
            accidental = f' accid="{w.pick(["s", "f", "n", "x", "ff"], [4, 4, 4, 0.6, 0.6])}"'
            if w.chance(w.microtonal):
                accidental = f' accid="{w.pick(_MICROTONES)}"'
        note_id = w.id()
        written.append((note_id, p, accidental))
        shape = f' head.shape="{w.pick(w.shapes)}"' if shaped else ""
        notes.append((note_id, _pitch(clef, p) + accidental + on + shape))
    if len(notes) == 1:
        about = f"{_duration(duration)}{direction}{slash}{w.cue}"
        text = f'<note xml:id="{id_}" {notes[0][1]} {about}>{inner}{verse}</note>'
        written = [(id_, written[0][1], written[0][2])]
    else:
        members = "".join(f'<note xml:id="{i}" {p}/>' for i, p in notes)
        text = f'<chord xml:id="{id_}" {_duration(duration)}{direction}{slash}{w.cue}>{members}{inner}{verse}</chord>'
    _attach(w, staff, layer, id_, written, 0.07 if given else 0.6)
    return text


def _attach(
    w: _Writer, staff: int, layer: int, id_: str, written: list[tuple[str, int, str]], tied: float
) -> None:
    """Queue control events for the note that was just written. tied: how likely noteheads at the same place are
    tied."""
    before = w.last.get((staff, layer))
    if before is not None:
        old_id, old = before
        if w.chance(0.09):
            w.controls.append(f'<slur startid="#{old_id}" endid="#{id_}"/>')
        for (a, p, _), (b, q, accidental) in zip(old, written, strict=False):
            if p == q and not accidental and w.chance(tied):
                w.controls.append(f'<tie startid="#{a}" endid="#{b}"/>')
        if w.chance(0.03):
            form = w.pick(["cres", "dim"])
            w.controls.append(f'<hairpin form="{form}" startid="#{old_id}" endid="#{id_}" staff="{staff}"/>')
    w.last[(staff, layer)] = (id_, written)
    start, left = w.slurs.get((staff, layer), ("", 0))
    if not start and w.chance(w.slurred):
        w.slurs[(staff, layer)] = (id_, int(w.rng.integers(3, 16)))
    elif start and left > 1:
        w.slurs[(staff, layer)] = (start, left - 1)
    elif start:
        w.controls.append(f'<slur startid="#{start}" endid="#{id_}"/>')
        del w.slurs[(staff, layer)]
    if w.chance(0.035):
        text = w.pick(["p", "f", "mf", "mp", "pp", "ff", "sf", "sfz", "fp", "ppp", "fff", "rf", "fz"])
        w.controls.append(f'<dynam startid="#{id_}" place="below">{text}</dynam>')
    if w.chance(0.012):
        w.controls.append(f'<dir startid="#{id_}" place="{w.pick(["above", "below"])}">{_words(w, 2)}</dir>')
    if w.chance(w.ornate * 0.8):
        kind = w.pick(_ORNAMENTS)
        first = before[0] if before else id_
        w.controls.append({
            "trill": f'<trill startid="#{id_}" place="above"/>',
            "longtrill": f'<trill startid="#{first}" endid="#{id_}" extender="true" place="above"/>',
            "angular": f'<fermata startid="#{id_}" place="above" shape="angular"/>',
            "square": f'<fermata startid="#{id_}" place="above" shape="square"/>',
            "mordent": f'<mordent startid="#{id_}" form="upper" place="above"/>',
            "mordent2": f'<mordent startid="#{id_}" form="lower" place="above"/>',
            "turn": f'<turn startid="#{id_}" form="upper" place="above"/>',
            "turn2": f'<turn startid="#{id_}" form="lower" place="above"/>',
            "fermata": f'<fermata startid="#{id_}" place="above"/>',
            "fermata2": f'<fermata startid="#{id_}" place="below" form="inv"/>',
            "arpeg": f'<arpeg startid="#{id_}"/>' if len(written) > 1 else "",
            "breath": f'<breath startid="#{id_}" place="above"/>',
            "caesura": f'<caesura startid="#{id_}"/>',
        }[kind])
    if w.chance(w.fingered):
        digits = [w.pick(range(6), _FINGERS) for _ in range(2 if len(written) > 1 and w.chance(0.4) else 1)]
        place = w.pick(["above", "below"])
        fat = ' fontweight="bold"' if w.chance(0.15) else ""
        w.controls += [f'<fing startid="#{id_}" place="{place}"><rend{fat}>{digit}</rend></fing>' for digit in digits]
    if w.chance(w.ornate * 0.25):
        w.controls.append(f'<pedal dir="{w.pick(["down", "up"])}" startid="#{id_}" staff="{staff}"/>')
    if w.chance(w.ornate * 0.08):
        mark = w.pick(["segno", "coda"])
        w.controls.append(f'<repeatMark func="{mark}" startid="#{id_}"/>')
    if before is not None and w.chance(w.ornate * 0.12):
        place, distance = w.pick(["above", "below"]), w.pick([8, 15], [3, 1])
        w.controls.append(
            f'<octave startid="#{before[0]}" endid="#{id_}" dis="{distance}" dis.place="{place}" staff="{staff}"/>'
        )


def _pitch(clef: tuple, place: int) -> str:
    """MEI's attributes for a note at a staff position: its name and octave, or, without pitch, its place."""
    if clef == _PERCUSSION:
        return f'loc="{place + 4}"'  # MEI counts from the lowest line, this program from the middle line
    index = _CLEFS[clef] + place
    return f'pname="{_STEPS[index % 7]}" oct="{index // 7}"'


def _duration(duration: Fraction) -> str:
    """MEI's dur and dots of a plain or once dotted duration in quarters."""
    for dots, factor in ((0, Fraction(1)), (1, Fraction(3, 2)), (2, Fraction(7, 4))):
        base = duration / factor
        if (4 / base).denominator == 1 and (4 / base).numerator in (1, 2, 4, 8, 16, 32, 64, 128):
            return f'dur="{(4 / base).numerator}"' + (f' dots="{dots}"' if dots else "")
    raise ValueError(f"{duration} quarters is no single note value")
