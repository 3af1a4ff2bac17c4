"""All expected failures. Each class has an exit code. The message says what is wrong, and what to do about it.

Exceptions are for unusable input. Uncertain music is a `Doubt` on the score, never an exception. Only `cli/main.py`
turns these exceptions into exit codes of the process.
"""

from __future__ import annotations


class OmrError(Exception):
    """Base class of all expected failures. Its text is one line for the user, its exit code is for scripts."""

    exit_code = 1
    remedy = ""
    """What the user can do, as a sentence without full stop; empty if the message says it."""

    def __str__(self) -> str:
        message = " ".join(super().__str__().splitlines())  # messages of parsers, and file names, may have line breaks
        return f"{message}. {self.remedy}" if self.remedy else message


class InputError(OmrError):
    """The input cannot be read at all: missing, broken, encrypted or of an unknown type."""

    exit_code = 3
    remedy = "Give a PDF, TIFF, PNG or JPEG that opens in a viewer"


class FolderError(InputError):
    """A folder that should be read as a library is missing, or has no score in it."""

    remedy = "Name a folder with PDFs, TIFFs, PNGs or JPEGs below it"


class EncryptedError(InputError):
    """The PDF asks for a password."""

    exit_code = 4
    remedy = "Remove the password first (for example: qpdf --decrypt in.pdf out.pdf)"


class PageSizeError(InputError):
    """The page has too few pixels to hold a staff, or too many to process."""

    exit_code = 5
    remedy = "Scan the page at 150 to 600 dpi"


class NoMusicError(OmrError):
    """No staff was found on any page."""

    exit_code = 6
    remedy = "Check that the pages show printed staves, upright and in focus"


class WeightsError(OmrError):
    """A weights file is missing, damaged or of another version."""

    exit_code = 7
    remedy = "Reinstall the package, or name a weights folder with --weights"


class OutputError(OmrError):
    """An output cannot be written: no space, no permission, or not a folder."""

    exit_code = 8
    remedy = "Free some space or choose another place with -o; nothing half-written was left"


class DataError(OmrError):
    """A data set, or one of its records, is broken. The message names the file and the field."""

    exit_code = 9
    remedy = ""


class ClusterError(OmrError):
    """The cluster that reads a library cannot be reached, was lost, or runs another version of this program."""

    exit_code = 11
    remedy = "Run the same command again: it goes on where it was"


class DeviceError(OmrError):
    """The device (GPU) that was asked for does not exist."""

    exit_code = 12
    remedy = "Leave out --device, or use --device cpu"
