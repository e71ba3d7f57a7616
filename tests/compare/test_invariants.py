"""What adds up in all rows of one side, and in those of the other no more."""

from __future__ import annotations

from typing import Any

from tests.compare.made import differences, made

LIST = "filterInvoicesDynamic"


def invoices(first: int, change: Any = None, *, many: int = 14) -> Any:
    """A list of invoices whose amounts add up, each with lines in the order of their text; `change` alters one."""
    rows = []
    for n in range(many):
        lines = [
            {"position": f"{letter}{n}", "quantity": 2 + n + at, "unitPrice": 10.5 + at + first % 7,
             "amount": round((2 + n + at) * (10.5 + at + first % 7), 2)}
            for at, letter in enumerate("abc")
        ]  # fmt: skip
        subtotal = round(sum(line["amount"] for line in lines), 2)
        row = {"id": first + n, "subtotal": subtotal, "taxAmount": 3.25 + n, "totalAmount": subtotal + 3.25 + n,
               "createdAt": f"2024-01-{n + 1:02}T10:00:00Z", "updatedAt": f"2024-02-{n + 1:02}T10:00:00Z",
               "lineItems": lines}  # fmt: skip
        rows.append(change(row) if change else row)
    body = {"invoices": rows, "total": {"aggregate": {"count": many}}}
    return made(LIST, body, sent={"pageSize": 50})


def values(found: list[str]) -> list[str]:
    """The messages about values and orders."""
    return [said for said in found if said.startswith(("value at", "order at"))]


def test_rows_that_add_up_on_both_sides_are_alike() -> None:
    """Other amounts with the same relations are no difference."""
    assert differences(invoices(1), invoices(500)) == []


def test_a_sum_that_is_no_more() -> None:
    """A total without the tax is told with the sum that it broke."""
    found = values(differences(invoices(1), invoices(500, lambda row: {**row, "totalAmount": row["subtotal"]})))

    assert "value at body /invoices/[]/totalAmount: totalAmount = subtotal + taxAmount: kept -> broken" in found


def test_a_sum_that_was_rounded() -> None:
    """Amounts that were rounded to whole units still nearly add up: a few rows tell it, and it is told as precision."""

    def rounded(row: dict[str, Any]) -> dict[str, Any]:
        return row | {name: float(round(row[name])) for name in ("subtotal", "taxAmount", "totalAmount")}

    def charged(row: dict[str, Any]) -> dict[str, Any]:
        return rounded(row) | {"totalAmount": round(row["subtotal"]) + round(row["taxAmount"]) + 25.0}

    says = "precision at body /invoices/[]/totalAmount: totalAmount = subtotal + taxAmount: exact -> rounded"
    assert says in differences(invoices(1, many=6), invoices(500, rounded, many=6))
    assert says not in differences(invoices(1, many=6), invoices(500, charged, many=6))


def test_a_product_inside_of_rows() -> None:
    """The lines inside rows are held to their own product, and their total to the row."""

    def one(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "lineItems": [{**line, "amount": line["unitPrice"]} for line in row["lineItems"]]}

    found = values(differences(invoices(1), invoices(500, one)))

    assert any("lineItems/[]/amount: amount = quantity * unitPrice: kept -> broken" in said for said in found), found
    assert any("subtotal = all lineItems.amount: kept -> broken" in said for said in found), found


def test_lists_inside_of_rows_in_another_order() -> None:
    """All lists inside the rows of one side stand in an order, those of the other the other way round."""
    found = values(differences(invoices(1), invoices(500, lambda row: {**row, "lineItems": row["lineItems"][::-1]})))

    assert any(said.startswith("order at body /invoices/[]/lineItems/[]: by ") for said in found), found


def test_moments_in_the_wrong_order() -> None:
    """A row cannot be changed before it was made."""
    found = values(differences(invoices(1), invoices(500, lambda row: {**row, "updatedAt": "2020-01-01T00:00:00Z"})))

    assert any("createdAt <= updatedAt: kept -> broken" in said for said in found), found


def test_a_few_rows_prove_nothing() -> None:
    """Four rows may break a sum by accident of their data."""
    found = differences(invoices(1, many=4), invoices(500, lambda row: {**row, "totalAmount": 1.0}, many=4))

    assert values(found) == []
