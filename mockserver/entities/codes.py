"""Codes MS120 to MS149: refusals by the vendor's own rules, with their explanation."""

from __future__ import annotations

from mockserver.findings import define

define(
    "MS120",
    "API key not accepted",
    why="The token exchange was given an API key that is unknown, revoked or expired.",
    fix="Send a key of the scenario (the `api_key` rows), or make one with POST on the API keys' path.",
)
define(
    "MS121",
    "Token not accepted",
    why="The bearer token is malformed, has a wrong signature, has expired, or lacks a claim.",
    fix="Exchange an API key for a new token, or mint one with `mockserver token`.",
)
define(
    "MS122",
    "Role missing",
    why="The token's roles do not allow the operation.",
    fix="Use a key with the role named in the message, or mint a token with `mockserver token --role ROLE`.",
)
define(
    "MS123",
    "No such row",
    why="Nothing has the id or name that the path asks for.",
    fix="List the rows first; ids and names depend on the scenario.",
)
define(
    "MS124",
    "Too many records",
    why="A batch of records holds more than the documented limit of 100.",
    fix="Split the batch.",
)
define(
    "MS125",
    "Custom record type refused",
    why="The name, a field or a change of a custom record type breaks a rule; each is named with its JSON pointer.",
    fix="Follow the message of each detail.",
)
define(
    "MS126",
    "Custom record type in use",
    why="The change would leave stored records that do not fit the type's fields.",
    fix="Delete the records first, or add an optional field instead.",
)
define(
    "MS127",
    "Event subscription refused",
    why="The address, the entity type or the operations of a subscription cannot be used.",
    fix="Take entity type and operations from the catalog, and an http or https address.",
)
define(
    "MS128",
    "API key refused",
    why="A role wished for a new API key does not exist, or the calling key lacks it.",
    fix="Ask for roles that the calling key has itself.",
)
