"""The result in the middle of a log: between two lines that only the runner can write, with its own checksum.

The nonce is unknown to everything that the run starts, so that no answer of a model can pass for a result.
"""

import base64
import binascii
import hashlib
import re
import textwrap
import zlib
from collections.abc import Iterator

BEGIN, END = "-----BEGIN SCOREKEEPER RESULT {}-----", "-----END SCOREKEEPER RESULT {}-----"
WIDTH = 76
MOST_BYTES = 1_000_000
_END = re.compile(r"-----END SCOREKEEPER RESULT ([0-9a-f]{64})-----")


def lines(text: str, nonce: str) -> Iterator[str]:
    """The lines to print for a result."""
    data = text.encode()
    yield BEGIN.format(nonce)
    yield from textwrap.wrap(base64.b64encode(zlib.compress(data, 9)).decode(), WIDTH)
    yield END.format(hashlib.sha256(data).hexdigest())


def find(log: str, nonce: str) -> str | None:
    """The last whole result with this nonce in a log; None where there is none whose checksum holds."""
    found, within = None, False
    body: list[str] = []
    for line in log.splitlines():
        text = line.strip()
        if text == BEGIN.format(nonce):
            within, body = True, []
        elif within and (end := _END.fullmatch(text)):
            found = _unpack("".join(body), end.group(1)) or found
            within = False
        elif within and len(body) * WIDTH < MOST_BYTES:
            body.append(text)
    return found


def _unpack(body: str, checksum: str) -> str | None:
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.b64decode(body, validate=True), MOST_BYTES)
        if not unpacker.eof or hashlib.sha256(data).hexdigest() != checksum:
            return None
        return data.decode()
    except (binascii.Error, zlib.error, ValueError):
        return None
