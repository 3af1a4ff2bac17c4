"""`omr talk tour`: the talk on one page, its fifteen systems run one after the other, in English and German.

The order is the talk's: what happened, how it works, what it is good for, lessons, conclusions. A chapter runs one of
the other commands and takes the pictures, tables and texts of its result. Writing, Go, faces, the exchange, articles
and the detector start from what comes with the package (companions/weights/RECIPE.md), and the first four show how it
was learned; writing, faces and the exchange then learn on for a moment. The others learn before one's eyes.
Every sentence says what it rests on: a source, or a figure on the page. Expected: every chapter has a picture; one that
fails says so in its place, and the others stand.
Source: T. Stadelmann, "Deep Learning und Medien", 2018; companions/chapters.py holds the words.
"""

from __future__ import annotations

import base64
import html as escape
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from companions import page as html

Both = tuple[str, str]
"""(English, German)."""
_FIGURE = re.compile(r"<figure>.*?</figure>(?:<script>.*?</script>)?", re.DOTALL)
_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_WRITTEN = re.compile(r"<h3>.*?</h3>\s*<pre>.*?</pre>", re.DOTALL)
_TYPES = {".mid": "audio/midi", ".musicxml": "application/vnd.recordare.musicxml+xml", ".sgf": "application/x-go-sgf",
          ".xml": "application/xml"}


@dataclass(frozen=True)
class Chapter:
    """One system of the talk.

    name: for `--only`. part: of the talk. title, happened, works, good: in both languages, each of the last three with
    what it rests on in brackets. formula: the one that the talk shows, or ""; reads: what its letters mean. command:
    what runs; OUT stands for its output, the name of the chapter or of its page, and PAGE and PRESS for the pages of
    music and of a newspaper.
    shown: patterns of the result's HTML pages and pictures; "" is OUT itself. figures, tables: which of them are taken,
    in their order; across: so many figures stand side by side, 0: as many as there is room for. written: whether texts
    that were written on the way are taken. texts: patterns of files of which the beginning is shown. files: patterns of
    files to take along.
    """

    name: str
    part: Both
    title: Both
    happened: Both
    works: Both
    good: Both
    command: tuple[str, ...]
    formula: str = ""
    reads: Both = ("", "")
    shown: tuple[str, ...] = ("",)
    figures: tuple[int, ...] = (0, 1, 2)
    across: int = 0
    tables: tuple[int, ...] = ()
    written: bool = False
    texts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def tell(beginning: Both, chapters: Sequence[Chapter], folder: Path,
         run: Callable[[Sequence[str]], tuple[str, float]]) -> tuple[list[str], int]:
    """(parts of an HTML page, how many chapters failed). beginning: what is said before the first. run: arguments of
    `omr` -> what it said and how many seconds it took, or raises OSError with a line that says what went wrong."""
    parts, failed, part = [STYLE, SWITCH, paragraph(beginning)], 0, ("", "")
    for number, chapter in enumerate(chapters, 1):
        if chapter.part != part:
            part = chapter.part
            parts.append(f"<h2 class='part'>{spans(part)}</h2>")
        ending = next((word[3:] for word in chapter.command if word.startswith("OUT.")), "")
        out = folder / f"{chapter.name}{ending}"
        arguments = [word.replace("OUT", str(folder / chapter.name)) for word in chapter.command]
        parts += [f"<h3 id='{chapter.name}'>{number}. {spans(chapter.title)}</h3>", paragraph(chapter.happened),
                  paragraph(chapter.works)]
        if chapter.formula:
            parts += [formula(chapter.formula), lowered(paragraph(chapter.reads))]
        asked = " ".join(chapter.command).replace("OUT", chapter.name)
        try:
            said, seconds = run(arguments)
            told = said.strip().replace(f"{folder}/", "")
            parts.append(f"<pre>$ omr {escape.escape(asked)}\n{escape.escape(told)}</pre>"
                         f"<p class='cost'>{spans((f'{seconds:.0f} seconds', f'{seconds:.0f} Sekunden'))}</p>")
            parts += result(chapter, out)
        except OSError as error:
            failed += 1
            parts += [f"<pre>$ omr {escape.escape(asked)}</pre>", f"<p class='failed'>{escape.escape(str(error))}</p>"]
        parts.append(paragraph(chapter.good))
    return parts, failed


