"""Payloads as nobody should send them: the Hub's own with keys, values or bytes changed, and what is made up."""

import copy
import json
import random
from pathlib import Path
from typing import Any

from bot.intake import MAX_BYTES

SEEDS: list[Any] = [
    json.loads(path.read_text()) for path in sorted((Path(__file__).parent / "payloads").glob("*.json"))
]
TEXTS = [
    "", "x", "model", "dataset", "main", "refs/heads/main", "refs/pr/1", "refs/pr/" + "9" * 400, "update", "create",
    "delete", "move", "repo", "repo.content", "repo.content.", "discussion", "discussion.comment", "a/b",
    "heron-labs/x", "heron-labs/" + "x" * 300, "heron-labs/../..", "heron-labs/a\n", "wader-org/a\x00b", "HERON-LABS/É",
    "\ud800", "\udfff\ud800",
    "\u202e", "\ufeff", "\x1b[2J", "\x00", "'; drop table deliveries; --", "${jndi:ldap://x}", "%s%n", "{}", "<script>",
    "0" * 24, "f" * 24, "a" * 40, "A" * 40, "\u0660" * 24, "64aa00000000000000000001\n", "9" * 5000, "😀" * 50,
    "x" * 20_000,
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, float("nan"), float("inf"), 10**18, 10**400, [], {}, [[]], [None], {"": None},
    [{}] * 50, {"ref": "refs/heads/main", "newSha": "a" * 40}, {"id": "0" * 24}, *TEXTS,
]  # fmt: skip
KEYS = ["", "event", "repo", "type", "name", "id", "updatedRefs", "ref", "newSha", "movedTo", "discussion", "author",
        "isPullRequest", "__proto__", "\ud800", "\x00", "$ref", "k" * 1000]  # fmt: skip
PIECES = [b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\xaf", b"\\u0000", b"\\ud800", b"\\",
          b'"', b"{", b"}", b"[", b"]", b",", b":", b"NaN", b"-Infinity", b"1e999999", b"\r\n", b"//"]  # fmt: skip


def case(seed: int, number: int) -> bytes:
    """One body; the same numbers give the same body."""
    source = random.Random(seed * 1_000_000_007 + number)  # noqa: S311 - cases must be repeatable
    return source.choices([_changed, _bent, _encoded, _made_up], [6, 3, 1, 1])[0](source)


def _changed(source: random.Random) -> bytes:
    """A payload with a few values or keys changed, as JSON."""
    data = copy.deepcopy(source.choice(SEEDS))
    for _ in range(source.choice((1, 1, 2, 4))):
        places = list(_places(data))
        holder, key = source.choice(places)
        kind = source.randrange(6)
        if kind < 3:
            holder[key] = copy.deepcopy(source.choice(VALUES))
        elif kind == 3:
            del holder[key]
        elif kind == 4 and isinstance(holder, dict):
            holder[source.choice(KEYS)] = holder[key]
        elif isinstance(holder[key], str):
            at = source.randint(0, len(holder[key]))
            holder[key] = holder[key][:at] + source.choice(TEXTS) + holder[key][at:]
        if not isinstance(data, dict) or not data:
            break
    return json.dumps(data, ensure_ascii=source.random() < 0.7).encode("utf-8", "surrogatepass")


def _bent(source: random.Random) -> bytes:
    """The bytes of a payload with some changed."""
    data = bytearray(json.dumps(source.choice(SEEDS)).encode())
    for _ in range(source.choice((1, 1, 3, 20))):
        at = source.randint(0, len(data))
        kind = source.randrange(5)
        if kind == 0:
            data[at:at] = source.choice(PIECES)
        elif kind == 1:
            del data[at : at + source.choice((1, 1, 5, 100))]
        elif kind == 2:
            data[at : at + 1] = bytes([source.randrange(256)])
        elif kind == 3:
            data[at:at] = data[at : at + source.choice((10, 200))]
        else:
            del data[at + 1 :]
    return bytes(data)


def _encoded(source: random.Random) -> bytes:
    """A payload in another encoding, or after a byte order mark."""
    text = json.dumps(source.choice(SEEDS), ensure_ascii=False)
    coding = source.choice(["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037"])
    return text.encode(coding)


def _made_up(source: random.Random) -> bytes:
    """What was never a payload: deep, long, doubled or random. Large ones are rare: they take their time to make."""
    makers = [
        lambda: source.randbytes(source.choice((0, 1, 50, 1000))),
        lambda: b"[" * source.choice((10, 1000, 5000)) + b"]" * source.choice((0, 1000)),
        lambda: b'{"repo":' * source.choice((10, 1000)) + b"1" + b"}" * 1000,
        lambda: b"1" * source.choice((10, 5000)),
        lambda: b'{"event": 1, "event": %s, "repo": {}, "repo": []}' % json.dumps(SEEDS[0]["event"]).encode(),
        lambda: json.dumps(source.choice(SEEDS)).encode() * 2,
        lambda: json.dumps(source.choice(VALUES)).encode(),
        lambda: json.dumps([source.choice(SEEDS)] * 20).encode(),
    ]
    if source.random() < 0.01:
        return source.choice(
            [
                b"[" * MAX_BYTES,
                b'{"a":' * (MAX_BYTES // 5),
                b'"' + b"\\u0041" * (MAX_BYTES // 6 - 1) + b'"',
                b"[" + b"{}," * (MAX_BYTES // 3 - 2) + b"{}]",
                b'{"updatedRefs":[' + b'{"ref":"x"},' * (MAX_BYTES // 12 - 4) + b"1]}",
                b"{" + b",".join(b'"%d":1' % one for one in range(MAX_BYTES // 12)) + b"}",
                b"1" * MAX_BYTES,
                b" " * MAX_BYTES,
            ]
        )
    return source.choice(makers)()


def _places(data: Any) -> Any:
    for key, value in list(data.items()) if isinstance(data, dict) else list(enumerate(data)):
        yield data, key
        if isinstance(value, dict | list):
            yield from _places(value)
