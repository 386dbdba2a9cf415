# Two commands set everything up: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.installed
# Chalice deploys for the Python that runs it.
LAMBDA_PYTHON ?= $(shell $(RUN) -c 'import sys; print("%d.%d" % sys.version_info[:2])')

.DEFAULT_GOAL := help
.PHONY: help venv demo test soak check format bench lock vendor clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(STAMP)  ## the virtual environment .venv, from the locked requirements

$(STAMP): requirements.txt requirements-dev.txt .ci/requirements-uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed: try make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r .ci/requirements-uv.txt
	$(VENV)/bin/uv pip sync --quiet --python $(RUN) --require-hashes --compile-bytecode requirements-dev.txt
	@touch $@

demo: $(STAMP)  ## two stores' days through the whole pipeline, on this machine
	$(RUN) -m local demo

# In the order of their names: what takes long comes first, so that no worker is left with it in the end.
test: $(STAMP)  ## all tests, on two workers
	$(RUN) -m pytest -n 2 --no-loadscope-reorder

soak: $(STAMP)  ## 20,000 spoiled files; 2,000 random steps against the clerk (others: STEPS=5000 SEED=7)
	CAFE_SOAK_FILES=10000 CAFE_SOAK_DAYS=100 $(RUN) -m pytest --timeout=3600 \
		tests/unit/test_fuzz.py tests/unit/test_dialects.py
	CAFE_SOAK_STEPS=$(or $(STEPS),2000) CAFE_SOAK_SEED=$(SEED) $(RUN) -m pytest -s -p no:logging \
		tests/integration/test_exactly_once.py tests/integration/test_crashes.py

check: $(STAMP)  ## formatting, lint, types, SQL, spelling
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/sqlfluff lint --disable-progress-bar sql
	$(VENV)/bin/codespell

format: $(STAMP)  ## let the tools rewrite what they can
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: $(STAMP)  ## how fast, as ratios within one run (docs/performance.md)
	$(RUN) -m local.bench

lock: $(STAMP)  ## write requirements*.txt anew from requirements*.in
	for name in requirements requirements-dev; do \
		$(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet \
			--output-file $$name.txt $$name.in; done

# requirements-dev.txt alone has psycopg2's hashes: its lines are cut out for uv.
vendor: $(STAMP)  ## psycopg2 for the Lambda runtime, into vendor/ (another: LAMBDA_PYTHON=3.13)
	rm -rf vendor/psycopg2*
	awk '/^[a-z]/ {wanted = /^psycopg2-binary==/} wanted' requirements-dev.txt | \
		$(VENV)/bin/uv pip install --quiet --python $(RUN) --target vendor --requirements - --require-hashes --no-deps \
			--only-binary :all: --python-platform x86_64-manylinux2014 --python-version $(LAMBDA_PYTHON)
	@rm -f vendor/.lock
	@test -f vendor/psycopg2/_psycopg.cpython-$(subst .,,$(LAMBDA_PYTHON))-x86_64-linux-gnu.so || \
		{ echo "psycopg2 for Python $(LAMBDA_PYTHON) is not in vendor/"; exit 1; }

clean:  ## what the other targets made, the local cloud's state included
	@if [ -x $(RUN) ]; then $(RUN) -m local down; fi
	rm -rf $(VENV) .local .chalice/deployed .chalice/deployments build vendor/psycopg2*
