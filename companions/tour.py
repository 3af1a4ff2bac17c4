"""`omr talk tour`: the talk's demonstrations one after the other, small, as one page in English and German.

Every chapter runs one of the other commands with small settings and takes the pictures of its result. Cost: 9 minutes
on two cores, of which one did other work for the first four. Expected: every chapter has a picture; one that fails says
so in its place, and the others stand. What is learnt in a minute shows the way, not the end: the tunes are not valid
yet, the Go player is not better than chance.
Source: T. Stadelmann, "Deep Learning und Medien", 2018.
"""

from __future__ import annotations

import html as escape
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from companions import page as html

_FIGURE = re.compile(r"<figure>.*?</figure>", re.DOTALL)
MOST = 4
"""Pictures of a chapter."""


@dataclass(frozen=True)
class Chapter:
    """title, happened, works, good: (English, German). command: what runs, OUT standing for its output, which may be a
    folder. shown: patterns of the result's files, HTML pages or PNGs, of which the first pictures are taken."""

    title: tuple[str, str]
    happened: tuple[str, str]
    works: tuple[str, str]
    good: tuple[str, str]
    command: tuple[str, ...]
    shown: tuple[str, ...]


def tell(chapters: Sequence[Chapter], folder: Path, run: Callable[[Sequence[str]], str]) -> tuple[list[str], int]:
    """(parts of an HTML page, how many chapters failed). run: arguments of `omr` -> what it said, or raises OSError
    with a line that says what went wrong."""
    parts, failed = [], 0
    for number, chapter in enumerate(chapters, 1):
        out = folder / f"{number}{'' if chapter.shown else '.html'}"
        arguments = [word.replace("OUT", str(out)) for word in chapter.command]
        parts.append(f"<h2>{number}. {escape.escape(chapter.title[0])} &middot; <i lang='de'>"
                     f"{escape.escape(chapter.title[1])}</i></h2>")
        parts += [_both(*text) for text in (chapter.happened, chapter.works)]
        try:
            said = run(arguments)
            parts.append(f"<pre>$ omr {escape.escape(' '.join(chapter.command))}\n{escape.escape(said.strip())}</pre>")
            parts += pictures([out] if out.is_file() else [f for p in chapter.shown for f in sorted(out.glob(p))])
        except OSError as error:
            failed += 1
            parts.append(html.words(f"This chapter failed: {error}"))
        parts.append(_both(*chapter.good))
    return parts, failed


def pictures(files: Sequence[Path]) -> list[str]:
    """The first pictures of HTML pages and PNG files, as figures."""
    found: list[str] = []
    for file in files:
        if file.suffix == ".html":
            found += _FIGURE.findall(file.read_text(encoding="utf-8"))
        elif file.suffix in (".png", ".gif"):
            found.append(html.embedded(file.read_bytes(), file.stem))
    return found[:MOST]


def _both(english: str, german: str) -> str:
    return f"<p>{escape.escape(english)}<br><i lang='de'>{escape.escape(german)}</i></p>"


CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        ("Learning is search", "Lernen ist Suchen"),
        ("A learning machine is a function with many numbers in it, and learning is the search for good ones.",
         "Eine lernende Maschine ist eine Funktion mit vielen Zahlen darin; Lernen heisst, gute Zahlen zu suchen."),
        ("The error of one neuron is a landscape over its two numbers. Gradient descent walks downhill, step by step.",
         "Der Fehler eines Neurons ist eine Landschaft über seinen zwei Zahlen. Der Gradientenabstieg geht bergab."),
        ("The same walk, over millions of numbers, made everything that follows.",
         "Derselbe Weg, über Millionen von Zahlen, hat alles Folgende hervorgebracht."),
        ("talk", "descent", "-o", "OUT", "--steps", "80"), ()),
    Chapter(
        ("Features that nobody designed", "Merkmale, die niemand entworfen hat"),
        ("Until 2012 people told machines what to look for in a picture. Then a network found out by itself, told a "
         "container ship from a tiger, and nearly halved the error.",
         "Bis 2012 sagten Menschen der Maschine, worauf sie in einem Bild achten soll. Dann fand ein Netz es selbst "
         "heraus, unterschied Containerschiff und Tiger und halbierte fast den Fehler."),
        ("Here both learn to tell symbols of music apart: gradients counted by hand and a support vector machine, or a "
         "small convolutional network.",
         "Hier lernen beide, Notenzeichen zu unterscheiden: von Hand gezählte Gradienten mit einer Support Vector "
         "Machine, oder ein kleines Faltungsnetz."),
        ("The more examples there are, the farther ahead is the network that learns its own.",
         "Je mehr Beispiele es gibt, desto weiter liegt das Netz vorn, das selbst lernt."),
        ("talk", "classify", "-o", "OUT", "--scores", "12", "--classes", "8", "--counts", "5,20", "--steps", "150"),
        ()),
    Chapter(
        ("Words become places", "Wörter werden zu Orten"),
        ("In 2013 words turned into points of a space in which what is used alike lies close together.",
         "2013 wurden Wörter zu Punkten eines Raums, in dem nahe liegt, was ähnlich gebraucht wird."),
        ("A network guesses the neighbours of each word; the numbers that it needs for that are the word's place.",
         "Ein Netz rät die Nachbarn jedes Worts; die Zahlen, die es dazu braucht, sind der Ort des Worts."),
        ("Search engines and translators begin with it.", "Suchmaschinen und Übersetzer beginnen damit."),
        ("talk", "words", "-o", "OUT", "--epochs", "2"), ("*.png",)),
    Chapter(
        ("A network writes", "Ein Netz schreibt"),
        ("In 2015 a network that had read nothing but letters wrote plays, laws and tunes of its own.",
         "2015 schrieb ein Netz, das nichts als Buchstaben gelesen hatte, eigene Dramen, Gesetze und Melodien."),
        ("It guesses the next letter, again and again. To guess well it has to learn what words, verses and bars are.",
         "Es rät den nächsten Buchstaben, wieder und wieder. Um gut zu raten, muss es lernen, was Wort, Vers und Takt "
         "sind."),
        ("Machines that answer questions still do nothing else, on a larger scale.",
         "Maschinen, die Fragen beantworten, tun bis heute nichts anderes, nur in grösserem Massstab."),
        ("talk", "write", "-o", "OUT", "--rounds", "4", "--units", "96", "--tunes", "2", "--length", "300"),
        ("*.html",)),
    Chapter(
        ("A network plays itself", "Ein Netz spielt gegen sich selbst"),
        ("In 2017 AlphaGo Zero learned Go from the rules alone and beat the program that had beaten the masters.",
         "2017 lernte AlphaGo Zero Go allein aus den Regeln und schlug das Programm, das Meister geschlagen hatte."),
        ("A network says which moves are promising and who is ahead; a search thinks on from there; the network learns "
         "what the search found.",
         "Ein Netz sagt, welche Züge lohnen und wer vorn liegt; eine Suche denkt von dort weiter; das Netz lernt, was "
         "die Suche fand."),
        ("It works wherever the rules are known and the way is not.",
         "Das geht überall dort, wo die Regeln bekannt sind, der Weg aber nicht."),
        ("talk", "go", "-o", "OUT", "--generations", "6", "--games", "16", "--simulations", "16", "--rollouts", "20",
         "--every", "3"), ("*.png",)),
    Chapter(
        ("Faces of nobody", "Gesichter von niemandem"),
        ("In 2018 a network drew photographs of people who do not exist.",
         "2018 zeichnete ein Netz Fotos von Menschen, die es nicht gibt."),
        ("One network draws, another tells drawn from real; both get better. They begin with few pixels and grow.",
         "Ein Netz zeichnet, ein anderes unterscheidet Gezeichnetes von Echtem; beide werden besser. Sie beginnen mit "
         "wenigen Bildpunkten und wachsen."),
        ("It makes pictures for films, games and training, and makes pictures poor witnesses.",
         "Das liefert Bilder für Filme, Spiele und Training, und macht Bilder zu schlechten Zeugen."),
        ("talk", "faces", "-o", "OUT", "--steps", "1200"), ("*.png",)),
    Chapter(
        ("One face for another", "Ein Gesicht für ein anderes"),
        ("At the end of 2017 anybody could put one person's face on another's body.",
         "Ende 2017 konnte jeder das Gesicht eines Menschen auf den Körper eines anderen setzen."),
        ("One network learns what two faces share, pose and expression; two others learn to draw one of them each.",
         "Ein Netz lernt, was zwei Gesichter gemeinsam haben, Haltung und Ausdruck; zwei weitere lernen, je eines zu "
         "zeichnen."),
        ("Know it, to mistrust the right pictures. What is made here is marked as synthetic.",
         "Wer es kennt, misstraut den richtigen Bildern. Was hier entsteht, ist als synthetisch gekennzeichnet."),
        ("talk", "swap", "-o", "OUT", "--steps", "120"), ("*.png",)),
    Chapter(
        ("A network looks at a page", "Ein Netz schaut auf eine Seite"),
        ("A page of music holds hundreds of small signs, close together. Detectors made for photos find "
         "one in six.",
         "Eine Notenseite trägt Hunderte kleiner Zeichen, dicht beieinander. Detektoren für Fotos finden eines "
         "von sechs."),
        ("The deep watershed answers with a landscape: a hill over each sign. Cut it, and every island is one.",
         "Die tiefe Wasserscheide antwortet mit einer Landschaft: ein Hügel über jedem Zeichen. Wer sie schneidet, "
         "findet Inseln, jede ein Zeichen."),
        ("All signs are found at once, however many there are.",
         "Alle Zeichen werden auf einmal gefunden, wie viele es auch sind."),
        ("explain", "watershed", "PAGE", "-o", "OUT"), ()),
    Chapter(
        ("From paper to music", "Vom Papier zur Musik"),
        ("Scanning a book gives text. Scanning a score gave a picture, until machines learned to read music.",
         "Wer ein Buch scannt, erhält Text. Wer Noten scannte, erhielt ein Bild, bis Maschinen Noten lesen lernten."),
        ("The signs become notes: which head, which stem, which voice, how long, and whether the measure adds up. What "
         "is unsure is said.",
         "Aus Zeichen werden Noten: welcher Kopf, welcher Hals, welche Stimme, wie lang, und ob der Takt aufgeht. Was "
         "unsicher ist, wird gesagt."),
        ("The page plays, can be transposed, searched and printed anew. It is what this program is for.",
         "Die Seite klingt, lässt sich transponieren, durchsuchen und neu drucken. Dafür ist dieses Programm da."),
        ("scan", "PAGE", "-o", "OUT/page.musicxml", "--overlay"), ("*.png",)),
)
