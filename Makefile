# A façade: each target is one or two calls. `make demo` and `make test` are all that a newcomer needs.

VENV := .venv
JUDGES := .judges
# What comes from npm: Azurite (a Blob store), and the tool that judges recorded traffic by Microsoft's OpenAPI files.
NPM := $(shell command -v npm)
NEXTEST := $(shell cargo nextest --version >/dev/null 2>&1 && echo nextest)

.PHONY: help build demo test lint doc gen tidy deny clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

build: ## Build the xcloud command
	cargo build --package xcloud

demo: build ## Run the story in the sandbox: plan, apply, no changes, drift, a change, failover
	cargo xtask demo

test: $(VENV)/.ready $(if $(NPM),$(JUDGES)/.ready) ## Set up what the tests need and run every test
	$(if $(NEXTEST),cargo nextest run --workspace --no-tests=pass,cargo test --workspace --lib --bins --tests)
	cargo test --workspace --doc

lint: ## Formatting and clippy, warnings are errors
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

doc: ## Build the API documentation, warnings are errors
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

gen: build ## Write the generated files: JSON Schema, command reference
	cargo xtask gen

tidy: ## Check the rules of the tree
	cargo xtask tidy

deny: ## Check licences, bans and sources of the dependencies
	cargo deny --all-features check bans licenses sources

clean: ## Remove everything that was built
	cargo clean
	rm -rf $(VENV) $(JUDGES)

$(VENV)/.ready: tests/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --requirement tests/requirements.txt
	touch $@

$(JUDGES)/.ready: tests/judge/package.json
	mkdir -p $(JUDGES)
	cp tests/judge/package.json $(JUDGES)/package.json
	npm install --prefix $(JUDGES) --silent --no-audit --no-fund
	touch $@
