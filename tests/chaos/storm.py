"""What goes wrong while people act: the Hub's answers, its deliveries, and our processes."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from localhub import Fault, LocalHub, Policy
from tests.chaos.machines import ServiceManager
from tests.chaos.town import BOT

# Where it goes wrong: anywhere, and at the requests that change something.
_WRITES = ("/commit/main", "/commit/refs", "/edit$", "/status$", "/comment$")
_PATHS = ("", "", *_WRITES, "/discussions", "/resolve/", "expand=")
_OUTSTANDING = 25
# Seconds by which the Hub may be late: a slow request takes effect after its sender has given up, or was killed.
SLOWEST = 3.0

_DELIVERIES = Policy(
    drop=0.2,
    duplicate=0.15,
    repeat=0.1,
    repeat_after=4.0,
    delay=0.15,
    delay_seconds=3.0,
    reorder=0.15,
    reorder_seconds=1.5,
    webhook_first=0.1,
    webhook_first_seconds=1.0,
)

_FAULTS: dict[str, tuple[int, Callable[[str, random.Random], Fault]]] = {
    "500": (4, lambda path, _: Fault(user=BOT, path=path, status=500)),
    "502": (2, lambda path, _: Fault(user=BOT, path=path, status=502, body="<html>bad gateway</html>")),
    "503 with Retry-After": (
        2,
        lambda path, _: Fault(user=BOT, path=path, status=503, headers={"Retry-After": "1"}),
    ),
    "429 with Retry-After": (
        1,
        lambda path, _: Fault(user=BOT, path=path, status=429, headers={"Retry-After": "1"}),
    ),
    "429 with RateLimit": (
        1,
        lambda path, _: Fault(user=BOT, path=path, status=429, headers={"RateLimit": '"api";r=0;t=1'}),
    ),
    "409": (1, lambda path, _: Fault(user=BOT, path=path or "/commit/", status=409)),
    "applied, then 500": (5, lambda path, _: Fault(user=BOT, path=path, status=500, when="after")),
    "disconnected": (2, lambda path, _: Fault(user=BOT, path=path, disconnect=True)),
    "applied, then disconnected": (3, lambda path, _: Fault(user=BOT, path=path, disconnect=True, when="after")),
    "hung": (1, lambda path, _: Fault(user=BOT, path=path, hang=True)),
    "applied, then hung": (1, lambda path, _: Fault(user=BOT, path=path, hang=True, when="after")),
    "slow": (3, lambda path, chance: Fault(user=BOT, path=path, delay=chance.uniform(0.2, SLOWEST))),
    "slow, after the effect": (
        2,
        lambda path, chance: Fault(user=BOT, path=path, delay=chance.uniform(0.2, SLOWEST), when="after"),
    ),
}


class Storm:
    """Faults at so many a second and a kill every so many seconds, until it is over."""

    def __init__(self, hub: LocalHub, manager: ServiceManager, seed: int, *, faults: float, kills: float) -> None:
        self._hub, self._manager = hub, manager
        self._chance = random.Random(seed)  # noqa: S311 - not for cryptography
        self._faults, self._kills = faults, kills
        self._over = threading.Event()
        self._ordered: list[tuple[str, Fault]] = []
        self._threads = [threading.Thread(target=one, daemon=True) for one in (self._break_answers, self._break_us)]

    def start(self) -> None:
        """Let it begin."""
        self._hub.set_delivery_policy(replace(_DELIVERIES, seed=self._chance.randrange(10**6)))
        for thread in self._threads:
            thread.start()

    def end(self) -> Counter[str]:
        """It is over: no fault waits any more. Returns how many of each kind hit a request."""
        self._hub.set_delivery_policy(Policy())
        self._over.set()
        for thread in self._threads:
            thread.join()
        left = [fault for fault, _ in self._hub_faults()]
        self._hub.clear_faults()
        hits: Counter[str] = Counter()
        for name, fault in reversed(self._ordered):
            if fault in left:
                left.remove(fault)
            else:
                hits[name] += 1
        return hits

    def _hub_faults(self) -> list[tuple[Fault, int | None]]:
        return self._hub._faults.listed()

    def _break_answers(self) -> None:
        names = list(_FAULTS)
        weights = [_FAULTS[name][0] for name in names]
        while not self._over.wait(self._chance.expovariate(self._faults)):
            if len(self._hub_faults()) < _OUTSTANDING:
                name = self._chance.choices(names, weights)[0]
                fault = _FAULTS[name][1](self._chance.choice(_PATHS), self._chance)
                self._ordered.append((name, fault))
                self._hub.add_fault(fault)

    def _break_us(self) -> None:
        chance = random.Random(self._chance.random())  # noqa: S311 - likewise
        serve, worker = self._manager.processes
        deeds: list[tuple[int, Callable[[], None]]] = [
            (3, lambda: self._manager.kill(serve)),
            (3, lambda: self._manager.kill_child(serve)),
            (3, lambda: self._manager.kill(worker)),
            (3, self._manager.kill_postgres),
        ]
        while not self._over.wait(chance.uniform(0.5, 1.5) * self._kills):
            chance.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])[0]()

    def lose_everything_after(self, seconds: float) -> None:
        """Once, in the middle of it, everything is killed and the database deleted."""

        def lose() -> None:
            if not self._over.wait(seconds):
                self._manager.lose_everything()

        self._threads.append(threading.Thread(target=lose, daemon=True))
