"""Comments as people and their enemies may write them, and a second opinion on where in them a line stands.

Commands in a comment carry numbers of their own (`limit=7`, `cancel 7`, `approve 7`), so that what was understood can
be found again in the page that the comment becomes.
"""

import random
import re
from collections.abc import Callable, Sequence

from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from bot.commands import Approve, Cancel, Command, Eval, Ignore, Unignore, Vocabulary

TASKS = [
    "mmlu", "MMLU-Pro", "gsm8k", "gpqa_diamond", "gpqa-diamond", "HLE", "hf/openai/gsm8k", "openai/GSM8K", "gsm8k|5",
    "arc:challenge", "arc_challenge|25", "mmul", "gpqa", "nothing", "hf/evil/data", "../../etc/passwd", "$(id)", "`x`",
    "hf/cais/hle@main", "aime26", "τ²", "mmlu;ls", "-x", "swe-bench", "", "x" * 300,
]  # fmt: skip
VALUES = [
    "inspect", "lighteval", "vllm", "hf", "provider", "openai", "l40sx1", "H200", "auto", "jobs", "github", "5", "0",
    "100000", "100001", "-1", "٣", "1e9", "main", "pr/3", "refs/pr/4", "", "a;b", "$HOME", "--x", "\u202e5", "../x",
    "http://x.y", "9" * 400,
]  # fmt: skip
COMMITS = ["0123abc", "A" * 40, "g" * 7, "abc", "0123ABC", "main", ""]
OPTIONS = [
    "framework", "backend", "hardware", "launcher", "fewshot", "revision", "limit", "LIMIT", "shots", "model",
    "remote_code", "base_url", "--limit", "\u0445",
]  # fmt: skip
WORDS = [
    "eval", "Eval", "EVAL", "evla", "evaluate", "extract", "ignore", "unignore", "approve", "merge", "foo", "usr/bin",
    "eval:", "evål", "help", "status",
]  # fmt: skip
BENCHMARKS = ["gsm8k", "Humanity's Last Exam", "GPQA", "TIGER-Lab/MMLU-Pro", "cais/hle", "quiz", "a/b", "HLE <b>"]
PIECES = [
    "`", "``", "```", "~~~", "```py", "\n", "\n\n", "\r\n", "\r", "> ", ">", "- ", "1. ", "    ", "\t", " ", "# ",
    "---", "===", "<!--", "-->", "<code>", "</code>", "<pre>", "</pre>", "<blockquote>", "</blockquote>", "<details>",
    "</details>", "<div>", "</div>", "<a\n", '<a title="', "<script>", "</script>", "<del>", "</del>", "<b>", "</b>",
    "<br>", "<?", "?>", "<![CDATA[", "]]>", "<!X", "[", "](", "](x)", "![", "]: ", "[a]: ", "[a]:\n", "\\", '"', "'",
    "|", "|---|", "**", "*", "$$", "&lt;", "\x00", "\x0b", "\x0c", "\x1c", "\u2028", "\u00a0", "\u200b", "\u202e",
    "\ufeff", "\ud800", "😀", "é", "@owl", "text", "word word", "a" * 50,
]  # fmt: skip
# Where a line is no command: in the text of these elements, or not in the page at all.
_HIDING = "blockquote, q, code, pre, kbd, samp, del, s, details, script, style, textarea, template, title, xmp"
_PAGE = MarkdownIt("commonmark")


def comment(source: random.Random) -> str:
    """A comment: blocks of text, code, quotes, lists and HTML with commands in them, then perhaps damaged."""
    numbers = iter(range(1, 10_000))
    blocks = [_block(source, lambda: line(source, next(numbers))) for _ in range(source.choice((1, 1, 1, 2, 2, 3)))]
    text = source.choice(("\n\n", "\n\n", "\n\n", "\n")).join(blocks)
    for _ in range(source.choice((0, 0, 1, 1, 2, 3, 6))):
        text = _damaged(source, text)
    return text.replace("\n", "\r\n") if source.random() < 0.1 else text


def line(source: random.Random, number: int) -> str:
    """A line that is a command, or nearly; where a number of its own fits in, it has it."""
    word = source.choice(WORDS[:4]) if source.random() < 0.5 else source.choice(WORDS)
    rest: list[str] = []
    kind = source.randrange(10)
    if kind == 0:
        rest = [source.choice(("help", "status", "stauts", "cancel", f"cancel {number}", f"cancel #{number}", ""))]
    elif word.endswith("ignore"):
        rest = [source.choice(BENCHMARKS)]
    elif word == "approve":
        rest = [str(number), source.choice(COMMITS)]
    elif word != "extract":
        names = [
            source.choice(TASKS[:9]) if source.random() < 0.8 else source.choice(TASKS) for _ in range(_few(source))
        ]
        rest = [source.choice((",", ", ", ",", " , ")).join(names)]
        options = [
            f"{source.choice(OPTIONS)}={source.choice(COMMITS if source.random() < 0.1 else VALUES)}"
            for _ in range(_few(source) - 1)
        ]
        if source.random() < 0.6:
            options = [one for one in options if not one.startswith("limit")][:1] if source.random() < 0.8 else options
            options.append(f"limit={number}")
        rest += options
        if source.random() < 0.1:
            source.shuffle(rest)
    if source.random() < 0.05:
        rest.append(source.choice(PIECES))
    return f"/{word} {source.choice((' ', '  ')).join(rest)}"


