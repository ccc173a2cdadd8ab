"""A Windows host over SSH: an account changes its own password, which needs no other right.

Source: IADsUser::ChangePassword (learn.microsoft.com, ADSI WinNT provider). Both passwords go to
the script's standard input, so they stand in no command line and no PowerShell log.
"""

from __future__ import annotations

from typing import Final

from collectors.sources.windows_scripts import command
from playbooks.linux_password import WENT_WRONG, ended, shell, started
from playbooks.orders import Done, Order, Outcome, said

SCRIPT: Final = """\
$old = [Console]::In.ReadLine()
$new = [Console]::In.ReadLine()
try {
    $me = [ADSI]"WinNT://$env:COMPUTERNAME/$env:USERNAME,user"
    $me.ChangePassword($old, $new)
    exit 0
} catch {
    [Console]::Error.WriteLine($_.Exception.Message)
    exit 1
}
"""
OWN: Final = command(SCRIPT)
"""The only command that is run."""


def by_account(order: Order) -> Done:
    """One login with the old password, one script."""
    with shell(order) as client:
        if isinstance(client, Done):
            return client
        sent = False
        try:
            channel = started(client, order, OWN, frozenset({OWN}))
            sent = True
            channel.sendall(f"{order.old}\r\n{order.new}\r\n".encode())
            channel.shutdown_write()
            return ended(order, channel, bytearray(), sent=True)
        except WENT_WRONG as cause:
            outcome = Outcome.UNSURE if sent else Outcome.REFUSED
            return Done(outcome=outcome, said=said(order, str(cause)))
