# Two commands do everything: `make book` and `make test`. Each makes .venv first where there is none.
.PHONY: book pdf test verify lint bench pages bare runtime clean distclean env
.DEFAULT_GOAL := help

export PYTHON ?= python3
# A container may forbid byte code: then every kernel would compile every library again.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH
# One thread each: on small machines faster than two, and the same bits every time.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export MPLBACKEND := agg
# Whatever wants a home directory gets one here, so that a read-only home is no obstacle.
export MPLCONFIGDIR := $(CURDIR)/.venv/var/matplotlib
export IPYTHONDIR := $(CURDIR)/.venv/var/ipython
export JUPYTER_CONFIG_DIR := $(CURDIR)/.venv/var/jupyter
export JUPYTER_DATA_DIR := $(CURDIR)/.venv/var/jupyter-data
export JUPYTER_RUNTIME_DIR := $(CURDIR)/.venv/var/jupyter-runtime
export NUMBA_CACHE_DIR := $(CURDIR)/.venv/var/numba
export JUPYTER_PREFER_ENV_PATH := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1

RUN := .venv/bin/python -m
# Scripts are called through Python: their first line may not survive a path with spaces.
PYTHON_HERE := .venv/bin/python

help:
	@echo "make book     the book, in _build/html/index.html"
	@echo "make pdf      the book on paper, in _build/latex/blockshift.pdf, where TeX is there"
	@echo "make test     everything that is checked on every change"
	@echo "make verify   the register of claims"
	@echo "make lint     style, types and import contracts alone"
	@echo "make bench    ratios against other software (minutes)"
	@echo "make pages    what is checked of the built book"
	@echo "make bare     what Binder and Colab would do, from a clean clone and an empty environment (minutes)"
	@echo "make runtime  the Python that runs in the page, fetched and checked; 'make book' does it too"
	@echo "make clean    away with what was built; 'make distclean' takes .venv too"

env:
	@.ci/environment

runtime: env
	@$(PYTHON_HERE) lib/bookbinding/runtime.py

book: env runtime
	$(RUN) blockshift verify --quiet --json chapters/verification.json
	$(PYTHON_HERE) .venv/bin/jupyter-book build . -n -W --keep-going --path-output .
	@echo "The book is ready: _build/html/index.html"

# TeX is asked for first: what takes minutes is not begun in vain.
pdf:
	@.ci/tex
	@.ci/environment
	$(RUN) blockshift verify --quiet --json chapters/verification.json
	$(PYTHON_HERE) .venv/bin/jupyter-book build . -n -W --keep-going --path-output . --builder latex
	$(PYTHON_HERE) lib/bookbinding/typeset.py _build/latex

test: lint runtime
	$(RUN) pytest
	$(RUN) pytest chapters --nbval-lax

verify: env
	$(RUN) blockshift verify --json chapters/verification.json

lint: env
	$(RUN) ruff check .
	$(RUN) ruff format --check lib tests
	$(RUN) mypy
	$(PYTHON_HERE) .venv/bin/lint-imports

bench: env
	$(RUN) benchmarks

pages: env
	$(RUN) pytest tests/built

bare: env
	$(RUN) pytest tests/bare

clean:
	rm -rf _build chapters/verification.json

distclean: clean
	rm -rf .venv
