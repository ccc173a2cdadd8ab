# Lineguard. `make help` lists what there is; everything happens inside this folder.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
ARGS ?=
SEED ?=
SECONDS_EACH ?= 20
BIN := .venv/bin

# Nothing of the caller's Python settings may leak into the environment of the checkout.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP

# The lock names no index: where packages come from is its reader's affair. It is resolved for what was
# tested, Debian 12's Python on x86_64; the practice site's PostgreSQL has wheels for nothing else.
LOCK := env -u UV_INDEX -u UV_INDEX_URL -u UV_DEFAULT_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	$(BIN)/uv pip compile --quiet --no-cache --python-version 3.11 --generate-hashes \
	--python-platform x86_64-manylinux_2_28 --custom-compile-command "make lock" --no-annotate \
	--no-emit-index-url --no-emit-find-links --extra practice

.PHONY: help demo test lint check coverage fuzz soak figures lock phrases bench-deps clean run-env \
	test-env

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: run-env ## one working day of maintenance on the practice site (ARGS="--lang en" for English)
	@$(BIN)/lineguard demo $(ARGS)

# Three workers on two cores: many tests wait for somebody else's time limit. In the order of the
# folders: sorted by their number of tests, the few long ones would come last and be waited for.
test: test-env ## all tests with small, seeded counts (ARGS="tests/checks -x" for some)
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -q $(ARGS)

lint: test-env ## format, lint, types and the order of the rooms
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: lint test ## lint and test

coverage: test-env ## write docs/coverage.md: what the tests have shown of each item
	@$(BIN)/pytest -n 2 --dist loadfile -q --write-coverage \
		$$(grep -rl --include='test_*.py' 'from tests.witness import' tests | sort)

fuzz: test-env ## every parser and log matcher for 20 s each (SECONDS_EACH=n, SEED=n)
	@LINEGUARD_FUZZ_S=$(SECONDS_EACH) LINEGUARD_SEED=$(or $(SEED),12345) \
		$(BIN)/pytest -n 2 --dist load --maxschedchunk=1 -q tests/fuzz $(ARGS)

soak: test-env ## the same tests with full counts, recorded in docs/measured/ (SEED=n)
	@.ci/soak $(SEED)

figures: test-env ## measure speed and memory, each with a ratio from the same run
	@$(BIN)/python -P -m benchmarks

lock: test-env ## resolve pyproject.toml into both lock files (ARGS=--upgrade for newer versions)
	@$(LOCK) --group build $(ARGS) -o requirements.lock pyproject.toml
	@$(LOCK) --group dev $(ARGS) -c requirements.lock -o requirements-dev.lock pyproject.toml

phrases: test-env ## merge the Chinese of all rooms and compile it
	@$(BIN)/python -P -m phrases.build

# Only what is not there is installed, and no service of it is started: a Prometheus that is a site's
# own stays as it is.
bench-deps: ## as root: the Debian packages that only tests and the bench need (bench-packages.txt)
	@[ "$$(id -u)" = 0 ] || { echo "make bench-deps installs Debian packages: run it as root" >&2; exit 1; }
	@missing=$$(for one in $$(sed 's/#.*//' bench-packages.txt); do \
		dpkg -s "$$one" >/dev/null 2>&1 || echo "$$one"; done); \
	[ -n "$$missing" ] || exit 0; \
	apt-get update -q; \
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
	for one in $$missing; do \
		[ ! -d /run/systemd/system ] || systemctl disable --now "$$one" 2>/dev/null || true; done

clean: ## remove the environment, caches and the demo's home
	@[ ! -x $(BIN)/lineguard ] || [ ! -d lineguard-home ] || $(BIN)/lineguard lab down --home lineguard-home || true
	@rm -rf .venv .make .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis \
		dist build lineguard-home
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

run-env:
	@.ci/environment requirements.lock $(PYTHON)

test-env:
	@.ci/environment requirements-dev.lock $(PYTHON)
