# The commands CI runs, for use at the desk. `make install` first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install lint test bench example

install:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -e '.[dev]'
	$(BIN)/python -m compileall -q omr cli  # a scan starts 0.4 s sooner where PYTHONDONTWRITEBYTECODE is set

lint:
	$(BIN)/ruff check .
	$(BIN)/mypy

test:
	$(BIN)/pytest

bench:
	$(BIN)/omr bench

example:
	$(BIN)/python examples/make_minuet.py
