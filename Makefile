# Everything a fresh machine needs is made here: Python 3.11+ and make are there, nothing else.
# uv is put into .boot by pip, and installs the locked, hashed packages into .venv; without uv, venv and pip do the same more slowly.
# Stamps in .venv say what is installed: a second run looks at them and goes on.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UV_VERSION := 0.13.9
BOOT := .boot
VENV := .venv
PY := $(VENV)/bin/python
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev
WORKERS ?= 2

# The newest Python that is at least 3.11; PYTHON=… chooses another. A name may stand on the path and yet not run (version switchers do that).
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then command -v $$p; break; fi; done)

.PHONY: help run demo test check format bench chaos quality lock clean distclean install install-dev

help:
	@echo "make run      the bot; without DISCORD_TOKEN the same in the terminal"
	@echo "make demo     alert, update and digest from the bundled sample"
	@echo "make test     all tests (no network, no service needed)"
	@echo "make check    formatting, lint, types, floors"
	@echo "make format   puts the code into the house's form"
	@echo "make bench    the benchmarks, each beside its baseline"
	@echo "make chaos    300 kills: nothing lost, nothing doubled (KILLS=, SEED=)"
	@echo "make quality  matching and stories against the development data, where it is there"
	@echo "make lock     resolves the dependencies anew"
	@echo "make clean    removes what was made, but not data/"

# Without a token there is nobody to stay for: one pass, its digest, and the end.
run: $(RUN_STAMP)
	@if [ -n "$$DISCORD_TOKEN$$DISCORD_TOKEN_FILE" ]; then exec $(PY) -m bot run $(ARGS); else exec $(PY) -m bot run --once $(ARGS); fi

demo: $(RUN_STAMP)
	@$(PY) -m bot demo

test: $(DEV_STAMP)
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

check: $(DEV_STAMP)
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports

format: $(DEV_STAMP)
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

bench: $(DEV_STAMP)
	@$(PY) -m bench

chaos: $(DEV_STAMP)
	@$(PY) -m tests.chaos --kills $(or $(KILLS),300) $(if $(SEED),--seed $(SEED))

quality: $(DEV_STAMP)
	@for b in quality quality_stories; do \
		if [ -f bench/$$b.py ]; then $(PY) -m bench.$$b || exit 1; fi; done

install: $(RUN_STAMP)
install-dev: $(DEV_STAMP)

# --- how it gets there

define NO_PYTHON
Vigie needs Python 3.11 or newer, and found none on the path. Install one (on Debian and Ubuntu: apt install python3), or name one: make run PYTHON=/path/to/python3
endef

$(BOOT)/.uv-$(UV_VERSION):
	@if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo '$(NO_PYTHON)' >&2; exit 1; fi
	@rm -rf $(BOOT) && mkdir -p $(BOOT)
	@echo "preparing: uv $(UV_VERSION)" >&2
	@if "$(PYTHON)" -m pip install --quiet --disable-pip-version-check --no-input --no-warn-script-location --target $(BOOT) \
		"uv==$(UV_VERSION)" 2>$(BOOT)/pip.log; then :; else \
		echo "preparing: uv cannot be had here; venv and pip are used instead" >&2; fi
	@touch $@

# One recipe for both sets of packages; the development set contains the other. .venv/bin/vigie is the command, run from this checkout.
define INSTALL
@echo "installing: $(1)" >&2
@if [ -x $(BOOT)/bin/uv ]; then \
	{ [ -x $(PY) ] || $(BOOT)/bin/uv venv --quiet --clear --python "$(PYTHON)" $(VENV); } && \
	$(BOOT)/bin/uv pip sync --quiet --python $(PY) --require-hashes $(1); \
else \
	{ [ -x $(PY) ] || "$(PYTHON)" -m venv $(VENV) || { \
		echo "this Python has neither pip nor ensurepip; install one of them (on Debian and Ubuntu: apt install python3-venv)" >&2; false; }; } && \
	$(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r $(1); \
fi
@cp packaging/vigie.sh $(VENV)/bin/vigie && chmod +x $(VENV)/bin/vigie
@touch $(2)
endef

$(RUN_STAMP): requirements.lock $(BOOT)/.uv-$(UV_VERSION)
	@if [ -f $(DEV_STAMP) ]; then $(MAKE) --no-print-directory $(DEV_STAMP) && touch $@; \
	else $(MAKE) --no-print-directory .install-run; fi

$(DEV_STAMP): requirements-dev.lock $(BOOT)/.uv-$(UV_VERSION)
	@$(MAKE) --no-print-directory .install-dev

.PHONY: .install-run .install-dev
.install-run:
	$(call INSTALL,requirements.lock,$(RUN_STAMP))
.install-dev:
	$(call INSTALL,requirements-dev.lock,$(DEV_STAMP))

# --- upkeep

lock: $(BOOT)/.uv-$(UV_VERSION)
	@test -x $(BOOT)/bin/uv || { echo "make lock needs uv, which could not be installed" >&2; exit 1; }
	$(BOOT)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		pyproject.toml -o requirements.lock
	$(BOOT)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		pyproject.toml --group dev -o requirements-dev.lock

clean:
	@rm -rf $(VENV) $(BOOT) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage dist
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
