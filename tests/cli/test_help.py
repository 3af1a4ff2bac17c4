"""`--help` answers at once: nothing heavy is imported for it."""

from __future__ import annotations

import subprocess
import sys
import time

import click
import pytest

from cli.main import COMMANDS, omr

LIMIT_SECONDS = 0.5


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
def test_help_is_quick(command: str) -> None:
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *command.split(), "--help"], capture_output=True, text=True, timeout=30
        )
        best = min(best, time.perf_counter() - start)
        assert done.returncode == 0, done.stderr
        assert "Usage: omr" in done.stdout
        if best < LIMIT_SECONDS:
            break
    assert best < LIMIT_SECONDS


def test_help_lists_every_command() -> None:
    done = subprocess.run([sys.executable, "-m", "cli.main", "--help"], capture_output=True, text=True, timeout=30)
    for name, line in COMMANDS.items():
        assert name in done.stdout and line[:30] in done.stdout


def test_a_mistyped_command_gets_a_hint() -> None:
    done = subprocess.run([sys.executable, "-m", "cli.main", "scam"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "Did you mean 'scan'?" in done.stderr
