# The book's commands. Each does its own set-up (Python >= 3.11, a virtual environment in .venv);
# a second run installs nothing unless the versions changed. `make help` lists them.

PYTHON ?= python3
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
RUN := PYTHONPATH=code $(BIN)/python
UV_VERSION := $(shell sed -n 's/^uv==\([^ ;]*\).*/\1/p' requirements.txt)
SITE := $(VENV)/.ready-site
ALL := $(VENV)/.ready-all
BOOK := _build/html/index.html
RIVALS := _build/bench/.ready

# uv where it can be had, pip otherwise. $(call install,ARGUMENTS)
install = if [ -x $(BIN)/uv ] && $(BIN)/uv pip install --python $(BIN)/python $(1); then :; \
	else echo "uv cannot do it; trying pip"; $(BIN)/python -m pip install $(1); fi

.PHONY: help book test lab execute check format bench clean address test-colab links requirements install browser
.DEFAULT_GOAL := help

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "make %-14s%s\n", $$1, $$2 }'

# ------------------------------------------------------------------------------------ the two

book: ## build the site from the stored outputs (installs what the site needs: no torch)
	@start=$$(date +%s); \
	$(MAKE) --no-print-directory $(SITE) || exit 1; \
	ready=$$(date +%s); \
	$(BIN)/jupyter-book build . -W -n --keep-going || exit 1; \
	end=$$(date +%s); \
	echo; \
	echo "install $$((ready - start)) s, build $$((end - ready)) s"; \
	echo "open     file://$(CURDIR)/$(BOOK)"; \
	echo "or serve PYTHONPATH=code $(BIN)/python -m book.serve"

# Offline, in an empty data folder, unless the caller says where the data is (DLCV_DATA).
test: ## test the package, every notebook and the site, offline (DLCV_DATA=folder: with the data there)
	@start=$$(date +%s); \
	$(MAKE) --no-print-directory install browser || exit 1; \
	ready=$$(date +%s); \
	scratch=$$(mktemp -d) || exit 1; \
	trap 'rm -rf "$$scratch"' EXIT; \
	if [ -z "$$DLCV_DATA" ]; then DLCV_OFFLINE=1; DLCV_DATA=$$scratch; export DLCV_OFFLINE DLCV_DATA; fi; \
	OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1}; export OMP_NUM_THREADS; \
	status=0; \
	$(BIN)/python -m pytest tests chapters --ignore=tests/colab \
		--nbval-lax --nbval-current-env --nbval-cell-timeout=300 \
		-n 2 --dist loadfile --no-loadscope-reorder --durations=8 --durations-min=5 $(PYTEST_ARGS) || status=$$?; \
	end=$$(date +%s); \
	echo "install $$((ready - start)) s, tests $$((end - ready)) s"; \
	exit $$status

# ------------------------------------------------------------------------------------ writing

lab: install ## open the chapters in Jupyter
	$(BIN)/jupyter lab --notebook-dir=chapters

execute: install ## run the chapters and store their outputs: all, or CHAPTER=02
	$(RUN) -m book.notebooks execute $(CHAPTER)

check: install ## say what is not in form: notebooks, chapters, addresses, code
	@status=0; \
	$(RUN) -m book.notebooks check || status=1; \
	$(RUN) -m book.format || status=1; \
	$(RUN) -m book.address --check || status=1; \
	$(BIN)/ruff check . || status=1; \
	$(BIN)/ruff format --check . || status=1; \
	exit $$status

format: install ## bring code and notebooks into form, and link the chapters they name
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(RUN) -m book.cross_links
	$(RUN) -m book.notebooks normalize

bench: install $(RIVALS) ## time our helpers beside what one would pick instead: all, or BENCH=loaders
	$(RUN) -m benchmarks $(BENCH)

# Never fails: what cannot be had is missing from the tables, which say so.
$(RIVALS): benchmarks/requirements.txt | $(ALL)
	@if { $(call install,--no-deps --target $(@D) -r $<); }; then touch $@; \
	else echo "the other training loops cannot be had; the rest is measured"; fi

address: $(SITE) ## move the book: URL=https://github.com/owner/name into config, chapters, citation
	$(RUN) -m book.address $(URL)

clean: ## remove what was built (not .venv, not the data)
	rm -rf _build .ruff_cache .hypothesis code/build code/dlcv.egg-info
	find code tests chapters -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------ less often

test-colab: install ## run each chapter alone beside the versions Colab preinstalls (slow, 2 GB)
	$(BIN)/python -m pytest tests/colab -v -s $(PYTEST_ARGS)

links: $(SITE) ## ask every address that the book links to (needs the network)
	$(BIN)/jupyter-book build . --builder linkcheck --path-output _build/links

requirements: install ## compile requirements.txt anew (UPGRADE=1: to the newest versions)
	cd $(CURDIR) && UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/uv pip compile --quiet --universal \
		--python-version 3.11 $(if $(UPGRADE),--upgrade) code/pyproject.toml requirements.in -o requirements.txt

# ------------------------------------------------------------------------------------ set-up

install: $(ALL)

browser: # Chromium for the book tests; without one they say so and the rest runs
	@sh code/book/browser.sh

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)."; \
		echo "Name another one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "no virtual environment; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(BIN)/uv: | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)" \
		|| echo "uv cannot be had; pip will do the work"

$(SITE): requirements-site.in requirements.txt | $(BIN)/python $(BIN)/uv
	@$(call install,-r requirements-site.in -c requirements.txt)
	@touch $@

$(ALL): requirements.txt code/pyproject.toml | $(BIN)/python $(BIN)/uv
	@$(call install,-r requirements.txt)
	@$(call install,--no-deps --no-build-isolation -e code)
	@touch $(SITE) $@
