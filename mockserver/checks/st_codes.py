"""The texts of schemathesis' own failure codes (ST...), in our words, so that `mockserver explain` knows each."""

from __future__ import annotations

from mockserver.findings import define

_GRAPHQL = "This is only said of GraphQL schemas; `check` reads OpenAPI, so that it should not come up."

define(
    "ST101",
    "The server failed (5xx)",
    why="Whatever a caller sends, a 5xx says that the server met something it had not thought of.",
    fix="Repeat it with the curl line and look into the server's log; refuse bad input with a 4xx that is documented.",
)
define(
    "ST102",
    "The server failed over the media type",
    why="A body of a type that the operation does not take has to be refused with 415 or another 4xx, not to break it.",
    fix="Look at Content-Type before the body is read, and answer 415.",
)
define(
    "ST103",
    "The status is not documented",
    why="Callers handle the statuses that the bundle lists; this one finds them unprepared.",
    fix="Answer with a documented status, or declare this one: the finding brings an overlay where that is the way.",
)
define(
    "ST104",
    "The reply does not say its media type",
    why="The bundle promises a body of a certain type; without Content-Type the caller has to guess how to read it.",
    fix="Send Content-Type with every body.",
)
define(
    "ST105",
    "The media type is not documented",
    why="Callers parse what the bundle lists for the status, for example JSON; an HTML page breaks them.",
    fix="Send the documented type (often it is a proxy's or framework's error page), or declare this one.",
)
define(
    "ST106",
    "The Content-Type cannot be read",
    why="A media type is `type/subtype` with parameters (RFC 9110 8.3); nobody can tell what this one means.",
    fix="Correct the header where it is set; look for a doubled or an empty value.",
)
define(
    "ST107",
    "A reply's headers are not those documented",
    why="A header that the bundle requires is missing, or its value is none that its schema allows.",
    fix="Send the header as documented, or correct its declaration with an overlay.",
)
define(
    "ST108",
    "The body does not keep its schema",
    why="Generated clients and typed code read replies by the schema; a missing or mistyped value breaks them.",
    fix="The message names the place and the rule. Correct the server, or the schema where the server is right.",
)
define(
    "ST109",
    "The body is no JSON",
    why="The reply calls itself JSON and cannot be parsed: cut off, of another encoding, or an error page.",
    fix="Look at the raw body in the HTML report; serialise with a library, and set Content-Type by what is sent.",
)
define(
    "ST110",
    "The body cannot be read as its media type",
    why="The bytes are not what Content-Type says they are.",
    fix="Send the body in the type that is named, or name its real type.",
)
define(
    "ST111",
    "The discriminator does not lead to a schema",
    why="Callers choose how to read an object by this property; its value names no alternative, or it is missing.",
    fix="Send one of the mapped values, or add the missing one to `discriminator.mapping`.",
)
define(
    "ST112",
    "The reply took longer than the limit",
    why="Callers with time-outs give up on it.",
    fix="See MS217, the check of time that `check` uses in its place.",
)
define("ST113", "A GraphQL reply is an error of the server", why=_GRAPHQL, fix="Tell us of it.")
define("ST114", "A GraphQL reply does not keep its schema", why=_GRAPHQL, fix="Tell us of it.")
define("ST115", "A GraphQL reply is none", why=_GRAPHQL, fix="Tell us of it.")
define(
    "ST201",
    "What the bundle forbids was accepted",
    why="A request that breaks the schema was answered with a success: strange data gets in, or was ignored.",
    fix="Validate requests by the bundle and refuse with 400 or 422; or loosen the schema where the server means it.",
)
define(
    "ST202",
    "What the bundle allows was refused",
    why="A request that keeps the schema was refused: callers cannot rely on what is documented.",
    fix="Accept it, or write the rule into the schema. Where no schema can say it, list the error under "
    "`x-mock-refusals` of the operation, so that it is known as a refusal for what is stored.",
)
define(
    "ST203",
    "A missing required header was accepted",
    why="The bundle calls the header required, and the server does without: one of both is wrong.",
    fix="Refuse with 400 (401 for credentials), or take `required` out of the header.",
)
define(
    "ST204",
    "A method that is not documented was not refused",
    why="A path that answers methods beyond its documentation has a back door, or an undocumented operation.",
    fix="Answer 405 with Allow (RFC 9110 15.5.6), or document the operation.",
)
define(
    "ST205",
    "Allow names other methods than the bundle",
    why="Allow of a 405 has to list what the path can do (RFC 9110 10.2.1); here it contradicts the bundle.",
    fix="Make the list from the same routes that the bundle documents.",
)
define("ST206", "A GraphQL query was refused", why=_GRAPHQL, fix="Tell us of it.")
define(
    "ST301",
    "What was deleted can still be used",
    why="After a successful deletion the row still answers: deletions are lost, or caches are stale.",
    fix="Answer 404 or 410 for deleted rows, at once and everywhere.",
)
define(
    "ST302",
    "What was created is not there",
    why="After a successful creation the row cannot be found: creations are lost, or reads lag behind.",
    fix="Answer a creation only when its row can be read, or answer 202 and document it.",
)
define(
    "ST401",
    "An operation with security answers strangers",
    why="The bundle asks for credentials, and a request without any, or with wrong ones, got a success.",
    fix="Check credentials before anything else; or declare `security: []` where the operation is meant to be open.",
)
define(
    "ST402",
    "A row of somebody else can be reached",
    why="Who may see one row reached another's by its id: the lookup does not ask whose row it is.",
    fix="Look rows up by owner and id together; answer 404, so that ids do not tell what exists.",
)
define(
    "ST901",
    "A check of your own failed",
    why="A check that was added through schemathesis' hooks raised; its message says what it holds against the reply.",
    fix="Read the check's message; `check` itself registers none.",
)
