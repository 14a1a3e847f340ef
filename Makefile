# Every target sets up .venv by itself; where it is up to date that costs nothing.
.PHONY: setup quickstart serve test test-slow lint format clean

setup:
	@scripts/setup.sh

quickstart: setup
	.venv/bin/python scripts/train.py experiment=quickstart

serve: setup
	.venv/bin/rlve serve

# These start neither Ray nor engines nor trainers, so that two processes may test them; all else wants the machine for
# itself.
PLAIN = tests/environments tests/authoring tests/bridges tests/plan \
	$(patsubst %,tests/test_%.py,conf curriculum datasets imports problems simulation stream tracking turns)

test: setup
	.venv/bin/pytest -m "not slow and not gpu" -n 2 --dist loadgroup $(PLAIN)
	.venv/bin/pytest -m "not slow and not gpu" $(PLAIN:%=--ignore=%)

test-slow: setup
	.venv/bin/pytest -m "slow and not gpu"

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports --no-logo
	.venv/bin/pyright

format: setup
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

clean:
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find rlve environments conf scripts tests -type d -name __pycache__ -prune -exec rm -rf {} +
