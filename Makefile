# Every target sets up what it needs in .venv; uv is used where it is installed, otherwise venv and pip.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The Hub client's own tests run where nothing of this project is.
CONTRACT := .venv-contract
CONTRACT_READY := $(CONTRACT)/.ready
CARD ?=
REPO ?=
KEEP ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-contract test-chaos check format lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Install everything into .venv

# $(call install,FOLDER,LOCK,PROJECT): a virtual environment with what the lock pins, then, if PROJECT, this project.
define install
@if command -v uv >/dev/null 2>&1; then \
  set -e; echo "Installing into $(1) with uv"; \
  uv venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(1); \
  uv pip install --quiet --python $(1)/bin/python --require-hashes -r $(2); \
  $(if $(3),uv pip install --quiet --python $(1)/bin/python --no-deps --no-build-isolation -e .;) \
else \
  set -e; echo "Installing into $(1) with pip (about a minute)"; \
  $(PYTHON) -m venv $(1); \
  $(1)/bin/python -m pip install --quiet --require-hashes -r $(2); \
  $(if $(3),$(1)/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .;) \
fi
@touch $@
endef

$(READY): requirements-dev.lock pyproject.toml
	$(call install,$(VENV),$<,project)

$(CONTRACT_READY): requirements-contract.lock
	$(call install,$(CONTRACT),$<)

demo: $(READY) ## From a push to one pull request, on this machine (CARD=README.md REPO=org/name KEEP=1)
	@$(BIN)/scorekeeper demo $(if $(CARD),--card "$(CARD)") $(if $(REPO),--repo "$(REPO)") $(if $(KEEP),--keep)

test: $(READY) ## Run the tests
	$(BIN)/python -m pytest

test-contract: $(READY) $(CONTRACT_READY) ## Run the Hub client's own tests against the local Hub
	$(BIN)/python -m tests.contract $(CONTRACT)/bin/python

test-chaos: $(READY) ## The long chaos test: 200 repos, 2,000 actions, everything fails (CHAOS_SEED=1 repeats a run)
	$(BIN)/python -m tests.chaos --long

check: $(READY) ## Lint, types and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## Format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lock: ## Pin every dependency again (needs uv)
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --upgrade \
	  pyproject.toml --extra embedded -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
	  pyproject.toml --all-extras --group dev -c requirements.lock -o requirements-dev.lock
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
	  --group build -c requirements-dev.lock -o requirements-build.lock
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
	  --group contract -c requirements-dev.lock -o requirements-contract.lock

clean: ## Remove what the targets made
	rm -rf $(VENV) $(CONTRACT) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
