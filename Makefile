# `make demo` and `make test` need Python 3.10 or newer, git and make, and nothing else.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Where the demo is: make demo BIND=127.0.0.1:8001
BIND ?= 127.0.0.1:8000
# Arguments for pytest: make test ARGS="tests/core -x"
ARGS ?=
# Other marks than those of the quick suite: make test MARKS="not faults and not browser" is all but these two.
MARKS ?=
# What runs pytest, as in CI: make test RUN="-m coverage run" JOBS=0
RUN ?=
# Processes that share the test-suite, each with servers of its own; 0 for none but pytest's.
JOBS ?= 3

.DEFAULT_GOAL := help
.PHONY: help demo test slow faults browser screenshots pictures lint types audit redacting format messages bench peers soak clean

help: ## show this
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 13

demo: $(VENV)/.installed ## the standalone site over this checkout and this machine
	$(BIN)/django_status serve --bind $(BIND)

test: $(VENV)/.installed-test ## the test-suite, with servers of its own
	$(BIN)/python $(RUN) -m pytest --numprocesses $(JOBS) --dist loadfile $(if $(MARKS),-m "$(MARKS)") $(ARGS)

slow: $(VENV)/.installed-test ## what the quick suite leaves out: real workers, the documentation, many requests
	$(MAKE) test MARKS="slow and not faults and not browser"

faults: $(VENV)/.installed-test ## the tests that stop, cut off and fill up real servers under load: many minutes
	$(BIN)/python $(RUN) -m pytest -m faults $(ARGS)

browser: $(VENV)/.installed-test ## the pages in a real browser, Debian's Chromium
	$(BIN)/python $(RUN) -m pytest -m browser $(ARGS)

screenshots: $(VENV)/.installed-test ## every page in both schemes and four widths, in screenshots/
	$(BIN)/python -m tests.browser.screenshots screenshots

pictures: $(VENV)/.installed-test ## the README's pictures, drawn anew
	$(BIN)/python -m tests.browser.screenshots --readme docs/images

lint: $(VENV)/.installed-lint ## formatting, lint and the contract of the house
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports

types: $(VENV)/.installed-lint ## mypy, strict
	$(BIN)/mypy --strict

audit: $(VENV)/.installed-test $(VENV)-audit/.installed ## the tests' packages: that they fit together, what is known against them
	$(BIN)/python -m pip check
	$(VENV)-audit/bin/python -m tests.audit.judge $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')

redacting: $(VENV)/.installed-test ## what redaction costs at its worst
	$(BIN)/python benchmarks/redacting.py

format: $(VENV)/.installed-lint ## format, and mend what can be mended
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

messages: $(VENV)/.installed ## what is to be translated, found anew in the sources, and the catalogues: needs gettext
	cd src/status && $(abspath $(BIN))/django-admin makemessages -l es --no-location --no-wrap --no-obsolete
	cd src/status && $(abspath $(BIN))/django-admin compilemessages

bench: $(VENV)/.installed-test ## the figures that the design promises, each beside its floor
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/stats.py

peers: $(VENV)/.installed-test ## the same site with others' health checks, side by side: twenty minutes
	$(BIN)/python benchmarks/peers.py

soak: $(VENV)/.installed-test ## a million probes while a database and a cache stop and return
	$(BIN)/python benchmarks/soak.py

clean: ## remove what the tools left behind, but no virtual environment
	rm -rf build dist .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -name __pycache__ -prune -exec rm -rf {} +

# A stamp a set of packages, so that they are installed again when pyproject.toml changes and only then.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[all]'
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --group test
	@touch $@

# With the tests' packages: mypy reads what the tests import.
$(VENV)/.installed-lint: $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet --group lint
	@touch $@

# By itself, so that what audits is not audited and the tests' packages stay as they are.
$(VENV)-audit/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-audit
	$(VENV)-audit/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(VENV)-audit/bin/python -m pip install --quiet --group audit
	@touch $@
