"""Which labels of a table name the card's own model.

A name is compared by its tokens: letters and digits apart, `v1.0` as `1`, sizes (`7B`, `8x7B`, `A3B`) as they are.
A label
names the target when its tokens are those of the repo name, of the card's title or of `model-index`; failing that, when
only words are missing that authors leave out (vendor, `instruct`, size), and nothing in the card speaks against it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import lru_cache

from evaluators.card.labels import is_metric, known_benchmark
from evaluators.card.lexicon import lexicon


class Kind(StrEnum):
    """What training a name or a section speaks of."""

    BASE = "base"
    CHAT = "chat"


class Rank(IntEnum):
    """How well a label names the target; lower is better."""

    EXACT = 0
    NEAR = 1  # all but a vendor, a date-less marker such as `preview`; or `ours`
    NO_KIND = 2  # `instruct`, `chat` or `base` is missing
    NO_DATE = 3  # the date of the release or the input size of an image model is missing
    NO_SIZE = 4  # the size is missing or is the only addition
    TAIL = 5  # the family word is missing
    SIZE_ONLY = 6  # nothing but the size, in a family's own table


_SIZE = r"(?:\d+x)?\d+(?:\.\d+)?[bm]|a\d+(?:\.\d+)?b|\d+e|\d+x\d+(?:\.\d+)?[bm]"
_TOKEN = re.compile(
    rf"(?:{_SIZE})(?![a-z0-9])|\d+(?:\.\d+)?[kt](?![a-z0-9])|v(?=\d)|[a-z]+|\d+(?:\.\d+)?|[\u03b1-ω]+|[\u3040-\u9fff\uac00-\ud7af]+"
)
_DIGIT_JOINT = re.compile(r"(?<=\d)_(?=\d)")
_SIZE_JOINT = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)[ -]([bm])(?![a-z0-9])")
_SIZE_TOKEN = re.compile(rf"(?:{_SIZE})")
_DATE = re.compile(
    r"(?:2[3-9](?:0[1-9]|1[0-2])|(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])|(?:20)?2[0-9](?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])|202\d)"
)
_RELEASES = frozenset({"alpha", "beta"})
_FIRST_VERSION = re.compile(r"[-_]v(?:1(?:\.0)*|0\.1)$", re.IGNORECASE)
_SIZE_LETTERS = {"tiny": "t", "small": "s", "base": "b", "large": "l", "huge": "h", "giant": "g", "xlarge": "xl"}
_ACCENTS = re.compile("[\u0300-\u036f]")
_CONTEXT_TOKEN = re.compile(r"\d+k")
_SIZE_WORDS = lexicon("size_words")
_KIND_WORDS = frozenset({"instruct", "chat", "it", "inst", "instructed", "instruction"})
_BASE_WORDS = frozenset({"base", "pt", "pretrained"})
_FORMAT_WORDS = {"hf", "transformers", "pytorch", "safetensors", "model"}
_SILENT_WORDS = frozenset(["params", "parameters", "model"])
_PRECISION = re.compile(r"(?<=[\s_-])(?:bf16|fp16|fp32)$", re.IGNORECASE)
_MINOR_WORDS = {"preview", "uncased", "release", "official"}
_VENDORS = lexicon("vendors")
_SELF = re.compile(
    r"(?:\(?(?:\*)?ours?\)?|our (?:model|method|approach|system|work)s?(?: \(.*\))?|this (?:model|work"
    r"|repo(?:sitory)?|card|checkpoint)"
    r"|(?:the )?(?:proposed|present|current) (?:model|method|work))",
    re.IGNORECASE,
)
_SELF_WORDS = ("our", "this", "proposed", "present", "current")
_SELF_NOTE = re.compile(
    r"(?:ours?|this (?:model|work|repo(?:sitory)?|checkpoint|card)|our (?:model|method|work))", re.IGNORECASE
)
_PARENTHESES = re.compile(r"[(\[\uff08]([^()\[\]\uff08\uff09]*)[)\]\uff09]")
_BLANKS = re.compile(r"\s+")
_TAIL = re.compile(
    r"\s*(?:[,:;@|]\s*|\bw/|\bwith(?:out)?\b|\bw/o\b|\s\+\s|\s[-\u2013—]\s)(.*)$", re.IGNORECASE | re.DOTALL
)
_MODE = re.compile(
    r"(?:(?:non?|without|with|w/|w/o|no|\+)?[\s-]*)?(?:thinking|reasoning|think|tools?|python"
    r"|code interpreter|search|browsing|cot|greedy|heavy|high|low|medium|"
    r"lm|\d-gram.*|im\.? split|image split.*|max|pass@\d+|maj@?\d*|\d+[\s-]shots?|zero[\s-]shot"
    r"|few[\s-]shot|prompt.*|instruct(?:ed)?|chat|text only|default|standard)(?:\s.*)?",
    re.IGNORECASE,
)
_URL_REPO = re.compile(
    r"https?://(?:www\.)?(?:huggingface\.co|hf\.co|modelscope\.cn/models)/([\w.-]+)/([\w.-]+)", re.IGNORECASE
)


@lru_cache(maxsize=16384)
def tokens(name: str) -> tuple[str, ...]:
    """The tokens of a model name."""
    text = name.lower()
    if "_" in text:
        text = _DIGIT_JOINT.sub(".", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))
        text = text.replace("β", "beta").replace("\u03b1", "alpha")
    text = _SIZE_JOINT.sub(r"\1\2", text)
    found = _TOKEN.findall(text)
    return tuple([part.partition(".")[0] if part[-2:] == ".0" else part for part in found if part != "v"])


def key(parts: Iterable[str]) -> str:
    """Equal for names that are the same letters and digits in the same order."""
    return "".join(parts)


def is_size(token: str) -> bool:
    """Whether a token is a parameter count such as `7b`, `8x7b`, `a3b`."""
    return _SIZE_TOKEN.fullmatch(token) is not None


def is_date(token: str) -> bool:
    """Whether a token of a name tells one release from the next: `2507`, `0324`, `20240522`, `alpha`."""
    return token in _RELEASES or _DATE.fullmatch(token) is not None


def undated(parts: tuple[str, ...]) -> tuple[str, ...]:
    """A name without the date of its release, without `LM`, and without patch and input size of an image model."""
    at = parts.index("patch") if "patch" in parts else len(parts)
    left = [part for part in parts[:at] if not is_date(part)]
    left += [part for part in parts[at + 1 :] if not part.isdigit() and not is_date(part)]
    return tuple(left[:1] + [part for part in left[1:] if part != "lm"])


@dataclass(frozen=True, slots=True)
class Match:
    """A label that names the target; `variant` is what the label adds (`with tools`)."""

    rank: Rank
    label: str
    variant: str = ""
    kind_named: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """The model of a card, and every way of writing its name."""

    repo_id: str
    tokens: tuple[str, ...]
    kind: Kind | None
    forms: Mapping[str, Rank]
    bags: Mapping[tuple[str, ...], Rank]
    exact_only: bool = False
    kind_explicit: bool = False
    sizes: frozenset[str] = field(default_factory=frozenset)
    words: tuple[str, ...] = ()

    def may_match(self, label: str) -> bool:
        """A cheap look ahead: a long label, or one without any word or size of the name, cannot be it."""
        lowered = label.lower()
        return len(label) <= 300 and any(word in lowered for word in self.words)

    def knows(self, parts: tuple[str, ...]) -> bool:
        """Whether these tokens are a way of writing the name, with or without its size."""
        return _lookup(self, parts) is not None

    def match(self, label: str, extras: tuple[str, ...] = ()) -> Match | None:
        """How this label (with other cells of its row, such as a size column) names the target, if it does."""
        return _match(self, label, extras)


def target_of(
    repo_id: str, titles: Iterable[str] = (), *, exact_only: bool = False, sibling_kind: Kind | None = None
) -> Target:
    """Describe the model of a repo. `titles` are other names the card gives it: its title, `model-index` names."""
    owner, _, name = repo_id.rpartition("/")
    parts = tokens(name)
    kind = kind_of(parts)
    explicit = kind is not None
    if kind is None or (kind is Kind.BASE and not _looks_like_llm(parts)):
        # `bert-base-cased-xyz`: a size, not a kind of training.
        kind = sibling_kind or (kind if parts[-1:] and parts[-1] in _BASE_WORDS else None)
    first_version = _FIRST_VERSION.search(name) is not None
    forms: dict[str, Rank] = {}
    bags: dict[tuple[str, ...], Rank] = {}

    def add(form: tuple[str, ...], rank: Rank) -> None:
        if not form or (len(key(form)) < 3 and rank > Rank.EXACT):
            return
        if forms.get(key(form), Rank.SIZE_ONLY) >= rank:
            forms[key(form)] = rank
        bag = tuple(sorted(form))
        if len(form) > 1 and bags.get(bag, Rank.SIZE_ONLY) >= rank:
            bags[bag] = rank

    owner_parts = tokens(owner)
    add(owner_parts + parts, Rank.EXACT)
    names = [parts, without(parts, _FORMAT_WORDS)]
    for title in titles:
        title_parts = without(tokens(title), _FORMAT_WORDS)
        missing = set(parts) - set(title_parts) - _MINOR_WORDS - _FORMAT_WORDS - _VENDORS - set(owner_parts)
        if title_parts and not missing and set(title_parts) & set(parts):
            names.append(title_parts)
        elif _is_own_name(title_parts) and not exact_only:
            add(title_parts, Rank.TAIL)
        elif all(map(is_date, missing)) and len(set(title_parts) & set(parts)) > 1 and not exact_only:
            add(title_parts, Rank.NO_DATE)
    for form in dict.fromkeys(names):
        add(form, Rank.EXACT)
        if exact_only:
            continue
        for near in (form, without_vendor(form, owner_parts)):
            add(near, Rank.NEAR)
            minor = without(near, _MINOR_WORDS)
            add(minor, Rank.NEAR if "uncased" not in near else Rank.NO_SIZE)
            plain = without(minor, _KIND_WORDS | _BASE_WORDS)
            if any(not is_size(part) and part.isalpha() for part in plain):
                add(plain, Rank.NO_KIND)
            for body in (near, minor, plain):
                shorter_forms = {undated(body), _lettered(body)}
                if first_version:
                    shorter_forms.add(undated(body[:-1]))
                for shorter in shorter_forms - {body}:
                    if len(shorter) > 1 and any(map(_is_own_word, shorter)):
                        add(shorter, Rank.NO_DATE)
                if rest := _after_base_name(body):
                    add(rest, Rank.TAIL)
                sizeless = tuple(part for part in body if not is_size(part) and part not in _SIZE_WORDS)
                for shorter in (sizeless, tuple(part for part in body if not _CONTEXT_TOKEN.fullmatch(part))):
                    if any(part.isalpha() and len(part) > 2 for part in shorter):
                        add(shorter, Rank.NO_SIZE)
                if len(body) > 3 and body[0].isalpha() and _is_code_name(body[1:]):
                    add(body[1:], Rank.TAIL)
    sizes = frozenset(part for part in parts if is_size(part))
    letters = {
        word
        for form in names
        for word in form
        if (word.isalpha() and (len(word) > 1 or len(form) < 3)) or is_size(word)
    }
    words = (*sorted(letters or parts, key=len, reverse=True), *_SELF_WORDS)
    return Target(repo_id, parts, kind, forms, bags, exact_only, explicit, sizes, words)


def _is_own_name(title: tuple[str, ...]) -> bool:
    """Whether a card's title is a coined name: one word of its own, then at most numbers."""
    return (
        bool(title)
        and title[0].isalpha()
        and len(title[0]) > 3
        and title[0] not in _FAMILIES | _TRAINING | _VENDORS
        and not known_benchmark(title[0])
        and all(part[0].isdigit() for part in title[1:])
        and len(title) > 1
    )