def result(chapter: Chapter, out: Path) -> list[str]:
    """The pictures, tables, texts and files of a chapter's output, as parts of a page."""
    files = [f for pattern in chapter.shown for f in (sorted(out.glob(pattern)) if pattern else [out])]
    figures: list[str] = []
    tables: list[str] = []
    written: list[str] = []
    for file in files:
        if file.suffix == ".html":
            text = file.read_text(encoding="utf-8")
            figures += _FIGURE.findall(text)
            tables += _TABLE.findall(text)
            written += _WRITTEN.findall(text) if chapter.written else []
        elif file.suffix in (".png", ".gif"):
            figures.append(html.embedded(file.read_bytes(), alt=chapter.title[0]))
    parts = [figures[i] for i in chapter.figures if i < len(figures)]
    if chapter.across:
        parts = [html.row(*parts[i : i + chapter.across]) for i in range(0, len(parts), chapter.across)]
    parts += [tables[i] for i in chapter.tables if i < len(tables)]
    some = sorted({round(i) for i in np.linspace(0, len(written) - 1, MOST_WRITTEN)}) if written else []
    parts += [written[i].replace("<h3>", "<h4>").replace("</h3>", "</h4>") for i in some]
    for pattern in chapter.texts:
        for file in sorted(out.glob(pattern))[:2]:
            text = file.read_text(encoding="utf-8", errors="replace")
            if len(text) > MOST_CHARACTERS:
                text = f"{text[:MOST_CHARACTERS].rpartition(chr(10))[0]}\n…"
            parts.append(f"<h4>{escape.escape(file.name)}</h4><pre>{escape.escape(text)}</pre>")
    links = [link(file) for pattern in chapter.files for file in sorted(out.glob(pattern))]
    return [*parts, f"<p>{' &middot; '.join(links)}</p>"] if links else parts


MOST_CHARACTERS = 900
"""Of a text that is shown, up to the end of a line."""
MOST_WRITTEN = 5
"""Texts that were written on the way: the first, the last, and some between."""


def link(file: Path) -> str:
    """A link by which the page gives a file away that it holds."""
    kind = _TYPES.get(file.suffix, "application/octet-stream")
    data = base64.b64encode(file.read_bytes()).decode()
    return f'<a download="{file.name}" href="data:{kind};base64,{data}">{escape.escape(file.name)}</a>'


def formula(text: str) -> str:
    """A formula as a part of a page."""
    return f"<p class='formula'>{lowered(escape.escape(text))}</p>"


def lowered(part: str) -> str:
    """A part of a page in which what follows an underscore stands lower, as in a formula."""
    return re.sub(r"_([A-Za-z0-9]+)", r"<sub>\1</sub>", part)


def spans(both: Both) -> str:
    """Both languages; the switch shows one."""
    english, german = (escape.escape(t) for t in both)
    return f"<span lang='en'>{english}</span><span lang='de'>{german}</span>"


def paragraph(both: Both) -> str:
    """A paragraph in both languages."""
    return f"<p>{spans(both)}</p>"


def conclusions(said: Sequence[Both], sources: Sequence[str]) -> list[str]:
    """The end of the page."""
    return [f"<h2 class='part'>{spans(('Conclusions', 'Schlüsse'))}</h2>", "<ul>",
            *(f"<li>{spans(both)}</li>" for both in said), "</ul>",
            f"<h2 class='part'>{spans(('Sources', 'Quellen'))}</h2>", "<ul>",
            *(f"<li>{escape.escape(source)}</li>" for source in sources), "</ul>"]


STYLE = """<style>
body.en [lang=de]{display:none} body.de [lang=en]{display:none}
.switch{position:fixed;top:1em;right:1em;z-index:9} .switch button{font:inherit;padding:.2em .8em;cursor:pointer}
body.en .switch [data-lang=en],body.de .switch [data-lang=de]{background:#222;color:#fff}
h2.part{font-size:30px;border-bottom:3px solid #b30;margin-top:2em;padding-bottom:.1em}
h3{font-size:24px;margin:1.6em 0 .3em}
h4{margin:.8em 0 .2em;font-weight:normal} p{font-size:18px;max-width:46em}
pre{background:#f5f3ee;padding:.7em 1em;white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px;line-height:1.35}
.cost{font-size:13px;color:#555}
.failed{color:#b00} canvas{max-width:100%}
</style>"""
SWITCH = """<div class="switch"><button data-lang="en">English</button> <button data-lang="de">Deutsch</button></div>
<script>
const choose = lang => { document.body.className = lang; document.documentElement.lang = lang; };
document.querySelectorAll('.switch button').forEach(b => b.addEventListener('click', () => choose(b.dataset.lang)));
choose((navigator.language || 'en').startsWith('de') ? 'de' : 'en');
</script>"""
