"""What writes on devices: Ansible content, and the thin runner that carries it out."""
