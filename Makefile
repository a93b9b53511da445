# `make` alone lists the targets. Two of them suffice on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COMPILE := $(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
  --strip-extras --allow-unsafe --no-header --no-annotate

.PHONY: docs coverage-table help demo test check lint format conformance bench bench-start bench-judge bench-diagnose schemas lock clean faults crash soak
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | column -t -s "$$(printf '\t')"

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "make: Python 3.11 or later is missing: apt-get install python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "make: the venv module is missing: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/python requirements/runtime.txt pyproject.toml
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements/dev.txt
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/installed  ## install and run a whole change window on the built-in lab
	@$(BIN)/remediate lab demo

test: $(VENV)/installed-dev  ## install and run all tests
	@command -v traffic_server >/dev/null || \
	  { echo "make: the real traffic server is missing: apt-get install --no-install-recommends trafficserver"; exit 1; }
	$(BIN)/python -m pytest -q -n 4 --dist loadgroup

faults: $(VENV)/installed-dev  ## every row of the fault matrix on the lab: row, expected, seen
	@$(BIN)/python -m pytest -q -n 4 --dist loadgroup --no-header -p tests.support.fault_table

lint: $(VENV)/installed-dev  ## linters, types and the contracts between rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test  ## what CI runs

conformance: $(VENV)/installed-dev  ## how often the judge agrees with the real traffic server, per kind
	@$(BIN)/python -m tests.conformance.table

crash: $(VENV)/installed-dev  ## kill an apply at every event, then go on and take it back; prints K and the counts
	@$(BIN)/python -m tests.lab.faults.every_event

soak: $(VENV)/installed-dev  ## operators, deaths, outages and time in any order, for a long while
	REMEDIATE_SOAK=200 $(BIN)/python -m pytest -q tests/lab/faults/test_any_order.py
coverage-table: $(VENV)/installed-dev  ## facts nobody is sure of, and the tests that show what the tool does about them
	@$(BIN)/python -m tests.unknowns

$(VENV)-bench/installed: requirements/bench.txt
	$(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@

bench: $(VENV)/installed-dev $(VENV)-bench/installed  ## the same reads by this tool, paramiko, netmiko, nornir and Ansible
	@$(BIN)/python -m tests.benchmarks.bench

bench-start: $(VENV)/installed-dev  ## how long the command line takes to start, beside a bare interpreter
	@$(BIN)/python -m tests.benchmarks.bench_start

bench-judge: $(VENV)/installed-dev  ## verdicts per second, and the ratio to bare OpenSSL
	@$(BIN)/python -m tests.benchmarks.bench_judge

bench-diagnose: $(VENV)/installed-dev  ## how fast 1 GB of log is read, beside grep with the same patterns
	@$(BIN)/python -m tests.benchmarks.bench_diagnose

format: $(VENV)/installed-dev  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/installed-dev  ## build the documentation into site/
	$(BIN)/mkdocs build --strict -f .mkdocs.yml

schemas: $(VENV)/installed-dev  ## write the JSON Schemas again
	$(BIN)/python -m remediate.files.schemas

lock: $(VENV)/installed-dev  ## pin every dependency again, with hashes
	$(BIN)/pip install -q pip-tools
	$(COMPILE) -o requirements/runtime.txt pyproject.toml requirements/build.in
	$(COMPILE) --extra dev -c requirements/runtime.txt -o requirements/dev.txt pyproject.toml requirements/build.in
	$(COMPILE) -c requirements/runtime.txt -o requirements/bench.txt requirements/bench.in

clean:  ## remove what the targets above made
	rm -rf $(VENV) site dist $(VENV)-bench .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
