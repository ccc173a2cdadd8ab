"""A real PostgreSQL server of our own, for trial restores, the practice site and tests: TCP on
loopback, password needed.

The binaries are those inside the `pgserver` wheel, found without running any of its code: its own
`get_server` would add a system user and change the rights of folders. PostgreSQL refuses to run as
root, so root's server runs as `nobody`, out of folders that `nobody` may enter.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

HOST: Final = "127.0.0.1"
SUPERUSER: Final = "postgres"
UNPRIVILEGED: Final = "nobody"
FALLBACK_ROOT: Final = Path("/var/tmp")  # noqa: S108  (entered by everyone; checked in _own_folder)
READY_WITHIN_S: Final = 60.0
STOPPED_WITHIN_S: Final = 20.0
POLL_S: Final = 0.02
LOG_TAIL_BYTES: Final = 2_000
STATUS_LINE: Final = 7  # of postmaster.pid: LOCK_FILE_LINE_PM_STATUS 8 in pidfile.h, from 1
TREE: Final = "pgserver/pginstall"  # beneath the folder that packages are installed in
NEEDED: Final = (
    f"{TREE}/bin/postgres", f"{TREE}/bin/initdb", f"{TREE}/lib", f"{TREE}/share", "pgserver.libs",
)  # fmt: skip


class PostgresFailed(Exception):
    """The server could not be made, started or ended; the text holds the end of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSettings:
    """How the server is set up. Sizes in PostgreSQL's own notation."""

    password: str = field(repr=False)
    max_connections: int = 100
    shared_buffers: str = "16MB"
    fsync: bool = True
    extra: tuple[tuple[str, str], ...] = ()

    def options(self, port: int) -> list[str]:
        """The settings as arguments of `postgres`."""
        settings = {
            "listen_addresses": HOST,
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": str(self.max_connections),
            "shared_buffers": self.shared_buffers,
            "fsync": "on" if self.fsync else "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **dict(self.extra),
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


class PostgresServer:
    """One server on one data folder. `start()` makes the folder when it is not there yet."""

    def __init__(
        self,
        data: Path,
        port: int | None,
        settings: PostgresSettings,
        installed: Path | None = None,
    ) -> None:
        """`installed` is the folder of the binaries; None: that of the `pgserver` wheel."""
        self.settings = settings
        self._installed = installed
        self.port = port or picked_port()
        self._owner = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else None
        self.data = self._quarters(data.resolve())
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process, `None` while it does not run."""
        return None if self._process is None else self._process.pid

    def url(
        self,
        user: str = SUPERUSER,
        password: str | None = None,
        database: str = SUPERUSER,
    ) -> str:
        """A `postgresql://` URL with the password in it: for handing on, never for showing."""
        secret = quote(self.settings.password if password is None else password, safe="")
        return f"postgresql://{quote(user, safe='')}:{secret}@{HOST}:{self.port}/{database}"

    def start(self) -> None:
        """Start and wait until it takes connections. A server left over on the same folder is
        ended first. Raises `PostgresFailed`."""
        binaries = self._binaries()
        if not (self.data / "PG_VERSION").exists():
            self._initialise(binaries)
        self._end_leftover()
        command = [str(binaries / "postgres"), "-D", str(self.data)]
        with self._log.open("ab") as log:
            self._process = self._spawn([*command, *self.settings.options(self.port)], log.fileno())
        try:
            self._wait_until_ready(self._process)
        except PostgresFailed:
            self.stop()
            raise

    def dump(self, schema: str, target: Path) -> None:
        """A dump of one schema in PostgreSQL's custom format, whole or not at all. Raises
        `PostgresFailed`."""
        partial = target.with_name(f".{target.name}.{os.getpid()}")
        command = [
            str(installed_tree() / "bin/pg_dump"), "--format=custom", "--host", HOST,
            "--port", str(self.port), "--username", SUPERUSER, "--schema", schema,
            "--no-password", "--file", str(partial), SUPERUSER,
        ]  # fmt: skip
        environment = {"LC_ALL": "C.UTF-8", "PGPASSWORD": self.settings.password}
        ended = subprocess.run(  # noqa: S603  (as in _spawn)
            command, env=environment, capture_output=True, check=False, timeout=READY_WITHIN_S
        )
        if ended.returncode != 0:
            partial.unlink(missing_ok=True)
            raise PostgresFailed(f"pg_dump: {ended.stderr.decode('utf-8', 'replace')}")
        partial.replace(target)

    def stop(self) -> None:
        """End the server: fast shutdown (connections are closed), then by force."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def clear(self) -> None:
        """As `remove`, and a server that outlived the process which started it is ended first.
        Raises `PostgresFailed`."""
        self._end_leftover()
        self.remove()

    def remove(self) -> None:
        """Stop, and take the data away."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        self._log.unlink(missing_ok=True)
        if self.data.parent.parent == FALLBACK_ROOT:
            shutil.rmtree(self.data.parent, ignore_errors=True)

    @property
    def _log(self) -> Path:
        return self.data.with_name(f"{self.data.name}.log")

    def _quarters(self, data: Path) -> Path:
        """Where the data really lies: as asked for, unless the server may not go there."""
        if self._owner is None or entered_by_all(_nearest_existing(data.parent)):
            return data
        name = sha256(str(data).encode()).hexdigest()[:16]
        return self._own_folder(FALLBACK_ROOT / f"lineguard-postgres-{name}") / "data"

    def _own_folder(self, folder: Path) -> Path:
        """A folder of ours in a place where everyone may write. Raises `PostgresFailed` when
        somebody else was there first."""
        with suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(0o755)  # whatever the umask
        facts = folder.lstat()
        if folder.is_symlink() or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
            raise PostgresFailed(f"{folder} belongs to somebody else")
        return folder

    def _binaries(self) -> Path:
        """The folder of `postgres` and `initdb`; a copy when the server's user cannot read the
        installed ones."""
        if self._installed is not None:
            return self._installed
        installed = installed_tree()
        if self._owner is None or entered_by_all(installed / "bin"):
            return installed / "bin"
        facts = f"{installed} {(installed / 'bin/postgres').stat().st_mtime_ns}"
        name = f"lineguard-postgres-{sha256(facts.encode()).hexdigest()[:16]}-bin"
        if not (FALLBACK_ROOT / name).exists():
            _copy_needed(installed.parents[1], FALLBACK_ROOT / name)
        return self._own_folder(FALLBACK_ROOT / name) / TREE / "bin"

    def _initialise(self, binaries: Path) -> None:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.data, ignore_errors=True)  # half made by an interrupted start
        self.data.mkdir(mode=0o700)
        password = self.data.with_name(f"{self.data.name}.password")
        password.touch(mode=0o600)
        try:
            self._give(self.data)
            self._give(password)
            password.write_text(self.settings.password)
            self._run_initdb(binaries, password)
        finally:
            password.unlink()

    def _run_initdb(self, binaries: Path, password: Path) -> None:
        command = [
            str(binaries / "initdb"), "-D", str(self.data), "-U", SUPERUSER,
            "--auth=scram-sha-256", f"--pwfile={password}",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
        ]  # fmt: skip
        with self._log.open("ab") as log:
            ended = self._spawn(command, log.fileno()).wait()
        if ended != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise PostgresFailed(f"initdb ended with {ended}: {self._log_tail()}")

    def _give(self, path: Path) -> None:
        if self._owner is not None:
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def _spawn(self, command: Sequence[str], log: int) -> subprocess.Popen[bytes]:
        """A child as the server's user, in a session of its own: Ctrl-C ends us, not the server."""
        owner = self._owner
        return subprocess.Popen(  # noqa: S603  (binaries of the wheel, arguments of our own)
            command,
            user=None if owner is None else owner.pw_uid,
            group=None if owner is None else owner.pw_gid,
            extra_groups=None if owner is None else [],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            cwd="/", env={"LC_ALL": "C.UTF-8", "TZ": "UTC"}, start_new_session=True,
        )  # fmt: skip

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise PostgresFailed(
                    f"postgres ended with {process.returncode}: {self._log_tail()}"
                )
            lines = self._pid_file()
            ready = len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"
            if ready and lines[0].strip() == str(process.pid):
                return
            time.sleep(POLL_S)
        raise PostgresFailed(f"postgres is not ready after {READY_WITHIN_S:.0f} s")

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _end_leftover(self) -> None:
        """End a server that outlived the process which started it on this data folder."""
        lines = self._pid_file()
        if not lines or not lines[0].strip().isdigit():
            return
        pid = int(lines[0])
        if not self._serves_our_data(pid):
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOPPED_WITHIN_S
        while self._serves_our_data(pid):
            if time.monotonic() > deadline:
                raise PostgresFailed(f"the server with process {pid} on this data does not end")
            time.sleep(POLL_S)

    def _serves_our_data(self, pid: int) -> bool:
        """Is this process a server on our data, and not another one that got the old number?"""
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return arguments[0].endswith(b"/postgres") and os.fsencode(self.data) in arguments

    def _log_tail(self) -> str:
        with self._log.open("rb") as log:
            log.seek(max(0, self._log.stat().st_size - LOG_TAIL_BYTES))
            return log.read().decode("utf-8", "replace")


def installed_tree() -> Path:
    """PostgreSQL inside the `pgserver` wheel. Raises `PostgresFailed` when it is not installed."""
    spec = find_spec("pgserver")  # finds a top-level package without running it
    if spec is None or spec.origin is None:
        raise PostgresFailed("pgserver is not installed: pip install 'lineguard[practice]'")
    return Path(spec.origin).parent / "pginstall"


def picked_port() -> int:
    """A TCP port that was free on loopback a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def entered_by_all(folder: Path) -> bool:
    """May every user read this folder and enter all above it?"""
    above = all(parent.stat().st_mode & 0o001 for parent in folder.resolve().parents)
    return above and folder.stat().st_mode & 0o005 == 0o005


def _nearest_existing(folder: Path) -> Path:
    return folder if folder.exists() else _nearest_existing(folder.parent)


def _copy_needed(packages: Path, target: Path) -> None:
    """Copy the server's files, which then appear under `target` all at once: another process may
    be doing the same."""
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        for name in NEEDED:
            (partial / name).parent.mkdir(parents=True, exist_ok=True)
            _copy(packages / name, partial / name)
        for folder in (partial, *(path for path in partial.rglob("*") if path.is_dir())):
            folder.chmod(0o755)  # whatever the umask
        with suppress(OSError):  # the other one was faster
            partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)
