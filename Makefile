# The README's commands. Each works on a machine that has only Rust, Node and
# Debian's package manager; what else is needed is installed on the way.
.PHONY: run build console test lint bench tools help

help: ## What can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

build: console ## The release binary with the Console in it, at target/release/trunnel
	cargo build --release --locked -p trunnel-cli

console: ## The Console's and the portal's files, at console/dist
	cd console && npm ci --no-audit --no-fund --silent && npm run --silent build

run: build ## Build, and serve on http://127.0.0.1:8080
	target/release/trunnel serve

test: tools console lint ## Everything that must hold, on SQLite and on PostgreSQL, as CI runs it
	scripts/with-postgres cargo test --workspace --locked --no-fail-fast
	cd console && npm run --silent unit && npm run --silent e2e

lint: ## Form and lints
	cd console && npm run --silent lint
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

tools: ## What is needed besides Rust and Node, where it is missing
	@scripts/install-tools

bench: build ## The budgets as ratios, measured in one run
	@command -v wrk >/dev/null || scripts/install-tools wrk
	cargo build --release --locked -p trunnel-bench
	target/release/trunnel-bench target/release/trunnel
	target/release/trunnel-bench renewal
	@if [ -n "$(LONG)" ]; then target/release/trunnel-bench seeds 10000; fi
