# `make help` lists what there is. Every target makes .venv by itself, once.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-22s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml requirements.lock requirements-hashed.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "xdomain's pinned packages are for Python 3.11; name one with: make setup PYTHON=/path/to/python3.11"; exit 2; }
	@echo "Setting up $(VENV) (once, about two minutes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@# The hashed lock has all but torch and torchvision, whose builds differ between indexes, with the CUDA libraries
	@# that some of these bring, and the OpenCV with windows that mmcv asks for, which needs a screen's libraries (where
	@# both OpenCVs are, either may be imported). docs/packaging.md has more.
	@$(PIP) --require-hashes --no-deps --requirement requirements-hashed.lock
	@$(PIP) --constraint requirements.lock $$(grep -E '^(torch|torchvision)==' requirements.lock)
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(STAMP)  ## make .venv with every pinned package, and nothing else

lock:  ## resolve the newest packages that pyproject.toml admits into both lock files (docs/packaging.md)
	$(eval TMP := $(shell mktemp -d))
	$(PYTHON) -m venv $(TMP)/venv
	$(TMP)/venv/bin/python -m pip install --quiet '.[train,tracking,segment,zoo,docs,dev]'
	$(TMP)/venv/bin/python -m pip freeze --exclude xdomain | sed 's/+cpu$$//' > requirements.lock
	$(TMP)/venv/bin/python -m pip install --quiet uv
	grep -E '^(torch|torchvision)==' requirements.lock > $(TMP)/torch.in
	$(TMP)/venv/bin/uv pip compile --quiet --no-header --no-annotate --python-version 3.11 \
	  --python-platform x86_64-manylinux_2_28 --constraint requirements.lock --output-file $(TMP)/torch.txt $(TMP)/torch.in
	sed -i -E '/^(cuda-|nvidia-|setuptools=|triton=)/d' requirements.lock
	grep -E '^(cuda-|nvidia-|setuptools=|triton=)' $(TMP)/torch.txt >> requirements.lock
	grep -vE '^((torch|torchvision|opencv-python|triton)=|cuda-|nvidia-)' requirements.lock > $(TMP)/hashed.in
	$(TMP)/venv/bin/uv pip compile --quiet --generate-hashes --no-deps --no-header --no-annotate \
	  --python-version 3.11 --output-file requirements-hashed.lock $(TMP)/hashed.in
	rm -rf $(TMP)

# The demos are recipes: recipes/*.toml. Here, whether or not this machine could submit jobs.
RECIPE = $(BIN)/python -m jobs.launch recipe --cluster local

demo: $(STAMP)  ## the Temporal Shape study in miniature on this machine: 16 runs, tables, figures, a page (4 minutes)
	$(RECIPE) recipes/ts-demo.toml

demo-diving: $(STAMP)  ## the Diving48 study in miniature: drawn dives, three models, domains of true masks (3 minutes)
	$(RECIPE) recipes/demo-diving.toml

demo-paper: $(STAMP)  ## the same from beginning to end, with divers that a network trained here finds (10 minutes)
	$(RECIPE) recipes/demo-paper.toml

demo-own: $(STAMP)  ## a study of one's own from one file, with claims of one's own (5 minutes)
	@echo "Step 1 of 3. Data: dives are drawn, with masks of the divers; they stand for videos and masks of yours."
	$(BIN)/python -m xdomain mini-diving --out mini-own --train 150 --test 60 --classes 5 --bias 0.8
	$(BIN)/python -m segment truth --dataset mini-own --frames 16
	@echo "Step 2 of 3. The study: two trainings, each evaluated on six domains. Stopped, the same command goes on."
	$(BIN)/python -m jobs.launch study examples/own_study/study.toml --cluster local
	@echo "Step 3 of 3. Tables, the claims of examples/own_study/claims.csv tested on these runs, and the page."
	$(BIN)/python -m analysis tables --study own
	$(BIN)/python -m analysis claims --study own --brief
	$(BIN)/python -m analysis report --study own
	@echo "Next: open results/report.html. A study of yours: .venv/bin/python -m xdomain new-study mine (docs/own-study.md)"

submit-ts-grid: $(STAMP)  ## submit the paper's 400 Temporal Shape runs (XDOMAIN_PROFILE names the cluster)
	$(BIN)/python -m jobs.launch ts-grid

VERSION = $(shell git describe --always --dirty --abbrev=40)
LOCK_SHA256 = $(shell sha256sum requirements.lock | cut -d ' ' -f 1)
ENGINE ?= $(shell command -v docker || command -v podman || echo docker)
BOOTSTRAP ?= docker
BASE ?= python:3.11-slim-bookworm

image:  ## build the Docker image `xdomain` (ENGINE=docker or podman, BASE=another image with Python 3.11)
	$(ENGINE) build --build-arg BASE=$(BASE) --build-arg CODE_VERSION=$(VERSION) \
	  --build-arg LOCK_SHA256=$(LOCK_SHA256) --tag xdomain .

