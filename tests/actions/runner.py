"""A runner: executes jobs with bash, each step with its environment and the files that GitHub gives it.

Artifacts stay in memory. `uses: ./` is a composite action of the workspace; of others, three are known by what they do.
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

import io
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.actions.expressions import filled, holds

PROJECT = Path(__file__).parent.parent.parent
COPIED = ("bot", "evaluators", "handlers", "action.yml", "requirements.lock", ".github")
TIME_LIMIT = 120
_BLOCK = re.compile(r"([^=\n]+?)<<([^\n]+)\n(.*?)\n?^\2$", re.DOTALL | re.MULTILINE)


@dataclass
class Outcome:
    """What a job or action came to."""

    success: bool
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Runner:
    """One run of a workflow: everything that its jobs share, and what they showed."""

    folder: Path
    surroundings: Mapping[str, str]
    contexts: Mapping[str, Any]
    artifacts: dict[str, bytes] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)
    summary: str = ""
    environments: dict[str, dict[str, str]] = field(default_factory=dict)

    def workflow(self, path: Path) -> bool:
        """Execute all jobs in the order of their needs. Returns whether none failed."""
        jobs: dict[str, Any] = yaml.safe_load(path.read_text())["jobs"]
        done: dict[str, Outcome] = {}
        good = True
        for name, job in jobs.items():
            needs = job.get("needs") or []
            before = {one: done[one] for one in ([needs] if isinstance(needs, str) else needs)}
            needed = {one: {"outputs": outcome.outputs} for one, outcome in before.items()}
            contexts = {**self.contexts, "needs": needed}
            ready = all(outcome.success for outcome in before.values())
            if not holds(str(job.get("if", "")), contexts, success=ready):
                done[name] = Outcome(success=False)
                continue
            done[name] = self._job(name, job, contexts)
            good = good and done[name].success
        return good

    def _job(self, name: str, job: Mapping[str, Any], contexts: Mapping[str, Any]) -> Outcome:
        workspace, temp = self.folder / name / "workspace", self.folder / name / "temp"
        workspace.mkdir(parents=True)
        temp.mkdir()
        contexts = {**contexts, "github": {**contexts["github"], "workspace": str(workspace)}}
        contexts = {**contexts, "runner": {"temp": str(temp)}}
        outcome = _Steps(self, name, workspace, temp, contexts).run(job["steps"], "bash -e {0}")
        found = {**contexts, "steps": outcome.outputs}
        return Outcome(outcome.success, {key: filled(text, found) for key, text in job.get("outputs", {}).items()})


@dataclass
class StepsOutcome:
    """How steps ended, and their outputs as the context `steps`."""

    success: bool
    outputs: dict[str, Any]


@dataclass
class _Steps:
    """The steps of one job or composite action, one after another."""

    runner: Runner
    job: str
    workspace: Path
    temp: Path
    contexts: Mapping[str, Any]
    env: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)

    def run(self, steps: list[Mapping[str, Any]], shell: str) -> StepsOutcome:
        good, found = True, dict[str, Any]()
        for number, step in enumerate(steps):
            contexts = {**self.contexts, "steps": found}
            if not holds(str(step.get("if", "")), contexts, success=good):
                continue
            env = {name: filled(str(text), contexts) for name, text in step.get("env", {}).items()}
            if "uses" in step:
                with_ = {name: filled(str(text), contexts) for name, text in step.get("with", {}).items()}
                outcome = self._use(str(step["uses"]), with_)
            else:
                outcome = self._run(filled(str(step["run"]), contexts), step.get("shell") or shell, env)
            found[step.get("id", f"step-{number}")] = {"outputs": outcome.outputs}
            good = good and outcome.success
        return StepsOutcome(good, found)

    def _run(self, script: str, shell: str, env: Mapping[str, str]) -> Outcome:
        files = {
            name: self.temp / f"{name}-{os.urandom(4).hex()}" for name in ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY")
        }
        for path in files.values():
            path.touch()
        text = self.temp / f"script-{os.urandom(4).hex()}.sh"
        text.write_text(script)
        words = "bash --noprofile --norc -eo pipefail {0}" if shell == "bash" else shell
        home = self.runner.folder / self.job / "home"
        home.mkdir(exist_ok=True)
        environment = {
            **self.runner.surroundings,
            **{f"GITHUB_{name}": str(path) for name, path in files.items()},
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            "HOME": str(home),
            "PATH": os.pathsep.join([*self.path, os.environ["PATH"]]),
            **self.env,
            **env,
        }
        self.runner.environments.setdefault(self.job, {}).update(environment)
        done = subprocess.run(
            words.format(text).split(),
            cwd=self.workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        self.runner.printed += done.stdout.splitlines()
        self.runner.summary += files["STEP_SUMMARY"].read_text()
        self.env.update(pairs(files["ENV"].read_text()))
        self.path[:0] = files["PATH"].read_text().split()
        return Outcome(done.returncode == 0, pairs(files["OUTPUT"].read_text()))

    def _use(self, name: str, given: Mapping[str, str]) -> Outcome:
        if name == "./":
            return self._composite(self.workspace, given)
        action = name.partition("@")[0]
        if action == "actions/checkout":
            for item in COPIED:
                source, target = PROJECT / item, self.workspace / item
                if source.is_dir():
                    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(source, target)
        elif action == "actions/upload-artifact":
            self.runner.artifacts[given["name"]] = packed(Path(given["path"]))
        elif action == "actions/download-artifact":
            with zipfile.ZipFile(io.BytesIO(self.runner.artifacts[given["name"]])) as archive:
                archive.extractall(given["path"])
        else:
            raise ValueError(f"this runner has no {name}")
        return Outcome(success=True)

    def _composite(self, folder: Path, given: Mapping[str, str]) -> Outcome:
        action = yaml.safe_load((folder / "action.yml").read_text())
        unknown = set(given) - set(action["inputs"])
        if unknown:
            raise ValueError(f"the action has no inputs {unknown}")
        inputs = {name: given.get(name, about.get("default", "")) for name, about in action["inputs"].items()}
        github = {**self.contexts["github"], "action_path": str(folder)}
        # A composite action sees no secrets and no needs of the job.
        contexts = {"inputs": inputs, "github": github, "runner": self.contexts["runner"]}
        steps = _Steps(self.runner, self.job, self.workspace, self.temp, contexts, self.env, self.path)
        outcome = steps.run(action["runs"]["steps"], "")
        found = {**contexts, "steps": outcome.outputs}
        outputs = {name: filled(about["value"], found) for name, about in action["outputs"].items()}
        return Outcome(outcome.success, outputs)


def pairs(text: str) -> dict[str, str]:
    """What stands in GITHUB_OUTPUT or GITHUB_ENV: `name=value` lines, and values between marks."""
    found = {name.strip(): value for name, _, value in _BLOCK.findall(text)}
    rest = _BLOCK.sub("", text)
    lines = (line.partition("=") for line in rest.splitlines() if "=" in line)
    return found | {name: value for name, _, value in lines}


def packed(folder: Path) -> bytes:
    """A folder as the archive that GitHub makes of it."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return data.getvalue()
