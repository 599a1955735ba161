"""Why something failed, read from what it printed: a short list of known causes, the most telling first."""

import re

_CAUSES: dict[str, tuple[str, ...]] = {
    "out_of_memory": (
        r"CUDA out of memory|OutOfMemoryError|DefaultCPUAllocator: can't allocate memory|\bMemoryError\b",
        r"No available memory for the cache blocks|larger than the available KV cache memory",
        r"Available memory .{0,100}is less than requested memory",
        r"less than desired GPU memory utilization|larger than the maximum number of tokens that can be stored in KV",
    ),
    "unsupported_architecture": (
        r"[Mm]odel architectures? \[.{0,200}\] (?:are|is) not supported|does not recognize this architecture",
        r"has no vLLM implementation|[Uu]nrecognized configuration class|[Uu]nrecognized model in",
    ),
    "chat_template_missing": (
        r"chat_template is not set|no chat template|default chat template is no longer allowed",
        r"does not have a (?:default )?chat template|must provide a chat template",
    ),
    "gated": (
        r"GatedRepoError|Cannot access gated repo|is gated",
        r"[Aa]ccess to (?:model|dataset) \S+ is restricted",
    ),
    "payment_required": (r"402 (?:Client Error|Payment Required)|Payment Required",),
    "needs_sandbox": (
        r"[Dd]ocker.{0,80}(?:not found|not installed|is not running|requires? )",
        r"sandbox.{0,60}[Dd]ocker",
    ),
    "needs_judge": (r"(?:OPENAI|ANTHROPIC|GOOGLE)_API_KEY|Unable to initialise \S+ client",),
    "needs_package": (
        r"ModuleNotFoundError: No module named|pip install \S+|requested the use of `?vllm",
        r"ERROR: .{0,200}requires? (?:the )?(?:optional|following) (?:dep|package)",
        r"[Rr]equires? .{0,40}optional dependenc",
    ),
    "unknown_task": (
        r"No (?:inspect )?tasks? (?:matching .{0,200} )?(?:were )?found|[Uu]nable to find task|Cannot find tasks? ",
        r"Task \S+ not found|[Tt]ask.{0,40}(?:is )?not (?:registered|known|a valid)|Could not find task",
    ),
    "not_found": (
        r"RepositoryNotFoundError|RevisionNotFoundError|DatasetNotFoundError|RemoteEntryNotFoundError",
        r"404 Client Error|doesn't exist on the Hub",
    ),
    "broken_model": (
        r"SafetensorError|HeaderTooLarge|InvalidHeader|size mismatch|[Ee]rror while deserializing header",
        r"does not appear to have a file named|Can't load tokenizer|[Cc]annot find any model weights",
        r"not a valid JSON file|JSONDecodeError|Weights? .{0,80}(?:not initialized|missing)|KeyError: '\S+\.weight'",
    ),
}
CAUSES = tuple((kind, re.compile("|".join(patterns))) for kind, patterns in _CAUSES.items())
KILLED = -9
# What vLLM puts before each line, and the lines of a traceback that show where and not what.
_PREFIX = re.compile(r"^(\([\w ]+ pid=\d+\) )?((ERROR|WARNING|INFO) [\d-]+ [\d:]+ \[[\w.]+:\d+\] ?)?")
_NOISE = re.compile(r"\s*(File \"|\^+\s*$|│|raise )")
_TELLING = re.compile(r"error|exception|not |fail", re.IGNORECASE)


def cause(text: str, code: int | None = None) -> str | None:
    """The kind of error (`evaluators.runs.result.ErrorKind`) that a text tells of, or None.

    A process that the system killed without a word ran out of the machine's memory.
    """
    # Frameworks print errors in boxes, with lines broken to fit.
    plain = re.sub(r"[\s│]+", " ", text)
    found = next((kind for kind, pattern in CAUSES if pattern.search(plain)), None)
    return found or ("out_of_memory" if code == KILLED else None)


def lines_about(text: str, most: int = 12) -> str:
    """The lines that say something, for whoever has to mend it: the first that names a cause, then the last."""
    lines = [_PREFIX.sub("", line).rstrip() for line in text.splitlines()]
    lines = list(dict.fromkeys(line for line in lines if line.strip() and not _NOISE.match(line)))
    named = [line for line in lines if cause(line)][:1]
    telling = [line for line in lines if _TELLING.search(line)]
    return "\n".join(dict.fromkeys([*named, *(telling or lines)[-most:]]))
