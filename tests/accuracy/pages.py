"""The pages of the accuracy guard: what each one is, and where its files are.

A page is a few systems of music. It comes in one or more kinds:

* `perfect`: the engraved page with its exact labels in place of what the detector finds, so that what is wrong is the
  notation's doing (voices, rhythm, pitches), or Tesseract's;
* `clean`: the engraved page as it is;
* `scan`, `photo`: the engraved page after `augment.degrade`, as an old print on a scanner or under a camera;
* `print`: a crop of a real scan of an old print.

Engraved pages have a truth, the MusicXML they were engraved from. Old prints have none; their truth is the reading of
an earlier version (`golden`), so their figures say how much has changed, and not how much is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Music:
    """What an engraved page shows: measures first .. first + count - 1 (from 0) of a score of music21's corpus, from
    folders never trained on. Where `score` is empty, the truth is a short score written for this purpose.

    group: what kind of music it is. engraver: a name of `cli.evaluate.engravers`. kinds: as listed above. parts: those
    taken from the score, from 0; () for all.
    """

    name: str
    score: str
    group: str
    engraver: str
    first: int
    count: int
    kinds: tuple[str, ...]
    parts: tuple[int, ...] = ()

    @property
    def truth(self) -> Path:
        return FOLDER / "truth" / f"{self.name}.musicxml"


@dataclass(frozen=True)
class Print:
    """A crop of a scanned page: which systems of which edition. All are in the public domain."""

    name: str
    edition: str


@dataclass(frozen=True)
class GuardPage:
    """One image and how to read it. truth: the MusicXML that its reading is compared with."""

    name: str
    group: str
    kind: str
    image: Path
    truth: Path

    @property
    def golden(self) -> Path:
        """The recorded reading, where there is one."""
        return FOLDER / "golden" / f"{self.name}.musicxml"

    @property
    def has_golden(self) -> bool:
        return self.kind == "print" or self.name in _WHOLE


MUSIC: tuple[Music, ...] = (
    Music("mozart-k545", "mozart/k545/movement1_exposition.mxl", "piano", "verovio", 0, 10,
          ("perfect", "clean", "scan", "photo")),
    Music("joplin-maple-leaf", "joplin/maple_leaf_rag.mxl", "piano", "musescore-emmentaler", 0, 9,
          ("perfect", "clean", "scan")),
    Music("schumann-polonaise", "schumann_clara/polonaise_op1n1.mxl", "piano", "lilypond", 0, 8,
          ("perfect", "clean", "photo")),
    Music("chopin-mazurka", "chopin/mazurka06-2.krn", "piano", "musescore-gonville", 0, 10,
          ("perfect", "clean", "scan")),
    Music("schoenberg-op19", "schoenberg/opus19/movement6.mxl", "piano", "verovio", 0, 9,
          ("perfect", "clean", "scan")),
    Music("schubert-lindenbaum", "schubert/Lindenbaum.xml", "song", "musescore-gonville", 8, 8,
          ("perfect", "clean", "scan")),
    Music("handel-lascia", "handel/rinaldo/Lascia_chio_pianga.mxl", "song", "lilypond", 0, 8, ("clean", "photo")),
    Music("aloha-oe", "liliuokalani/aloha_oe.mxl", "choir", "musescore-emmentaler", 14, 9, ("clean",), (0, 1, 2, 3)),
    Music("haydn-op74", "haydn/opus74no1/movement1.mxl", "quartet", "verovio", 2, 8, ("perfect", "clean", "scan")),
    Music("foster-brown-hair", "leadSheet/fosterBrownHair.mxl", "lead sheet", "musescore-emmentaler", 0, 18,
          ("perfect", "clean", "photo")),
    Music("drums", "", "percussion", "verovio", 0, 8, ("perfect", "clean", "scan")),
)

PRINTS: tuple[Print, ...] = (
    Print("beethoven-op13", "Beethoven, Sonata op. 13, slow movement, systems 1 and 2; Durand, Paris 1915"),
    Print("beethoven-op109", "Beethoven, Sonata op. 109, last movement, systems 1 and 2; Durand, Paris 1915"),
    Print("mozart-k280", "Mozart, Sonata KV 280, first movement, systems 1 and 2; Breitkopf & Haertel, Leipzig 1878"),
    Print("mozart-k280-adagio", "The same, slow movement, systems 1 and 2"),
    Print("joplin-solace", "Joplin, Solace, first page, systems 1 and 2; Seminary Music, New York 1909"),
    Print("chopin-op6", "Chopin, Mazurka op. 6 no. 1, first page, systems 1 and 2"),
)

_WHOLE = ("schubert-lindenbaum-clean", "haydn-op74-perfect", "drums-perfect", "beethoven-op13-print")
"""Pages whose whole MusicXML is compared, not only its notes: with words, several parts, percussion, fingerings."""


def _image(name: str, kind: str) -> Path:
    """Photographs are JPEG; all else is PNG. `perfect` is the clean image."""
    suffix = ".jpg" if kind == "photo" else ".png"
    return FOLDER / "images" / f"{name}-{'clean' if kind == 'perfect' else kind}{suffix}"


PAGES: tuple[GuardPage, ...] = (
    *(GuardPage(f"{m.name}-{kind}", m.group, kind, _image(m.name, kind), m.truth) for m in MUSIC for kind in m.kinds),
    *(GuardPage(f"{p.name}-print", "old print", "print", _image(p.name, "print"),
                FOLDER / "golden" / f"{p.name}-print.musicxml") for p in PRINTS),
)
COMPARED_WHOLE = tuple(page for page in PAGES if page.name in _WHOLE)
