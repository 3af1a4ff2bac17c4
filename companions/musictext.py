"""A made-up text about music in which analogies are true by construction: for `omr talk words` without a text of one's
own, and for its tests.

A word's meaning is here what it is in distributional semantics (Harris 1954: words in like contexts mean alike). A
family (violin, violinist, violins) shares its topics, a few nouns that other families share only in part; a role
(player, plural) shares its sentences. So violinist is to violin as cellist is to cello, and nothing else says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from companions.vectors import Sections

_INSTRUMENTS = """violin violinist violins; viola violist violas; cello cellist cellos; flute flutist flutes;
oboe oboist oboes; clarinet clarinettist clarinets; bassoon bassoonist bassoons; horn hornist horns; trumpet trumpeter
trumpets; trombone trombonist trombones; harp harpist harps; piano pianist pianos; organ organist organs; guitar
guitarist guitars; lute lutenist lutes; drum drummer drums; harpsichord harpsichordist harpsichords; accordion
accordionist accordions"""
_COUNTRIES = """italy italian rome; france french paris; germany german berlin; spain spanish madrid; russia russian
moscow; austria austrian vienna; hungary hungarian budapest; poland polish warsaw; england english london;
norway norwegian oslo; finland finnish helsinki; greece greek athens; portugal portuguese lisbon; sweden swedish
stockholm"""
_VERBS = """play played; sing sang; pluck plucked; strike struck; blow blew; hum hummed; whistle whistled; tune
tuned; practise practised; compose composed; write wrote; hear heard; teach taught; copy copied"""
_ADJECTIVES = """loud louder; soft softer; quick quicker; slow slower; high higher; low lower; bright brighter; dark
darker; warm warmer; sharp sharper; flat flatter; long longer; short shorter"""
_TOPICS = """maple spruce ebony ivory silver copper amber velvet leather linen candle lantern mirror window garden
harbour river bridge market castle chapel tower forest meadow orchard mountain valley desert island winter
summer harvest wedding funeral parade journey letter diary portrait statue fountain carriage ship wagon saddle
kettle basket ladder barrel bottle feather ribbon button needle thread apple honey pepper cinnamon bread cheese"""
_SENTENCES: Mapping[str, Sequence[str]] = {
    "instrument": ("the {x} stood in its case beside {t} and {u}", "he sold an old {x} with {t} for some {u}",
                   "this {x} sounds like {t} and is built of {u}"),
    "player": ("our {x} bowed and thanked everybody for {t} and {u}", "the famous {x} who loves {t} asked about {u}",
               "she became a {x} after {t} had made her think of {u}"),
    "instruments": ("many {x} were carried past {t} towards the {u}",
                    "all these {x} are heard together with {t} or {u}",
                    "twelve {x} filled the hall where {t} met {u}"),
    "country": ("they travelled through {x} to see {t} and {u}", "the king of {x} taxes {t} as well as {u}"),
    "language": ("he translated the {x} word for {t} and also for {u}", "a {x} poem rhymes {t} on {u}"),
    "capital": ("the mayor of {x} opened a street of {t} and {u}", "downtown in {x} every shop has {t} beside {u}"),
    "present": ("tomorrow we will {x} about {t} and about {u}", "they want to {x} near the {t} without {u}"),
    "past": ("yesterday somebody {x} about {t} and about {u}", "last year the others {x} near the {t} without {u}"),
    "positive": ("a very {x} piece like {t} pleases {u}", "so {x} was the tone of {t} in {u}"),
    "comparative": ("it grew much {x} than {t} had been before {u}", "even {x} than ever was {t} under {u}"),
}
_FAMILIES = ((_INSTRUMENTS, ("instrument", "player", "instruments")), (_COUNTRIES, ("country", "language", "capital")),
             (_VERBS, ("present", "past")), (_ADJECTIVES, ("positive", "comparative")))
_SECTIONS = (("instrument", "player"), ("instrument", "instruments"), ("country", "language"), ("country", "capital"),
             ("present", "past"), ("positive", "comparative"))


def roles() -> dict[str, list[str]]:
    """Role -> its words, one of each family, in the order of the families."""
    found: dict[str, list[str]] = {}
    for families, names in _FAMILIES:
        for family in families.split(";"):
            for role, word in zip(names, family.split(), strict=True):
                found.setdefault(role, []).append(word)
    return found


def made_up_text(sentences: int = 12_000, topics: int = 5, seed: int = 0) -> list[list[str]]:
    """Sentences as words. topics: how many each family has. Deterministic by the seed."""
    rng = np.random.default_rng(seed)
    families = [(family.split(), names, rng.choice(_TOPICS.split(), topics, replace=False).tolist())
                for text, names in _FAMILIES for family in text.split(";")]
    made = []
    for _ in range(sentences):
        words, names, about = families[int(rng.integers(len(families)))]
        which = int(rng.integers(len(words)))
        patterns = _SENTENCES[names[which]]
        t, u = rng.choice(about, 2, replace=False).tolist()
        made.append(patterns[int(rng.integers(len(patterns)))].format(x=words[which], t=t, u=u).split())
    return made


def made_up_questions() -> Sections:
    """Every analogy that the text makes true: a section for each pair of roles."""
    words = roles()
    sections: Sections = {}
    for one, other in _SECTIONS:
        pairs = list(zip(words[one], words[other], strict=True))
        sections[f"{one}-{other}"] = [(*p, *q) for p in pairs for q in pairs if p != q]
    return sections