def _few(source: random.Random) -> int:
    return source.choice((1, 1, 1, 2, 2, 3, 30 if source.random() < 0.02 else 1))


def _block(source: random.Random, a_line: Callable[[], str]) -> str:
    lines = [
        a_line() if source.random() < 0.5 else source.choice(("text", "see `x`", "a <b> c", "", "| a | b |"))
        for _ in range(_few(source))
    ]
    body = "\n".join([*lines, a_line()])
    makers: Sequence[Callable[[], str]] = [
        lambda: body,
        lambda: body,
        lambda: body,
        lambda: f"some words\n{body}\nmore words",
        lambda: f"```\n{body}\n```",
        lambda: f"~~~~sh\n{body}\n~~~~",
        lambda: "\n".join(f"    {one}" for one in body.split("\n")),
        lambda: "\n".join(f"> {one}" for one in body.split("\n")),
        lambda: f"> said\n{body}",
        lambda: f"- item\n{body}",
        lambda: "\n".join(f"  {one}" for one in f"- item\n{body}".split("\n"))[2:],
        lambda: f"1. item\n\n   ```\n   {a_line()}\n   ```",
        lambda: f"<!--\n{body}\n-->",
        lambda: f"words <!-- {body} -->",
        lambda: f"words `code\n{body}\nend` words",
        lambda: f"words ``code ` \n{body}\n`` words",
        lambda: f"<div>\n{body}\n</div>",
        lambda: f"<pre>\n{body}\n\n{a_line()}\n</pre>",
        lambda: f"<{(tag := source.choice(('blockquote', 'code', 'details', 'del')))}>\n\n{body}\n\n</{tag}>",
        lambda: f"words <code>\n{body}\n</code>",
        lambda: f"[words\n{body}\n](x)",
        lambda: f"![words\n{body}\n](x)",
        lambda: f'<a title="\n{body}\n">x</a>',
        lambda: f"[a]: x '\n{body}\n'",
        lambda: f"{body}\n===",
        lambda: "\n".join(source.choice(PIECES) for _ in range(5)) + body,
    ]
    return source.choice(makers)()


def _damaged(source: random.Random, text: str) -> str:
    at = source.randint(0, len(text))
    kind = source.randrange(6)
    if kind < 3:
        return text[:at] + source.choice(PIECES) + text[at:]
    if kind == 3:
        return text[:at] + text[at + source.choice((1, 1, 3, 20)) :]
    lines = text.split("\n")
    if kind == 4:
        del lines[source.randrange(len(lines))]
    else:
        lines.insert(source.randrange(len(lines)), source.choice(lines))
    return "\n".join(lines)


def outside(command: Command, vocabulary: Vocabulary) -> str | None:
    """Which argument of a command is in no closed set, or None."""
    if isinstance(command, Eval):
        tasks = {*vocabulary.names.values(), *vocabulary.addresses.values()}
        checks = {
            "tasks": bool(command.tasks) and all(_task_is_known(one, tasks) for one in command.tasks),
            "framework": command.framework in {None, "inspect", "lighteval"},
            "backend": command.backend in {None, "vllm", "hf", "provider"},
            "hardware": command.hardware in {None, *vocabulary.flavors},
            "launcher": command.launcher in {None, "jobs", "github"},
            "limit": command.limit is None or 1 <= command.limit <= 100_000,
            "fewshot": command.fewshot is None or 0 <= command.fewshot <= 100,
            "revision": command.revision is None
            or bool(re.fullmatch(r"[0-9a-f]{7,40}|pr/[1-9][0-9]{0,5}", command.revision)),
        }
        return next((name for name, good in checks.items() if not good), None)
    if isinstance(command, Ignore | Unignore):
        return None if command.dataset in vocabulary.benchmarks.values() else "dataset"
    if isinstance(command, Approve):
        return None if re.fullmatch(r"[0-9a-f]{7,40}", command.sha) and 0 < command.run < 10**9 else "approve"
    return None if not isinstance(command, Cancel) or command.run is None or 0 < command.run < 10**9 else "run"


def _task_is_known(name: str, tasks: set[str]) -> bool:
    task, bar, shots = name.partition("|")
    return task in tasks and (not bar or (shots.isdecimal() and 0 <= int(shots) <= 100))


def number_of(command: Command) -> str | None:
    """How the number that a command carries stands in its line, as a pattern; None where it carries none."""
    if isinstance(command, Eval):
        return rf"(?i:limit)={command.limit}\b" if command.limit else None
    if isinstance(command, Cancel):
        return rf"(?i:cancel)\s+#?{command.run}\b" if command.run else None
    return rf"(?i:approve)\s+{command.run}\b" if isinstance(command, Approve) else None


def shown(text: str) -> str:
    """The text of the page that a comment becomes, as a browser has it, without what code, quotes and the like hold."""
    page = LexborHTMLParser(_PAGE.render(text.replace("\ud800", "\ufffd")))
    for node in page.css(_HIDING):
        node.decompose()
    return page.body.text() if page.body is not None else ""
