# A Kubernetes cluster from scratch. `make up` makes one on this computer; STACK=name takes stacks/Pulumi.name.yaml.
STACK ?= local
SHELL := /bin/bash
VENV := $(or $(KFS_CACHE),.cache)/venv/bin

.DEFAULT_GOAL := help
.PHONY: help up down preview verify kubeconfig env tools lock artifacts test fault-test test-quick golden schema lint bench

help:        ## Show what can be made
	@sed -n 's/^\([a-z-]*\): .*## /\1\t/p; s/^\([a-z-]*\): *## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

up: tools    ## Bring the cluster up, or finish or change it
	@tools/up $(STACK)

down: tools  ## Destroy the cluster and everything made for it
	@tools/down $(STACK)

preview: tools  ## Show what `make up` would do
	@tools/preview $(STACK)

verify: tools  ## Prove that the cluster works
	@tools/verify $(STACK)

kubeconfig: tools  ## Write the administrator's kubeconfig and say how to use it
	@tools/kubeconfig $(STACK)

env:         ## Print the environment for plain `pulumi`: eval "$$(make env)"
	@tools/env

tools:       ## Install Pulumi and all that a stack needs on this computer
	@tools/setup $(STACK)

lock: tools  ## Add VERSION=1.36.3 of Kubernetes to the lock file, from upstream's sums
	@$(VENV)/python -m tools.toolchain.lock $(VERSION)

artifacts: tools  ## Build VERSION=1.35.4 of Kubernetes from Go modules, beside the default one, to upgrade from
	@$(VENV)/python -m tools.toolchain.another $(VERSION)

test: tools  ## Run the tests, also those on real machines made on this computer
	@eval "$$(tools/env)" && $(VENV)/pytest -m "not fault" $(ARGS)

fault-test: tools  ## Run the tests that change and break whole clusters under load (half an hour)
	@eval "$$(tools/env)" && $(VENV)/pytest -m fault $(ARGS)

test-quick: tools  ## Run the tests that need no machines
	@eval "$$(tools/env)" && $(VENV)/pytest -m "not machines and not cluster" $(ARGS)

golden: tools  ## Write the golden files anew, after a change that is meant
	@KFS_UPDATE_GOLDEN=1 $(VENV)/pytest --quiet tests/unit/test_golden.py

schema: tools  ## Write stacks/schema.json and docs/configuration.md anew from the settings' declarations
	@$(VENV)/python -m tools.schema

lint: tools  ## Check style and types
	@tools/lint

bench: tools  ## Compare with kubeadm on the same machines
	@eval "$$(tools/env)" && python -m tools.bench $(RUNS)
