"""`--help` answers at once: nothing heavy is imported for it."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from cli.main import COMMANDS, omr

HEAVY = {"numpy", "scipy", "cv2", "PIL", "lxml", "music21", "onnxruntime", "tensorflow", "keras", "jax", "torch",
         "verovio", "skimage", "sklearn", "matplotlib", "albumentations"}
"""Packages that take a tenth of a second and more to import."""


def commands() -> list[str]:
    """Every command, and the commands of those that are groups: "evaluate scan"."""
    context = click.Context(omr)
    found = []
    for name in COMMANDS:
        command = omr.get_command(context, name)
        below = command.list_commands(context) if isinstance(command, click.Group) else []
        found += [name, *(f"{name} {other}" for other in below)]
    return found


@pytest.mark.parametrize("command", ["", "version", *commands()])
def test_help_imports_nothing_heavy(command: str) -> None:
    """What is imported decides how fast help is; seconds would depend on what else the machine does."""
    program = ("import atexit, sys\n"
               "atexit.register(lambda: print('imported', *sorted({m.split('.')[0] for m in sys.modules}), "
               "file=sys.stderr))\n"
               "from cli.main import main\n"
               f"sys.exit(main({[*command.split(), '--help']!r}))")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Usage: omr" in done.stdout
    imported = set(done.stderr.split("imported", 1)[1].split())
    assert "click" in imported and not imported & HEAVY


def test_help_lists_every_command() -> None:
    done = subprocess.run([sys.executable, "-m", "cli.main", "--help"], capture_output=True, text=True, timeout=30)
    for name, line in COMMANDS.items():
        assert name in done.stdout and line[:30] in done.stdout


def test_a_mistyped_command_gets_a_hint() -> None:
    done = subprocess.run([sys.executable, "-m", "cli.main", "scam"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "Did you mean 'scan'?" in done.stderr
