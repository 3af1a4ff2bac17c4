"""Silences what TensorFlow writes to the terminal when it is imported: processor instructions, missing GPUs, advice.

Its C++ code writes these lines before it reads any setting, so standard error is closed during the import. Errors are
exceptions, and are raised as usual.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, cast


class QuietTensorFlow:
    """Finds TensorFlow as Python does, and loads it quietly. (The usual base classes of finders and loaders would take
    longer to import than everything else here.)"""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "tensorflow":
            return None
        place = sys.meta_path.index(self)
        sys.meta_path.remove(self)  # otherwise it would find itself
        try:
            spec = importlib.util.find_spec(name)
        finally:
            sys.meta_path.insert(place, self)
        if spec is not None and spec.loader is not None:
            spec.loader = cast(Any, _QuietLoader(spec.loader))
        return spec


class _QuietLoader:
    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return cast("ModuleType | None", self.inner.create_module(spec))

    def exec_module(self, module: ModuleType) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        assert module.__spec__ is not None
        module.__spec__.loader = self.inner
        with silent():
            self.inner.exec_module(module)
        logging.getLogger("tensorflow").setLevel(logging.ERROR)  # advice for programmers, such as about retracing


@contextmanager
def silent() -> Iterator[None]:
    """Inside the block nothing reaches standard error, not even from C++."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def install() -> None:
    """From now on TensorFlow is imported quietly, unless it is imported already."""
    if "tensorflow" not in sys.modules and not any(isinstance(f, QuietTensorFlow) for f in sys.meta_path):
        sys.meta_path.insert(0, cast(Any, QuietTensorFlow()))
