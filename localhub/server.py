"""A Hub that listens: in a background thread for tests and the demo, in the foreground for people."""

import asyncio
import contextlib
import logging
import secrets
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import uvicorn

from localhub import accounts, control, outbox, planting, snapshots
from localhub.app import App
from localhub.clock import Clock
from localhub.connections import Connections, is_loopback, listen
from localhub.control import Control
from localhub.core import Core, open_core
from localhub.deliveries import Deliverer
from localhub.dispatch import Dispatcher
from localhub.faults import Fault, FaultBook
from localhub.jobs_options import JobOptions, JobPolicy
from localhub.jobs_runner import JobRunner
from localhub.limits import Limits, Windows
from localhub.outbox import Delivery
from localhub.policy import Policy, PolicyBook
from localhub.requestlog import LoggedRequest, RequestLog
from localhub.routes import router
from localhub.seed import Seed
from localhub.switches import Switches

_T = TypeVar("_T")
_LOGGER = logging.getLogger(__name__)


class RemoteBindError(ValueError):
    """Asked to listen where others could reach it, without being told that this is meant."""


class LocalHub:
    """A Hub kept in `data_dir`, serving from entering the ``with`` block to leaving it.

    Args:
        data_dir: made when missing; a Hub started on it again has everything it had.
        seed: accounts and repos to add when they are not there yet.
        port: 0 takes a free one.
        host: an address of this machine; only loopback unless `allow_remote`.
        switches: the undocumented behaviours.
        limits: rate limits to enforce.
        control_token: for ``/_localhub/``; made up when not given.
        allow_remote: listen beyond loopback. There is no TLS and every token is in the seed, so think twice.
        jobs: run the commands of jobs, as processes of this machine. Everybody with a token can start one, so
            never together with `allow_remote`.
        job_path: folders searched for a job's programs before those of ``PATH``, such as the ``bin`` of an environment.
        public_url: the base of all URLs, when it is not ``http://host:port``.

    Raises:
        RemoteBindError: `host` is not a loopback address and `allow_remote` is off, or `jobs` are on.
        SeedError: the seed does not fit together.
        OSError: the port is taken, or (DataError) another server uses the folder.
    """

    def __init__(
        self,
        data_dir: Path,
        seed: Seed | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        switches: Switches | None = None,
        limits: Limits | None = None,
        control_token: str | None = None,
        allow_remote: bool = False,
        jobs: bool = False,
        job_path: Sequence[Path] = (),
        public_url: str | None = None,
    ) -> None:
        if not allow_remote and not is_loopback(host):
            raise RemoteBindError(f"The local Hub listens on {host} only when remote access is explicitly allowed.")
        if jobs and not is_loopback(host):
            raise RemoteBindError(f"The local Hub runs jobs only where nobody else can reach it: not on {host}.")
        self._jobs = JobOptions(jobs, job_path)
        self._data_dir, self._seed, self._host, self._port = data_dir, seed, host, port
        self._switches = switches or Switches()
        self._public_url = public_url
        self._clock, self._policies = Clock(), PolicyBook(self._switches)
        self._windows = Windows(limits or Limits(), self._clock.time)
        self._faults, self._log = FaultBook(), RequestLog()
        self.control_token = control_token or secrets.token_urlsafe(24)
        self.url = public_url or ""
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Open the data, listen, and return when requests are answered."""
        listener = listen(self._host, self._port)
        try:
            # A restart keeps the address that the first start chose: clients go on where they were.
            self._port = listener.getsockname()[1]
            shown = f"[{self._host}]" if ":" in self._host else self._host
            self.url = self._public_url or f"http://{shown}:{self._port}"
            core = open_core(self._data_dir, self._switches, self.url, self._clock, self._policies, self._jobs)
            if self._seed is not None:
                planting.plant(core, self._seed)
        except BaseException:
            listener.close()
            raise
        self._running = _Running(core, listener, self.control_token, self._faults, self._log, self._windows)

    def stop(self) -> None:
        """Stop answering; whatever hangs is cut off, what waits in the outbox is kept."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def requests(self, user: str | None = None) -> list[LoggedRequest]:
        """The requests served so far, oldest first, all or those of one user; control requests are not among them."""
        return self._log.listed(user)

    def clear_requests(self) -> None:
        """Start the request log anew."""
        self._log.clear()

    def add_fault(self, fault: Fault) -> None:
        """Let something go wrong."""
        self._faults.add(fault)

    def faults(self) -> list[tuple[Fault, int | None]]:
        """The faults in force, with the number of requests that each will still hit (None: all)."""
        return self._faults.listed()

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._faults.clear()

    def set_limits(self, limits: Limits) -> None:
        """Change the rate limits and start all windows anew."""
        self._windows.set(limits)

    def advance(self, seconds: float) -> None:
        """Move the Hub's clock forward: windows and caps end, what is due later becomes due, times of day move on.

        Raises:
            ValueError: it would go back.
        """
        running = self._require_running()

        def move() -> None:
            running.core.advance(seconds)
            running.deliverer.wake()

        running.call(move)

    @property
    def delivery_policy(self) -> Policy:
        """How deliveries travel."""
        return self._policies.policy

    def set_delivery_policy(self, policy: Policy) -> None:
        """Let deliveries travel in another way from now on; those that wait already go as they were going to."""
        self._policies.set(policy)

    def deliveries(self, state: str | None = None) -> list[Delivery]:
        """Every delivery of every webhook, oldest first, with its attempts; all or those in one state."""
        running = self._require_running()
        return running.call(lambda: outbox.listed(running.core, state))

    def delivery_counts(self) -> dict[str, int]:
        """How many deliveries are in each state and met each fate; quick, however many there are."""
        running = self._require_running()
        return running.call(lambda: outbox.counts(running.core))

    def replay(self, delivery_id: str) -> None:
        """Send a delivery once more under its old id, also one that was dropped.

        Raises:
            HubError: there is no such delivery.
        """
        running = self._require_running()

        def send_again() -> None:
            outbox.replay(running.core, None, delivery_id)
            running.deliverer.wake()

        running.call(send_again)

    def wait_idle(self, timeout: float = 10.0) -> None:
        """Wait until every delivery was taken, given up or dropped, those that come late included.

        Raises:
            TimeoutError: it takes longer than `timeout` seconds.
        """
        running = self._require_running()
        if not running.wait(running.deliverer.wait_idle(timeout)):
            raise TimeoutError(f"Webhook deliveries are still under way after {timeout} seconds.")

    def set_job_policy(self, policy: JobPolicy) -> None:
        """Change what happens to jobs from now on."""
        running = self._require_running()
        running.call(lambda: running.runner.set_policy(policy))

    def set_disabled(self, name: str, *, kind: str = "models", disabled: bool = True) -> None:
        """Disable a repo, as the Hub's staff does, or enable it again."""
        running = self._require_running()
        running.call(lambda: control.set_disabled(running.core, kind, name, disabled))

    def delete_user(self, name: str) -> None:
        """Delete a user; what they wrote stays, without an author.

        Raises:
            HubError: there is no such user, or they own repos.
        """
        running = self._require_running()
        running.call(lambda: accounts.delete_user(running.core.db, name))

    def plant(self, seed: Seed) -> None:
        """Add accounts and repos while running."""
        running = self._require_running()
        running.call(lambda: planting.plant(running.core, seed))

    def snapshot(self, folder: Path) -> None:
        """Put everything aside in an empty or new folder, which is then a data folder of its own.

        Raises:
            DataError: something is in the folder.
        """
        running = self._require_running()
        running.call(lambda: snapshots.take(running.core, folder))

    def restore(self, folder: Path) -> None:
        """Make everything as it was when the snapshot was taken. Deliveries on the way are broken off.

        Raises:
            DataError: the folder holds no snapshot.
        """
        running = self._require_running()

        async def restore() -> None:
            async with running.deliverer.paused():
                snapshots.restore(running.core, folder)
            running.runner.wake()

        running.wait(restore())

    def _require_running(self) -> "_Running":
        if self._running is None:
            raise RuntimeError("The local Hub is not running: use it inside its with block.")
        return self._running


