"""Writes the tables of `docs/licences.md`: every package that an install brings, and its licence, as its own metadata
tells it. `python docs/make_licences.py`, in an environment with the extra `dev`.

Packages without a word on it in their metadata stand in `TOLD`, by what the licence file in them says.
"""

from __future__ import annotations

import configparser
import importlib.metadata
import re
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement

PAGE = Path(__file__).parent / "licences.md"
SETUP = Path(__file__).parents[1] / "setup.cfg"
BEGIN, END = "<!-- tables: python docs/make_licences.py -->\n", "<!-- end of the tables -->\n"
GROUPS = (("A plain install (`pip install omr`)", ""), ("The extra `pages`", "pages"), ("`train`", "train"),
          ("`evaluate`", "evaluate"), ("`talk`", "talk"), ("`library`", "library"), ("`review`", "review"),
          ("`dev`, which nobody needs who only runs the program", "dev"))
"""Title of a table, and the extra whose packages are in it, as far as no table before it has them."""
TOLD = {
    "axe-playwright-python": "MIT; the program axe-core in it: MPL-2.0",
    "lxml-stubs": "Apache-2.0",
    "namex": "Apache-2.0",
    "resvg-py": "MIT",
}
"""Package -> its licence, where its metadata does not say."""
BESIDE = {
    "opencv-python-headless": "FFmpeg in it: LGPL-2.1",
    "pypdfium2": "PDFium in it: Apache-2.0 and BSD-3-Clause",
    "pikepdf": "QPDF in it: Apache-2.0",
    "tesserocr": "Tesseract in it: Apache-2.0",
    "matplotlib": "fonts in it: DejaVu (Bitstream Vera), STIX (SIL OFL)",
}
"""Package -> what else its wheel holds that is worth knowing."""
SPELT = {
    "Apache Software License": "Apache-2.0", "Apache License 2.0": "Apache-2.0", "Apache 2.0": "Apache-2.0",
    "APACHE 2.0": "Apache-2.0", "MIT License": "MIT", "BSD License": "BSD", "BSD 3-Clause License": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause", "FreeBSD": "BSD-2-Clause",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "Python Software Foundation License": "PSF-2.0",
}
"""A licence as metadata name it -> as it is named here."""
LONGEST = 50
"""Characters of a licence's name; what is longer is its text."""


def normal(name: str) -> str:
    """A package's name as all spellings of it agree on."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(name: str, extra: str) -> list[Requirement]:
    """What a package needs on this machine with one of its extras, or with "" without: this program by setup.cfg,
    others by their metadata; nothing for one that is not installed, because it is for another platform."""
    if name == "omr":
        config = configparser.ConfigParser()
        config.read(SETUP)
        lines = config["options.extras_require"][extra] if extra else config["options"]["install_requires"]
        return [Requirement(line) for line in lines.splitlines() if line]
    try:
        found = [Requirement(line) for line in importlib.metadata.requires(name) or []]
    except importlib.metadata.PackageNotFoundError:
        return []
    return [r for r in found if r.marker is None or r.marker.evaluate({"extra": extra})]


def needed(extra: str) -> set[str]:
    """All packages that this program with an extra ("" for none) brings on this machine, and those that they need."""
    found: set[tuple[str, str]] = set()
    left = {("omr", extra)}
    while left:
        name, wanted = left.pop()
        found.add((name, wanted))
        for requirement in requirements(name, wanted):
            left |= {(normal(requirement.name), one) for one in ("", *requirement.extras)}
        left -= found
    return {name for name, _ in found if name != "omr" and _is_installed(name)}


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def licence(name: str) -> str:
    """The licence of an installed package. Raises KeyError if neither its metadata nor `TOLD` says."""
    metadata = importlib.metadata.metadata(name)
    told = [metadata.get("License-Expression"),
            " / ".join(c.rpartition(" :: ")[2] for c in metadata.get_all("Classifier") or []
                       if c.startswith("License ::") and not c.endswith("OSI Approved")),
            metadata.get("License")]
    for text in told:
        if text and text != "UNKNOWN" and len(text) <= LONGEST and "\n" not in text:
            return SPELT.get(text, text)
    return TOLD[name]


def rows(names: Iterable[str]) -> list[str]:
    """The lines of a table."""
    return [f"| {name} | {licence(name)}{'; ' * (name in BESIDE)}{BESIDE.get(name, '')} |" for name in sorted(names)]


def tables() -> str:
    """All tables."""
    text, done = "", set[str]()
    for title, extra in GROUPS:
        new = needed(extra) - done
        done |= new
        text += "\n".join(["", f"### {title}", "", "| package | licence |", "|---|---|", *rows(new), ""])
    return text + "\n"


if __name__ == "__main__":
    before, rest = PAGE.read_text().split(BEGIN)
    PAGE.write_text(before + BEGIN + tables() + END + rest.split(END)[1])
