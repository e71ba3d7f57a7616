"""Words, singular and plural."""

from __future__ import annotations

import pytest

from mockserver.bundle.nouns import camel, is_plural, noun, plural, plural_noun, singular, words

PAIRS = [
    ("client", "clients"),
    ("industry", "industries"),
    ("history", "histories"),
    ("address", "addresses"),
    ("status", "statuses"),
    ("box", "boxes"),
    ("branch", "branches"),
    ("alias", "aliases"),
    ("invoice", "invoices"),
    ("expense", "expenses"),
    ("warehouse", "warehouses"),
    ("person", "people"),
    ("child", "children"),
    ("key", "keys"),
    ("analysis", "analyses"),
]


@pytest.mark.parametrize(("one", "many"), PAIRS)
def test_singular_and_plural_meet(one: str, many: str) -> None:
    """A noun and its plural lead to each other."""
    assert singular(many) == one
    assert plural(one) == many


@pytest.mark.parametrize(("one", "many"), PAIRS)
def test_each_form_stays_itself(one: str, many: str) -> None:
    """What is singular already is not cut short, and what is plural is not made longer."""
    assert singular(one) == one
    assert plural(many) == many


@pytest.mark.parametrize("word", ["staff", "wip", "data", "metadata", "news", "series"])
def test_words_without_a_plural(word: str) -> None:
    """Words that have but one form keep it."""
    assert singular(word) == word == plural(word)
    assert not is_plural(word)


def test_a_mass_noun_can_be_counted_by_a_vendor() -> None:
    """`wips` is the same as `wip`, though `wip` needs no plural."""
    assert noun("wips") == noun("wip") == "wip"


@pytest.mark.parametrize(
    "name", ["draftInvoiceHistories", "draft_invoice_histories", "draft-invoice-histories", "DraftInvoiceHistory"]
)
def test_case_styles_meet(name: str) -> None:
    """An entity has one name, however its path is written."""
    assert noun(name) == "draft_invoice_history"


def test_only_the_last_word_is_made_singular() -> None:
    """`client_business_entities` is about entities of a business; the words before the last stay as they are."""
    assert noun("sales_orders") == "sales_order"
    assert plural_noun("sales_order") == "sales_orders"
    assert camel(plural_noun("contact_client")) == "contactClients"


def test_abbreviations_are_words() -> None:
    """Capitals in a row are one word, and digits one of their own."""
    assert words("APIKeys2") == ["api", "keys", "2"]
    assert words("HTTPServer") == ["http", "server"]


def test_names_without_letters() -> None:
    """A name of signs only is no reason to fail."""
    assert noun("...") == "..."
    assert not is_plural("0")
