# `make demo` and `make test` do all their set-up themselves; a second run sets up nothing.
export EARMARK_HOME ?= $(CURDIR)/.earmark
export RASA_TELEMETRY_ENABLED := false

.PHONY: help setup demo test stress check stubs lock clean

help:            ## what can be made
	@grep -E '^[a-z]+: *.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup:           ## environments and the base language-understanding model
	@deploy/bootstrap.sh
	@.venv/bin/assistant setup

demo: setup      ## a household speaks, opts in and out, and the assistant learns (STAY=1 stays up)
	@.venv/bin/python -m deploy.demo $(if $(STAY),--stay)

test: setup      ## all tests, against the real store, recogniser, interpreter and browser
	@deploy/browser.sh
	@.venv/bin/python -m pytest -n logical --maxprocesses 4 --dist loadfile $(PYTEST_ARGS)

stress: setup    ## 10,000 withdrawals while everything is killed; then as many on a cluster
	@.venv/bin/python -m benchmarks.stress $(STRESS_ARGS)
	@.venv/bin/python -m benchmarks.stress --cluster $(STRESS_ARGS)

check: setup     ## formatting, lint, types, generated stubs
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/python deploy/generate_stubs.py --check

stubs:           ## write the Python stubs of proto/
	@.venv/bin/python deploy/generate_stubs.py

lock:            ## pin the newest versions that pyproject.toml allows
	@.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --extra dev \
	  --no-emit-index-url --no-annotate --upgrade pyproject.toml -o requirements/dev.lock

clean:           ## remove everything that set-up made
	@rm -rf .venv .earmark
