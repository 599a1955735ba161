"""What the Hub knows of benchmarks: the registered ones, their tasks and leaderboards."""

import itertools

from huggingface_hub.utils import hf_raise_for_status, http_backoff, http_stream_backoff

from bot.hub_access import Access
from bot.hub_errors import translated
from evaluators.catalog_entry import LeaderboardRow

MAX_BENCHMARKS = 2000
MAX_EVAL_YAML_BYTES = 1024 * 1024
BENCHMARK_TAG = "benchmark:official"


class Benchmarks(Access):
    """Benchmarks, for the catalog."""

    def benchmark_datasets(self) -> list[str]:
        """The datasets that are registered benchmarks. One request for each page of a thousand, tried again if busy."""
        with translated("the registered benchmarks"):
            listed = itertools.islice(self._api.list_datasets(benchmark=True), MAX_BENCHMARKS)
            # A mirror that does not know the filter lists every dataset there is.
            return [one.id for one in listed if one.tags is None or BENCHMARK_TAG in one.tags]

    def eval_yaml(self, dataset: str) -> str | None:
        """The `eval.yaml` of a dataset; None where there is none, it is huge, or the dataset is gated. One request.

        The client tries it again where the Hub is busy.
        """
        url = f"{self.endpoint}/datasets/{dataset}/resolve/main/eval.yaml"
        with translated(f"eval.yaml of {dataset}"):
            with http_stream_backoff("GET", url, headers=self._headers()) as response:
                if response.is_client_error:
                    return None
                hf_raise_for_status(response)
                data = bytearray()
                for chunk in response.iter_bytes():
                    data += chunk
                    if len(data) > MAX_EVAL_YAML_BYTES:
                        return None
            return data.decode("utf-8", errors="replace")

    def leaderboard(self, dataset: str, task_id: str) -> list[LeaderboardRow]:
        """The leaderboard of a benchmark's task, as the Hub shows it; empty where there is none. One request.

        The client tries it again where the Hub is busy, but its `get_dataset_leaderboard` cannot name a task.
        """
        url = f"{self.endpoint}/api/datasets/{dataset}/leaderboard"
        with translated(f"the leaderboard of {dataset}"):
            response = http_backoff("GET", url, params={"task_id": task_id}, headers=self._headers())
            if response.is_client_error:
                return []
            hf_raise_for_status(response)
            return [
                LeaderboardRow(
                    model=row["modelId"],
                    value=float(row["value"]),
                    pull=row.get("pullRequest"),
                    lower_is_better=bool(row.get("lower_is_better")),
                )
                for row in response.json()
                if isinstance(row["value"], int | float)
            ]
