# The commands of the project. `make help` lists them; each does its own set-up.
PROFILE ?= quick
CORES ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
NOTEBOOK ?= 02_near_zero_curvature
BIN := .venv/bin
BOOK = $(BIN)/python workflow/book.py --profile $(PROFILE) --cores $(CORES) --die-with-parent \
  $(if $(MACHINE),--machine $(MACHINE)) --snakemake='$(SNAKEMAKE)'
export JUPYTER_PREFER_ENV_PATH := 1
export OMP_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help setup book runs test serve panel lint address run sweep record bench mutants faults clean
help: ## list the commands
	@echo "make COMMAND [PROFILE=smoke|quick|paper] [MACHINE=gpus|slurm] [CORES=n] [NOTEBOOK=name] [ARGS='-p name value']"
	@grep -E '^[a-z]+:.*## ' Makefile | sed 's/:.*## /: /' | awk -F': ' '{printf "  %-8s %s\n", $$1, $$2}'

setup: .venv/.stamp ## make .venv and install everything into it
book: .venv/.stamp ## run the notebooks that are out of date, build _build/html
	@exec $(BOOK)
runs: .venv/.stamp ## run the notebooks that are out of date, build no pages
	@exec $(BOOK) --notebooks-only
test: .venv/.stamp ## all tests, the notebooks with the smoke profile and the browser included
	@exec $(BIN)/python -m pytest -n $(CORES) --dist worksteal $(ARGS)
serve: ## show _build/html at http://localhost:8000
	@exec $(BIN)/python -m http.server 8000 --bind $(or $(HOST),127.0.0.1) --directory _build/html
panel: .venv/.stamp ## open JupyterLab on a form for the parameters of every notebook
	@exec $(BIN)/jupyter lab workflow/panel.ipynb
lint: .venv/.stamp ## check the style of code and notebooks
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
address: .venv/.stamp ## give the notebooks their Colab cell where _config.yml names the repository, or take it away
	@exec $(BIN)/python workflow/colab_cells.py
run: .venv/.stamp ## run one NOTEBOOK with a PROFILE and ARGS such as '--seed 3 -p dataset fashion-mnist'
	@exec $(BIN)/python workflow/run.py $(NOTEBOOK) --profile $(PROFILE) $(ARGS)
sweep: .venv/.stamp ## run a grid of parameters, S=NAME of workflow/sweeps, and put its table into the book
	@exec $(BIN)/python workflow/sweep.py $(S) --cores $(CORES) $(if $(MACHINE),--machine $(MACHINE))
record: .venv/.stamp ## put the finished PROFILE=paper results of NOTEBOOK (or of all) into book/recorded
	@exec $(BIN)/python workflow/record.py $(NOTEBOOK) --profile $(PROFILE) $(ARGS)

bench: .venv/.stamp ## speed beside the peers, in environments of their own; QUICK=1 for a minute's version
	@$(BIN)/python benchmarks/environments.py && exec .venv-bench/bin/python benchmarks/run.py $(if $(QUICK),--quick)
mutants: .venv/.stamp ## break the geometry on purpose, one change at a time, and see whether the tests notice
	@exec $(BIN)/python tests/mutants.py --out benchmarks/results/mutants.json $(ARGS)
faults: .venv/.stamp ## disturb the workflow 50 times at random, and see whether one more call puts it right
	@exec $(BIN)/python tests/faults.py --out benchmarks/results/faults.json $(ARGS)
clean: ## remove everything made here but .venv: results, checkpoints, the book
	rm -rf _build results checkpoints .snakemake .pytest_cache .ruff_cache .hypothesis

# A .venv without its stamp is one that an interrupted call left: start it afresh. PyTorch goes first, alone, so
# that the build of it that pip is set up for (CPU or CUDA) is settled before anything else asks for it.
.venv/.stamp: pyproject.toml lib/pullback/pyproject.toml constraints.txt
	@for p in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
	  if $$p -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$p; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "python: found none of version 3.11 or newer; install one, or name it:" \
	  "make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; fi; \
	if [ ! -f $@ ]; then echo "making .venv with $$found"; "$$found" -m venv --clear .venv || exit 1; fi
	@rm -f $@
	$(BIN)/python -m pip install --quiet -c constraints.txt torch
	$(BIN)/python -m pip install --quiet -c constraints.txt -e lib/pullback -e ".[book,test]"
	@touch $@
