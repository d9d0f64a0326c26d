# Two commands from nothing: `make demo` and `make test`. Both need python3 (with venv) and make, nothing else.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
READY := $(VENV)/.ready
CDK := node_modules/.ready
# What renders the documentation is kept out of the development environment.
DOCS := .venv-docs
# So is what makes bytes to fuzz with; it comes for few versions of Python.
FUZZ := .venv-fuzz
FUZZ_SECONDS ?= 60
# Results to feed the demo with besides its own measurement; skipped where the folder is absent.
RESULTS ?= ../shared/data/lambda-perf
# Files are dealt out whole, so that what a file's tests share is made once.
PYTEST := $(BIN)/pytest --numprocesses 2 --dist loadfile

# A virtual environment somebody else activated must not leak into ours; and what is imported ten times is compiled once.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
# The system decides which certificates are trusted, for uv as for pip.
export UV_SYSTEM_CERTS := 1
export UV_PYTHON_DOWNLOADS := never
export PATH := $(BIN):$(PATH)

.PHONY: help setup demo test lint unit snapshots e2e docs conformance fuzz bench-smoke bench-snapshot bench-restores bench-runtime soak bench-synth bench-containers test-portability test-docker test-library lock format clean

help: ## show this text
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

setup: $(READY) $(CDK) ## the virtual environment, Node and the CDK CLI, all from the locks

$(READY): requirements/bootstrap.txt requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	$(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode --python $(BIN)/python requirements/bootstrap.txt requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline --editable .
	@touch $@

$(CDK): package-lock.json .npmrc $(READY)
	$(BIN)/npm ci --silent
	@touch $@

demo: setup ## deploy to an AWS on this machine, measure, and show real results
	$(BIN)/thaw demo --results $(RESULTS)

test: setup lint ## everything that .ci/run runs
	$(PYTEST)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@# These import each other by their bare names, as pytest lets them.
	MYPYPATH=tests/conformance $(BIN)/mypy tests/conformance/*.py

unit: setup
	$(PYTEST) tests/unit tests/conformance

snapshots: setup ## infrastructure reviews: templates against what was reviewed
	$(PYTEST) tests/snapshots

e2e: setup ## a real deploy, a real upload, rows in a real PostgreSQL, a page in a real browser
	$(PYTEST) tests/e2e tests/browser

docs: setup $(DOCS)/.ready ## the documentation's site, in site/
	$(BIN)/python -m docs.tools.site .thaw/docs
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs --quiet build --strict

$(DOCS)/.ready: requirements/docs.txt $(READY)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(DOCS)
	$(BIN)/uv pip sync --quiet --require-hashes --python $(DOCS)/bin/python requirements/docs.txt
	@touch $@

fuzz: $(FUZZ)/.ready ## anything at all as the Runtime API's answers; FUZZ_SECONDS=60
	PYTHONPATH=.:lambda_src:$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
		$(FUZZ)/bin/python -m tests.fuzz.atheris_answers -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=.thaw/

$(FUZZ)/.ready: requirements/fuzz.txt $(READY)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(FUZZ)
	$(BIN)/uv pip sync --quiet --require-hashes --python $(FUZZ)/bin/python requirements/fuzz.txt
	@touch $@

conformance: setup ## every behaviour, ours against AWS's runtime client; OPTIONS="--json FILE"
	$(BIN)/python -m tests.conformance.comparison $(OPTIONS)

bench-smoke: setup ## the figures of the main job
	$(BIN)/python -m tests.benchmarks.smoke

bench-snapshot: setup ## the figures of snapshots, about five minutes; OPTIONS="--json FILE"
	$(BIN)/python -m tests.benchmarks.snapshot $(OPTIONS)

bench-restores: setup ## 10,000 restores of one snapshot, about a minute
	$(BIN)/python -m tests.benchmarks.snapshot_restores

bench-runtime: setup ## the figures of the runtime against awslambdaric, about two minutes; OPTIONS="--json FILE"
	$(BIN)/python -m tests.benchmarks.runtime $(OPTIONS)

soak: setup ## a million invocations of one environment, about three minutes
	$(BIN)/python -m tests.benchmarks.runtime_soak

bench-synth: setup ## how long 50 to 500 functions take to synthesise, about three minutes
	$(BIN)/python -m tests.benchmarks.synth

bench-containers: setup ## the figures of container images and the report page, about ten minutes; OPTIONS="--json FILE"
	$(BIN)/python -m tests.benchmarks.containers $(OPTIONS)

test-portability: setup ## another kernel, other processors, arm64, all emulated; needs qemu, about ten minutes
	$(BIN)/pytest -v --durations 0 --durations-min 1 tests/portability/x86_64.py tests/portability/arm64.py

test-docker: setup ## images and builds in a private Docker; needs root and apt, about eight minutes
	$(BIN)/pytest -v --durations 0 --durations-min 5 tests/containers/building.py tests/containers/deploying.py \
		tests/containers/dockerfiles.py tests/containers/images.py tests/containers/local_cloud.py tests/containers/mistakes.py

test-library: setup ## the constructs with the oldest and the newest aws-cdk-lib, strict types; about ten minutes
	$(BIN)/pytest -v tests/library/cdk_versions.py

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(READY) ## re-resolve every lock
	$(BIN)/python requirements/lock.py

clean: ## forget everything that was built here
	rm -rf $(VENV) $(DOCS) $(FUZZ) node_modules cdk.out .thaw site
