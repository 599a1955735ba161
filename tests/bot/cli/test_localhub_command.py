"""`scorekeeper localhub`: what cannot be used is said in one sentence."""

import socket
from pathlib import Path

import pytest

from localhub import LocalHub
from tests.bot.cli.conftest import Run


def sentence(run: Run, *arguments: str) -> str:
    result = run("localhub", *arguments)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("scorekeeper: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("scorekeeper: ")


@pytest.mark.parametrize("content", [None, b"users: [", b"- a\n", b"users:\n- nickname: x\n", b"users: # \xff\n"])
def test_a_seed_that_cannot_be_used(content: bytes | None, tmp_path: Path, run: Run) -> None:
    seed = tmp_path / "seed.yaml"
    if content is not None:
        seed.write_bytes(content)
    assert f"seed file {seed} " in sentence(run, "--data", str(tmp_path / "data"), "--seed", str(seed)).replace(
        ":", " "
    )


def test_a_member_who_is_nobody(tmp_path: Path, run: Run) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text("orgs:\n- name: acme\n  members: {nobody: admin}\n")
    assert "nobody" in sentence(run, "--data", str(tmp_path / "data"), "--seed", str(seed))


def test_a_folder_that_is_a_file_or_in_use(tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").touch()
    assert sentence(run, "--data", str(tmp_path / "file")) == f"{tmp_path / 'file'}: File exists.\n"
    with LocalHub(tmp_path / "used"):
        assert "another local Hub" in sentence(run, "--data", str(tmp_path / "used"))


def test_an_address_that_others_reach_or_nobody_has(tmp_path: Path, run: Run) -> None:
    data = str(tmp_path / "data")
    assert "remote access" in sentence(run, "--data", data, "--host", "0.0.0.0")  # noqa: S104 - the point
    assert sentence(run, "--data", data, "--host", "no such host", "--allow-remote") == (
        "no such host:0: Name or service not known.\n"
    )


def test_a_port_that_is_taken_or_none(tmp_path: Path, run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = sentence(run, "--data", str(tmp_path / "data"), "--port", str(port))
        assert said == f"127.0.0.1:{port}: Address already in use.\n"
    assert "from 0 to 65535" in sentence(run, "--data", str(tmp_path / "data"), "--port", "70000")


def test_options_and_their_help_are_those_of_the_module(tmp_path: Path, run: Run) -> None:
    assert "page_size" in sentence(run, "--data", str(tmp_path / "data"), "--switch", "colour=red")
    assert sentence(run) == "The following arguments are required: --data.\n"
    helped = run("localhub", "--help")
    assert helped.exit_code == 0
    assert "usage: scorekeeper localhub" in helped.stdout
    assert "--switch NAME=VALUE" in helped.stdout
