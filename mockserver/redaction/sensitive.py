"""Sensitive: which names and which texts mean a credential or a person, in any vendor's spelling.

A kind is what a value has to become: one of CREDENTIALS turns into a marker such as `<token>`, one of PERSONAL into a
pseudonym of its form, `""` means that the name says nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

CREDENTIALS = frozenset({"token", "secret", "password", "api-key", "signature", "cookie", "jwt", "private-key"})
PERSONAL = frozenset({"name", "author", "email", "phone", "address", "number", "birth"})
MARKER = re.compile(rf"<({'|'.join(sorted(CREDENTIALS))})>")

_SPLIT = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_HEADS = {
    "token": "token", "jwt": "jwt", "bearer": "token", "authorization": "token", "accesstoken": "token",
    "secret": "secret", "credential": "secret", "clientsecret": "secret", "pat": "token",
    "password": "password", "passwd": "password", "pwd": "password", "passphrase": "password", "passcode": "password",
    "pin": "password", "otp": "password", "cvv": "password", "cvc": "password",
    "apikey": "api-key", "signature": "signature", "sig": "signature", "cookie": "cookie",
    "jsessionid": "cookie", "phpsessid": "cookie", "assertion": "jwt",
}  # fmt: skip
_KEYS = frozenset(
    "api access secret private signing encryption auth subscription functions master session hmac jwt shared".split()
)
# `nextPageToken` is a place in a list and `maxTokens` a number: neither opens a door.
_NO_TOKEN = frozenset(
    "page next previous prev continuation continue cursor sync delta skip resume paging pagination change "
    "max min total prompt completion input output cached reasoning text audio used remaining limit stop count".split()
)
_PEOPLE = frozenset(
    "contact person people user staff employee owner manager author patient member partner customer client payer payee "
    "recipient beneficiary cardholder taxpayer assignee approver reviewer preparer spouse dependent guardian applicant "
    "borrower signer signatory sender attendee participant holder reporter requester".split()
)
_NAMES = frozenset(
    "firstname lastname middlename surname givenname familyname fullname maidenname nickname username login "
    "salutation signedby cardholdername accountholder accountholdername patronymic legalname preferredname".split()
)
_NUMBERS = frozenset(
    "ssn ein itin tin sin nin pan taxid taxnumber taxidentifier taxpayerid vatid socialsecurity socialsecuritynumber "
    "nationalid nationalidentifier passport passportnumber driverlicense driverslicense licensenumber iban bankaccount "
    "bankaccountnumber accountnumber routingnumber sortcode cardnumber creditcard creditcardnumber debitcard".split()
)
_STREETS = frozenset(
    "address addresses streets street streetaddress address1 address2 address3 addressline addressline1 "
    "addressline2 addressline3 street1 street2 line1 line2 line3 mailingaddress homeaddress billingaddress "
    "shippingaddress postaladdress postalcode postcode zip zipcode housenumber addressline4".split()
)
_BIRTHS = frozenset("birthdate dateofbirth dob birthday bornon bornat born dateofdeath".split())
_AUTHORS = frozenset("created updated modified approved prepared reviewed assigned submitted deleted changed".split())
_PHONES = frozenset("phone mobile fax telephone cell cellphone".split())
_CONTAINERS = frozenset("search list find query batch filter items data results records attributes".split())


@lru_cache(maxsize=16384)
def words(name: str) -> tuple[str, ...]:
    """`X-Api-Key`, `jwtApiKey` and `api_key` in lower-case words."""
    return tuple(part.lower() for run in _SPLIT.findall(name) for part in _HUMP.split(run) if part)


@lru_cache(maxsize=16384)
def kind_of(name: str, parent: str = "", personal: bool = True) -> str:
    """What a property, a parameter or a form field of this name holds; `parent` is the name around it."""
    split = words(name)
    if not split:
        return ""
    return _credential(split) or (_person(split, parent) if personal else "")


@lru_cache(maxsize=16384)
def kind_of_header(name: str, personal: bool = True) -> str:
    """What a header of this name holds; wider than for properties, for a header named so has no other use."""
    split = words(name)
    if not split:
        return ""
    if split[-1] in ("cookie", "cookie2"):
        return "cookie"
    found = kind_of(name, "", personal)
    if found or split[-1] in ("type", "count", "limit", "remaining", "expires", "expiry", "reset"):
        return found
    return next((_HEADS[w] for i, w in enumerate(split) if w in _HEADS and not set(split[:i]) & _NO_TOKEN), "")


def _credential(split: tuple[str, ...]) -> str:
    last = "password" if split[-1] == "pass" else split[-1].removesuffix("s")
    if last == "key":
        return "api-key" if set(split[:-1]) & _KEYS and "public" not in split and "id" not in split else ""
    kind = _HEADS.get(last) or _HEADS.get("".join(split[-2:])) or _HEADS.get(split[-1], "")
    if not kind and last.endswith(("password", "apikey", "secret", "token")):
        kind = next(_HEADS[word] for word in ("password", "apikey", "secret", "token") if last.endswith(word))
    if kind == "token" and set(split[:-1]) & _NO_TOKEN:
        return ""
    return kind


def _person(split: tuple[str, ...], parent: str) -> str:
    joined, last = "".join(split), split[-1].removesuffix("s")
    tails = {joined, "".join(split[-2:]), "".join(split[-3:]), split[-1]}
    around = words(parent)
    if last in ("email", "mail") or "emailaddress" in tails:
        return "email"
    if last in _PHONES or (set(split) & _PHONES and last in ("number", "no")):
        return "phone"
    if tails & _BIRTHS:
        return "birth"
    if tails & _NUMBERS:
        return "number"
    if tails & _STREETS:
        return "address"
    if tails & _NAMES:
        return "name"
    if last == "name" and split[:-1] in ((), ("display",), ("full",)):
        return "name" if around and is_person(around[-1]) else ""
    if last == "name" and is_person(split[-2]):
        return "name"
    return "author" if (last == "by" and set(split) & _AUTHORS) or joined in _PEOPLE else ""


def is_person(word: str) -> bool:
    """Whether a noun, in singular or plural, means people."""
    return word in _PEOPLE or word.removesuffix("s") in _PEOPLE


def noun_of(path: str) -> str:
    """The word of a path that says what its bodies hold: `contacts` of `/v1/contacts/search`."""
    plain = [part for part in path.split("/") if part and not re.search(r"\d|[{%@]", part)]
    return next((part for part in reversed(plain) if part.lower() not in _CONTAINERS), "")


def is_operator(name: str) -> bool:
    """Whether a property only says how its parent's value is compared or kept: `{"email": {"_eq": ...}}`."""
    return name.startswith(("_", "$")) or name in _OPERATORS


_OPERATORS = frozenset(
    "eq ne neq gt gte lt lte in nin like ilike contains startsWith endsWith starts_with ends_with regex "
    "value values old new before after".split()
)
