"""Which paths a ``.gitignore`` keeps out of an upload."""

import fnmatch


def is_ignored(rules: str, path: str) -> bool:
    """Whether the last rule that matches `path`, or one of the folders it is in, says to ignore it.

    Comments, negation, ``folder/`` and rules with slashes work as gitignore(5) says; ``**`` counts as ``*``.
    """
    ignored = False
    for line in rules.splitlines():
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        negated, rule = rule.startswith("!"), rule.removeprefix("!")
        if _matches(rule, path):
            ignored = not negated
    return ignored


def _matches(rule: str, path: str) -> bool:
    parts = path.split("/")
    only_folders = rule.endswith("/")
    anchored = "/" in rule.rstrip("/")
    pattern = rule.strip("/")
    for depth in range(1, len(parts) + (0 if only_folders else 1)):
        candidate = "/".join(parts[:depth]) if anchored else parts[depth - 1]
        if fnmatch.fnmatchcase(candidate, pattern):
            return True
    return False
