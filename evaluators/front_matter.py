"""The YAML between dashes at the top of a README, and nothing below it."""

import re
from dataclasses import dataclass

from evaluators.yaml_text import line_break

# The Hub's own rule (`REGEX_YAML_BLOCK` in huggingface_hub's repocard.py); its whitespace includes a byte order mark.
_BLOCK = re.compile(r"([\ufeff\s]*---(?:\r\n|\r|\n))([\S\s]*?)(\r\n|\r|\n)(?=---[ \t]*(?:\r\n|\n|$))")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A README in three parts: `head` ends with the opening line, `yaml` is whole lines, `tail` starts with dashes."""

    head: str
    yaml: str
    tail: str

    @property
    def lines_before(self) -> int:
        """How many lines of the README stand above the YAML."""
        return self.head.count("\n")


def find(readme: str) -> FrontMatter | None:
    """The front matter of a README, where the Hub sees one."""
    match = _BLOCK.match(readme)
    return FrontMatter(match[1], match[2] + match[3], readme[match.end(3) :]) if match else None


def opened(readme: str) -> FrontMatter:
    """A README without front matter, with an empty one put above all of it."""
    eol = line_break(readme)
    mark = "\ufeff" if readme.startswith("\ufeff") else ""
    return FrontMatter(f"{mark}---{eol}", "", f"---{eol}{readme.removeprefix(mark)}")
