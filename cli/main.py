"""The console script `omr`: a table of commands, and the one place where errors become exit codes.

A command's module is imported only when that command runs or is asked for its own help, so that `omr --help` needs
nothing but click.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

import click

from cli import extras
from cli.lazy import LazyGroup
from omr import __version__
from omr.errors import OmrError

COMMANDS: dict[str, str] = {
    "scan": "Read pages of printed music into MusicXML or MIDI.",
    "bench": "Time every stage of scanning one page, from process start.",
    "deepscores": "Make and inspect labelled data sets.",
    "augment": "Show what augmentation does to a page, and what it costs.",
    "train": "Train the detector.",
    "quantise": "Make a detector of 8-bit numbers, which is faster.",
    "evaluate": "Measure detection and notation against truth.",
    "explain": "Look inside the detector.",
    "guard": "Make adversarial pages, and detect them.",
    "press": "Find the articles on a newspaper page.",
    "talk": "How we got here: what learning machines had learned by 2018, in small.",
}
"""Command -> help line. Command NAME is the click command NAME of module `cli.NAME`."""

USAGE = 2
MISSING_PACKAGES = 10
BUG = 70
INTERRUPTED = 130


@click.group(cls=LazyGroup, package="cli", table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show where an unexpected error came from.")
@click.option("-v", "--verbose", is_flag=True, help="Say on standard error what is found, and the seconds it takes.")
@click.version_option(__version__, prog_name="omr")
@click.pass_context
def omr(ctx: click.Context, debug: bool, verbose: bool) -> None:
    """Read printed music: a scan, a photograph or a PDF in, MusicXML out."""
    if verbose:
        show_log(ctx)


def show_log(ctx: click.Context) -> None:
    """Write what the logger "omr" says to standard error while the command runs."""
    log = logging.getLogger("omr")
    level, handler = log.level, logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)

    def stop() -> None:
        log.removeHandler(handler)
        log.setLevel(level)

    ctx.call_on_close(stop)


@omr.command()
def version() -> None:
    """Print the version."""
    click.echo(__version__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. The only translator from exceptions to exit codes."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if lacking := extras.lacking(arguments):
            return _fail(lacking, MISSING_PACKAGES)
        result = omr.main(args=arguments, prog_name="omr", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort:  # click's name for Ctrl-C
        return _fail("interrupted", INTERRUPTED)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except OmrError as error:
        return _fail(str(error), error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone (omr ... | head); Python must not try to flush to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and (lacking := extras.explain(error, arguments)):
            return _fail(lacking, MISSING_PACKAGES)
        if "--debug" in arguments:
            raise
        what = " ".join(str(error).split()) or type(error).__name__
        return _fail(f"unexpected {type(error).__name__}: {what} (omr --debug ... shows where)", BUG)


def _fail(message: str, code: int) -> int:
    click.echo(f"omr: {message}", err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
