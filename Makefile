.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

help:     ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

# Set-up is a file: made once, made again when the dependencies change.
$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.12 ..." >&2; exit 2; }
ifdef UV
	@$(UV) venv -q --allow-existing --python $(PYTHON) $(VENV)
	@$(UV) pip install -q --python $(BIN)/python -e . --group dev
else
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check 'pip>=25.1'
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e . --group dev
endif
	@touch $@

setup: $(VENV)/.ready  ## Make the environment (every other target does it by itself)

serve: $(VENV)/.ready  ## Serve the mock on http://127.0.0.1:4020
	@$(BIN)/mockserver serve $(ARGS)

test: $(VENV)/.ready  ## Lint, types and all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n auto --dist loadfile $(ARGS)

check: $(VENV)/.ready  ## Check the mock against the bundle, in process and over HTTP
	@$(BIN)/python tests/conformance/both_ways.py $(ARGS)

compare: $(VENV)/.ready  ## Show a comparison: a staging, and a sandbox that has drifted from it in six ways
	@$(BIN)/python tests/drifts/demonstration.py $(ARGS)

coverage: $(VENV)/.ready  ## All tests in one process, and which lines and branches they reach
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -q $(ARGS)
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report

lint: $(VENV)/.ready  ## Format and lint in place
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/mypy

bench: $(VENV)/.ready  ## Measure beside Prism, Scalar's mock server and connexion
	$(BIN)/python tests/benchmarks/run.py $(ARGS)

docs: $(VENV)/.ready  ## Regenerate spec/COVERAGE.md and the README's tables
	$(BIN)/mockserver bundle coverage
	$(BIN)/python tests/docs.py

image:    ## Build the container image
	docker build -t aiwyn-mockserver .

.PHONY: help setup serve test check compare coverage lint bench docs image
