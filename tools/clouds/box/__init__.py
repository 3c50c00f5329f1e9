"""The data plane: makes the `World` of a control plane real on this computer.

```text
 this computer ── 198.51.100.1 ──► internet (container: routes public addresses, serves the mirror at 203.0.113.1)
                                     │ up: 1:1 NAT          │ nat
                                  network (container: routes, rules, balancers of one VPC)
                                     │ one link for each instance: all its packets pass here
                                  instance (container: systemd, SSH, real cloud-init)
```

Every object is a podman container named after the cloud's id, with the label `kfs.cluster=cloud-NAME`. Addresses in a
network are seen by nobody outside of it, so clouds with the same ranges live side by side.
"""
