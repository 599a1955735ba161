"""One Hub for all tests that only need a repo of their own, and a way to start others."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from huggingface_hub import CommitOperationAdd, HfApi, constants

from localhub import LocalHub, Org, Seed, Switches, Token, User
from tests.localhub.receiver import Receiver

# Read by the client when it is imported, which other tests may have done before.
constants.HF_HUB_DISABLE_XET = True
# Else it asks huggingface.co itself which agents there are, whatever endpoint it was given.
constants.HF_HUB_DISABLE_TELEMETRY = True

SEED = Seed(
    users=[
        User("author", "hf_author", fullname="The Author", tokens=[Token("hf_author_read", role="read")]),
        User("bot", "hf_bot"),
        User("member", "hf_member"),
        User("contributor", "hf_contributor"),
        User(
            "scoped",
            tokens=[
                Token(
                    "hf_scoped",
                    role="fineGrained",
                    permissions=["repo.content.read", "discussion.write"],
                    entities=["author"],
                )
            ],
        ),
    ],
    orgs=[Org("acme", {"author": "admin", "member": "read", "contributor": "contributor"})],
)

_numbers = itertools.count(1)
StartHub = Callable[..., LocalHub]


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    switches = Switches(webhook_retry_delays=(0.0, 0.0))
    with LocalHub(tmp_path_factory.mktemp("hub"), SEED, switches=switches) as hub:
        yield hub


@pytest.fixture
def start_hub(tmp_path: Path) -> Iterator[StartHub]:
    """Starts Hubs that stop with the test; the keywords are LocalHub's."""
    with ExitStack() as stack:

        def start(data_dir: Path | None = None, seed: Seed = SEED, **options: Any) -> LocalHub:
            folder = data_dir or tmp_path / f"hub{next(_numbers)}"
            return stack.enter_context(LocalHub(folder, seed, **options))

        yield start


def client(hub: LocalHub, name: str = "author") -> HfApi:
    """The real client as one of the seed's users."""
    return HfApi(endpoint=hub.url, token=f"hf_{name}")


def add(path: str, content: str | bytes) -> CommitOperationAdd:
    """A file for a commit."""
    return CommitOperationAdd(path, content.encode() if isinstance(content, str) else content)


@pytest.fixture
def author(hub: LocalHub) -> HfApi:
    return client(hub)


@pytest.fixture
def bot(hub: LocalHub) -> HfApi:
    return client(hub, "bot")


@pytest.fixture
def anonymous(hub: LocalHub) -> HfApi:
    return HfApi(endpoint=hub.url, token=False)


@pytest.fixture
def repo(author: HfApi) -> str:
    """A fresh model repo of the author's."""
    return str(author.create_repo(f"author/model-{next(_numbers)}").repo_id)


@pytest.fixture
def org_repo(author: HfApi) -> str:
    """A fresh model repo of the organization's."""
    return str(author.create_repo(f"acme/model-{next(_numbers)}").repo_id)


@pytest.fixture
def raw(hub: LocalHub) -> Iterator[httpx2.Client]:
    """Plain HTTP as the author."""
    with httpx2.Client(base_url=hub.url, headers={"Authorization": "Bearer hf_author"}) as raw:
        yield raw


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver
