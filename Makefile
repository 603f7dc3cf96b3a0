# `make` alone prints what there is. Every target sets up what it needs; everything runs on the Node of node_modules.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# npm itself runs on the machine's Node, since it replaces the one in node_modules.
MACHINE_PATH := $(PATH)
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

NODE_TO_RUN_NPM := 18
NODE_TO_RUN := 24
REPORTS := out/reports
SUITES := verify unit integration operator ledger

.PHONY: help
help: ## Print this help
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ First steps

.PHONY: setup
setup: node_modules/.stamp ## Install the packages and the Node they run on (only when package-lock.json changed)

node_modules/.stamp: package-lock.json
	@export PATH="$(MACHINE_PATH)"; \
	command -v node >/dev/null || { echo "Node is missing: install Node $(NODE_TO_RUN_NPM) or later with npm (any will do, Node $(NODE_TO_RUN) comes with the packages)" >&2; exit 1; }; \
	command -v npm >/dev/null || { echo "npm is missing: install it beside $$(command -v node)" >&2; exit 1; }; \
	[ "$$(node -p 'process.versions.node.split(".")[0]')" -ge $(NODE_TO_RUN_NPM) ] || { echo "Node $$(node -v) is too old to install the packages: Node $(NODE_TO_RUN_NPM) or later is needed" >&2; exit 1; }; \
	echo "installing packages…"; \
	npm ci --loglevel=error
	@[ "$$(node -p 'process.versions.node.split(".")[0]')" -ge $(NODE_TO_RUN) ] || { echo "node_modules/.bin/node is $$(node -v), not $(NODE_TO_RUN) or later: the install scripts of npm may be switched off (npm config get ignore-scripts)" >&2; exit 1; }
	@touch $@

.PHONY: demo
demo: setup ## Run one day of the turnstile job on the embedded log; the files land in out/demo
	@rm -rf out/demo
	npx streamjob run examples/mta-turnstile.yaml --count 8640 --seed 1 --speed max --start 2024-07-22T04:00:00Z --sink file:out/demo --log text
	@set -- out/demo/*.csv.gz; printf '\nThe first rows of %s:\n' "$$1"; gzip -dc "$$1" | sed -n 1,4p

##@ Tests

.PHONY: test
test: setup ## Everything below, then the seconds of each suite and `N passed, N failed`
	@rm -rf $(REPORTS)
	@for suite in $(SUITES); do printf '\n== %s ==\n' $$suite; npm run --silent $$suite || true; done
	@node scripts/report.ts $(SUITES)

.PHONY: verify
verify: setup ## Generated files, format, lint, types and layers, none of which runs the program
	@npm run --silent verify

.PHONY: unit
unit: setup ## Unit tests: seconds, no servers
	@npm run --silent unit

.PHONY: integration
integration: setup ## Tests against real servers
	@npm run --silent integration

.PHONY: operator
operator: setup ## The operator on a real API server, with its pods as processes and a real Kafka
	@npm run --silent operator

.PHONY: ledger
ledger: setup ## A million records on Kafka while everything dies, and then the books (LEDGER_SEED= repeats a run)
	@npm run --silent ledger

.PHONY: bench
bench: setup ## CPU-seconds per million records, records/s and peak memory of the engine alone
	@npm run --silent bench

.PHONY: bench-kafka
bench-kafka: setup ## Jobs on a real broker, whole path: CASE=w1,rest (without it: lists them) SIZE=5 SECONDS=30
	@CASE=$(CASE) SIZE=$(SIZE) SECONDS=$(SECONDS) node bench/kafka/main.ts

.PHONY: scale
scale: setup ## One operator with JOBS=100,500,1000 jobs: time, memory, writes in the quiet, and how that grows
	@JOBS=$(JOBS) SECONDS=$(SECONDS) node bench/operator/main.ts

.PHONY: soak
soak: setup ## Kill, freeze and stop everything for SECONDS= by SEED=, then compare all results with the reference
	@node --max-old-space-size=12000 test/ledger/main.ts --most-outage 120 --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED))

##@ While writing

.PHONY: build
build: setup ## Each program as one file without types, in out/dist
	@npm run --silent build

.PHONY: generate
generate: setup ## Write what comes from the schema: the CustomResourceDefinition and the reference docs
	@npm run --silent generate

.PHONY: format
format: setup ## Lay out all files with prettier
	@npm run --silent format

.PHONY: lint
lint: setup ## Lint all files
	@npm run --silent lint

.PHONY: lint-fix
lint-fix: setup ## Lint, and mend what can be mended by a machine
	@npm run --silent lint:fix

.PHONY: types
types: setup ## Check the types
	@npm run --silent types

.PHONY: layers
layers: setup ## Check which file imports which
	@npm run --silent layers

.PHONY: clean
clean: ## Remove what runs left behind (out/); packages stay
	@rm -rf out
