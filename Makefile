# Two targets for a newcomer: `make demo` and `make test`. The rest is for those who build Logkeep.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

# What `make test` leaves out for its time: more examples of every law, others each time.
SEARCH ?= 8
SEARCHED ?=

# The tests that hold goldens: those with a folder of them, and the stories.
GOLDENS = $(sort $(dir $(wildcard tests/*/__snapshots__ tests/*/*/__snapshots__ tests/*/*/*/__snapshots__))) tests/lab_demo/test_stories.py

# A file to a worker at a time, one worker more than there are cores; the files of labs, which take long, first.
SHARED_OUT = -n auto --dist loadfile --no-loadscope-reorder

# What Python compiled is kept, whatever the shell says: else every worker, and each of the hundred
# commands that the tests start, compiles all of it again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo test test-fast whole whole-in-ci laws search beside-aws check bench golden kind lock clean fuzz

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	touch $@

demo: install
	$(BIN)/logkeep lab demo

test: install
	$(BIN)/pytest -q $(SHARED_OUT)

# The same without what starts a lab, and with an eighth of the examples of each law: for while you work.
test-fast: install
	LOGKEEP_FEWER=8 $(BIN)/pytest -q $(SHARED_OUT) -m "not lab"

# The tables that `make test` tries a part of, in full: minutes.
KILLED = tests/faults/test_killed_outright.py tests/faults/test_killed_job.py tests/faults/test_signals.py
FAULTS = tests/faults/test_apply.py
WHOLE = $(KILLED) $(FAULTS) tests/least/test_each_command.py
whole: install
	LOGKEEP_WHOLE=1 $(BIN)/pytest -q $(SHARED_OUT) $(WHOLE)

# What CI runs of them for its time: every kill; not each permit taken away by itself, a lab for each.
whole-in-ci: install
	LOGKEEP_WHOLE=1 $(BIN)/pytest -q $(SHARED_OUT) $(KILLED)

laws: install
	PYTHONPATH=tests $(BIN)/python -m support.differential 1000000
	PYTHONPATH=tests $(BIN)/python -m support.through_point 50000
	PYTHONPATH=tests $(BIN)/python -m support.every_key 2

# Ten minutes for each reader of a file; FUZZ=5 for five seconds each, SEED=0 for others each time.
FUZZ ?= 600
SEED ?= 0
fuzz: install
	PYTHONPATH=tests $(BIN)/python -m support.fuzz $(FUZZ) $(SEED) fuzzed

search: install
	LOGKEEP_SEARCH=$(SEARCH) $(BIN)/pytest -q $(SHARED_OUT) $(SEARCHED)

# A hundred random tamperings of an archive, each judged by Logkeep and by `aws cloudtrail validate-logs`.
beside-aws: install
	LOGKEEP_SEARCH=13 $(BIN)/pytest -q --hypothesis-seed=$(SEED) tests/kinds/cloudtrail/integrity/test_beside_aws.py

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/lint-imports

# The skeleton of a new kind of log in all its places: make kind NAME=my-logs, with SHAPE=group for
# one that writes into a log group and not into the archive.
SHAPE ?= archive
kind: install
	PYTHONPATH=tests $(BIN)/python -m support.new_kind "$(NAME)" "$(SHAPE)"

golden: install
	$(BIN)/python -c 'from pathlib import Path; from logkeep.aws import permissions; Path("src/logkeep/aws/permissions.json").write_text(permissions.as_text())'
	$(BIN)/pytest -q $(SHARED_OUT) --snapshot-update $(GOLDENS)

bench: install
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

lock:
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -o requirements.lock

clean:
	rm -rf $(VENV)
