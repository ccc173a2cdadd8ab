"""The copies of a practice host over SFTP: to be read, and nothing else."""

from __future__ import annotations

from io import BytesIO

import asyncssh

from lab.embedded.kept_files import Shelf


class ShelfSftp(asyncssh.SFTPServer):
    """One client's session. Whatever is not a copy is not there."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], shelf: Shelf) -> None:
        super().__init__(channel)
        self._shelf = shelf

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """A copy, for reading."""
        if pflags != asyncssh.FXF_READ:
            raise asyncssh.SFTPPermissionDenied("read only")
        return BytesIO(self._content(path))

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """A part of it."""
        assert isinstance(file_obj, BytesIO)  # noqa: S101  (made by open)
        return file_obj.getvalue()[offset : offset + size]

    def close(self, file_obj: object) -> None:
        """Nothing is held."""

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """Its size."""
        return asyncssh.SFTPAttrs(size=len(self._content(path)))

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """As `stat`: there are no links."""
        return self.stat(path)

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        """Its size."""
        assert isinstance(file_obj, BytesIO)  # noqa: S101  (made by open)
        return asyncssh.SFTPAttrs(size=len(file_obj.getvalue()))

    def _content(self, path: bytes) -> bytes:
        content = self._shelf.content(path.decode("utf-8", "replace"))
        if content is None:
            raise asyncssh.SFTPNoSuchFile("no such file")
        return content