def _lettered(parts: tuple[str, ...]) -> tuple[str, ...]:
    """`Robin-S` for `robin-small`."""
    if len(parts) == 2 and parts[1] in _SIZE_LETTERS and _is_own_word(parts[0]):
        return parts[0], _SIZE_LETTERS[parts[1]]
    return parts


def _is_own_word(part: str) -> bool:
    return part.isalpha() and len(part) > 2 and part not in _KIND_WORDS | _BASE_WORDS | _SIZE_WORDS


def _after_base_name(parts: tuple[str, ...]) -> tuple[str, ...]:
    """What follows the name of the model it was made from: `Kestrel 3 8B` of `Llama-3.1-Kestrel-3-8B`."""
    if len(parts) < 4 or parts[0] not in _ORIGINS or not parts[1][0].isdigit() or is_size(parts[1]):
        return ()
    rest = parts[2:]
    word = rest[0]
    own = _is_own_word(word) and word not in _ORIGINS and word not in _TRAINING and len(word) > 3
    return rest if own and len(rest) > 1 else ()


def _is_code_name(parts: tuple[str, ...]) -> bool:
    """Whether what follows a family word stands alone, as `K2 Thinking` does: a letter, a number and a word of its own.

    `Llama 13B` after `Open` does not: it is another family's name.
    """
    own = [part for part in parts[2:] if (_is_own_word(part) and len(part) > 3) or is_date(part)]
    return len(parts[0]) == 1 and parts[1].isdigit() and bool(own) and not any(part in _FAMILIES for part in parts)


