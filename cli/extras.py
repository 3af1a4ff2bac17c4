"""Which extra of the package provides what a command needs.

A plain install has what a scan imports, and nothing more: see setup.cfg.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence

MODULES: dict[str, tuple[str, ...]] = {
    "library": ("distributed", "fsspec", "psutil", "pyarrow"),
    "review": ("reportlab", "starlette", "svglib", "uvicorn", "verovio"),
    "pages": ("albumentations", "font_caladea", "ijson", "resvg_py", "verovio"),
    "train": ("keras", "matplotlib", "onnx", "sklearn", "tensorflow"),
    "evaluate": ("converter21", "matplotlib", "musicdiff", "pycocotools", "scipy"),
    "talk": ("skimage",),
    "rivals": ("torch", "torchvision"),
    "dev": ("gensim", "jax"),
}
"""Extra -> the modules that setup.cfg lists in it, without those of the extras that it includes."""

INCLUDES: dict[str, tuple[str, ...]] = {"train": ("pages",), "evaluate": ("pages",), "talk": ("pages", "train")}
"""Extra -> the extras that it includes."""

NEEDS: dict[str, tuple[str, ...]] = {
    "library": ("library",),
    "review": ("review",),
    "deepscores": ("pages",),
    "augment": ("pages",),
    "train": ("train",),
    "evaluate": ("evaluate",),
    "evaluate ablation": ("evaluate", "train"),
    "evaluate detectors": ("evaluate", "train"),
    "evaluate formats": ("evaluate", "train"),
    "evaluate library": ("library",),
    "evaluate review": ("evaluate", "review"),
    "evaluate surefit": ("evaluate", "train"),
    "explain": ("talk",),
    "guard": ("talk",),
    "press": ("talk",),
    "quantise": ("train",),
    "talk": ("talk",),
}
"""Command -> extras without which it does not start, so that none stops half way because of a missing package."""

GROUPS = {"augment", "deepscores", "evaluate", "explain", "library", "press", "talk"}
"""Commands that contain other commands, and print their help if none follows."""

WITH_INPUT = {"library"}
"""Groups that may be followed by an input instead of a command."""

HELP = {"-h", "--help"}


def lacking(arguments: Sequence[str]) -> str:
    """What a command line needs that is not installed, and the command that installs it, on one line; "" if nothing is
    missing.

    arguments: of the process, without the program's name. Help needs nothing, and neither does a group without a
    command.
    """
    names, command = _names(arguments), _command(arguments)
    if HELP & set(arguments) or len(names) == 1 and command in GROUPS:
        return ""
    extras = _needs(command)
    wanted = [module for extra in extras for module in _modules(extra)]
    missing = [module for module in dict.fromkeys(wanted) if importlib.util.find_spec(module) is None]
    return _message(command, missing, extras) if missing else ""


def explain(error: ModuleNotFoundError, arguments: Sequence[str]) -> str:
    """The same line for a module that was not found while a command ran; "" if it is in no extra."""
    module = (error.name or "").split(".")[0]
    extra = next((extra for extra, modules in MODULES.items() if module in modules), None)
    return _message(_command(arguments), [module], (extra,)) if extra else ""


def _names(arguments: Sequence[str]) -> list[str]:
    return [argument for argument in arguments if not argument.startswith("-")]


def _command(arguments: Sequence[str]) -> str:
    """The command's name, such as "train" or "evaluate bench". Options before it have no values."""
    names = _names(arguments)
    return " ".join(names[:2] if names and names[0] in GROUPS - WITH_INPUT else names[:1])


def _needs(command: str) -> tuple[str, ...]:
    return NEEDS.get(command) or NEEDS.get(command.split(" ")[0], ())


def _modules(extra: str) -> list[str]:
    """The modules of an extra, and then those of the extras that it includes."""
    return [*MODULES[extra], *(module for other in INCLUDES.get(extra, ()) for module in MODULES[other])]


def _message(command: str, missing: Sequence[str], extras: Sequence[str]) -> str:
    listed = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    # pip finds the extra in the list of the installed package, whether that was installed from a clone or not.
    return (f"omr {command} needs more packages ({listed}): {sys.executable} -m pip install "
            f"'omr[{','.join(extras)}]'")
