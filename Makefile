# `make help` lists what there is. Every target makes .venv by itself, once.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "xdomain's pinned packages are for Python 3.11; name one with: make setup PYTHON=/path/to/python3.11"; exit 2; }
	@echo "Setting up $(VENV) (once, about two minutes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint requirements.lock --editable '.[train,tracking,segment,dev]'
	@touch $@

setup: $(STAMP)  ## make .venv with every pinned package, and nothing else

lock:  ## resolve the newest packages that pyproject.toml admits into requirements.lock
	$(eval TMP := $(shell mktemp -d))
	$(PYTHON) -m venv $(TMP)/venv
	$(TMP)/venv/bin/python -m pip install --quiet '.[train,tracking,segment,dev]'
	$(TMP)/venv/bin/python -m pip freeze --exclude xdomain | sed 's/+cpu$$//' > requirements.lock
	rm -rf $(TMP)

.PHONY: help setup lock
