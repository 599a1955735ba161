"""What the label of a row or column is: a benchmark, a metric, a condition, a property of the model, a model."""

import re
from functools import lru_cache

from evaluators.card.lexicon import lexicon
from evaluators.card.model import Unit

_NOTES = re.compile(r"[(\[\uff08][^()\[\]\uff08\uff09]*[)\]\uff09]")
_MARKS = re.compile(r"[*†‡§¶^↑↓⬆⬇:\uff1a\"'`“”\u2018\u2019]")
_BLANKS = re.compile(r"\s+")
_NOT_ALNUM = re.compile(r"[^a-z0-9]")
_LETTERS_OR_DIGITS = re.compile(r"[a-z]+|[\d.]+")
_WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?")


@lru_cache(maxsize=8192)
def bare(label: str) -> str:
    """Lower case, without parentheses, marks and arrows, single spaces."""
    text = _MARKS.sub(" ", _NOTES.sub(" ", label.lower()))
    return _BLANKS.sub(" ", text).strip(" .,-\u2013—|/_")


def words(label: str) -> tuple[str, ...]:
    """The words of a label."""
    return tuple(_WORD.findall(label.lower()))


# Heads of label columns ------------------------------------------------------------------------------------------

_MODEL_HEADS = re.compile(
    r"(?:the |evaluated |base )?(?:models?|model[\s_-]?(?:names?|variants?|ids?|versions?|types?)|names?"
    r"|methods?|systems?"
    r"|approach(?:es)?|checkpoints?|networks?|backbones?|evaluator lm|llms?|vlms?|lms?|variants?|agents?"
    r"|algorithms?|models?\s*(?:/|\\)\s*\w+|\w+\s*(?:/|\\)\s*models?|encoders?|quants?|quantization|engine|repo|repository)"
)
_BENCHMARK_HEADS = re.compile(
    r"(?:eval(?:uation)?s?\s+)?(?:benchmarks?|bench|data\s?sets?|test\s?sets?|tasks?|evals?|evaluations?|tests?|testsets?|suites?"
    r"|corpus|corpora|benchmark (?:names?|datasets?|tasks?)|tasks? ?/ ?metrics?|task names?|dataset names?|eval sets?"
    r"|benchmarks? ?/ ?(?:datasets?|tasks?|metrics?)|datasets? ?/ ?tasks?|evaluation (?:data\s?sets?"
    r"|tasks?|benchmarks?)"
    r"|评测集?|数据集|基准|任务)"
)
_SETTING_HEADS = re.compile(
    r"#? ?(?:num(?:ber)?(?: of)? )?(?:n-?|k-?|few-?|in-context )?shots?(?: num(?:ber)?)?|n_shot|metrics?"
    r"|metric names?|measures?|settings?"
    r"|configs?|configuration|splits?|subsets?|languages?|lang|locale|category|categories|type|types|capabilit(?:y|ies)|domains?"
    r"|areas?|topics?|subjects?|skills?|fields?|filters?|versions?|(?:\w+ )?modes?|eval(?:uation)? (?:type|mode"
    r"|setting|metric|method)s?"
    r"|prompt(?:ing)?|method|tools?|reasoning|thinking|budget|protocol|group|section|subtasks?|levels?|n-?gram|lm"
    r"|direction|pair|language pair|stage|variant|strategy|temperature|resolution|image size|input size|类别|语言"
)
_METRIC_HEADS = re.compile(
    r"(?:eval(?:uation)? )?metrics?|metric names?|measures?|eval(?:uation)? methods?|shots?|n-?shots?"
)
_GENERIC = re.compile(
    r"(?:model )?(?:performance|scores?|results?|values?|accuracy|acc|accs|metrics?|test|tests|dev|val"
    r"|valid|validation|eval|evaluation"
    r"|reported|ours|numbers?|total|quantity|all|average|avg|mean|overall|points?|percentage|this model|our model)"
    r"(?: (?:score|result|value|accuracy|acc)s?)?(?: %)?"
)


def _head(label: str) -> str:
    return bare(label) or label.strip("()[] ").lower()


