# make demo   lint four small files with flake8 and see what it finds    (Python 3.10 or newer)
# make test   every test, and every proof that runs on a CPU             (Python 3.11 or newer)
# make prove  only the proofs; `make prove ARGS="TAL101 --library numpy"` for some of them
# make audit  every entry of the knowledge tables, called; `make audit ARGS="--library numpy"` for some
# make claims what people say about tensor copies, each statement decided by running it
# make oracle LIBRARY=numpy PROGRAMS=100000 SEED=0   random programs against the linter; goes on where it stopped
#             LIBRARY=torch-backward: PyTorch's, with a backward pass at the end
# make bench  how long linting takes, beside what is promised; `make bench ARGS="--on torch"` for some
# make docs   write the rule pages, the reference pages and the README's rule table again
# make site   build the documentation into site/
#
# Another interpreter: make test PYTHON=/path/to/python3.12

PYTHON ?= python3
# Every library that is installed here has to be proved: a skipped one fails.
REQUIRE := --require numpy --require torch --require tensorflow --require keras --require jax
REQUIRE += $(addprefix --require ,scipy cv2 PIL pandas einops)
# Tested in processes of their own: TensorFlow, PyTorch, JAX and Numba each bring a compiler, and they do not mix.
APART := tensorflow keras jax neighbours
APART_TESTS = tests/knowledge/test_$(1)_run.py tests/test_storage_$(1).py
BIN    := .venv/bin
PYTEST := $(BIN)/python -m pytest -n auto --dist loadscope
# A part of the tests by its name, which notes what failed in a cache of its own.
TESTED = $(PYTEST) -o cache_dir=build/test/$(1) $(2) || failed="$$failed $(1)";
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
INSTALLED_BY := pyproject.toml constraints.txt

.PHONY: demo test prove audit claims oracle bench docs site clean

demo: .venv/.core
	@$(BIN)/flake8 --isolated --select TAL --show-source --exit-zero fixtures/demo

# A refuted proof must not hide the tests: all of them run, and any one fails the target. What failed is said
# again at the end, where people look.
test: .venv/.test
	@failed=; \
	$(foreach name,$(APART),$(call TESTED,$(name),$(call APART_TESTS,$(name)))) \
	$(call TESTED,core,$(foreach name,$(APART),$(addprefix --ignore=,$(call APART_TESTS,$(name))))) \
	$(BIN)/python -m runtime_check $(REQUIRE) || failed="$$failed proofs"; \
	for part in $$failed; do \
	  echo "make test: failed: $$part"; \
	  test ! -f build/test/$$part/v/cache/lastfailed || cat build/test/$$part/v/cache/lastfailed; \
	done; \
	test -z "$$failed"

prove: .venv/.test
	$(BIN)/python -m runtime_check $(or $(ARGS),$(REQUIRE))

audit: .venv/.test
	$(BIN)/python -m runtime_check audit $(or $(ARGS),$(REQUIRE))

claims: .venv/.test
	$(BIN)/python -m runtime_check claims $(ARGS)

LIBRARY  ?= numpy
PROGRAMS ?= 1000
SEED     ?= 0

oracle: .venv/.test
	$(BIN)/python -m tests.oracle --library $(LIBRARY) --programs $(PROGRAMS) --seed $(SEED)

bench: .venv/.test
	$(BIN)/python -m bench.speed $(ARGS)

docs: .venv/.core
	$(BIN)/python docs/generate.py

site: .venv/.test
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:
	rm -rf .venv build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The stamps live inside the environment, so that removing it removes them too.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("tensorlint needs Python 3.10 or newer" if sys.version_info < (3, 10) else 0)'
	$(PYTHON) -m venv .venv

.venv/.core: $(INSTALLED_BY) | .venv/bin/python
	$(PIP) -e .
	@touch $@

.venv/.test: $(INSTALLED_BY) | .venv/bin/python
	@$(BIN)/python -c 'import sys; sys.exit("make test needs Python 3.11 or newer: make clean test PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PIP) -e '.[test,neighbours,numpy,torch,tensorflow,keras,jax]'
	@touch .venv/.core $@
