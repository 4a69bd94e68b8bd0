# `make help` lists what there is.
VENV ?= .venv
PYTHON = $(VENV)/bin/python
PIP_ARGS ?=
export VENV PIP_ARGS

UNITS = not browser and not stack and not slow
# None of them is in these files, whose libraries take a second to import.
WITHOUT = --ignore tests/browser --ignore tests/chaos --ignore tests/project/test_api_conformance.py \
	-p no:schemathesis
# A file's tests stay in one process, which makes their fixtures once; files that take long come
# first. Three processes for two cores: much of their time they wait for what sites do. What sites
# do in the background has nice 10, and would hardly get a turn beside tests of a higher priority.
BY_FILE = nice -n 9 $(PYTHON) -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# For every Python and system that the site runs on. What is pinned stays as it is.
LOCK = --quiet --no-config --universal --python-version 3.11 --generate-hashes --strip-extras \
	--no-annotate --custom-compile-command "make lock"

# Tests start some hundred processes, each of which would compile all modules anew.
test test-fast test-services: export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL = help
.PHONY: help run dev setup setup-dev lock test test-fast test-services chromium lint bench chaos clean

help:  ## what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

run: setup  ## the whole site, on PORT (8000)
	@exec $(PYTHON) -m digitsite.supervisor --parent $$PPID

dev: setup  ## pages with DEBUG that reload on edits, on port 8001, beside `make run`
	@DEBUG=yes exec $(PYTHON) manage.py runserver 8001

setup:  ## install what runs the site and trains
	@sh scripts/install requirements.txt

setup-dev: setup
	@sh scripts/install requirements-dev.txt

lock: setup-dev  ## pin what the requirements bring along, with the hashes of its files
	@$(VENV)/bin/uv pip compile $(LOCK) requirements-dev.txt -o requirements-dev.lock
	@$(VENV)/bin/uv pip compile $(LOCK) -c requirements-dev.lock requirements.txt -o requirements.lock

test: test-fast chromium  ## every test
	@exec $(BY_FILE) -m "not ($(UNITS))"

test-fast: setup-dev  ## the units alone
	@exec $(PYTHON) -m pytest -n 2 --dist worksteal $(WITHOUT) -m "$(UNITS)"

test-services: chromium  ## what uses a database or a broker, on DATABASE_URL and REDIS_URL
	@exec $(BY_FILE) -m services

chromium: setup-dev
	@$(PYTHON) scripts/chromium.py >/dev/null

lint: setup-dev  ## ruff, mypy and the import contracts
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

bench: setup  ## measure, into benchmarks/ (needs wrk; gets Gradio and torch, once)
	@exec $(PYTHON) -m benchmarks

chaos: setup-dev  ## people draw while parts of the site are killed, paused and filled (Linux)
	@exec $(PYTHON) -m tests.chaos

clean:  ## forget caches and the virtual environment; var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