def _looks_like_llm(parts: tuple[str, ...]) -> bool:
    return any(is_size(part) for part in parts)


def without(parts: tuple[str, ...], words: Iterable[str]) -> tuple[str, ...]:
    """The tokens that are none of these words."""
    drop = frozenset(words)
    return tuple(part for part in parts if part not in drop)


def without_vendor(parts: tuple[str, ...], owner: tuple[str, ...]) -> tuple[str, ...]:
    """Drop a leading maker's name, if what is left is still a name."""
    at = 0
    while at < len(parts) - 1 and (parts[at] in _VENDORS or parts[at] in owner) and _has_word(parts[at + 1 :]):
        at += 1
    if at == 0 and len(owner) > 1 and parts[:2] == owner[:2]:
        at = 2
    rest = parts[at:]
    return rest if at and any(part.isalpha() and len(part) > 1 for part in rest) else parts


def _has_word(parts: tuple[str, ...]) -> bool:
    return any(
        part.isalpha() and len(part) > 2 and part not in _KIND_WORDS and part not in _SIZE_WORDS for part in parts
    )


def kind_of(parts: Iterable[str]) -> Kind | None:
    """The kind that a name's tokens state."""
    words = set(parts)
    if words & _KIND_WORDS:
        return Kind.CHAT
    if words & _BASE_WORDS:
        return Kind.BASE
    return None


