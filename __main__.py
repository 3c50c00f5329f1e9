"""Kubernetes from scratch: the table of contents. Each stage is one call, in the order in which the data goes."""

from components.addons import Addons
from components.bootstrap import Bootstrap
from components.config.stack import from_pulumi
from components.machines import make_machines
from components.outputs import export
from components.pki import Pki
from components.plan import make_plan
from components.previous import previous_cluster
from components.verification import verify

previous = previous_cluster()
stack = from_pulumi(previous)
plan = make_plan(stack.config, stack.lock, stack.artifacts, previous)
machines = make_machines(plan, stack.config)
pki = Pki("pki", plan.cluster, stack.config, machines.api_addresses)
bootstrap = Bootstrap("bootstrap", plan, machines, pki)
addons = Addons("addons", plan, machines, after=[bootstrap.coordinator])
verify(plan, machines, after=[*bootstrap.steps, addons.applied])
export(plan, machines, pki, bootstrap, stack.config.users)
