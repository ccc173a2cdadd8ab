"""What a command loads, seen in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys

REPORT = """
import json, sys
sys.argv[0] = "lineguard"
from lineguard.__main__ import main
try:
    status = main()
except SystemExit as leaving:
    status = leaving.code
loaded = sorted({name.split(".")[0] for name in sys.modules})
print(json.dumps({"status": status or 0, "loaded": loaded}), file=sys.stderr)
"""


def loaded_by(*arguments: str, status: int | None = None) -> set[str]:
    """The top-level modules that a fresh interpreter has after that command, which must end with
    that status, if one is given."""
    ran = subprocess.run(
        [sys.executable, "-P", "-c", REPORT, *arguments], capture_output=True, text=True, check=True
    )
    told = json.loads(ran.stderr.splitlines()[-1])
    assert status in (None, told["status"]), ran.stderr
    return set(told["loaded"])