sif:  ## build the Apptainer image xdomain.sif (BOOTSTRAP=localimage BASE=base.sif: without a registry)
	apptainer build --force --build-arg BOOTSTRAP=$(BOOTSTRAP) --build-arg BASE=$(BASE) \
	  --build-arg CODE_VERSION=$(VERSION) xdomain.sif apptainer.def

status: $(STAMP)  ## how the launched runs stand
	@$(BIN)/python -m jobs.status

# The paper's studies that have runs here; ts where none has, which then says how to make some.
STUDIES = $(or $(notdir $(wildcard $(or $(XDOMAIN_RUNS),runs)/ts $(or $(XDOMAIN_RUNS),runs)/diving48)),ts)

tables: $(STAMP)  ## every table of the paper from the runs there are, into results/ (STUDIES=ts-demo: of a variant)
	$(foreach study,$(STUDIES),$(BIN)/python -m analysis tables --study $(study) &&) true

figures: $(STAMP)  ## every figure of the paper likewise
	$(foreach study,$(STUDIES),$(BIN)/python -m analysis figures --study $(study) &&) true

report: $(STAMP)  ## one page with all of it: results/report.html
	$(BIN)/python -m analysis report

test: $(STAMP)  ## the tests that need nothing but this machine
	$(BIN)/python -m pytest -n auto -m "not cluster and not slow" tests

test-slow: $(STAMP)  ## the tests that take minutes by nature: simulations, many seeds, rehearsals
	$(BIN)/python -m pytest -n auto -m "slow and not cluster" tests

test-cluster: $(STAMP)  ## the tests on a real Slurm and Apptainer, which they start on this host (root installs them)
	$(BIN)/python -m pytest -m cluster tests

drill: $(STAMP)  ## kill and preempt a small grid on a private Slurm; no metric may change (ARGS=--help: what is killed)
	cd tests && ../$(BIN)/python -m cluster.drill $(ARGS)

lint: $(STAMP)  ## ruff, the rules of who may import whom, and the types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

coverage: $(STAMP)  ## the tests once more, counting the lines that they run, child processes included (93 % at least)
	COVERAGE_FILE=$(CURDIR)/.coverage $(BIN)/python -m pytest -n auto -m "not cluster and not slow" --cov --cov-report=term:skip-covered \
	  --cov-fail-under=93 tests

docs: $(STAMP)  ## the site of docs/ into build/site; a link that leads nowhere ends it with 1
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs --quiet build

pictures: $(STAMP)  ## draw the pictures of README and docs/ anew, from what `make demo` has left (the page with chromium)
	$(BIN)/python docs/draw_pictures.py

wheel: $(STAMP)  ## build dist/xdomain-….whl, which works without this checkout (docs/packaging.md)
	rm -rf build dist/*.whl
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	rm -rf build

sbom: $(STAMP)  ## write dist/sbom.json, an inventory of all installed packages and their licences
	$(PYTHON) -m venv build/sbom
	build/sbom/bin/python -m pip install --quiet cyclonedx-bom
	mkdir -p dist
	build/sbom/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml --output-file dist/sbom.json \
	  $(BIN)/python
	rm -rf build

audit:  ## ask for known weaknesses of every package in the lock (needs a network)
	$(PYTHON) -m venv build/audit
	build/audit/bin/python -m pip install --quiet pip-audit
	@# --strict: a package that the database does not answer for would otherwise count as one without weaknesses.
	@build/audit/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements-hashed.lock; \
	  code=$$?; rm -rf build; test $$code = 0 || \
	  { echo "Not clean: a weakness is listed above, or the database did not answer for the package that is named there."; \
	    exit $$code; }

bench: $(STAMP)  ## measure this machine's CPU and name what became slower (docs/benchmarks.md)
	$(BIN)/python -m benchmarks

bench-infer: $(STAMP)  ## the same of finding the divers, on what `make demo-paper` has left
	$(BIN)/python -m benchmarks.infer

rehearsal: $(STAMP)  ## the whole study at its full size with a tiny model, and commands with 20,000 runs (half an hour)
	$(BIN)/python -m benchmarks.rehearsal $(ARGS)

# Without $(STAMP): a machine with a GPU and no network has torch, Lightning and numpy, and takes the rest along.
GPU_PYTHON = $(firstword $(wildcard $(BIN)/python) $(PYTHON))

benchmark-gpu:  ## measure this machine's GPU, 25 minutes (PART=steps|packing|diving|gradients|runs|merge, OUT=folder)
	$(GPU_PYTHON) -m benchmarks.gpu $(if $(PART),--part $(PART)) $(if $(OUT),--out $(OUT))

benchmark-gpu-packages: $(STAMP)  ## collect what such a machine lacks (ARGS="--python-version 3.12 --without pyarrow")
	$(BIN)/python -m benchmarks.gpu.packages $(ARGS)

.PHONY: help setup lock image sif demo demo-diving demo-paper demo-own submit-ts-grid status tables figures report \
  test test-slow test-cluster drill lint coverage docs pictures wheel sbom audit bench bench-infer rehearsal benchmark-gpu \
  benchmark-gpu-packages
