# Everything a person or a pipeline runs. `make` alone lists it.

PYTHON ?= python3
PORT ?= 8000
EMULATOR_PORT ?= 4566
ALLOW_HOSTS ?=
STACK ?= pagelapse
BENCH ?= snap_overhead
TIMES ?= 20
PARAMETERS ?=
SNAP_IMAGE ?=
BASE ?= public.ecr.aws/lambda/python:3.13-x86_64

BIN := .venv/bin
PREPARE := PYTHONPATH=src $(PYTHON) -m pagelapse.local.prepare
NOT_FAST := $(addprefix --ignore=tests/,e2e fuzz gallery)
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
SAM := .local/sam-venv/bin/sam
RELEASE := $(BIN)/python -m pagelapse.local.release

.DEFAULT_GOAL := help
.PHONY: help run stop reset test test-fast check bench gallery openapi lock tools build deploy cold-start sam-local test-docker fuzz protections snap-image

help:  ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run:  ## Run everything on this machine, at http://localhost:8000 (PORT, EMULATOR_PORT, ALLOW_HOSTS)
	@$(PREPARE) run --port=$(PORT) --emulator-port=$(EMULATOR_PORT) --allow-hosts='$(ALLOW_HOSTS)'

stop:  ## Stop what `make run` started
	@PYTHONPATH=src $(PYTHON) -m pagelapse.local.stop stop

reset:  ## Stop, and remove all accounts, keys and pictures of this machine
	@PYTHONPATH=src $(PYTHON) -m pagelapse.local.stop reset

test: tools  ## Run all tests, with a real Chromium and a deployed stack
	@$(BIN)/pytest -n 3 -m "not e2e and not docker"
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "e2e and not alone"
	@$(BIN)/pytest -n 0 -m alone

test-fast: tools  ## Run the tests that need neither a browser nor a stack nor a second
	@$(BIN)/pytest -n 2 -p no:schemathesis $(NOT_FAST) -m "not browser and not docker and not slow"

check: tools  ## Check style, types, imports, the template, and that no registry is named
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/cfn-lint template.yaml
	@! git grep -nIE '(py[p]i|python[h]osted|npm[j]s|yarn[p]kg|deb[.]debian)\.(org|com)' || { echo 'Name no package registry.'; exit 1; }

fuzz: tools  ## Fuzz the APIs, their parameters and strangers' files, TIMES as long as `make test` does
	@PAGELAPSE_FUZZ=$(TIMES) $(BIN)/pytest -n 2 tests/fuzz

protections: tools  ## Turn each protection off, one at a time, and show the test that fails for it
	@$(BIN)/python -m tests.protections

bench: tools  ## Measure what a snap costs beside bare Playwright; BENCH names another of benchmarks/
	@$(BIN)/python -m benchmarks.$(BENCH)

gallery: tools  ## Picture the hard pages of tests/site/pages/gallery on one sheet, .local/gallery.png
	@PYTHONPATH=src $(BIN)/python -m tests.gallery.sheet

cold-start: build  ## Measure a cold start in an imitation of Lambda (needs Docker and root)
	@$(BIN)/python -m benchmarks.cold_start --pages .local/cold-start

sam-local: build  ## Run the built functions on SAM local and LocalStack (needs Docker), at http://localhost:3000
	@$(BIN)/python -m pagelapse.local.sam_local

test-docker: build  ## Invoke every built function with its sample event on SAM local (needs Docker)
	@$(BIN)/pytest -n 0 -m docker -rs

openapi: tools  ## Write docs/openapi, one document per dialect, and the tables in docs/migrate
	@$(BIN)/python -m pagelapse.api.openapi docs/openapi
	@$(BIN)/python -m pagelapse.api.tables docs/migrate

lock: tools  ## Bring requirements/*.txt up to requirements/*.in
	$(COMPILE) requirements/runtime.in -o requirements/runtime.txt
	$(COMPILE) requirements/runtime.in requirements/connector.in -c requirements/runtime.txt -o requirements/connector.txt
	$(COMPILE) requirements/local.in -c requirements/runtime.txt -o requirements/local.txt
	$(COMPILE) requirements/dev.in -c requirements/runtime.txt -o requirements/dev.txt
	$(COMPILE) requirements/emulator.in -o requirements/emulator.txt

build: tools $(SAM)  ## Build the functions and layers for AWS
	@$(SAM) build
	@$(BIN)/python -m pagelapse.local.limits

deploy: build  ## Deploy to your AWS account (STACK, PARAMETERS="Name=value …", SNAP_IMAGE=URI for an image of snap)
	@$(SAM) deploy --stack-name $(STACK) $(if $(SNAP_IMAGE),--image-repository $(firstword $(subst :, ,$(SNAP_IMAGE))) \
		--template-file $$($(RELEASE) image $(SNAP_IMAGE))) \
		--parameter-overrides Revision=$$($(RELEASE) revision $(PARAMETERS) $(SNAP_IMAGE)) $(PARAMETERS)

snap-image: build  ## Build snap as a container image, "pagelapse-snap" (needs Docker; BASE is what it is built on)
	@docker build --file docker/snap.Dockerfile --build-arg BASE=$(BASE) --tag pagelapse-snap .aws-sam/build

tools:
	@$(PREPARE) tools

$(SAM):
	@$(PYTHON) -m venv .local/sam-venv
	@.local/sam-venv/bin/pip install --quiet --disable-pip-version-check aws-sam-cli==1.170.0
