"""Local machines: containers of this computer that behave as servers: systemd, SSH, an own address and disk."""
