"""`omr talk tour`: the talk's demonstrations one after the other, small, as one page in English and German.

Every chapter runs one of the other commands with small settings and takes the pictures of its result. Cost: under ten
minutes on two cores. Expected: every chapter has a picture; one that fails says so in its place, and the others stand.
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
        ("With few examples prior knowledge wins, with many the network that learns its own.",
         "Mit wenigen Beispielen gewinnt Vorwissen, mit vielen das Netz, das selbst lernt."),
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
