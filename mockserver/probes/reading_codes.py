"""The texts of MS230 to MS259: what reading shows of a server's rows, why it matters, the way out."""

from __future__ import annotations

from mockserver.findings import define

_SERVER = "Tell the vendor, with the request of this finding; it is the server that has to change."

define(
    "MS230",
    "Page of another size than asked for",
    why="Clients size their buffers and loops by the page size; a short page looks like the last one.",
    fix=_SERVER,
)
define(
    "MS231",
    "Page size beyond the maximum",
    why="Beyond the declared maximum a request is to be refused or cut, or the maximum protects nobody.",
    fix="Refuse it with 400, cut the page, or correct `maximum` in the bundle.",
)
define(
    "MS232",
    "Rows come again on another page",
    why="A client that walks the pages counts or handles them twice; with a cursor that is ignored it never ends.",
    fix="Have the server sort by something unique, and begin each page where the one before ended.",
)
define(
    "MS233",
    "Pages leave rows out",
    why="A client that walks all pages believes to have everything, and has not.",
    fix="Have the server sort by something unique; see how the bundle says that `page` counts (rows or pages).",
)
define(
    "MS234",
    "Order depends on the size of the pages",
    why="Without one order of all rows, pages overlap and leave rows out as soon as the data changes.",
    fix="Have the server sort by something unique where nothing else is asked for.",
)
define(
    "MS235",
    "Count is not the number of rows",
    why="Clients show it, and compute from it how many pages there are.",
    fix="Have the server count what it lists, with the same filter.",
)
define(
    "MS236",
    "Flag for further rows is wrong",
    why="Clients stop too early, or ask for a page that is not there.",
    fix=_SERVER,
)
define(
    "MS240",
    "Operator disagrees with the same filter done on the client side",
    why="Searches give rows that were not asked for, or hide some that were; NULL is where it usually begins.",
    fix="Have the server do what the operator means in SQL; a comparison with NULL is neither true nor false.",
)
define(
    "MS241",
    "_not is no complement",
    why="A row for which a condition is true or false belongs to exactly one of the two searches.",
    fix="Have the server follow SQL's three-valued logic: NOT of unknown is unknown.",
)
define(
    "MS242",
    "_and and _or do not combine",
    why="Conditions that clients put together mean something else than their parts.",
    fix=_SERVER,
)
define(
    "MS243",
    "Plain filter disagrees with the same filter done on the client side",
    why="Lists give rows that were not asked for, or hide some that were; a filter that is ignored gives everything.",
    fix="Have the server filter by the input, or drop the input from the bundle.",
)
define(
    "MS244",
    "orderBy does not sort",
    why="Pages of a sorted search overlap, and `the first row` is not the first.",
    fix="Have the server sort by every key, in order of weight; nulls last ascending, first descending.",
)
define(
    "MS245",
    "Declared order is not kept",
    why="Clients rely on what the reference says about the order of a list.",
    fix="Have the server sort, or correct the overlay's `x-mock-order`.",
)
define(
    "MS246",
    "Unknown id is not refused",
    why="Clients take an empty or foreign answer for the row they asked for.",
    fix="Answer 404, and declare it in the bundle.",
)
define(
    "MS247",
    "Name disagrees with the row it belongs to",
    why="The same client has two names, depending on where one looks.",
    fix="Have the server take the name from the row that the key points at, when it shows or when that row changes.",
)
define(
    "MS248",
    "Listed row cannot be read",
    why="Clients that follow an id of a list meet an error.",
    fix="List only what can be read, or let it be read.",
)
define(
    "MS249",
    "List and detail contradict each other",
    why="Clients that update a row from the list overwrite what the detail said, or fail on another type.",
    fix="Have both show the same value in the same form.",
)
define(
    "MS250",
    "Reference leads nowhere",
    why="Clients that follow the key meet a 404; reports lose the row.",
    fix="Have the server refuse to delete what is pointed at, or clear the key.",
)
define(
    "MS251",
    "Condition that cannot be understood is not refused",
    why="A mistyped field is ignored, and everything seems to fulfil the condition.",
    fix="Refuse unknown fields and operators with 400, and name them.",
)
define(
    "MS252",
    "Operand of the wrong type is not refused",
    why="The comparison is dropped or always false, and nobody notices.",
    fix="Refuse it with 400, and name the field and the type it takes.",
)
define(
    "MS253",
    "Unknown sort key is not refused",
    why="The rows come in some order that was not asked for, and nobody notices.",
    fix="Refuse it with 400, and name the field.",
)
define(
    "MS295",
    "What only begins like an id is taken for it",
    why="`789abc` is read as 789: a mistyped or cut-off link shows another row instead of an error.",
    fix="Parse the whole path parameter, and refuse what is no number with 400 or 404.",
)
