# Go builds everything else: docs/CONTRIBUTING.md.

# The tables of docs/BENCHMARKS.md, on a machine that does nothing else: a quarter of an hour.
.PHONY: bench
bench:
	@go run ./internal/bench -markdown -n 3 -peers heaptrack
	@echo
	@go run ./internal/bench -markdown -n 3 -peers none -sample none -processors 1