_BASE_CONTEXT = re.compile(
    r"\b(?:base|pre-?trained|foundation(?:al)?)\s+(?:language\s+|llm\s+)?(?:models?|llms?|checkpoints?|version)\b|^\W*(?:base|pre-?trained|pretraining)\W*$"
    r"|\bpre-?trained\W*$|\bbase\W*$",
    re.IGNORECASE,
)
_CHAT_CONTEXT = re.compile(
    r"\b(?:instruct|chat|aligned|post-?trained|instruction[\s-]?(?:fine-?)?tuned|fine-?tuned)\s+(?:language\s+|llm\s+)?(?:models?|llms?|checkpoints?|version)\b"
    r"|^\W*(?:instruct|chat|instruction[\s-]tuned|post-?trained|post-?training)\W*$|\binstruction[\s-](?:fine-?)?tuned\b",
    re.IGNORECASE,
)


def context_kind(headings: Iterable[str], lead: str, caption: str = "") -> Kind | None:
    """Whether the text around a table says that it is about base or about chat models; the nearest text decides."""
    nearest_first = [caption, lead[-300:], *reversed(list(headings))]
    for text in nearest_first:
        base, chat = bool(_BASE_CONTEXT.search(text)), bool(_CHAT_CONTEXT.search(text))
        if base != chat:
            return Kind.BASE if base else Kind.CHAT
    return None