class _Running:
    """A server in its thread, from start to stop."""

    def __init__(
        self,
        core: Core,
        listener: socket.socket,
        token: str,
        faults: FaultBook,
        log: RequestLog,
        windows: Windows,
    ) -> None:
        self.core = core
        self.deliverer = Deliverer(core)
        self.runner = JobRunner(core, core.data_dir / "jobs")
        self._listener = listener
        connections = Connections()
        dispatcher = Dispatcher(core, router(), self.deliverer, self.runner)
        guard = Control(core, token, faults, log, windows, dispatcher)
        self._app = App(core, guard, connections.cut)
        config = uvicorn.Config(
            self._app,
            http=connections.protocol(),
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=2,
            timeout_keep_alive=60,
        )
        self._server = uvicorn.Server(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="localhub", daemon=True)
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._app.closing.set)
        self._thread.join()
        self._listener.close()
        self.core.git.close()
        self.core.db.close()

    def call(self, function: Callable[[], _T]) -> _T:
        """Run `function` on the server's thread, where alone the database is used."""

        async def run() -> _T:
            return function()

        return self.wait(run())

    def wait(self, coroutine: Awaitable[_T]) -> _T:
        """Run a coroutine on the server's loop and wait for it."""
        if self._loop is None:
            raise RuntimeError("the server has no loop")

        async def run() -> _T:
            return await coroutine

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:
            _LOGGER.exception("the local Hub stopped")
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        work = [asyncio.create_task(self.deliverer.run()), asyncio.create_task(self.runner.run())]
        serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        # The socket listens already: a request that comes first only waits a little.
        self._ready.set()
        await self._app.closing.wait()
        self._server.should_exit = True
        await serving
        for task in work:
            task.cancel()
        for task in work:
            with contextlib.suppress(asyncio.CancelledError):
                await task


def run(hub: LocalHub, announce: Callable[[], None]) -> None:
    """Serve in the foreground until SIGINT or SIGTERM; `announce` is called once it answers.

    Raises:
        SeedError, OSError: as `LocalHub`.
    """
    done = threading.Event()
    with hub:
        previous = {number: signal.signal(number, lambda *_: done.set()) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            announce()
            done.wait()
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
