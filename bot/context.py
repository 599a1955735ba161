"""What every handler is given: the Hub, our records, the benchmarks, whom to watch, and how far it may go."""

from dataclasses import dataclass

from bot.hub import Hub
from bot.records import Records
from bot.settings import Watch, Write
from evaluators.catalog import Catalog, Catalogs


@dataclass(frozen=True, slots=True)
class Context:
    """The objects of the service, made once by a composition root and passed on."""

    hub: Hub
    records: Records
    catalogs: Catalogs
    write: Write
    watch: Watch

    @property
    def catalog(self) -> Catalog:
        """The benchmarks as they are now: a refresh reaches a running service."""
        return self.catalogs.current()
