"""The yardstick: kubeadm, driven by a plain parallel SSH script."""
