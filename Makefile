# `make` lists the targets. Because of stamp files in .venv, a second run starts at once.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
SCRIPTS := daemon/panel/static/js
STUDY_SCRIPTS := daemon/study/static/js
# TypeScript checks the types of the pages' scripts. npm fetches it into .venv.
TYPESCRIPT := 7.0.2
# The example in Node on docs/protocol.md needs this package.
ZEROMQ := 6.8.0
PIP_AUDIT := 2.10.1
CYCLONEDX := 7.5.0
PIP_TOOLS := 7.6.2
TSC := $(VENV)/node/node_modules/.bin/tsc
# The first interpreter that is new enough. `make PYTHON=/path/to/python3.12 setup` chooses another one.
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
# Run the tests that the marks $(1) select, with the options $(2). Many tests wait for real processes, and a busy machine
# can make them wait too long: those that fail (exit code 1) run once more, alone, and fail if they fail again.
# Exit code 5: ARGS selects none of these tests.
pytest = $(BIN)/python -m pytest -rs -m "$(1)" $(2) $(ARGS) || case $$? in \
	1) echo "The tests that failed run once more, alone."; $(BIN)/python -m pytest -rs -m "$(1)" --last-failed $(ARGS) ;; \
	5) ;; \
	*) exit 1 ;; \
	esac
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help setup play test soak lint format coverage bench music readme docs release audit clean

help:  ## list the targets
	@awk -F ':.*## *' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.play-stamp  ## build .venv and install the packages for playing

play: setup  ## start the daemon with config.toml, and the panel (ARGS="--seed 7" adds options)
	@$(BIN)/edmd play $(ARGS)

test: $(VENV)/.test-stamp lint  ## run linters, type checker and all tests (ARGS="-k timeline" selects some)
	@if command -v npm >/dev/null && ! [ -d $(VENV)/node/node_modules/zeromq ]; then \
		npm install --silent --no-audit --no-fund --prefix $(VENV)/node zeromq@$(ZEROMQ) \
		|| echo "The example in Node is not run: npm could not fetch zeromq $(ZEROMQ)."; fi
	@# Tests that measure real time have the machine to themselves.
	@$(call pytest,not midi and not browser and not alone and not soak,-n auto --dist loadfile)
	@$(call pytest,(midi or browser or alone) and not soak,)

soak: $(VENV)/.test-stamp  ## run the tests that take many minutes
	@$(BIN)/python -m pytest -rs -m soak $(ARGS)

lint: $(VENV)/.test-stamp  ## run ruff and mypy, and oxlint and TypeScript's checker on the pages' scripts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/oxlint --config $(SCRIPTS)/oxlint.json $(SCRIPTS) $(STUDY_SCRIPTS)
	@if ! command -v npm >/dev/null; then \
		echo "The types of the pages' scripts are not checked: install Node.js with npm."; \
	elif ! { [ -x $(TSC) ] && [ "$$($(TSC) --version)" = "Version $(TYPESCRIPT)" ]; } \
		&& ! npm install --silent --no-audit --no-fund --prefix $(VENV)/node typescript@$(TYPESCRIPT); then \
		echo "The types of the pages' scripts are not checked: npm could not fetch TypeScript $(TYPESCRIPT)."; \
	else $(TSC) --project $(SCRIPTS)/jsconfig.json && $(TSC) --project $(STUDY_SCRIPTS)/jsconfig.json; fi

format: $(VENV)/.test-stamp  ## let ruff fix and format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

coverage: $(VENV)/.test-stamp  ## run all tests, and list the lines that they never ran
	@$(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered $(ARGS)

bench: $(VENV)/.bench-stamp  ## measure everything in one run, into docs/bench.json (ARGS=--quick: short and rough)
	@$(BIN)/python -m tests.benchmarks $(ARGS)

music: $(VENV)/.test-stamp  ## measure the quality of the music, into docs/music.json (ARGS="--corpora DIR --only mix")
	@$(BIN)/python -m tests.music $(ARGS)

readme: $(VENV)/.test-stamp  ## write the tables of README.md and the model card, from code and figures
	@$(BIN)/python -m tests.readme

docs: $(VENV)/.test-stamp  ## build the documents as a site in build/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

release: $(VENV)/.test-stamp readme  ## build the wheels in dist, and what the README shows: pictures of the panel, twenty seconds of sound
	@$(BIN)/python -m tests.showing
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist . ./models/noncommercial

audit: $(VENV)/.test-stamp $(VENV)/audit/.stamp  ## check before a release: vulnerabilities, bill of materials, hashes, the wheel
	@$(BIN)/python -m tests.audit

clean:  ## remove .venv and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "edmd needs CPython 3.11 or newer: install it, or give its path with PYTHON=..." >&2; exit 1; }
	@echo "building $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot build $(VENV) (Debian, Ubuntu: apt install python3-venv)" >&2; rm -rf $(VENV); exit 1; }

$(VENV)/.play-stamp: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing edmd"
	@$(INSTALL) --editable '.[jack,osc,panel,tls,top]'
	@touch $@

$(VENV)/.test-stamp: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing edmd with its extras for tests and training"
	@$(INSTALL) --editable '.[jack,link,osc,panel,score,audio,tls,top,dev,train]'
	@touch $@ $(VENV)/.play-stamp

# The tools of `make audit` have needs of their own, so they live apart.
$(VENV)/audit/.stamp: | $(BIN)/python
	@$(BIN)/python -m venv $(VENV)/audit
	@$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==$(PIP_AUDIT) cyclonedx-bom==$(CYCLONEDX) pip-tools==$(PIP_TOOLS)
	@touch $@

$(VENV)/.bench-stamp: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing edmd with its extras for benchmarks"
	@$(INSTALL) --editable '.[jack,link,osc,panel,score,audio,tls,top,dev,train,bench]'
	@touch $@ $(VENV)/.test-stamp $(VENV)/.play-stamp
