"""The catalog: its file, its names, and which one is in use."""

import pytest

from evaluators.catalog import Catalog
from evaluators.catalog_entry import CatalogError

CATALOG = Catalog.shipped()
HLE = "cais/hle"


def test_notes_of_result_entries_are_read_as_variants() -> None:
    assert CATALOG.variant(HLE, "hle", None) == ""
    assert CATALOG.variant(HLE, "default", "With tools") == "with_tools"
    assert CATALOG.variant(HLE, "hle", "tools") == "with_tools"
    assert CATALOG.variant(HLE, "hle", "no-tools") == ""
    assert CATALOG.variant(HLE, "hle", "High effort") == "high_effort"
    assert CATALOG.variant("who/knows", "x", "With tools") == "with_tools"


@pytest.mark.parametrize("text", ["", "[", "benchmarks: 3", "benchmarks:\n- dataset: a", "benchmarks:\n- 3"])
def test_a_broken_catalog_is_one_sentence(text: str) -> None:
    with pytest.raises(CatalogError, match=r"\.$"):
        Catalog.load(text)


def test_the_shipped_catalog_survives_being_written_and_read() -> None:
    assert Catalog.load(CATALOG.dump()) == CATALOG
    names = [name for benchmark in CATALOG.benchmarks for task in benchmark.tasks for name in task.aliases]
    assert len(CATALOG.names) == len(
        {"".join(ch for ch in name.lower() if ch.isalnum() or ch == "+") for name in names}
    )
