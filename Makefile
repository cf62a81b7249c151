# What there is to do here, each with one word. `make` alone lists it; docs/operations.md tells more.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup keys build dev test test-native test-runtimes check format lint sizes deny bench rows race torture e2e contract coverage session openapi assets rotate-keys verify-log browser weights screenshots lighthouse bench-pages

KEYS := .local/keys.env
WITH := . .local/toolchain.env &&
TOOLS := $(WITH) target=$${CARGO_TARGET_DIR:-target}/tools &&
# What the native programs of the tests are built from, once.
PROGRAMS := cargo build --quiet --profile tools -p training -p spin-host -p e2e -p bench

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

setup: ## install what is missing: WASM targets, worker-build, wasm-bindgen, npm packages
	@tools/setup

keys: setup ## local keys for the training environment: makes those that are missing
	@cargo run --quiet -p training -- keys $(KEYS)

build: setup ## the functions' WASM for both platforms
	@tools/build-functions

dev: setup keys ## set up, build, load the training data and serve it all on http://127.0.0.1:8787
	@tools/build-functions workers
	@tools/dev

session: ## sign in and print the session's token: make session AS=anna.lind
	@tools/session "$(AS)"

rotate-keys: keys ## another sealing key for the running make dev, and everything sealed anew: make rotate-keys [DROP=id]
	@tools/rotate-keys $(DROP)

openapi: ## write functions/*/openapi.json from the code
	@WRITE_OPENAPI=1 cargo test --quiet -p administration -p attachments -p booking -p identity -p messaging -p portal -p sms -p tickets -p workspace the_document_in_the_repository

test: test-native test-runtimes ## every test, natively, on workerd and on the Spin host

test-native: setup ## the tests that need no runtime
	@echo "native tests"
	@$(WITH) cargo nextest run --workspace --no-fail-fast
	@$(WITH) cargo test --quiet --doc -p shared

test-runtimes: build keys ## the contract, the end-to-end suite and a short race on workerd and on the Spin host
	@echo "building the programs of the tests (the Spin host takes minutes the first time)"
	@$(TOOLS) $(PROGRAMS)
	@$(TOOLS) $$target/contract
	@$(TOOLS) $$target/e2e
	@$(TOOLS) $$target/on_commit
	@$(TOOLS) $$target/race --rounds 3
	@$(TOOLS) $$target/ticket_race --rounds 2
	@$(TOOLS) $$target/chat_race
	@$(MAKE) --no-print-directory browser

browser: setup keys ## the browser tests in Chromium against make dev's system: make browser ONLY=… ADDRESS=…
	@tools/setup browser
	@tools/build-functions workers
	@$(WITH) node tests/browser/run.mjs $(if $(ADDRESS),--address "$(ADDRESS)") $(if $(ONLY),--only "$(ONLY)")

weights: ## what the patient's home and page of times weigh on the way to the phone
	@$(MAKE) --no-print-directory browser ONLY="weigh little"

screenshots: setup keys ## the pictures of docs/screenshots anew, from the training week
	@tools/setup browser
	@tools/build-functions workers
	@$(WITH) node tests/browser/run.mjs --file screenshots.mjs

lighthouse: setup keys ## Lighthouse on the patient's home and page of times: installs it first (190 MB)
	@tools/setup browser
	@tools/build-functions workers
	@[ -d tests/browser/lighthouse/node_modules/lighthouse ] || npm ci --loglevel=error --prefix tests/browser/lighthouse
	@$(WITH) node tests/browser/run.mjs --file lighthouse/scores.mjs

e2e: setup keys ## the end-to-end suite on both runtimes, or on a deployment: make e2e BASE_URL=http://127.0.0.1:8787
ifdef BASE_URL
	@$(TOOLS) cargo build --quiet --profile tools -p e2e && $$target/e2e --base-url "$(BASE_URL)"
else
	@tools/build-functions
	@$(TOOLS) $(PROGRAMS) && $$target/e2e
endif

contract: build keys ## the ports' contract on workerd and on the Spin host
	@$(TOOLS) $(PROGRAMS) && $$target/contract

race: build keys ## 200 clients for one slot, 100 devices with one ticket, 100 tickets for 10 slots, 50 writers in one chat; on both runtimes
	@$(TOOLS) $(PROGRAMS) && $$target/race --rounds 50
	@$(TOOLS) $$target/ticket_race --rounds 50
	@$(TOOLS) $$target/chat_race

torture: setup ## text messages through a gateway with 30 % faults, and chats with their streams, from processes that are killed
	@$(WITH) cargo run --quiet -p torture
	@$(WITH) cargo run --quiet -p torture -- chat

bench: build keys ## each hot call beside its floor, and the rows it reads and writes
	@$(TOOLS) $(PROGRAMS) && $$target/bench
	@$(TOOLS) $$target/page_bench
	@$(TOOLS) $$target/stream_bench --runtime workerd
	@$(TOOLS) $$target/closing_bench
	@$(TOOLS) $$target/rows

bench-pages: build keys ## the server's time of the pages that people look at most, beside their floor
	@$(TOOLS) $(PROGRAMS) && $$target/page_bench

rows: build keys ## the rows each hot call reads and writes, at 1,000 and 1,000,000 slots
	@$(TOOLS) $(PROGRAMS) && $$target/rows

# What make dev keeps; a copy of another store by STORE=, its keys by LOG_KEYS=, kept checkpoints by CHECKPOINTS=.
STORE ?= $(firstword $(filter-out %/metadata.sqlite,$(wildcard .local/state/v3/d1/*/*.sqlite)))
LOG_KEYS ?= $(KEYS)

verify-log: ## verify the access log of make dev's store, or of a copy: make verify-log STORE=copy.db CHECKPOINTS=lines
	@cargo run --quiet -p verify-log -- "$(STORE)" "$(LOG_KEYS)" $(CHECKPOINTS)

sizes: setup ## the bytes of each function's WASM
	@tools/build-functions workers
	@tools/sizes

check: format lint deny sizes ## formatting, lints on three targets, licences, sizes

assets: ## bundle what browsers load besides pages (static/), and keep its names (shared/src/page/assets.rs)
	@node tools/assets

format: setup
	@echo "formatting"
	@node tools/assets --check >/dev/null
	@cargo fmt --all --check

lint: setup
	@echo "clippy, native"
	@$(WITH) cargo clippy --quiet --workspace --all-targets -- -D warnings
	@for target in wasm32-unknown-unknown wasm32-wasip2; do \
	  echo "clippy, $$target"; \
	  $(WITH) "$$WASM_CLIPPY" --quiet --target $$target -p shared -p portal -p administration -p attachments -p booking -p identity -p messaging -p tickets -p sms -p workspace -p live -p contract -- -D warnings || exit 1; \
	done

deny:
	@tools/setup check
	@echo "licences, bans and sources"
	@$(WITH) cargo deny --log-level error check licenses bans sources

coverage: ## line coverage of shared and functions/booking, at least 85 %
	@tools/setup coverage
	@tools/coverage
