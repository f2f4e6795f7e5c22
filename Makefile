# The README's commands. Each one works on a machine that has only Rust.
.PHONY: test lint

test: lint ## Everything that must hold, as CI runs it
	cargo test --workspace --locked

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