def is_model_head(label: str) -> bool:
    """A column head that says its column holds model names."""
    return _MODEL_HEADS.fullmatch(_head(label)) is not None


def is_benchmark_head(label: str) -> bool:
    """A column head that says its column holds benchmark names."""
    return _BENCHMARK_HEADS.fullmatch(_head(label)) is not None


def is_setting_head(label: str) -> bool:
    """A column head that says its column holds conditions: shots, metric, language, category."""
    return _SETTING_HEADS.fullmatch(_head(label)) is not None


def is_metric_head(label: str) -> bool:
    """A column head that says its column tells how the row's benchmark is measured."""
    return _METRIC_HEADS.fullmatch(_head(label)) is not None


# Not scores ------------------------------------------------------------------------------------------------------

_NOT_SCORE_LAST = "|".join(sorted(lexicon("not_scores")))
_NOT_SCORE = re.compile(rf"(?:.*[\s_/#.-])?(?:{_NOT_SCORE_LAST})(?:\s*(?:/|per\b|\bin\b|for\b|of\b).*)?")
_NOT_SCORE_START = re.compile(
    r"(?:#|№|tokens?\b|contexts?$|num(?:ber)?s?\b|no\. of|count of|time\b|max(?:imum)? (?:seq|len|context"
    r"|input|output|new)|min(?:imum)? (?:seq|len)|total (?:params|size)"
    r"|rel(?:ative)?\.? (?:latency|speed)|learning rate|weight decay|batch size|training (?:time|data"
    r"|tokens|loss|steps?|flops)"
    r"|gradient|warm-?up|lora|rope|adam|context (?:length|window|size)|architecture|hardware"
    r"|inference (?:time|speed|cost)"
    r"|model size|file size|p-?value|std\b|stderr|[Δδ∆]|delta\b|vs\.?\s|\+/-|±)"
)
_SIZE_LABEL = re.compile(r"\d+(?:\.\d+)?[bm] (?:params?|parameters?|models?)")
# Ends in a word of the list above, yet states a score.
_SCORE_AFTER_ALL = re.compile(
    r".*(?:win|success|accuracy|error|pass|resolve[d]?|hit|match|refusal|acceptance|compliance|solve"
    r"|word error|character error|winning|completion|violation|recall|toxicity|hallucination|detection"
    r"|false positive|true positive|equal error) rates?|.*\b(?:cross[- ]entropy|perplexity)\b.*|.*\bcode"
    r"|.*\bcommon[- ]?voice.*"
)


@lru_cache(maxsize=8192)
def is_not_score(label: str) -> bool:
    """Whether a label names something that is no evaluation score: parameters, tokens, speed, price, loss, dates."""
    text = bare(label)
    raw = label.strip().lower()
    if _SIZE_LABEL.fullmatch(text):
        return False
    if not text:
        return raw.startswith(("#", "±", "Δ", "(±", "δ"))
    if squash(text) in _BENCHMARKS or _SAYS_NOTHING.fullmatch(text.lstrip("# ")) or _SCORE_AFTER_ALL.fullmatch(text):
        return False
    return bool(_NOT_SCORE_START.match(raw.lstrip("*_ ")) or _NOT_SCORE.fullmatch(text))


_UNIT_IN_HEAD = re.compile(
    r"\((?:ms|s|sec|sec\.|seconds|gb|mb|gib|mib|m|b|k|bn|usd|\$|hours|h|w|tokens?/s|it/s|hz|w/h|tco2eq|fps|x|params)\)|\b(?:tokens?|samples?|docs|sentences|it|images?|examples)\s*/\s*s(?:ec)?\b",
    re.IGNORECASE,
)


def has_physical_unit(label: str) -> bool:
    """Whether a label carries a unit of size, time or money."""
    return _UNIT_IN_HEAD.search(label) is not None


# Metrics, conditions, benchmarks ---------------------------------------------------------------------------------

