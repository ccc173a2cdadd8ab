"""`lineguard completion`: what a shell needs to complete our commands."""

from __future__ import annotations

from typing import Final

from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import argument, command
from lineguard.cli.values import OneOf
from phrases import say

VARIABLE: Final = "_LINEGUARD_COMPLETE"


@command(
    "completion",
    say("Print completion for a shell: lineguard completion bash >> ~/.bash_completion"),
)
@argument("shell", type=OneOf("bash", "zsh"))
def completion(asked: Asked, shell: str) -> int:
    """The script that click makes for that shell."""
    from click.shell_completion import BashComplete, ZshComplete

    from lineguard.cli.commands import ROOT

    kind = BashComplete if shell == "bash" else ZshComplete
    script = kind(ROOT, {}, "lineguard", VARIABLE).source()
    screen(asked).raw(script)
    screen(asked).document({"shell": shell, "script": script})
    return 0
