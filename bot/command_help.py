"""The table of commands in words: the answer to `/eval help`, and the tables of the documentation."""

from bot.command_table import OPTIONS, ROWS, Row, Who
from evaluators.runs.task_table import table


def help_text() -> str:
    """The answer to `/eval help`, in Markdown: every command with an example, its options, and who may use what."""
    rows = ["| Command | Meaning | Example |", "|---|---|---|"]
    rows += [
        f"| `{row.short}{' [OPTION=VALUE ...]' * bool(row.options)}` | {row.meaning} | `{row.example}` |"
        for row in ROWS
    ]
    options = ", ".join(f"`{one.name}={one.values}`" for one in OPTIONS)
    tasks = ", ".join(f"`{name}`" for name in sorted(table()))
    return "\n".join(
        [
            *rows,
            "",
            f"Options of `/eval`, in any order: {options}.",
            "",
            f"Tasks: {tasks}; with lighteval also `TASK|EXAMPLES`; `hf/DATASET[/TASK]` for a registered benchmark.",
            "",
            who_text(),
        ]
    )


def who_text() -> str:
    """Who may use which command, in one line."""
    parts = []
    for who in Who:
        names = [f"`/{' '.join(row.words)}`" for row in ROWS if row.who is who]
        parts.append(f"{', '.join(names)}: {who.value}")
    return f"{'; '.join(parts)}. A stranger's `/eval` waits for `/approve`."


def commands_table() -> str:
    """The commands as the documentation has them."""
    rows = ["| Command | Meaning | Who | Example |", "|---|---|---|---|"]
    rows += [f"| `{_short(row)}` | {row.meaning} | {row.who.value} | `{row.example}` |" for row in ROWS]
    return "\n".join(rows)


def options_table() -> str:
    """The options of `/eval` as the documentation has them."""
    rows = ["| Option | Meaning |", "|---|---|"]
    rows += [f"| `{one.name}={_in_cell(one.values)}` | {one.meaning} |" for one in OPTIONS]
    return "\n".join(rows)


def _short(row: Row) -> str:
    return f"{row.short} [OPTION=VALUE ...]" if row.options else row.short


def _in_cell(text: str) -> str:
    return text.replace("|", "\\|")
