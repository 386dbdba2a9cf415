# Two commands set everything up: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# Named for the chosen Python: with another one, make builds the environment and vendor/ again.
STAMP := $(VENV)/.installed-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
STAGE ?= prod
# For tests of the load: a sample of them, or all, run on the stand-in for Redshift, too.
ENGINES ?= sample
ARCHITECTURE ?= x86_64
SCRIPTS := .ci/run

# checkov has an environment of its own, since it pins its own boto3.
CHECKOV_VENV := .venv-checkov
CHECKOV_STAMP := $(CHECKOV_VENV)/.installed

# So have the pipelines that the bench compares ours with.
RIVALS_VENV := .venv-rivals
RIVALS_STAMP := $(RIVALS_VENV)/.installed-$(lastword $(subst -, ,$(STAMP)))

COMPILE := $(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet

define NEWLINE


endef
ON_ONE_LINE = $(subst $(NEWLINE), ,$(ARGUMENTS))

# Only from the command line, where an empty one is an error too: it must not mean build/.
PACKAGE_OPTION = $(if $(filter command,$(origin PACKAGE)),--package '$(PACKAGE)')

.DEFAULT_GOAL := help
.PHONY: help venv demo test look soak check checkov format bench dashboards lock vendor template package release packages change-set deploy smoke destroy clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(STAMP)  ## make the virtual environment .venv from the locked requirements

$(STAMP): requirements.txt requirements-dev.txt .ci/requirements-uv.txt infra/requirements-vendor.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed: try make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r .ci/requirements-uv.txt
	$(VENV)/bin/uv pip sync --quiet --python $(RUN) --require-hashes --compile-bytecode requirements-dev.txt
	$(RUN) -m infra vendor
	@touch $@

demo: $(STAMP)  ## load two stores' made-up days through the whole pipeline on this machine
	$(RUN) -m local demo

# In the order of the folders' names: e2e takes longest and comes first, so that no worker is left alone with it. Three
# workers for two cores, since tests wait for processes half of their time. These start Python a thousand times, so each
# module is compiled once and kept, even if the shell says PYTHONDONTWRITEBYTECODE.
test: $(STAMP)  ## run all tests on three workers (ENGINES=all: those of the load on Redshift's stand-in, too)
	CAFE_ENGINES=$(ENGINES) PYTHONDONTWRITEBYTECODE= $(RUN) -m pytest -n 3 --no-loadscope-reorder

# Both need Chromium; nothing is installed here.
look: $(STAMP)  ## make the pictures of report and page in docs/ from made-up stores, and check both in Chromium
	$(RUN) -m tests.support.look
	$(RUN) -m pytest tests/integration/people/test_report_in_browser.py tests/e2e/test_page.py

soak: $(STAMP)  ## test 34,000 broken files, crafted ones of 4 MB, and 2,000 random steps (STEPS=5000 SEED=7)
	CAFE_SOAK_FILES=10000 CAFE_SOAK_DAYS=100 $(RUN) -m pytest --timeout=3600 \
		tests/unit/reading/test_fuzz.py tests/unit/reading/test_dialects.py tests/unit/reading/test_odd_rows.py \
		tests/unit/reading/test_growth.py tests/unit/ingest/test_peak_memory.py
	CAFE_SOAK_STEPS=$(or $(STEPS),2000) CAFE_SOAK_SEED=$(SEED) $(RUN) -m pytest -s -p no:logging \
		tests/integration/load/test_state_machine.py tests/integration/load/test_crashes.py

check: $(STAMP)  ## check formatting, lint, types, SQL, spelling, shell, Dockerfile, workflows, templates, policies
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/sqlfluff lint --disable-progress-bar sql
	$(VENV)/bin/codespell
	$(VENV)/bin/shellcheck $(SCRIPTS)
	$(VENV)/bin/hadolint Dockerfile
	$(VENV)/bin/actionlint -shellcheck $(VENV)/bin/shellcheck
	$(VENV)/bin/cfn-lint infra/bootstrap.yaml infra/network.yaml
	$(RUN) -m infra.policy_check

checkov: $(CHECKOV_STAMP)  ## check the templates, and build/sam.yaml if it exists, against checkov's rules
	$(CHECKOV_VENV)/bin/checkov --framework cloudformation --skip-download --quiet --compact \
		--file $(wildcard infra/*.yaml build/sam.yaml)

$(CHECKOV_STAMP): infra/requirements-checkov.txt | $(STAMP)
	$(PYTHON) -m venv --clear $(CHECKOV_VENV)
	$(VENV)/bin/uv pip sync --quiet --python $(CHECKOV_VENV)/bin/python --require-hashes --compile-bytecode $<
	@touch $@

format: $(STAMP)  ## format the code and fix lint where the tools can
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

# MEASUREMENTS: some of those that `python -m bench --help` lists.
bench: $(STAMP) $(RIVALS_STAMP)  ## measure speed, as ratios within one run (docs/performance.md)
	$(RUN) -m bench $(MEASUREMENTS)

$(RIVALS_STAMP): bench/requirements-rivals.txt | $(STAMP)
	$(PYTHON) -m venv --clear $(RIVALS_VENV)
	$(VENV)/bin/uv pip sync --quiet --python $(RIVALS_VENV)/bin/python --require-hashes --compile-bytecode $<
	@touch $@

dashboards: $(STAMP)  ## write the JSON of Grafana's dashboards (docs/dashboards.md)
	$(RUN) -m infra.grafana

lock: $(STAMP)  ## rewrite requirements*.txt from requirements*.in
	for name in requirements requirements-dev infra/requirements-checkov bench/requirements-rivals; do $(COMPILE) --output-file $$name.txt $$name.in; done
	$(COMPILE) --no-deps --output-file infra/requirements-vendor.txt infra/requirements-vendor.in

vendor: $(STAMP)  ## unpack psycopg2 for Lambda and Amazon's certificates into vendor/ (ARCHITECTURE=arm64)
	$(RUN) -m infra vendor --architecture $(ARCHITECTURE)

# ARGUMENTS: parameters of the template as NAME=VALUE, or options of `python -m infra deploy --help`.
# PACKAGE: the digest of a package that ran before, or the beginning of it.
release: $(STAMP)  ## create or update the stack from build/, or from PACKAGE=…: ARGUMENTS='NoticeEmail=… SubnetIds=…'
	@$(RUN) -m infra release --stage $(STAGE) $(if $(ROLE),--role $(ROLE)) $(PACKAGE_OPTION) $(ON_ONE_LINE)

packages: $(STAMP)  ## list the packages of a stage that can be released again
	@$(RUN) -m infra packages --stage $(STAGE)

change-set: $(STAMP)  ## print what a release would change, as Markdown
	@$(RUN) -m infra change-set --stage $(STAGE) $(if $(ROLE),--role $(ROLE)) $(ON_ONE_LINE)

deploy: $(STAMP)  ## deploy a stage by `chalice deploy`, with all that it needs: STAGE=dev WAREHOUSE=… ARGUMENTS='--subnets …'
	@$(RUN) -m infra deploy --stage $(STAGE) --architecture $(ARCHITECTURE) \
		$(if $(WAREHOUSE),--warehouse '$(WAREHOUSE)') $(ON_ONE_LINE)

smoke: $(STAMP)  ## send a test file through a stage, and remove it
	@$(RUN) -m infra smoke --stage $(STAGE)

destroy: $(STAMP)  ## delete a stage except its data (STAGE is required)
	@test '$(origin STAGE)' != file || { echo "Say which stage: make destroy STAGE=dev"; exit 1; }
	@$(RUN) -m infra destroy --stage $(STAGE) $(if $(ROLE),--role $(ROLE))

template: $(STAMP)  ## write the second part of infra/template.yaml: each function with role, policy, log and alarms
	$(RUN) -m infra.second_part

package: $(STAMP)  ## write build/sam.yaml and build/deployment.zip of a stage (STAGE=prod ARCHITECTURE=x86_64)
	$(RUN) -m infra package --stage $(STAGE) --architecture $(ARCHITECTURE)

# Chalice's records of stages in an account stay: without them nobody can delete those stages.
clean:  ## remove the files that other targets made, and the local cloud's state
	@if [ -x $(RUN) ]; then $(RUN) -m local down; fi
	rm -rf $(VENV) $(CHECKOV_VENV) $(RIVALS_VENV) .local .chalice/deployed/local.json .chalice/deployments build vendor/psycopg2* vendor/*.crt