_METRIC_WORDS = lexicon("metric_words")
_METRIC_CORE = lexicon("metrics")
_ERROR_WORDS = frozenset(["wer", "cer", "ter", "mer", "ser", "der", "per", "eer"])
_OTHER_WORDS = lexicon("open_ended_metrics")
_LANGUAGES = lexicon("languages")
_SPLITS = lexicon("splits")
_CONDITIONS = re.compile(
    r"(?:\d+|zero|one|few|five|n|k)[\s-]?shots?(?: ?\(?cot\)?)?|\d+(?:\.\d+)?[km]?|turn[\s-]?\d"
    r"|(?:reasoning|thinking|think|tools?|cot)"
    r"(?: mode)?[\s:=-]*(?:on|off|enabled|disabled)|(?:w/|w/o"
    r"|with|without|no|heavy|non)[\s-].*|(?:non-?)?thinking"
    r"|cot|greedy|tools?|base|instruct|chat|\d+ ?x ?\d+|s3prl|transformers|hf|vllm|lm|no lm|reported"
    r"|reproduced|stem|social sciences?"
    r"|humanities|others?|writing|roleplay|extraction|reasoning|coding|math(?:ematics)?|code|general"
    r"|knowledge|safety|agents?|long context"
    r"|sequence lengths?|input lengths?|context lengths?|context|lengths?"
)

_BENCHMARKS = lexicon("benchmarks")
_BETWEEN_WORDS = re.compile(r"[\s/,:|_]+")
_BENCHMARK_ENDS = ("bench", "eval", "vqa", "glue", "arena", "qa", "iq", "leaderboard")


def squash(label: str) -> str:
    """Letters and digits only, lower case; Greek tau spelled out."""
    text = label.lower()
    if text.isascii():
        return text if text.isalnum() else _NOT_ALNUM.sub("", text)
    return _NOT_ALNUM.sub("", text.replace("τ", "tau").replace("²", "2"))


@lru_cache(maxsize=8192)
def known_benchmark(label: str) -> bool:
    """Whether a label (or its first words) is a benchmark people know by that name."""
    text = bare(label)
    if squash(text) in _BENCHMARKS:
        return True
    parts = [part for part in map(squash, _BETWEEN_WORDS.split(text)) if part]
    if not parts:
        return False
    if any(
        "".join(parts[start:end]) in _BENCHMARKS
        for start in range(min(len(parts), 4))
        for end in range(start + 1, min(len(parts), start + 3) + 1)
    ):
        return len(parts) <= 8
    return len(parts) <= 4 and any(part.endswith(_BENCHMARK_ENDS) and len(part) > 4 for part in parts)


_MENTION = re.compile(
    r"[A-Za-zτ][\w+.τ²-]*(?:[ -](?:Bench(?:mark)?|Eval|Diamond|Pro|Redux|Verified|Voice|Hard|\d{2,4})\b)*"
)


def mentioned_benchmarks(sentence: str) -> list[str]:
    """Benchmarks that a sentence names, in order."""
    found: list[str] = []
    for match in _MENTION.finditer(sentence[-600:]):
        name = match[0].rstrip(".-")
        key = squash(name)
        if (key in _BENCHMARKS and (name != name.lower() or any(ch.isdigit() for ch in name))) or (
            key.endswith(("bench", "eval")) and len(key) > 5 and sum(ch.isupper() for ch in name) >= 2
        ):
            found.append(name)
    return list(dict.fromkeys(found))


@lru_cache(maxsize=8192)
def is_metric(label: str) -> bool:
    """Whether a label says how something is measured and nothing else: `acc`, `pass@1`, `ROUGE-L`."""
    parts: list[str] = []
    for part in words(label.replace("@", " ").replace("_", " ")):
        # `pass1` is `pass` and a number, `f1` a word of its own.
        parts += [part] if part in _METRIC_WORDS else _LETTERS_OR_DIGITS.findall(part)
    return all(part in _METRIC_WORDS or part.isdigit() for part in parts) and any(
        part in _METRIC_CORE for part in parts
    )


def has_metric(label: str) -> bool:
    """Whether a label names a metric among other things."""
    return any(part in _METRIC_CORE for part in words(label.replace("@", " ").replace("_", " ")))


