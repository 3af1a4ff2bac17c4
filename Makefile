# The commands CI runs, for use at the desk. `make install` first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install lint test bench example

install:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -e '.[dev]'

lint:
	$(BIN)/ruff check .
	$(BIN)/mypy

test:
	$(BIN)/pytest

bench:
	$(BIN)/omr bench

example:
	$(BIN)/python examples/make_minuet.py
