"""The console script `omr`: a table of commands, and the one place where errors become exit codes.

A command's module is imported only when that command runs or is asked for its own help, so that `omr --help` needs
nothing but click.
"""

from __future__ import annotations

import atexit
import errno
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

import click

from cli import extras, quiet
from cli.lazy import LazyGroup
from omr import __version__
from omr.errors import OmrError, OutputError

COMMANDS: dict[str, str] = {
    "scan": "Read pages of printed music into MusicXML or MIDI.",
    "review": "Mend a reading beside the scan, in the browser.",
    "library": "Read a whole tree of PDFs and images, on this machine or a cluster.",
    "bench": "Time the scan of a page, a book or a folder, stage by stage.",
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

MISSING_PACKAGES = 10
BUG = 70
INTERRUPTED = 130
SIGNALLED = 128
"""Exit code of a process that was ended by a signal, less the signal's number."""
ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals on which a command cleans up before it ends. The first is that of Ctrl-C."""
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
"""System errors that say that there is no space left to write, on the disk or for this user."""


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
    """Write the log messages of "omr" to standard error while the command runs."""
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


class Ended(BaseException):
    """A signal asks the process to end. number: that of the signal."""

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """Inside the block, the first of `ENDING_SIGNALS` raises `Ended`, and later ones are ignored."""
    numbers = [getattr(signal, name) for name in ENDING_SIGNALS if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():  # Python gives signals to the main thread only
        yield
        return
    # If a caller ignores a signal, as nohup does, it is ignored for this command, too.
    usual = (signal.SIG_DFL, signal.default_int_handler)
    before = {number: signal.getsignal(number) for number in numbers if signal.getsignal(number) in usual}

    def end(number: int, frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise Ended(number)

    try:
        for number in before:
            signal.signal(number, end)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. argv: the arguments. None takes those of the process, which then
    ends as soon as there is nothing left to do."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    leaving = Leaving()
    if argv is None:
        leaving.register()
    quiet.install()
    try:
        with ending_on_signals():
            code = _run(arguments)
    except Ended as ended:
        message = "interrupted" if ended.number == signal.SIGINT else f"ended by {ended}"
        code = _fail(message, SIGNALLED + ended.number)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        _drop_output()
    leaving.code = code
    return code


class Leaving:
    """Ends the process, after its threads and whatever else runs at its end. Python would go on to unload all modules
    and free all memory, piece by piece, which takes 0.2 s. code: the exit code. While it is None, Python ends as usual.
    """

    def __init__(self) -> None:
        self.code: int | None = None

    def register(self) -> None:
        """Must be called before anything else registers with `atexit`, which calls the last registered function
        first."""
        atexit.register(self._leave)

    def _leave(self) -> None:
        if self.code is None:
            return
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):  # there may be none, or its reader is gone
                stream.flush()
        os._exit(self.code)


def _run(arguments: list[str]) -> int:
    """Run a command. This is the only place where exceptions become exit codes."""
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
        _drop_output()  # the reader of the output is gone (omr ... | head)
        return 0
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and (lacking := extras.explain(error, arguments)):
            return _fail(lacking, MISSING_PACKAGES)
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            return _fail(f"cannot write{f' {error.filename}' if error.filename else ''}: {error.strerror}",
                         OutputError.exit_code)
        if isinstance(error, FileNotFoundError) and not _has_temporary_folder():
            return _fail(f"{error.strerror}: name a folder that can be written (TMPDIR=FOLDER omr ...)",
                         OutputError.exit_code)
        if "--debug" in arguments:
            raise
        what = " ".join(str(error).split()) or type(error).__name__
        return _fail(f"unexpected {type(error).__name__}: {what} (omr --debug ... shows where)", BUG)


def _has_temporary_folder() -> bool:
    """Whether there is a folder for temporary files. In a container the user may not be able to write to any."""
    import tempfile

    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        return False
    return True


def _drop_output() -> None:
    """Discard what is still to be written to standard output, so that Python does not fail at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: int) -> int:
    with suppress(OSError):  # there may be no terminal any more
        click.echo(f"omr: {message}", err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
