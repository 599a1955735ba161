"""Where a framework is on the machine of a run, or how it gets there: pinned packages, with their hashes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from evaluators.runs.runner.plan import Plan
from evaluators.runs.spec import Framework

# The vLLM of the pinned packages, with CUDA and uv. Jobs run our command, not the image's own.
IMAGE = "vllm/vllm-openai:v0.32.0"
FOLDER = Path(__file__).parent.parent / "requirements"
REQUIREMENTS = "requirements.txt"
PYTHON = "3.12"
_INSTALL = ("uv", "pip", "install", "--no-config", "--quiet", "--require-hashes")


class NoEnvironmentError(LookupError):
    """There is no list of packages for a framework."""


@dataclass(frozen=True, slots=True)
class Environment:
    """`python` is an interpreter that has the framework; without one, uv makes it from the list of packages.

    `pinned` are the lists by framework; the one of the package is taken for what is not named.
    """

    python: str = ""
    pinned: Mapping[Framework, str] = field(default_factory=dict)

    def requirements(self, framework: Framework) -> str:
        """The list of packages, without comments.

        Raises:
            NoEnvironmentError: There is none.
        """
        path = FOLDER / f"{framework.value}.txt"
        if framework not in self.pinned and not path.is_file():
            raise NoEnvironmentError(f"There is no list of packages for {framework.value}: name an interpreter.")
        text = self.pinned.get(framework) or path.read_text(encoding="utf-8")
        return (
            "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")) + "\n"
        )


def prepared(plan: Plan, environment: Environment) -> Plan:
    """The plan for a machine with this environment.

    Raises:
        NoEnvironmentError: It would have to be made, and there is no list of packages for the framework.
    """
    if environment.python:
        return replace(plan, python=environment.python)
    requirements = environment.requirements(Framework(plan.reader))
    python = "{work}/environment/bin/python"
    return replace(
        plan,
        python=python,
        setup=(
            ("uv", "venv", "--no-config", "--quiet", "--python", PYTHON, "{work}/environment"),
            (*_INSTALL, "--python", python, "-r", f"{{work}}/{REQUIREMENTS}"),
            *plan.setup,
        ),
        files={**plan.files, REQUIREMENTS: requirements},
    )
