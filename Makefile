# make run     the whole store, on a database of its own, with demo stock
# make test    all tests        make check   all checks        make fix   what can be mended by itself
.PHONY: run test check fix bench messages demo-erase environment
.DEFAULT_GOAL := run
# The store is many Python programs that start often: what they compiled is kept, whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=

run:
	@tools/system-packages.sh run
	@tools/environment.sh run
	@exec .venv/bin/ringfence up

environment:
	@tools/environment.sh test

test: environment
	@tools/system-packages.sh test
	@.venv/bin/python -m ringfence.config.messages >/dev/null || true
	@.venv/bin/python -m pytest -n 2 $(ARGS) || .venv/bin/python tools/second_try.py $$?

check: environment
	@tools/check.sh

fix: environment
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format --quiet .
	@.venv/bin/djlint --reformat --quiet src || true
	@.venv/bin/python tools/generated.py

bench: environment
	@.venv/bin/python -m benchmarks.run $(ARGS)

messages: environment
	@.venv/bin/python -m ringfence.config.messages

demo-erase:
	@tools/environment.sh run
	@.venv/bin/ringfence demo-erase
