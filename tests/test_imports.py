"""Which room may import which: read from the source, so that no import hides in a function."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {"omr", "cli", "models", "deepscores", "augment", "evaluation", "companions"}
MAY_IMPORT = {
    "omr": {"omr"},
    "cli": ROOMS,
    **{room: {room, "omr"} for room in ("models", "deepscores", "augment", "evaluation", "companions")},
}
COMPANION_COMMANDS = {"explain", "press", "talk", "guard.py", "scan.py", "detectors.py"}
"""Files and folders of `cli` that may use companions (`scan` for its option --guard); the others stand without."""
ORDER = ("types", "page", "detect", "staves", "text", "notation", "music", "export")
"""The rooms of `omr` in the order in which a page passes through them: each may import itself and those before it. What
lies beside the rooms (`pipeline`, `keep` ...) may import all of them; those of `GROUND` import each other and nothing
else of ours."""
GROUND = {"collecting", "errors", "files", "limits"}
BESIDE = ("library", "review")
"""Rooms beside the order: the one that reads many scores on a cluster, and the one in which a person mends a reading.
Each may import all of `omr` but the other, and nothing else there imports it."""
FILES = [path for room in sorted(ROOMS) for path in sorted((ROOT / room).rglob("*.py"))]


def _imports(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """(top-level name, whether the import stands at module level) for each import."""
    for parent in ast.walk(tree):
        for node in ast.iter_child_nodes(parent):
            at_top = isinstance(parent, ast.Module)
            if isinstance(node, ast.Import):
                yield from ((alias.name.split(".")[0], at_top) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, "imports are absolute"
                yield (node.module or "").split(".")[0], at_top


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    for name, at_top in _imports(ast.parse(path.read_text())):
        assert name not in ROOMS or name in MAY_IMPORT[room], f"{room} must not import {name}"
        if name == "companions":
            assert room == "companions" or COMPANION_COMMANDS & set(path.relative_to(ROOT).parts[1:]), "fenced off"
        if room == "omr":
            assert name not in {"tensorflow", "keras", "click"}
        if room == "cli" and at_top:
            assert name in {"click", "omr", "cli", *sys.stdlib_module_names}, f"import {name} inside the command"


def _modules_of_omr(tree: ast.AST) -> Iterator[str]:
    """What a module imports of `omr`, as the name behind `omr.`: "types.page", "notation", "__version__" ..."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("omr.") for alias in node.names if alias.name.startswith("omr."))
        elif isinstance(node, ast.ImportFrom) and node.module == "omr":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("omr."):
            yield (node.module or "").removeprefix("omr.")


def test_the_rooms_of_omr_are_the_ones_in_the_order() -> None:
    assert {path.name for path in (ROOT / "omr").iterdir() if (path / "__init__.py").exists()} == {*ORDER, *BESIDE}


OMR_FILES = [path for path in FILES if ROOT / "omr" in path.parents]


@pytest.mark.parametrize("path", OMR_FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_import_only_rooms_before_them(path: Path) -> None:
    parts = path.relative_to(ROOT / "omr").parts
    names = {name.split(".")[0] for name in _modules_of_omr(ast.parse(path.read_text()))} - {"__version__"}
    if parts[0] in BESIDE:
        allowed = {parts[0], *ORDER, *(p.stem for p in (ROOT / "omr").glob("*.py"))}
    elif len(parts) == 1:
        allowed = GROUND if path.stem in GROUND else {*ORDER, *(p.stem for p in (ROOT / "omr").glob("*.py"))}
    else:
        allowed = {*ORDER[: ORDER.index(parts[0]) + 1], *GROUND}
    assert names <= allowed, f"{'/'.join(parts)} must not import {', '.join(sorted(names - allowed))}"


def test_only_the_export_imports_music21_for_the_pipeline() -> None:
    files = (ROOT / "omr").rglob("*.py")
    users = {p.name for p in files if any(name == "music21" for name, _ in _imports(ast.parse(p.read_text())))}
    assert users == {"musicxml.py", "midi.py", "instruments.py"}
