"""Vocabulary: the words of the trade and the names of people and places, picked by a row's bits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from mockserver import paths
from mockserver.store.chance import salt, spread
from mockserver.store.model import normal
from mockserver.store.texts import uuid_of

Make = Callable[[int, int], Any]
Year = Callable[[int], int]
_AREAS = (201, 212, 303, 312, 404, 415, 503, 602, 617, 702, 713, 804, 919, 952)
_DIGITS = re.compile(r"([a-z])_(\d)")  # sha_256 -> sha256
_SLUG = re.compile(r"[^a-z0-9]+")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip


_PROSE = frozenset(
    "description summary notes note comment comments message text content body reason details bio about".split()
)


class Vocabulary:
    """Everything that is said in words. The same bits give the same person, company and address in every column."""

    def __init__(self, pools: Mapping[str, Sequence[str]]) -> None:
        written = _written(paths.FIXTURES / "vocabulary.yaml")
        self._pools = pools
        self._catalogs: dict[str, list[dict[str, Any]]] = written["catalogs"]
        self._texts: dict[str, list[str]] = written["texts"]
        self._values: dict[str, list[Any]] = written["values"]
        self._people = frozenset(written["people"])
        self._companies = frozenset(written["companies"])
        self._words: list[str] = written["company_words"]
        self._forms: list[str] = written["company_forms"]

    def pick(self, pool: str, bits: int) -> str:
        """A word of a pool."""
        words = self._pools[pool]
        return words[spread(bits, salt(pool)) % len(words)]

    def catalog(self, entity: str) -> Sequence[Mapping[str, Any]]:
        """The rows that are known by name, for entities such as departments; else none."""
        return self._catalogs.get(entity, ())

    def values(self, owner: str, name: str) -> Sequence[Any]:
        """Likely values of a field that has no enum; `name` in its normal spelling."""
        return self._values.get(f"{owner}.{name}") or self._values.get(name) or ()

    def texts(self, owner: str, name: str) -> Sequence[str]:
        """What a field says, as templates; `name` in its normal spelling."""
        return self._texts.get(f"{owner}.{name}") or self._texts.get(name) or ()

    def first(self, bits: int) -> str:
        """The given name of the person that the bits stand for."""
        return self.pick("first_name", bits)

    def last(self, bits: int) -> str:
        """The family name of that person."""
        return self.pick("last_name", bits)

    def company(self, bits: int) -> str:
        """The company that the bits stand for, without its legal form."""
        return f"{self.pick('last_name', bits ^ 7)} {self._words[spread(bits, salt('company')) % len(self._words)]}"

    def domain(self, bits: int) -> str:
        """The domain of that company; `.example` belongs to nobody."""
        return f"{_slug(self.company(bits))}.example"

    def phone(self, bits: int) -> str:
        """A telephone number of the range that is kept for stories."""
        drawn = spread(bits, salt("phone"))
        return f"+1-{_AREAS[drawn % len(_AREAS)]}-555-01{drawn // 64 % 100:02}"

    def email(self, bits: int) -> str:
        """The person's address at the company."""
        return f"{_slug(self.first(bits))}.{_slug(self.last(bits))}@{self.domain(bits)}"

    def phrase(self, name: str) -> Make:
        """Two words, for a column that nothing is known of."""
        by = salt(name)
        return lambda bits, _number: f"{self.pick('word', bits ^ by).capitalize()} {self.pick('word', bits ^ ~by)}"

    def maker(self, owner: str, field: str, year: Year, *, by_format: str = "") -> Make | None:
        """The maker of a text column by its name (or format); None when the name says nothing."""
        name = normal(field)
        if by_format not in (
            "",
            "email",
            "uri",
            "url",
            "uri-reference",
            "uuid",
            "hostname",
            "phone",
            "idn-email",
            "ipv4",
        ):
            return None
        templates = self.texts(owner, name)
        if templates and not by_format:
            return self._template(f"{owner}.{name}", templates, year)
        if name in ("name", "display_name", "full_name", "title", "label", "subject"):
            return self._name(owner, name)
        by = salt(name)
        found: dict[str, Make] = {
            "email": lambda bits, _n: self.email(bits),
            "idn-email": lambda bits, _n: self.email(bits),
            "uuid": lambda bits, _n: uuid_of(spread(bits, by) << 48 | spread(bits, by + 1)),
            "uri": lambda bits, _n: f"https://www.{self.domain(bits)}/{_slug(name)}",
            "url": lambda bits, _n: f"https://www.{self.domain(bits)}/{_slug(name)}",
            "uri-reference": lambda bits, _n: f"/{_slug(name)}/{spread(bits, by) % 10_000}",
            "hostname": lambda bits, _n: self.domain(bits),
            "phone": lambda bits, _n: self.phone(bits),
            "ipv4": lambda bits, _n: f"192.0.2.{1 + spread(bits, by) % 254}",
        }
        if by_format:
            return found[by_format]
        return self._by_words(name, _DIGITS.sub(r"\1\2", name).split("_"), by)

    def _by_words(self, name: str, words: list[str], by: int) -> Make | None:  # noqa: C901, PLR0912  one line per meaning
        last = words[-1]
        if last == "email" or (last == "address" and "email" in words):
            return lambda bits, _n: self.email(bits)
        if last in ("phone", "mobile", "fax", "cell", "telephone") or name.endswith("phone_number"):
            return lambda bits, _n: self.phone(bits ^ by)
        if name in ("first_name", "given_name", "forename"):
            return lambda bits, _n: self.first(bits)
        if name in ("last_name", "family_name", "surname"):
            return lambda bits, _n: self.last(bits)
        if name in ("middle_name", "nickname"):
            return lambda bits, _n: self.first(bits ^ by)
        if name in ("legal_name", "company_name", "business_name", "company", "organization"):
            form = salt("form")
            return lambda bits, _n: f"{self.company(bits)} {self._forms[spread(bits, form) % len(self._forms)]}"
        if name in ("username", "user_name", "login", "handle", "screen_name"):
            return lambda bits, number: f"{_slug(self.first(bits))}{1001 + number}"
        if last == "name" and self._people.intersection(words):
            return lambda bits, _n: f"{self.first(bits ^ by)} {self.last(bits ^ by)}"
        if last in ("street", "line") or name in ("address", "address_line_1", "address_1", "street_address", "line_1"):
            return lambda bits, _n: self.pick("street_address", bits)
        if last in ("city", "town"):
            return lambda bits, _n: self.pick("city", bits)
        if last in ("state", "province", "region"):
            return lambda bits, _n: self.pick("state_abbr", bits)
        if "zip" in words or "postal" in words or last == "postcode":
            return lambda bits, _n: self.pick("postcode", bits)
        if last in ("website", "homepage"):
            return lambda bits, _n: f"https://www.{self.domain(bits)}"
        if last in ("url", "uri", "link", "href"):
            return lambda bits, number: f"https://www.{self.domain(bits)}/{_slug(name)}/{1001 + number}"
        if name in ("tax_id", "ein", "fein"):
            return lambda bits, _n: f"{10 + spread(bits, by) % 89}-{spread(bits, by + 1) % 10**7:07}"
        if last in _PROSE:
            return lambda bits, _n: self.pick("sentence", bits ^ by)
        if last in ("hash", "sha1", "sha256", "md5", "checksum", "etag", "digest"):
            width = {"sha1": 40, "sha256": 64}.get(last, 32)
            return lambda bits, _n: (f"{spread(bits, by):012x}" * 6)[:width]
        return None

    def _name(self, owner: str, name: str) -> Make:
        """What a row is called."""
        last = owner.rpartition("_")[2]
        if name in ("title", "label", "subject"):
            if last in self._people:
                return lambda bits, _n: self.pick("job", bits)
            return lambda bits, _n: self.pick("phrase", bits)
        if last in self._people:
            return lambda bits, _n: f"{self.first(bits)} {self.last(bits)}"
        if last in self._companies or owner.endswith("business_entity"):
            return lambda bits, _n: self.company(bits)
        return self.phrase(f"{owner}.name")

    def _template(self, name: str, templates: Sequence[str], year: Year) -> Make:
        by = salt(name.replace("engagement_name_template", "name"))
        plain = [template for template in templates if "{" not in template]
        if len(plain) == len(templates):
            return lambda bits, _number: plain[spread(bits, by) % len(plain)]

        def fill(bits: int, number: int) -> str:
            drawn = spread(bits, by)
            template = templates[drawn % len(templates)]
            return template.format(year=year(bits), number=52_000 + number, quarter=f"Q{1 + drawn // 64 % 4}",
                                   month=MONTHS[drawn // 256 % 12], place=self.pick("city", bits))  # fmt: skip

        return fill


def _slug(text: str) -> str:
    return _SLUG.sub("-", text.lower()).strip("-")


@cache
def _written(file: Path) -> Any:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(file.read_text("utf-8"), Loader=loader)  # noqa: S506  a safe loader
