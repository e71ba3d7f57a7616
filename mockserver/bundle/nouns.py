"""Names of things: words, singular and plural, whatever the case style."""

from __future__ import annotations

import re
from functools import lru_cache

_SMALL = r"[^\W\d_A-Z]"  # letters of other scripts count as small ones
_WORDS = re.compile(rf"[A-Z]+(?!{_SMALL})|[A-Z]?{_SMALL}+|\d+")

_SAME = frozenset(
    "staff wip data metadata media info information news series species equipment feedback content auth trash billing "
    "analytics settings access time payroll".split()
)
_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "indices": "index", "matrices": "matrix",
    "vertices": "vertex", "criteria": "criterion", "analyses": "analysis", "bases": "base", "movies": "movie",
    "cookies": "cookie", "ties": "tie", "shelves": "shelf", "leaves": "leaf", "halves": "half", "lives": "life",
    "shoes": "shoe", "canvases": "canvas", "diagnoses": "diagnosis", "hypotheses": "hypothesis", "quizzes": "quiz",
    "caches": "cache",
}  # fmt: skip
_PLURALS = {one: many for many, one in _IRREGULAR.items()}
_KEEP_S = (
    "ss",
    "us",
    "is",
    "alias",
    "canvas",
    "gas",
    "atlas",
    "bias",
)  # `status`, `analysis`: these are not plurals
_DROP_ES = ("sses", "shes", "ches", "xes", "zzes", "iases", "oes")


def words(name: str) -> list[str]:
    """The words of a name, lower case: `draftInvoices`, `draft_invoices`, `draft-invoices` give the same."""
    return [word.lower() for word in _WORDS.findall(name)]


@lru_cache(maxsize=8192)
def snake(name: str) -> str:
    """A name in snake_case: by this two spellings of one name are the same."""
    return "_".join(words(name))


@lru_cache(maxsize=4096)
def singular(word: str) -> str:
    """`invoices` -> `invoice`; a word that is singular already (or has no plural) comes back as it is."""
    if word in _SAME or len(word) < 3:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(_DROP_ES) or (word.endswith("uses") and not word.endswith(("ouses", "auses"))):
        return word[:-2]
    if word.endswith("s") and not word.endswith(_KEEP_S):
        return word[:-1]
    return word


@lru_cache(maxsize=4096)
def plural(word: str) -> str:
    """`invoice` -> `invoices`."""
    if word in _SAME or not word or singular(word) != word:
        return word
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")


@lru_cache(maxsize=8192)
def noun(name: str) -> str:
    """The singular in snake_case, by which entities go: `clientBusinessEntities` -> `client_business_entity`."""
    parts = words(name)
    if not parts:
        return name.lower()
    parts[-1] = singular(parts[-1])
    return "_".join(parts)


def is_plural(name: str) -> bool:
    """Whether a name speaks of several things, as collections do."""
    parts = words(name)
    return bool(parts) and (singular(parts[-1]) != parts[-1])


def plural_noun(name: str) -> str:
    """The plural in snake_case: `contact_info` -> `contact_infos` is wrong English, so it stays `contact_info`."""
    parts = words(name)
    parts[-1] = plural(parts[-1])
    return "_".join(parts)


def camel(name: str) -> str:
    """`draft_invoice` -> `draftInvoice`."""
    first, *rest = words(name) or [name]
    return first + "".join(word.capitalize() for word in rest)
