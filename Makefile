# Everything a newcomer needs: `make run` shows the product, `make test` proves it. Both set up what they lack.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.set-up
NODE_SETUP := pwa/node_modules/.set-up
PWA := pwa/dist/index.html
PWA_SOURCES := $(shell find pwa/src pwa/public pwa/scripts pwa/index.html pwa/vite.config.ts -type f 2>/dev/null)
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Every command and every server that tests start would translate all packages anew: seconds each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install run test check bench docs tables pictures clean

help:
	@echo "make run       bring up the demo (builds the app, SQLite, http://127.0.0.1:8000; LAN=1 for phones)"
	@echo "make test      run every check and every test; brings a browser if there is none"
	@echo "make check     formatting, lint, types, import rules"
	@echo "make bench     print the benchmark figures"
	@echo "make install   only set up what a server needs: .venv and the built app"
	@echo "make docs      write the generated documents anew; make pictures: take the documents' pictures anew"
	@echo "make tables    write the GS1 tables of both languages anew from GS1's dictionary"

install: $(SETUP) $(PWA)

run: $(SETUP) $(PWA)
	batchspine demo $(if $(LAN),--lan)

test: check browser
	cd pwa && npm test
	pytest --numprocesses 2

check: $(SETUP) $(PWA)
	ruff format --check .
	ruff check .
	mypy
	lint-imports

bench: $(SETUP) $(PWA)
	batchspine bench push --json
	batchspine bench phone --json
	batchspine bench labels --json

docs: $(SETUP)
	python tests/requirement_table.py
	python tests/rule_table.py
	PYTHONPATH=. python tests/sample_labels.py

tables: $(SETUP)
	PYTHONPATH=.:tests python tests/gs1_table.py
	PYTHONPATH=.:tests python tests/gs1_twins.py

pictures: $(SETUP) $(PWA) browser
	PYTHONPATH=tests python tests/browser/take_pictures.py

.PHONY: browser
browser: $(SETUP)
	@bash tests/browser/install-chromium

$(SETUP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/pip install --quiet --disable-pip-version-check "uv==$$(sed -n "s/^uv==\([0-9.]*\).*/\1/p" requirements.lock)"
	uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# Node.js of the machine if it is new enough, else the one PyPI carries, into the virtual environment.
$(NODE_SETUP): pwa/package-lock.json pwa/package.json | $(SETUP)
	@node -e 'process.exit(+process.versions.node.split(".")[0] < 20)' 2>/dev/null \
		|| uv pip install --quiet --require-hashes -r node.lock
	cd pwa && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(PWA): $(PWA_SOURCES) $(NODE_SETUP)
	cd pwa && npm run --silent build

clean:
	rm -rf $(VENV) pwa/node_modules pwa/dist *.egg-info
