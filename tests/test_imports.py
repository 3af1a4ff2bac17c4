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


def test_only_musicxml_imports_music21_for_the_pipeline() -> None:
    files = (ROOT / "omr").glob("*.py")
    users = {p.name for p in files if any(name == "music21" for name, _ in _imports(ast.parse(p.read_text())))}
    assert users <= {"musicxml.py", "streams.py"}
