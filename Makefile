# Nothing but Python and make is assumed. Recipes are silent and talk on stderr: stdout belongs to what is run,
# so that `make demo ARGS="--auto --json"` prints exactly one line.
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
UV ?= uv
# Universal: one file for every Python and platform that is supported. No address of any index is written.
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: help install demo test fuzz mutants bench quality histories pictures docs lint types imports format format-check check lock clean

help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(VENV)/.installed ## Create .venv from the hash-pinned lock, with the hopstop command in it
	@:

demo: $(VENV)/.installed ## Run the whole job here: an attack, the ask, the containment (ARGS="--auto --json")
	@$(BIN)/hopstop demo $(ARGS)

test: $(VENV)/.installed ## Run the tests (ARGS="-k chain")
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

bench: $(VENV)/.installed ## Measure speed, latency, state and growth (ARGS="--quick"; about twelve minutes without)
	@$(BIN)/python -m bench $(ARGS)

quality: $(VENV)/.installed ## Measure on simulated organisations what is caught and what is false (ARGS="--quick"; ten minutes)
	@$(BIN)/python -m quality $(ARGS)

fuzz: $(VENV)/.installed ## Throw odd and broken bodies at the parser (ARGS="--minutes 2 --seed 1")
	@$(BIN)/python -m tests.fuzz $(ARGS)

lint: $(VENV)/.installed ## Look for mistakes with ruff
	@$(BIN)/ruff check .

types: $(VENV)/.installed ## Check the types with mypy, strictly
	@$(BIN)/mypy

imports: $(VENV)/.installed ## Check who imports whom
	@$(BIN)/lint-imports

format: $(VENV)/.installed ## Lay the code out and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

format-check: $(VENV)/.installed
	@$(BIN)/ruff format --check .

check: format-check lint types imports test ## Everything that must be green: format, lint, types, imports, tests

lock: ## Resolve the dependencies again into both locks (needs uv; only maintainers do)
	@$(COMPILE) pyproject.toml requirements.in --output-file requirements.lock
	@$(COMPILE) pyproject.toml --constraint requirements.lock --output-file requirements-worker.lock

clean: ## Remove the environment and every cache
	@rm -rf $(VENV) build dist ./*.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Two stamps, so that a change of pyproject.toml alone does not fetch anything.
$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable . >&2
	@touch $@

$(VENV)/.locked: requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "hopstop needs Python 3.11, 3.12 or 3.13, and there is no $(PYTHON): name one with PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "hopstop needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is $$($(PYTHON) -V 2>&1): name another with PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Installing hopstop into $(VENV) (about a minute, once)" >&2
	@$(PYTHON) -m venv --clear $(VENV) >&2
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock >&2
	@touch $@

mutants: $(VENV)/.installed ## Break the guard's modules on purpose and see that a test fails each time (ARGS="model.gate")
	@$(BIN)/python -m tests.mutants $(ARGS)

histories: $(VENV)/.installed ## Record the case histories that the tests replay (only for new branches)
	@$(BIN)/python -m tests.workflows.record

docs: $(VENV)/.installed ## Write docs/detectors.md and docs/playbooks.md from what runs and hopstop.example.toml
	@$(BIN)/python -m detectors.page
	@$(BIN)/python -m playbooks.page

pictures: $(VENV)/.installed ## Take the README's pictures from a demo (needs Chromium)
	@$(BIN)/python -m tests.scenarios.pictures
