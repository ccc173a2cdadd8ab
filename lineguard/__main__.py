"""Where the console script begins: the least possible work before the command is known."""

from __future__ import annotations

import sys

from lineguard import VERSION


def main() -> int:
    """Run the command of `sys.argv`; the exit status comes back."""
    if sys.argv[1:2] == ["--version"]:  # asked by scripts and monitoring, so it loads nothing
        sys.stdout.write(f"lineguard {VERSION}\n")
        return 0
    from lineguard.cli.boundary import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