def _lookup(target: Target, parts: tuple[str, ...]) -> Rank | None:
    found = target.forms.get(key(parts))
    if found is None and len(parts) > 1:
        found = target.bags.get(tuple(sorted(parts)))
    return found


def _match(target: Target, label: str, extras: tuple[str, ...]) -> Match | None:
    text = label.strip()
    if not text or not target.may_match(text):
        return None
    if url := _URL_REPO.fullmatch(text.rstrip("/")):
        same = f"{url[1]}/{url[2]}".lower() == target.repo_id.lower()
        return Match(Rank.EXACT, text, "", kind_named=True) if same else None
    notes = [note.strip() for note in _PARENTHESES.findall(text)]
    if not target.exact_only and _SELF.fullmatch(_PARENTHESES.sub("", text).strip() or text):
        sizes = {part for note in notes for part in tokens(note) if is_size(part)}
        silent = all(_is_silent_note(target, note) or sizes for note in notes)
        return Match(Rank.NEAR, text, "", kind_named=True) if silent and sizes <= (target.sizes or sizes) else None
    core = _BLANKS.sub(" ", _PARENTHESES.sub(" ", text)).strip(" -\u2013:*") if notes else text
    candidates: list[tuple[str, str]] = [(text, "")]
    if notes:
        candidates.append((core, ", ".join(note for note in notes if not _is_silent_note(target, note))))
    if tail := _TAIL.search(core):
        words = tail[0].strip(" ,:;|@\u2013—")
        if tail[1].strip() and (_MODE.fullmatch(tail[1].strip()) or _MODE.fullmatch(words)):
            variant = ", ".join(part for part in (words, *(n for n in notes if not _is_silent_note(target, n))) if part)
            candidates.append((core[: tail.start()].strip(), variant))
    if not target.exact_only and any(_SELF_NOTE.fullmatch(note) for note in notes):
        parts = tokens(core)
        if set(parts) <= set(target.tokens) or set(target.tokens) <= set(parts) or not parts:
            return Match(Rank.NEAR, text, "", kind_named=True)
    best: Match | None = None
    for candidate, variant in candidates:
        found = _match_name(target, candidate, variant, notes, extras, text)
        if found and (best is None or found.rank < best.rank):
            best = found
    return best


def _is_silent_note(target: Target, note: str) -> bool:
    """Whether a parenthesis only repeats what is known: a size, `ours`, part of the name."""
    parts = tokens(note)
    return bool(_SELF_NOTE.fullmatch(note)) or all(is_size(part) or part in target.tokens for part in parts)


