"""Local machines: containers of this computer that behave as servers (systemd, SSH, an address and a disk of their own)."""
