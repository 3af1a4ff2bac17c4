"""A framework's lines do not reach the terminal, and its errors do."""

from __future__ import annotations

import subprocess
import sys


def test_tensorflow_is_imported_without_a_line() -> None:
    code = ("import os; os.environ.pop('TF_CPP_MIN_LOG_LEVEL', None)\n"
            "from cli.main import main; main(['version'])\n"
            "import importlib.util; importlib.util.find_spec('tensorflow')\n"  # cli/extras.py asks so what there is
            "import tensorflow as tf; tf.constant(1.0) + 1; tf.get_logger().warning('advice')\n"
            "import sys; print('heard', file=sys.stderr)\n"
            "assert 'Quiet' not in type(tf.__spec__.loader).__name__")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "heard\n"
