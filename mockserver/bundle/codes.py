"""The texts of MS0xx: what is said about a bundle, why it matters, the way out."""

from __future__ import annotations

from mockserver.findings import define

_OVERLAY = "Correct it with an overlay (the vendor's file stays as it is), and tell the vendor."

define(
    "MS001",
    "Overlay action matches nothing",
    why="The vendor may have fixed what the action mends, or moved it; the overlay no longer does what it says.",
    fix="Drop the action when the bundle is right now; otherwise point its target at the new place.",
)
define(
    "MS002",
    "Not valid OpenAPI by the letter",
    why="Stricter tools (generators, gateways) may refuse the bundle; the mock serves what it can make of it.",
    fix=_OVERLAY,
)
define(
    "MS003",
    "No operationId",
    why="Reports, client generators and the journal need a name; method and path stand in for it.",
    fix="Give the operation an operationId with an overlay.",
)
define(
    "MS004",
    "Path shadowed by another",
    why="Two templates match the same URL at the same depth; which operation is meant cannot be told.",
    fix="Remove or rename one of them with an overlay.",
)
define(
    "MS005",
    "Example does not match its schema",
    why="Either the example or the schema is wrong; a mock that shows the one breaks the other.",
    fix="Compare with a real answer, then correct the wrong one with an overlay.",
)
define(
    "MS006",
    "Default does not match its schema",
    why="A value that is filled in would be refused if it were sent.",
    fix=_OVERLAY,
)
define(
    "MS007",
    "operationId used twice",
    why="The name no longer says which operation is meant; method and path stand in for it.",
    fix="Give one of the operations another operationId with an overlay.",
)
define(
    "MS008",
    "Integer beyond 64 bits",
    why="Many JSON parsers round or refuse such a number; it is kept exactly here.",
    fix="State a bound that fits into 64 bits, or use a string.",
)
define(
    "MS009",
    "Pattern cannot be compiled",
    why="Nothing can be checked by it; the pattern is ignored.",
    fix="Write it as an ECMA-262 regular expression with an overlay.",
)
define(
    "MS010",
    "$ref leads nowhere",
    why="What stands there is unknown; anything is accepted in its place.",
    fix="Add the missing component, or point the reference at the right one, with an overlay.",
)
define(
    "MS011",
    "No refusal declared",
    why="Clients cannot know how errors look; the mock answers with problem+json (RFC 9457) there.",
    fix="Declare the 4xx replies (or `default`) with an overlay.",
)
define(
    "MS012",
    "No success declared",
    why="There is nothing to answer with but an empty reply.",
    fix="Declare the 2xx reply with an overlay.",
)
define(
    "MS013",
    "No servers",
    why="Clients do not know the base path; the mock serves the paths from its root.",
    fix="Add `servers` with an overlay when the real API has a base path.",
)
define(
    "MS014",
    "Security scheme not declared",
    why="What credentials the operation wants cannot be told; the requirement is not enforced.",
    fix="Add it to components/securitySchemes with an overlay.",
)
define(
    "MS015",
    "Key stands twice",
    why="Parsers disagree on which of the two counts; the last one is taken here.",
    fix="Ask the vendor which is meant.",
)
define(
    "MS016",
    "Keyword not usable",
    why="Its value is not what the keyword takes (or means nothing in this version of OpenAPI); it is ignored.",
    fix=_OVERLAY,
)
define(
    "MS017",
    "Path and path parameters disagree",
    why="A name in braces has no parameter, or a path parameter has no place in the path.",
    fix=_OVERLAY,
)
define(
    "MS018",
    "Part not usable",
    why="OpenAPI expects something else in this place (an object, a list); the part is left out.",
    fix=_OVERLAY,
)
define(
    "MS019",
    "Schema cannot be compiled",
    why="Nothing can be validated by it.",
    fix=_OVERLAY,
)
define(
    "MS020",
    "No operations",
    why="There is nothing to serve.",
    fix="Check that this is the whole bundle: parts of it may lie in other files.",
)
define(
    "MS021",
    "Overlay written for another bundle",
    why="Its `extends` names another file; it is applied all the same.",
    fix="Correct `extends`, or do not give this overlay.",
)
define(
    "MS022",
    "Not all was checked",
    why="The bundle is large; the check was stopped to keep the lint quick.",
    fix="Run the lint with --strict to check everything.",
)
