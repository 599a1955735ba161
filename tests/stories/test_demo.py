"""`scorekeeper demo`: every step holds, with the card that comes along and with any other."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from bot.cli.demo import DEFAULT_REPO
from bot.cli.demo_stage import BOT


def demo(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "bot.cli", "demo", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.timeout(150)
def test_the_demo_shows_each_step() -> None:
    done = demo()
    assert done.returncode == 0, done.stderr
    for part in (
        "1. Push the model card",
        "look      create: A pull request with 4 scores (number 1).",
        "MMLU-Pro 54.7  table 1, row",
        "line 22",
        "Left out: ",
        "(source_refused)",
        "+    id: TIGER-Lab/MMLU-Pro",
        "look      update:",
        "3. Change only prose",
        "look      unchanged:",
        "4. The author merges pull request 1",
        "Every step held.",
    ):
        assert part in done.stdout, part


@pytest.mark.timeout(150)
def test_a_card_without_scores_is_shown_as_that(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# Stork\n\nNo numbers.\n")
    done = demo("--card", str(path), "--repo", "storks/Stork-7B")
    assert done.returncode == 0, done.stderr
    assert "Nothing to propose, so there is no pull request." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--repo", "nonsense"), "scorekeeper: 'nonsense' is not a repo such as owner/name."),
        (
            ("--repo", "Scorekeeper-Bot/x"),
            "scorekeeper: 'Scorekeeper-Bot/x' would belong to the bot's own account: choose another owner.",
        ),
        (("--card", "missing.md"), "scorekeeper: missing.md cannot be read as text (FileNotFoundError)."),
    ],
)
def test_wrong_use_is_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    done = demo(*arguments)
    assert (done.returncode, done.stderr.strip()) == (2, sentence)


@pytest.mark.timeout(150)
def test_what_is_kept_is_the_card_as_it_was_pushed_last_and_the_pull_request_can_be_opened() -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "bot.cli", "demo", "--keep"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        text=True,
    )
    assert process.stdout is not None
    shown = []
    try:
        for line in process.stdout:
            shown.append(line)
            if "and see what the bot made of it" in line:
                break
        text = "".join(shown)
        readme = re.search(r"^Edit (\S+), then push it again", text, re.MULTILINE)
        assert readme, text
        kept = Path(readme[1]).read_text()
        changed = re.search(r"2\. Change .+ from (\S+) to (\S+)", text)
        assert changed, text
        assert changed[2] in kept
        assert kept.endswith("One more sentence about the model.\n")
        url, title = re.findall(r"pull request  (\S+) \((.*)\)", text)[-1]
        assert httpx2.get(url).text.startswith(f"{title}\nPull request 1 of {DEFAULT_REPO}, merged, by {BOT}\n")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
