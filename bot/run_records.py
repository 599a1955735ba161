"""The records of runs in the results' data set: each is put there once."""

from bot.hub import Hub
from bot.hub_errors import HubRefused
from evaluators.runs import record as records
from evaluators.runs.record import Record


def keep(hub: Hub, repo: str, model: str, record: Record) -> str:
    """Put a record into the results' data set, once. Returns the address of its log.

    Requests: three where it is there already, five for a new one; one more where the model is private.

    Raises:
        HubError: It could not be written, or the model is private and the data set is not.
    """
    marker = next(path for path in record.files if path.endswith(f"/{records.RESULT}"))
    hub.find_or_make_dataset(repo)
    if hub.is_private(model) and not hub.is_private(repo, "datasets"):
        raise HubRefused(f"{model} is private and {repo} is not: make that data set private as well.")
    there = hub.dataset_paths(repo, [marker, records.README])
    if marker not in there:
        files = dict(record.files)
        if records.README not in there:
            files[records.README] = records.readme(repo)
        hub.commit_to_dataset(repo, files, f"Add {record.folder}")
    return log_address(hub, repo, record)


def log_address(hub: Hub, repo: str, record: Record) -> str:
    """Where the log of a record is, or will be."""
    return f"{hub.endpoint}/datasets/{repo}/blob/main/{record.log}"
