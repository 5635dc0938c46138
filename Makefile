# Paperboy: `make run` and `make test` are all a person needs. Python 3.11 or newer, make, nothing else.

PYTHON ?= $(shell command -v python3 || command -v python || echo python3)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input --use-pep517 -c constraints.txt
# Settings as in production, and nothing of the shell's.
PRODUCTION := env -i PATH="$$PATH" HOME="$$HOME" ENV_FILE=tests/production.env
# One process more than there are cores: many tests wait for servers and browsers.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1) + 1)
PYTEST := $(PY) -m pytest -n $(WORKERS) --maxprocesses 4 --dist worksteal

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help audit bench bench-admin bench-pages bench-scale bench-ranking bench-search chaos check check-mail clean format fuzz imports lock run test test-postgres test-sqlite year

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.installed ## Run everything here; HOST and PORT choose where
	@exec env DEBUG=1 $(PY) manage.py dev

test: check test-sqlite test-postgres ## Check, then test on SQLite and on PostgreSQL

test-sqlite: $(VENV)/.installed-dev ## Run all tests on SQLite; ARGS goes to pytest
	@echo "Testing on SQLite ..."
	@$(PYTEST) $(ARGS)

test-postgres: $(VENV)/.installed-dev ## Run the tests that touch a database on PostgreSQL
	@echo "Testing on PostgreSQL ..."
	@PAPERBOY_TEST_DATABASE=postgres $(PYTEST) $(ARGS)

chaos: $(VENV)/.installed-dev ## Hurt a whole fleet at random, then count; SEED, READERS, SECONDS
	@$(PY) -m tests.chaos.campaign $(if $(SEED),--seed $(SEED)) $(if $(READERS),--readers $(READERS)) $(if $(SECONDS),--seconds $(SECONDS))

year: $(VENV)/.installed-dev ## Live through a year of a source with planted faults; DAYS
	@YEAR_DAYS=$(or $(DAYS),365) $(PY) -m pytest -q -s -p no:logging tests/papers/test_year.py

bench: $(VENV)/.installed-dev ## Measure against the plain way and a mail sink; ARGS="--readers 2000"
	@$(PY) -m tests.bench.run $(ARGS)

bench-search: $(VENV)/.installed-dev ## Time searches over 100,000 made-up papers; ARGS="--papers 5000"
	@$(PY) -m tests.bench.search $(ARGS)

bench-admin: $(VENV)/.installed-dev ## Measure the desk over 100,000 papers and 1,000,000 digests; ARGS="--papers 20000"
	@$(PY) -m tests.bench.desk $(ARGS)

imports: $(VENV)/.installed-dev ## Import many made-up records, and print how much memory that took; RECORDS
	@$(PY) -m tests.bench.imports $(if $(RECORDS),--records $(RECORDS))

bench-scale: $(VENV)/.installed-dev ## Send to 10,000, 100,000 and a million readers with one and two workers; ARGS="--readers 2000"
	@$(PY) -m tests.bench.scale $(ARGS)

bench-pages: $(VENV)/.installed-dev ## Time the pages over 100,000 papers; ARGS="--database postgres"
	@$(PY) -m tests.bench.pages $(ARGS)

bench-ranking: $(VENV)/.installed-dev ## Measure how many readers are ranked a second; ARGS="--readers 5000"
	@OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(PY) -m tests.bench.ranking $(ARGS)

check-mail: $(VENV)/.installed-dev ## Check the mail of 200 readers: HTML, accessibility, spam, size; READERS, PAPERS="files"
	@CHECK_READERS=$(or $(READERS),200) CHECK_PAPERS="$(PAPERS)" $(PY) -m pytest -q -s -rs -p no:logging tests/journeys/test_mail_checks.py

fuzz: $(VENV)/.installed-dev ## Compare thousands of generated letters with the plain way; ARGS="--letters 1000"
	@$(PY) -m tests.bench.fuzz $(ARGS)

check: $(VENV)/.installed-dev ## Check style, types, imports, templates, migrations and settings
	@echo "Checking style ..."
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --check --quiet . || { echo "Not formatted: run 'make format'."; exit 1; }
	@echo "Checking types ..."
	@DEBUG=1 $(PY) -m mypy --no-error-summary
	@echo "Checking imports ..."
	@found=$$($(PY) $(VENV)/bin/lint-imports --no-logo 2>&1) || { echo "$$found"; exit 1; }
	@echo "Checking for unsafe code ..."
	@$(PY) -m bandit --quiet --recursive --configfile pyproject.toml digest subscriptions manage.py
	@echo "Checking templates ..."
	@$(PY) -m djlint --quiet --lint templates
	@echo "Checking migrations and settings ..."
	@$(PRODUCTION) $(PY) manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

audit: $(VENV)/.installed-dev ## Ask whether the locked versions have known faults with a fix (needs the internet)
	@$(PY) -m pip_audit --strict --requirement constraints.txt --no-deps --disable-pip

format: $(VENV)/.installed-dev ## Put the code into its usual form
	@$(PY) -m ruff check --fix --quiet . || true
	@$(PY) -m ruff format .

lock: $(VENV)/.installed-dev ## Write the installed versions to constraints.txt
	@{ echo "# Every version that was tested together. Written by 'make lock'."; \
	   { $(PY) -m pip freeze --local --disable-pip-version-check | grep -E '^[A-Za-z0-9._-]+=='; \
	     grep ' ; ' constraints.txt; } | LC_ALL=C sort -f; } > constraints.new
	@mv constraints.new constraints.txt
	@echo "constraints.txt names $$(grep -c == constraints.txt) packages."

clean: ## Remove what was installed and all tool caches; var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and none was found. Install it, or: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Choose another: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made requirements.txt constraints.txt
	@echo "Installing what Paperboy needs (about a minute, once) ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	@echo "Installing what the tests need (about a minute, once) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@
