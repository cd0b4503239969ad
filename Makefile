# The front door: `make demo` and `make test` need Python 3.11 to 3.14 and make, and nothing else.
# Environments live under .venv/, one a Python and purpose, made from the lock files; nothing is installed elsewhere.

PYTHON ?= python3
export PYTHON
VENV := .venv/$(notdir $(PYTHON))
RUN := $(VENV)/run
DEV := $(VENV)/dev
# No .pyc files beside the source: a demo leaves the tree as it was.
PY = PYTHONPATH=fn PYTHONDONTWRITEBYTECODE=1 $(RUN)/bin/python
DEV_PY = PYTHONPATH=fn PYTHONDONTWRITEBYTECODE=1 $(DEV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo test check unit format lock tools lab-tools lab image test-image-python zipapp bench docs clean

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
	  printf '  make %-18s %s\n' "$$name" "$$text"; done

demo: $(RUN)/ready ## render the package of this repository with changed setters and show the difference
	@$(PY) tools/demo.py

test: check ## run the checks and every test that this machine can run, with branch coverage
	@$(DEV_PY) -m pytest --cov --cov-report=term $(ARGS)

check: $(DEV)/ready ## lint, format, types and layers, without the tests
	@$(DEV)/bin/ruff check
	@$(DEV)/bin/ruff format --check
	@$(DEV)/bin/mypy
	@PYTHONPATH=fn $(DEV)/bin/lint-imports --no-logo

unit: $(DEV)/ready ## run the tests that need no real tool
	@$(DEV_PY) -m pytest -m "not needs" $(ARGS)

format: $(DEV)/ready ## put the source into the form that `make check` asks for
	@$(DEV)/bin/ruff check --fix --exit-zero
	@$(DEV)/bin/ruff format

lock: $(VENV)/lock/ready ## write both lock files again (ARGS=--upgrade takes newer versions)
	@tools/lock $(VENV)/lock/bin/pip-compile $(ARGS)

tools: ## install the real tools that Debian and Ubuntu have (as root), and say how to get the others
	@$(PYTHON) tools/real_tools.py install

lab-tools: ## build the programs of the lab into .lab, after installing its routers and its store (as root)
	@$(PYTHON) tools/real_tools.py install lab
	@$(PYTHON) tools/lab_tools.py build $(ARGS)

lab: $(RUN)/ready ## run a control plane of Cilium with two nodes and two routers, to look at (as root)
	@exec env PYTHONPATH=fn:tests:tools PYTHONDONTWRITEBYTECODE=1 $(RUN)/bin/python -m lab $(ARGS)

image: ## build the function's image
	@$(PYTHON) tools/real_tools.py with-docker tools/build-image

test-image-python: ## run the tests that need no real tool on the Python of the image
	@$(PYTHON) tools/real_tools.py with-docker tools/test-image-python

zipapp: ## build dist/cilium-networking.pyz
	@tools/build-zipapp

bench: $(RUN)/ready ## measure speed; PEER=EXECUTABLE measures apply-setters beside it
	@$(PYTHON) tools/real_tools.py with-docker env PYTHONPATH=fn $(RUN)/bin/python bench/run.py $(if $(PEER),--peer $(PEER)) $(ARGS)

docs: $(RUN)/ready ## print the generated pages again
	@$(PY) -m cilium_networking docs $(ARGS)

clean: ## remove what was made here
	rm -rf .lab .venv .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage build dist wheels
	find fn tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last: an environment without it is made again.
$(RUN)/ready: requirements.lock
	@tools/venv $(PYTHON) $(RUN) requirements.lock && touch $@

$(DEV)/ready: requirements-dev.lock
	@tools/venv $(PYTHON) $(DEV) requirements-dev.lock && touch $@

$(VENV)/lock/ready: Makefile
	@tools/venv $(PYTHON) $(VENV)/lock /dev/null && $(VENV)/lock/bin/python -m pip install --quiet pip-tools==7.6.2 && touch $@
