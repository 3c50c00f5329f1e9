"""Keys, certificates, tokens and kubeconfigs: everything secret, as secret Outputs."""

from components.pki.pki import Pki

__all__ = ["Pki"]
