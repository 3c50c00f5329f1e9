"""How long it takes from machines that answer to a cluster that works: this program, and kubeadm as the yardstick."""
