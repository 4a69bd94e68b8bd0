"""Unpacks gzip in a time that depends on its size alone. Pure.

The module gzip reads a name or a comment in a header, and zeros after the end, byte by byte in
Python: seconds for a file of 10 MB.
"""

import io
import zlib
from typing import Any

# In bytes, of what is packed: what is left of it is copied at the end of each member.
READ_AT_ONCE = 16_384
_WBITS = zlib.MAX_WBITS + 16  # zlib's way to say: with gzip's headers and checksums


def opened(content: bytes) -> io.BufferedReader:
    """The unpacked members of a gzip file, one after the other. Reading raises EOFError or
    zlib.error where it is damaged."""
    return io.BufferedReader(_Members(content))


class _Members(io.RawIOBase):
    def __init__(self, content: bytes) -> None:
        self._packed = io.BytesIO(content)
        self._rest = b""  # read, but not unpacked yet
        self._member = zlib.decompressobj(_WBITS)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            part = self._rest or self._packed.read(READ_AT_ONCE)
            if self._member.eof:
                if not part:
                    return 0
                self._begin(part)
            elif found := self._unpacked(part, len(buffer)):
                buffer[: len(found)] = found
                return len(found)
            elif not part and not self._member.eof:
                raise EOFError("It ends within a member.")

    def _begin(self, part: bytes) -> None:
        """Skips the zeros that may follow a member, and begins with the next one, if there is
        one."""
        self._rest = part.lstrip(b"\0")
        if self._rest:
            self._member = zlib.decompressobj(_WBITS)

    def _unpacked(self, part: bytes, most: int) -> bytes:
        found = self._member.decompress(part, most)
        self._rest = self._member.unconsumed_tail or self._member.unused_data
        return found
