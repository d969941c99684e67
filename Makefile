# Beffroi's commands. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
DESK := .venvs/desk/bin/python
BOT := .venvs/assistant/bin
DATA ?= data/evaluation/messages.jsonl
OUT ?=
export PYTHONPATH := $(CURDIR)
export BEFFROI_ACTIONS_PORT ?= 5055
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export TF_CPP_MIN_LOG_LEVEL := 3
export RASA_TELEMETRY_ENABLED := false
export PYTHONWARNINGS := ignore

.PHONY: help setup setup-dev run demo-messenger train evaluate report test test-fast lint bench bench-understanding bench-queue bench-webhook

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

setup: ## install both environments (Python 3.10 and 3.13) from the locked requirements
	@scripts/setup.sh

setup-dev: ## the same, with what tests and checks need
	@scripts/setup.sh dev

run: setup ## set up, train if needed, migrate, and start everything on http://localhost:8000
	@exec $(DESK) scripts/start.py

demo-messenger: setup ## the same with a simulated Messenger, on http://localhost:8100
	@exec $(DESK) scripts/demo_messenger.py $(if $(SIMULATOR_PORT),--port $(SIMULATOR_PORT))

train: setup ## train the assistant when no model matches the data
	@$(DESK) scripts/train.py

evaluate: train ## measure the assistant: make evaluate DATA=file.jsonl [OUT=errors.jsonl]
	@$(BOT)/python -m bot.evaluation $(DATA) $(if $(OUT),--out $(OUT))

report: setup ## count the training messages, and show near-duplicates and close topics
	@$(BOT)/python -m bot.data_report

lint: setup-dev ## format, lint, types, layers
	@scripts/lint.sh

test: setup-dev train ## everything: assistant, desk, contract, browser
	@scripts/test.sh

test-fast: setup-dev ## the desk on SQLite and the contract, under a minute
	@$(DESK) -m pytest tests/desk tests/contract -q -n auto -k "not postgresql" -m "not slow"

bench: setup-dev train ## side by side with Rasa's default French pipeline
	@$(DESK) -m bench.end_to_end

bench-queue: setup-dev ## the staff's queue with 1,000, 100,000 and 1,000,000 tickets, on a PostgreSQL of its own
	@$(DESK) -m bench.queue

bench-webhook: setup-dev ## how soon Messenger's webhook has stored what came, on SQLite and on PostgreSQL
	@$(DESK) -m bench.webhook

bench-understanding: train ## what is understood, beside Rasa's default, Bürokratt's and a plain TF-IDF pipeline
	@$(BOT)/python -m bench.understanding $(if $(PER_LABEL),--per-label $(PER_LABEL)) $(if $(ONLY),--only $(ONLY))