@lru_cache(maxsize=8192)
def is_qualifier(label: str) -> bool:
    """Whether a label is only a metric, split, language, shot count or other condition: no benchmark by itself."""
    text = bare(label)
    if not text:
        # `(PPL)`: all of it in parentheses.
        return True
    if squash(text) in _BENCHMARKS and text != "math":
        return False
    parts = words(text)
    return bool(
        _GENERIC.fullmatch(text)
        or is_metric(text)
        or _CONDITIONS.fullmatch(text)
        or (parts and all(part in _LANGUAGES or part in _SPLITS for part in parts))
        or (
            parts
            and all(part in _METRIC_WORDS or part in _SPLITS or part in _LANGUAGES or part.isdigit() for part in parts)
            and not (len(parts) > 1 and parts[0] in _LANGUAGES and all(part.isdigit() for part in parts[1:]))
        )
        or re.fullmatch(r"[a-z]{2,3}\s?(?:-|→|->|2|to|_)\s?[a-z]{2,3}", text)
        or re.fullmatch(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", text)
    )


_JOINTS = re.compile(r"[@_-]")
# Judged on a scale of ten.
_JUDGED = re.compile(r"(?<![a-z])mt[\s-]?bench(?!mark)|alignbench")
_SAYS_NOTHING = re.compile(
    r"(?:model )?(?:performances?|scores?|results?|values?|numbers?|points?|percentage|reported|quantity)(?: %)?"
)
_SUITES = ("glue", "superglue", "mteb", "cmteb", "beir", "superb", "openllm", "leaderboard", "helm", "gpt4all")
_AGGREGATE = re.compile(
    r"(?:(?:overall|total|macro|micro|downstream|weighted|grand|global|task|the|geometric|arithmetic|g|mean|final|benchmark|open|llm|leaderboard)[\s-]*)*(?:average|avg|averages|mean|gmean|ave)"
    r"(?:[\s-]*(?:score|scores|acc|accuracy|wer|cer|f1|bleu|performance|perf|total|result|overall|all"
    r"|of all|over all|across all|w/o|excluding|on|datasets?|tasks?|benchmarks?|\d+)\b.*)?"
    r"|(?:aa|artificial analysis)[\s-]*(?:intelligence)?(?:[\s-]*index)?|.*\bintelligence index|平均分?"
)


@lru_cache(maxsize=8192)
def is_generic(label: str) -> bool:
    """Whether a label says nothing: `Value`, `Score`, `Results`."""
    return _SAYS_NOTHING.fullmatch(bare(label)) is not None


@lru_cache(maxsize=8192)
def is_suite(label: str) -> bool:
    """Whether a name is that of a collection of benchmarks, whose average is an average across benchmarks."""
    return squash(label).startswith(_SUITES)


@lru_cache(maxsize=8192)
def is_aggregate(label: str) -> bool:
    """Whether a label names an average across benchmarks."""
    text = bare(label).rstrip(". ")
    # The last rows of a classification report average over classes, not over benchmarks.
    return (
        text not in {"macro avg", "weighted avg", "micro avg", "samples avg"} and _AGGREGATE.fullmatch(text) is not None
    )


@lru_cache(maxsize=4096)
def unit_hint(*labels: str) -> Unit | None:
    """The scale that metric names and `%` signs in labels say, if they do."""
    text = " ".join(labels).lower()
    said = metric_hint(text)
    return Unit.OTHER if said in {None, Unit.PERCENT} and _JUDGED.search(text) else said


@lru_cache(maxsize=4096)
def metric_hint(text: str) -> Unit | None:
    """The scale that metric names and `%` signs in a text say, if they do."""
    text = text.lower()
    parts = set(words(_JOINTS.sub(" ", text)))
    if parts & {"elo", "rating"}:
        return Unit.ELO
    if parts & _ERROR_WORDS or "error rate" in text:
        return Unit.WER
    if parts & _OTHER_WORDS:
        return Unit.OTHER
    return Unit.PERCENT if "%" in text else None