def _match_name(
    target: Target, candidate: str, variant: str, notes: list[str], extras: tuple[str, ...], label: str
) -> Match | None:
    parts = tokens(_PRECISION.sub(" ", candidate) if "16" in candidate or "32" in candidate else candidate)
    if not parts:
        return None
    if len(parts) > 1:
        parts = tuple("instruct" if part in {"in", "ins"} and part not in target.tokens else part for part in parts)
        parts = without(parts, _SILENT_WORDS) or parts
    if variant and not all(_MODE.fullmatch(part.strip()) or _is_remark(part) for part in variant.split(", ")):
        # `Name (v2)`, `Name (0519)`: another model until proven otherwise.
        return None
    note_kind = kind_of(tokens(" ".join(notes))) if candidate != label else None
    if note_kind and target.kind and note_kind != target.kind:
        return None
    if note_kind and target.kind is None and target.exact_only:
        return None
    found = _lookup(target, parts)
    named_kind = kind_of(parts) is not None or note_kind is not None
    if target.kind is not None and any(
        _KIND_CELL.fullmatch(extra) and kind_of(tokens(extra)) is not target.kind for extra in extras
    ):
        return None
    if extras and (found is None or found >= Rank.NO_KIND):
        for extra in _extra_tokens(extras):
            more = _lookup(target, parts + extra)
            if more is None and kind_of(extra) is not None and kind_of(extra) is target.kind:
                # `Robin 7B | Instruct` names `robin-7b-it`: the kind is said, if in another word.
                more = Rank.NEAR if found is Rank.NO_KIND else None
            if more is not None and (found is None or more < found):
                found = more
                named_kind = named_kind or kind_of(extra) is not None
    if found is not None:
        if found >= Rank.NO_SIZE and _size_conflict(target, parts, extras):
            return None
        return Match(found, label, variant, named_kind)
    if target.exact_only:
        return None
    if not target.sizes:
        sizeless = tuple(part for part in parts if not is_size(part))
        if sizeless != parts and sizeless:
            found = _lookup(target, sizeless)
            if found is not None and found <= Rank.NEAR:
                return Match(Rank.NO_SIZE, label, variant, named_kind)
    if target.sizes and all(is_size(part) for part in parts) and set(parts) <= target.sizes:
        return Match(Rank.SIZE_ONLY, label, variant, named_kind)
    return None


_TRAINING = lexicon("training_words")
_FAMILIES = lexicon("families")
_ORIGINS = lexicon("origins")
_KIND_CELL = re.compile(
    r"(?:base|pre-?trained|pt|instruct(?:ion)?(?:[\s-]tuned)?|instructed|inst|chat|it)(?: models?)?", re.IGNORECASE
)


def _is_remark(note: str) -> bool:
    """Whether a parenthesis is a remark in words (`demonstration below`), not part of a name."""
    words = tokens(note)
    return len(words) > 1 and all(word.isalpha() and word not in _FAMILIES and word not in _TRAINING for word in words)


def _extra_tokens(extras: tuple[str, ...]) -> list[tuple[str, ...]]:
    each = [tokens(extra) for extra in extras if len(extra) < 80]
    joined = tuple(part for parts in each for part in parts)
    return [parts for parts in dict.fromkeys([*each, joined]) if parts]


def _size_conflict(target: Target, parts: tuple[str, ...], extras: tuple[str, ...]) -> bool:
    """Whether the row states a size that is not the target's."""
    if not target.sizes or any(is_size(part) for part in parts):
        return False
    stated = [part for extra in extras for part in tokens(extra) if is_size(part)]
    return bool(stated) and not set(stated) & target.sizes


_OTHER_NAMES = re.compile(
    r"(?:random|human|baseline|majority|previous sota|sota|state[\s-]of[\s-]the[\s-]art|open-source sota"
    r"|best|other best|teacher|student|original)\b.*",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def looks_like_model(label: str) -> bool:
    """Whether a label is most likely the name of a model."""
    text = label.strip()
    if not text or len(text) > 120:
        return False
    if _URL_REPO.match(text) or _SELF.fullmatch(text):
        return True
    parts = tokens(text)
    if known_benchmark(text) and not any(is_size(part) for part in parts):
        return False
    if is_metric(text):
        return False
    if _OTHER_NAMES.match(text):
        return True
    if not parts:
        return False
    if any(is_size(part) and re.search(r"[bm]$", part) for part in parts):
        return True
    lowered = re.findall(r"[a-z]+\d?[a-z]?", text.lower())
    return any(part in _FAMILIES for part in parts) or any(part in _FAMILIES for part in lowered[:4])
