"""`.scorekeeper.yaml`: what a model's author tells the bot, in the model repo itself.

Pure: text in, value or error out. An error names its line and column, so that the author can find it.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from evaluators.yaml_text import YamlError, load

PATH = ".scorekeeper.yaml"
MAX_CHARACTERS = 20_000

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Dataset = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$")]
TableNumber = Annotated[int, Field(ge=1, le=10_000)]


class Format(StrEnum):
    """Where results are written."""

    EVAL_RESULTS = "eval_results"
    MODEL_INDEX = "model-index"


class ConfigError(ValueError):
    """The file is not what it should be: one sentence, with line and column, counted from 1."""

    def __init__(self, sentence: str, line: int, column: int) -> None:
        super().__init__(f"{PATH}, line {line}, column {column}: {sentence}")
        self.path = PATH
        self.sentence = sentence
        self.line = line
        self.column = column


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Tables(_Model):
    """Which tables of the card are read, counted from 1. Without `use`, all but those in `ignore`."""

    use: tuple[TableNumber, ...] = ()
    ignore: tuple[TableNumber, ...] = ()


class RepoConfig(_Model):
    """All that can be said in `.scorekeeper.yaml`; everything has a default."""

    model_config = ConfigDict(title="Scorekeeper: .scorekeeper.yaml of a model repo")

    enabled: bool = Field(default=True, description="false: the bot does nothing in this repo.")
    write: Literal["pr", "push"] = Field(
        "pr", description="push: commit to main instead of opening a pull request, where the bot may."
    )
    tables: Tables = Field(Tables(), description="Which tables of the card are read, counted from 1.")
    label: Name | None = Field(None, description="What the card's tables call this model, exactly as printed.")
    aliases: dict[Name, Dataset] = Field(
        default_factory=dict,
        max_length=200,
        description="What the card calls a benchmark, and the benchmark dataset that is meant.",
    )
    ignore: tuple[Dataset, ...] = Field((), max_length=200, description="Benchmark datasets that are never proposed.")
    formats: tuple[Format, ...] = Field(
        (Format.EVAL_RESULTS,), min_length=1, max_length=2, description="Where results are written."
    )


def parse(text: str) -> RepoConfig:
    """Read the file; an empty one is all defaults.

    Raises:
        ConfigError: It is not YAML, has a key that does not exist, or a value of the wrong kind.
    """
    if len(text) > MAX_CHARACTERS:
        raise ConfigError(f"The file has more than {MAX_CHARACTERS:,} characters.", 1, 1)
    try:
        data, node = load(text)
    except YamlError as error:
        raise _not_yaml(error) from error
    if data is None:
        return RepoConfig()
    if not isinstance(data, dict):
        raise ConfigError("The file must be a list of settings such as `enabled: true`.", 1, 1)
    try:
        return RepoConfig.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(_sentence(first), *_place(node, first)) from error


def _not_yaml(error: YamlError) -> ConfigError:
    """What is wrong in the words of PyYAML, and where, as far as it says so."""
    cause = error.__cause__
    if isinstance(cause, yaml.MarkedYAMLError) and cause.problem_mark:
        mark = cause.problem_mark
        return ConfigError(f"This is not valid YAML ({cause.problem}).", mark.line + 1, mark.column + 1)
    return ConfigError("This is not valid YAML." if cause else str(error), error.line or 1, 1)


def _sentence(problem: Any) -> str:
    name = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    # An escape may stand for what no database takes, such as NUL.
    name = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name)
    if problem["type"] == "extra_forbidden":
        known = Tables.model_fields if problem["loc"][0] == "tables" else RepoConfig.model_fields
        return f"There is no setting `{name[:100]}`. The settings are {', '.join(known)}."
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"`{name[:100]}`: {message[:1].lower()}{message[1:]}."


def _place(node: yaml.Node | None, problem: Any) -> tuple[int, int]:
    """Line and column of what a problem is about: the value, or the key where there is no such setting."""
    mark = node.start_mark if node else None
    key_is_wrong = problem["type"] == "extra_forbidden"
    for part in problem["loc"]:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if found is None:
                break
            key, node = found
            mark = key.start_mark if key_is_wrong else node.start_mark
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            mark = node.start_mark
        else:
            break
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def schema() -> dict[str, Any]:
    """The JSON Schema of the file, as published in `docs/scorekeeper.schema.json`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | RepoConfig.model_json_schema()
