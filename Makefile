# The kevent book. Two commands matter: `make book` serves it, `make test` proves it.
# What is installed is in .venv, but for what npm brings: live/node_modules, and Lighthouse below tools/lighthouse.
# `make cluster` keeps what it builds in ~/.cache/kevent, and Go what it has compiled in its own cache, for the next checkout, too.

PYTHON   ?= $(firstword $(shell command -v python3 python3.13 python3.12 python3.11))
VENV     := .venv
BIN      := $(VENV)/bin
SITE     := _build/html
SOURCES  := kevent book live/python oracle tools tests benchmarks
QUICK    := tests/unit tests/simulation -m 'not (thorough or ci or weekly)'    # what `make check` runs of the tests
JOBS     ?= 2
UV       := uv==0.13.9  # installs in seconds what takes pip a minute; where it cannot (a mirror that only pip knows of), pip does
# What covers the package; not the thorough ones, which do the same a thousand times.
COVERING := tests/unit tests/conformance tests/simulation tests/figures tests/sinks tests/cli \
            -m "not thorough"

export PYDEVD_DISABLE_FILE_VALIDATION := 1
# Compiled once, not by each of the hundreds of processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help book html notebooks check lint test claims oracle cluster test-cluster clients fuzz bench constraints coverage audit offline card clean

help:            ## this list
	@sed -n 's/^\([a-z-]*\): .*## */  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

book: html       ## build the book and serve it at http://127.0.0.1:8000 (or the next free port)
	@$(BIN)/python -m tools.serve $(SITE)

html: $(VENV)/installed    ## build the site into _build/html, what has changed of it; a warning is an error
	@sh tools/go_lines.sh $(BIN) $(UV)
	@sh tools/live.sh $(BIN) $(UV)
	@$(BIN)/python -m tools.build

notebooks: $(VENV)/installed    ## run every notebook again and store its outputs, normalised
	@$(BIN)/python -m tools.notebooks

check: $(VENV)/installed-tests    ## what to run after every change, in a minute: lint, types, arrows, unit tests, simulation
	@$(MAKE) -s lint
	@$(BIN)/pytest -q -n $(JOBS) $(QUICK)

lint: $(VENV)/installed-tests    ## the part of check that runs nothing
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check --quiet $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --cache-dir .import_linter_cache

# What `make test` leaves to others: the real server and the week, and what takes long and seldom breaks to `.ci/run`.
LEFT_OUT ?= weekly or cluster or ci
test: $(VENV)/installed-tests html lint    ## everything: lint, types, unit, conformance, notebooks, site, browser
	$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --nbval --nbval-current-env -m "not ($(LEFT_OUT))" --durations=25 \
	    tests book

claims:          ## run every claim of the book again and store its figures
	@$(BIN)/python -m book.claims

oracle: $(VENV)/installed-go    ## ask the real client-go, at every release, all recorded questions again; half an hour at first
	@$(BIN)/python -m oracle.record
	@$(BIN)/python -m oracle.book

cluster: $(VENV)/installed-go    ## build a real API server, once for each version: five minutes, and more on a busy machine
	@$(BIN)/python -m oracle.apiserver build

test-cluster: $(VENV)/installed-go    ## what has to hold against that server
	@$(BIN)/python -m oracle.apiserver at-hand
	$(BIN)/pytest -n0 -m cluster --durations=10 tests/cluster

clients: $(VENV)/installed-tests    ## the sinks against the oldest and the newest releases of each client of Kubernetes
	@$(BIN)/python -m tools.clients

SEED     ?= 1
N        ?= 500
SECONDS  ?= inf
RELEASE  ?= 1.14
fuzz: $(VENV)/installed-go    ## ask client-go and kevent N fresh questions, drawn from SEED; shows where they differ
	@$(BIN)/python -m oracle.fuzz --seed $(SEED) --count $(N) --seconds $(SECONDS) --release $(RELEASE)

bench: $(VENV)/installed-tests    ## measure the package beside queue.Queue and blinker; beside client-go after make .venv/installed-go
	@$(BIN)/python -m benchmarks $(BENCH)

constraints:     ## resolve the pins of requirements*.txt again into constraints.txt
	@sh tools/constraints.sh "$(PYTHON)"

coverage: $(VENV)/installed-tests    ## branches of kevent that the tests take; fails under 95 %
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q -n0 -o faulthandler_timeout=900 -p no:cacheprovider $(COVERING)
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report
	@$(BIN)/coverage json -q -o - | $(BIN)/python -c "import json, sys; \
	    taken = json.load(sys.stdin)['totals']['percent_branches_covered']; \
	    print(f'branches alone: {taken:.1f} %'); sys.exit(taken < 95)"

audit: $(VENV)/installed-tests html tools/lighthouse/node_modules    ## Lighthouse, bytes and build times against the targets; takes minutes
	@$(BIN)/python -m tools.audit --store

offline: html    ## pack the site for reading without a network: dist/kevent-book.zip
	@$(BIN)/python -m tools.offline

card: html $(VENV)/installed-tests    ## draw the picture for link previews again
	@$(BIN)/python -m tools.card

clean:           ## remove what was built, and the virtual environment
	rm -rf _build dist $(VENV) live/node_modules tools/lighthouse/node_modules .coverage* *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find kevent tests book -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@sh tools/venv.sh "$(PYTHON)" $(VENV)

$(VENV)/installed: requirements.txt constraints.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the book needs into $(VENV) ..."
	@sh tools/install.sh $(BIN) $(UV) requirements.txt
	@touch $@

$(VENV)/installed-tests: $(VENV)/installed requirements-test.txt
	@echo "Installing what the tests need ..."
	@sh tools/install.sh $(BIN) $(UV) requirements-test.txt
	@touch $@

$(VENV)/installed-go: $(VENV)/installed-tests oracle/requirements.txt
	@echo "Installing Go ..."
	@sh tools/install.sh $(BIN) $(UV) oracle/requirements.txt
	@touch $@

tools/lighthouse/node_modules: tools/lighthouse/package.json tools/lighthouse/package-lock.json
	@cd tools/lighthouse && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@
