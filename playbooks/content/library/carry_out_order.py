#!/usr/bin/python
"""WANT_JSON

The Ansible module of M48: a plain program that Ansible hands a JSON file.

It imports nothing of Ansible. Its arguments are three paths: no secret is among them.
"""

from __future__ import annotations

import sys

from playbooks.module import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
