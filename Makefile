# Every target sets up what it needs in .venv; uv is used where it is installed, otherwise venv and pip.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The Hub client's own tests run where nothing of this project is.
CONTRACT := .venv-contract
CONTRACT_READY := $(CONTRACT)/.ready
# Each evaluation framework has packages that the other cannot stand.
EVALS := .venv-evals
EVALS_READY := $(EVALS)-inspect/.ready $(EVALS)-lighteval/.ready
WORKFLOWS := $(wildcard .github/workflows/*.yml examples/*.yml)
CARD ?=
REPO ?=
KEEP ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-contract test-chaos test-evals check format lock lock-evals clean

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

test-evals: $(READY) $(EVALS_READY) ## Run evaluations for real, with a tiny model and no GPU
	SCOREKEEPER_TEST_EVALS=$(EVALS) $(BIN)/python -m pytest tests/evals

# PyTorch brings what it needs by itself; the rest is listed whole. Where pip was told to find files, uv looks too.
$(EVALS)-%/.ready: tests/evals/%.txt
	@if command -v uv >/dev/null 2>&1; then \
	  set -e; echo "Installing into $(@D) with uv"; \
	  UV_FIND_LINKS="$${UV_FIND_LINKS:-$$($(PYTHON) -m pip config get global.find-links 2>/dev/null || true)}"; \
	  export UV_FIND_LINKS; \
	  uv venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(@D); \
	  uv pip install --quiet --python $(@D)/bin/python -c $< torch==2.13.0; \
	  uv pip install --quiet --python $(@D)/bin/python --no-deps -r $<; \
	else \
	  set -e; echo "Installing into $(@D) with pip (some minutes)"; \
	  $(PYTHON) -m venv $(@D); \
	  $(@D)/bin/python -m pip install -qq --no-compile -c $< torch==2.13.0; \
	  $(@D)/bin/python -m pip install -qq --no-compile --no-deps -r $<; \
	fi
	@touch $@

test-chaos: $(READY) ## The long chaos test: 200 repos, 2,000 actions, everything fails (CHAOS_SEED=1 repeats a run)
	$(BIN)/python -m tests.chaos --long

check: $(READY) ## Lint, types, who may import whom, and the workflows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/zizmor --offline --quiet --no-progress $(WORKFLOWS) action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	$(BIN)/python -m tests.actions.lint $(WORKFLOWS)

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
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
	  --group action -o evaluators/requirements/uv.txt

lock-evals: $(READY) ## Pin the packages of the evaluation frameworks again (needs uv)
	$(BIN)/python -m tests.evals.lock

clean: ## Remove what the targets made
	rm -rf $(VENV) $(CONTRACT) $(EVALS)-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
