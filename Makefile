# A Kubernetes cluster from scratch. `make up` makes one on this computer; STACK=name takes stacks/Pulumi.name.yaml.
# STACK=aws CLOUD=box: the stack of a cloud, in a cloud on this computer (docs/cloud-in-a-box.md).
STACK ?= local
CLOUD ?=
SHELL := /bin/bash
IN_CLOUD := $(if $(CLOUD),tools/with-cloud $(CLOUD) $(STACK))
VENV := $(or $(KFS_CACHE),.cache)/venv/bin

.DEFAULT_GOAL := help
.PHONY: help up down preview verify kubeconfig backup restore quorum rejoin drift repair rotate env tools tools-for-all lock
.PHONY: artifacts test test-all fault-test test-quick golden schema lint bench

help:        ## Show what can be made
	@sed -n 's/^\([a-z-]*\): .*## /\1\t/p; s/^\([a-z-]*\): *## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

up: tools    ## Bring the cluster up, or finish or change it
	@$(IN_CLOUD) tools/up $(STACK)

down: tools  ## Destroy the cluster and everything made for it
	@$(IN_CLOUD) tools/down $(STACK)

preview: tools  ## Show what `make up` would do
	@$(IN_CLOUD) tools/preview $(STACK)

verify: tools  ## Prove that the cluster works
	@$(IN_CLOUD) tools/verify $(STACK)

kubeconfig: tools  ## Write the administrator's kubeconfig and say how to use it
	@$(IN_CLOUD) tools/kubeconfig $(STACK)

backup: tools  ## Take a snapshot of etcd now, verify it, fetch it to .cache/backups
	@$(IN_CLOUD) tools/operate backup $(STACK)

restore: tools  ## Bring etcd back from the snapshot FROM=file, also into new machines
	@$(IN_CLOUD) tools/operate restore $(STACK) --from "$(FROM)" --without "$(WITHOUT)"

quorum: tools  ## Bring back an etcd that lost most of its members, with all that FROM=control-plane has
	@$(IN_CLOUD) tools/operate quorum $(STACK) --from "$(FROM)" --without "$(WITHOUT)"

rejoin: tools  ## Let the control plane FROM=name, back after a restore or a lost quorum, join anew
	@$(IN_CLOUD) tools/operate rejoin $(STACK) --from "$(FROM)"

drift: tools  ## Show what is no longer on the machines as it was put there; changes nothing
	@$(IN_CLOUD) tools/operate drift $(STACK)

repair: tools  ## Run every step again: what differs is put right, the rest is left alone
	@$(IN_CLOUD) tools/operate repair $(STACK)

rotate: tools  ## New keys for a running cluster: WHAT=authorities, service-account, encryption, tokens or ssh
	@$(IN_CLOUD) tools/operate rotate $(STACK) --what "$(WHAT)" --sure "$(SURE)"

env:         ## Print the environment for plain `pulumi`: eval "$$(make env)"
	@tools/env

tools:       ## Install Pulumi and all that a stack needs on this computer
	@tools/setup $(STACK) $(CLOUD)

tools-for-all:  ## Install what the stacks of all providers, and their tests, need
	@tools/setup local all

lock: tools  ## Add VERSION=1.36.3 of Kubernetes to the lock file, from upstream's sums
	@$(VENV)/python -m tools.toolchain.lock $(VERSION)

artifacts: tools  ## Build VERSION=1.35.4 of Kubernetes from Go modules, beside the default one; or PART=NAME (docs)
	@$(VENV)/python -m tools.toolchain.another $(or $(PART),$(VERSION))

test: tools-for-all  ## Run the tests, also those on real machines made on this computer
	@eval "$$(tools/env)" && $(VENV)/pytest -m "not slow and not fault" $(ARGS)

test-all: tools-for-all  ## Run all tests, those that take longest as well
	@eval "$$(tools/env)" && $(VENV)/pytest $(ARGS)

fault-test: tools-for-all  ## Run the tests that change and break whole clusters under load (half an hour)
	@eval "$$(tools/env)" && $(VENV)/pytest -m fault $(ARGS)

test-quick: tools-for-all  ## Run the tests that need no machines
	@eval "$$(tools/env)" && $(VENV)/pytest -m "not machines and not cluster" $(ARGS)

golden: tools-for-all  ## Write the golden files anew, after a change that is meant
	@KFS_UPDATE_GOLDEN=1 $(VENV)/pytest --quiet tests/unit/test_golden.py

schema: tools-for-all  ## Write stacks/schema.json and docs/configuration.md anew from the settings' declarations
	@$(VENV)/python -m tools.schema

lint: tools-for-all  ## Check style and types
	@tools/lint

bench: tools-for-all  ## Compare with kubeadm on the same machines; measure growth, upgrade, and hundreds of simulated nodes
	@eval "$$(tools/env)" && python -m tools.bench $(RUNS) && python -m tools.bench.growth && python -m tools.bench.simulated
