"""Reading JSON that others wrote into frozen dataclasses: nothing is guessed, and each mistake is one sentence."""

import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from evaluators.problem import shown

T = TypeVar("T")
DRAFT = "https://json-schema.org/draft/2020-12/schema"
MAX_CHARACTERS = 1_000_000
MOST_PROBLEMS = 20


class InvalidJsonError(ValueError):
    """What was read is not what it should be; `problems` has a sentence for each mistake."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


def read(adapter: TypeAdapter[T], text: str | bytes, schema: Mapping[str, Any]) -> T:
    """Read a value; types are exact, unknown fields are refused, and a field named twice as well.

    Raises:
        InvalidJsonError: The text is not JSON, or its values are not what the schema says.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidJsonError([f"The text has more than {MAX_CHARACTERS:,} characters."])
    try:
        json.loads(text, object_pairs_hook=_without_repeats)
        return adapter.validate_json(text)
    except ValidationError as error:
        raise InvalidJsonError([_sentence(one, schema) for one in _innermost(error)]) from None
    except RecursionError:
        raise InvalidJsonError(["The text is nested too deeply."]) from None
    except ValueError as error:
        why = str(error) if isinstance(error, _RepeatedError) else "The text is not valid JSON."
        raise InvalidJsonError([why]) from None


def write(adapter: TypeAdapter[T], value: T) -> str:
    """The one text of a value: keys sorted, no spaces, ASCII."""
    data = adapter.dump_python(value, mode="json")
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


class _RepeatedError(ValueError):
    """A field is named twice: which one counts would depend on who reads it."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedError(f"The field {shown(next(one for one in names if names.count(one) > 1))} is there twice.")
    return found


def _innermost(error: ValidationError) -> list[Any]:
    """Each mistake once: a list with a wrong item is counted as too short as well."""
    listed = error.errors(include_url=False, include_context=False)[:MOST_PROBLEMS]
    places = [tuple(one["loc"]) for one in listed]
    around = {place[:end] for place in places for end in range(len(place))}
    return [one for one, place in zip(listed, places, strict=True) if place not in around or not place]


def _sentence(problem: Any, schema: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in problem["loc"])[:100]
    message = str(problem["msg"]).removeprefix("Value error, ")
    if not name:
        # A rule about several fields names them itself.
        return message if problem["type"] == "value_error" else "The text is not valid JSON, or no mapping of fields."
    if problem["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
        return f"There is no field `{name}`{_nearest(problem['loc'], schema)}."
    described = _described(problem["loc"], schema)
    meaning = f": it is {described[:1].lower()}{described[1:]}" if described else "."
    if problem["type"] in {"missing", "missing_argument", "missing_keyword_only_argument"}:
        return f"`{name}` is missing{meaning}"
    if problem["type"] == "value_error" or not described:
        return f"`{name}`: {message[:1].lower()}{message[1:].removesuffix('.')}."
    return f"`{name}` cannot be {_value(problem['input'])}{meaning}"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return json.dumps(value) if isinstance(value, bool | int | float | None) else shown(value)


def _described(location: Sequence[Any], schema: Mapping[str, Any]) -> str:
    """What the schema says about a field, or about the nearest thing around it."""
    return next((str(node["description"]) for node in reversed(_along(location, schema)) if "description" in node), "")


def _nearest(location: Sequence[Any], schema: Mapping[str, Any]) -> str:
    known = list(_inside([schema, *_along(location[:-1], schema)][-1], schema).get("properties", {}))
    near = difflib.get_close_matches(str(location[-1])[:100], known, n=1)
    return f"; perhaps `{near[0]}` is meant" if near else f"; the fields are {', '.join(known)}"


def _along(location: Sequence[Any], schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The part of the schema that each step of a location leads to."""
    found: list[Mapping[str, Any]] = []
    node = schema
    for part in location:
        inner = _inside(node, schema)
        node = inner.get("properties", {}).get(part, {}) if isinstance(part, str) else inner.get("items", {})
        found.append(node)
    return found


def _inside(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of the schema without the choice of null, and with references followed."""
    node = next((one for one in node.get("anyOf", ()) if "$ref" in one or "items" in one), node)
    return schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
