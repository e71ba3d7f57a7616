"""Telltales: what looks like a credential or a person's data by its form alone, wherever it stands in a text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from mockserver.redaction.pseudonyms import Pseudonyms, is_iban, luhn
from mockserver.redaction.sensitive import CREDENTIALS, kind_of

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]*(?:\.[\w-]*){1,3}")
_SCHEME = re.compile(
    r"\b(bearer|basic|dpop|negotiate)(\s+|%20|\+)((?=[\w.~+/-]*\d)[\w.~+/-]{8,}|[\w.~+/-]{20,})=*", re.IGNORECASE
)
_USERINFO = re.compile(r"(?<=://)([^/?#@\s\"'<>]+)@")
_ISSUED = re.compile(
    r"\b(?:sk|pk|rk|ak|whsec|ghp|gho|ghs|ghr|github_pat|glpat|xox[abeprs])[-_][A-Za-z0-9_-]{16,}|\bAKIA[A-Z0-9]{16}\b"
)
_GIVEN = re.compile(
    r"(?<![\w.-])(?=[\w.-]*?(?:tok|jwt|key|sec|cred|pass|pw|pin|otp|cv|sig|cook|ses|auth|bear|pat|asser))"
    r"(?P<name>[A-Za-z_][\w.-]*+)(?P<between>\\*[\"']?\s*(?:=|:)\s*\\*[\"']?)(?P<value>[^\s\"'&,;<>(){}\[\]\\]+)",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?<![\w.!#$*+/=?^`|~-])[\w.!#$*+/=?^`|~-]++(?:@|%40)(?:\w[\w-]*+\.)+[^\W\d_]{2,}(?!\w)", re.IGNORECASE
)
_PHONE = re.compile(
    r"(?<![\w.+/-])(?:\+\d[\d ()./-]{6,18}\d|\(\d{3}\) ?\d{3}[-. ]\d{4}|\d{3}([-. ])\d{3}\1\d{4})(?![\w/-]|\.\d)"
)
_TAX = re.compile(r"(?<![\w.-])(?:\d{3}-\d{2}-\d{4}|\d{2}-\d{7})(?![\w-]|\.\d)")
_CARD = re.compile(r"(?<![\w.-])[2-6](?:[ -]?\d){12,18}(?![\w-]|\.\d)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?)(?!\w)")


def credentials_hidden(text: str) -> str:
    """The text with markers for what can only be a credential: keys, tokens, `password=...`, `user:pass@host`."""
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub("<private-key>", text)
    if "eyJ" in text:
        text = _JWT.sub("<jwt>", text)
    text = _SCHEME.sub(r"\1\2<token>", text)
    if "://" in text and "@" in text:
        text = _USERINFO.sub("<secret>@", text)
    text = _ISSUED.sub("<api-key>", text)
    return _GIVEN.sub(_given, text) if "=" in text or ":" in text else text


def _given(match: re.Match[str]) -> str:
    kind = kind_of(match["name"], "", False)
    if kind not in CREDENTIALS or match["value"].lower() in ("true", "false", "null", "none", "bearer", "basic"):
        return match[0]
    return f"{match['name']}{match['between']}<{kind}>"


def people_hidden(text: str, pseudonyms: Pseudonyms) -> str:
    """The text with pseudonyms for e-mail addresses, phones, tax numbers, cards and bank accounts."""
    if "@" in text or "%40" in text:
        text = _EMAIL.sub(lambda match: _email(match[0], pseudonyms), text)
    if not any(char.isdigit() for char in text):
        return text
    finds: tuple[tuple[re.Pattern[str], Callable[[str], bool], Callable[[str], str]], ...] = (
        (_IBAN, is_iban, pseudonyms.iban),
        (_CARD, is_card, pseudonyms.card),
        (_TAX, lambda _: True, pseudonyms.whole),
        (_PHONE, lambda _: True, pseudonyms.whole),
    )
    for pattern, holds, made in finds:
        text = pattern.sub(partial(_number, holds, made), text)
    return text


def _number(holds: Callable[[str], bool], made: Callable[[str], str], match: re.Match[str]) -> str:
    return made(match[0]) if holds(match[0]) else match[0]


def _email(text: str, pseudonyms: Pseudonyms) -> str:
    if "%40" in text:
        return pseudonyms.email(text.replace("%40", "@")).replace("@", "%40")
    return pseudonyms.email(text)


def is_card(text: str) -> bool:
    """Whether a number has an issuer's beginning, a card's length and a right check digit."""
    digits = re.sub(r"[ -]", "", text)
    lengths = {"3": (15,), "4": (13, 16, 19), "5": (16,), "2": (16,), "6": (16, 17, 18, 19)}
    known = digits[:2] in ("34", "37") or digits[:1] in "456" or "22" <= digits[:2] <= "27"
    return digits.isdigit() and known and len(digits) in lengths.get(digits[:1], ()) and luhn(digits)
