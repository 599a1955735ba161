"""Expressions of workflows, as far as ours use them: contexts, comparisons, `&&` and `||`, a few functions.

https://docs.github.com/actions/reference/workflows-and-actions/expressions
"""

import json
import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<sign>&&|\|\||==|!=|!|\(|\)|,)|(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)|(?P<number>\d+))"
)
_INSIDE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
Contexts = Mapping[str, Any]


def filled(text: str, contexts: Contexts) -> str:
    """A text with its expressions replaced by their values."""
    return _INSIDE.sub(lambda found: as_text(value(found[1], contexts)), text)


def value(expression: str, contexts: Contexts) -> Any:
    """The value of an expression; what is not there is null."""
    return _Reader(expression.strip(), contexts).either()


def holds(condition: str, contexts: Contexts, *, success: bool) -> bool:
    """Whether a step or job goes ahead. Without a word about the state, all before must have succeeded."""
    inner = condition.strip().removeprefix("${{").removesuffix("}}")
    states = {"success": success, "failure": not success, "always": True, "cancelled": False}
    said = re.search(r"\b(success|failure|always|cancelled)\(\)", inner) is not None
    return (said or success) and (not inner or bool(value(inner, {**contexts, "()": states})))


def as_text(found: Any) -> str:
    """A value as it stands in a text."""
    if found is None:
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    return found if isinstance(found, str) else json.dumps(found)


class _Reader:
    def __init__(self, text: str, contexts: Contexts) -> None:
        self._contexts = contexts
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise ValueError(f"not understood: {text[position:]}")
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            position = found.end()

    def either(self) -> Any:
        left = self._both()
        while self._next("||"):
            right = self._both()
            left = left or right
        return left

    def _both(self) -> Any:
        left = self._compared()
        while self._next("&&"):
            right = self._compared()
            left = left and right
        return left

    def _compared(self) -> Any:
        left = self._one()
        for sign, equal in (("==", True), ("!=", False)):
            if self._next(sign):
                return (as_text(left) == as_text(self._one())) is equal
        return left

    def _one(self) -> Any:
        if self._next("!"):
            return not self._one()
        if self._next("("):
            inner = self.either()
            self._expect(")")
            return inner
        kind, text = self._tokens.pop(0)
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return int(text)
        return self._call(text) if self._next("(") else self._look_up(text)

    def _call(self, name: str) -> Any:
        arguments = []
        while not self._next(")"):
            arguments.append(self.either())
            self._next(",")
        if name in self._contexts.get("()", {}):
            return self._contexts["()"][name]
        if name == "startsWith":
            return as_text(arguments[0]).lower().startswith(as_text(arguments[1]).lower())
        if name == "fromJSON":
            return json.loads(as_text(arguments[0]))
        raise ValueError(f"no function {name}")

    def _look_up(self, path: str) -> Any:
        constants = {"true": True, "false": False, "null": None}
        if path in constants:
            return constants[path]
        found: Any = self._contexts
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def _next(self, sign: str) -> bool:
        if self._tokens and self._tokens[0] == ("sign", sign):
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._next(sign):
            raise ValueError(f"{sign} is missing")
