# Phieu: the only door. `make` prints what there is; every target sets up what it needs.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
PY := .venv/bin/python
FAST := $(wildcard tests/unit tests/contract tests/architecture)
CORE := $(wildcard tests/unit/schemas tests/contract $(patsubst %,tests/unit/*/test_%*.py,decide react project))
SEAL := $(shell cat requirements.txt requirements-dev.txt schemas/pyproject.toml | cksum | cut -d' ' -f1)
READY := .venv/ready-$(SEAL)
COMPILE := $(PY) -m piptools compile --quiet --allow-unsafe --generate-hashes --strip-extras \
	--no-emit-find-links --no-emit-index-url --no-emit-trusted-host

.PHONY: help setup run demo doctor reset rebuild check fmt lint types imports unit test bench guards schemas requirements clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(READY) ## install everything pinned into .venv (the other targets do this by themselves)

$(READY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Phieu needs Python 3.11 or newer as '$(PYTHON)': install it, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	$(PY) -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation -e schemas
	@rm -f .venv/ready-* && touch $@

run: $(READY) ## start broker, database and services; prints where to look; Ctrl-C stops all
	$(PY) -m infra.local run

demo: $(READY) ## send a ticket and show each event as a subscriber sees it
	$(PY) -m infra.local.demo

doctor: $(READY) ## say what this machine lacks and what to install
	$(PY) -m infra.local doctor

reset: $(READY) ## delete the local data (asks first)
	$(PY) -m infra.local reset

rebuild: $(READY) ## fold the tables of one service again: make rebuild SERVICE=query
	@test -n "$(SERVICE)" || { echo "Name the service: make rebuild SERVICE=query"; exit 1; }
	@settings=$$($(PY) -m infra.local env $(SERVICE)) && eval "$$settings" && $(PY) -m services.$(SERVICE) rebuild

check: lint types imports unit ## the loop while writing: under a minute, no broker

fmt: $(READY) ## format the code and mend what can be mended
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

lint: $(READY) ## format and style, changing nothing
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

types: $(READY) ## mypy, strict
	$(PY) -m mypy

imports: $(READY) ## who may import whom
	.venv/bin/lint-imports

unit: $(READY) ## the tests that need no broker; contract and cores are covered to the last branch
	$(PY) -m coverage run -m pytest -q $(CORE)
	$(PY) -m coverage report
	$(PY) -m pytest -n auto -q $(FAST) $(CORE:%=--ignore=%)

test: check ## every test: check, then those on the real broker and the real database
	$(PY) -m infra.local.chromium
	$(PY) -m pytest --durations=10 $(FAST:%=--ignore=%)

bench: $(READY) ## measure, print the table and write it to a file
	$(PY) -m tests.bench

guards: $(READY) ## take guards out one by one and show which test fails
	$(PY) -m tests.guards

schemas: $(READY) ## write the golden JSON Schemas and the reference pages again
	$(PY) -m phieu_schemas.generate
	$(PY) -m docs.reference.generate

requirements: $(READY) ## pin the requirements again, with hashes
	CUSTOM_COMPILE_COMMAND="make requirements" $(COMPILE) --output-file=requirements.txt requirements.in
	CUSTOM_COMPILE_COMMAND="make requirements" $(COMPILE) --output-file=requirements-dev.txt requirements-dev.in

clean: ## remove the environment and the caches; local data stays (make reset)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
