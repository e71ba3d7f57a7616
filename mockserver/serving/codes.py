"""Codes MS100 to MS119 and MS150 to MS199: what the server refuses in any request, with their explanation."""

from __future__ import annotations

from mockserver.findings import define

define(
    "MS100",
    "Request refused",
    why="A rule of the operation refuses the request; the message says which.",
    fix="Change what the message names.",
)
define(
    "MS101",
    "Request does not match the contract",
    why="A parameter or the body breaks its schema; each violation names its place by a JSON pointer.",
    fix="Compare with the operation in the bundle: `mockserver bundle operations`.",
)
define(
    "MS102",
    "Body cannot be read",
    why="The body is missing, or is no strict JSON (or form) in UTF-8: duplicate keys, NaN and extreme depth count.",
    fix="Send what a standard JSON encoder writes; the message gives line and column.",
)
define(
    "MS103",
    "Not authenticated",
    why="The request carries no credentials, or none that the operation's security scheme takes.",
    fix="Send `Authorization: Bearer <token>`; `mockserver token` mints one.",
)
define(
    "MS104",
    "Not allowed",
    why="The credentials are good, but their roles do not allow this operation.",
    fix="Use a key with the role that the message names, or `mockserver token --role ROLE`.",
)
define(
    "MS105",
    "No such path",
    why="The bundle declares no path like the one asked for.",
    fix="Check spelling and version prefix; `mockserver bundle operations` lists every path.",
)
define(
    "MS106",
    "Method not allowed",
    why="The path exists, but not with this method; the Allow header lists those it has.",
    fix="Use a method of the Allow header.",
)
define(
    "MS107",
    "Bad Mock-World header",
    why="The header that chooses a world of the state cannot be used as a name.",
    fix="Use a short name, such as the test's own.",
)
define(
    "MS108",
    "No such row",
    why="No row has the key that the path asks for; which rows exist depends on the scenario.",
    fix="List the rows first, or create one.",
)
define(
    "MS109",
    "Row refused",
    why="The row as written breaks a rule between its fields or a reference to another row.",
    fix="Correct the fields that the violations name.",
)
define(
    "MS110",
    "Unknown field",
    why="`where` or `orderBy` names something that is no column and no relation of the entity.",
    fix="Use a legal name from the message; `--unknown-fields null` lets undocumented columns pass as NULL.",
)
define(
    "MS111",
    "Unknown operator",
    why="The field exists, but has no such operator.",
    fix="Use an operator from the message; which there are depends on the column's type.",
)
define(
    "MS112",
    "Operand of a wrong type",
    why="An operator or a direction was given a value that it does not take.",
    fix="Give a value of the column's type.",
)
define(
    "MS113",
    "Bad pattern",
    why="The text of a `_like`, `_similar` or `_regex` operator cannot be used as a pattern.",
    fix="Correct the pattern; the message says what is wrong with it.",
)
define(
    "MS114",
    "Search too large",
    why="A search nests deeper, lists more or takes longer than the server allows.",
    fix="Split the search, or make its pattern simpler.",
)
define(
    "MS116",
    "Preference cannot be met",
    why="`Prefer` asks for a status or an example that the operation does not declare.",
    fix="Ask for one that the message lists.",
)
define(
    "MS117",
    "Error asked for",
    why="The client asked for this status by `Prefer: code=...`.",
    fix="Leave the preference out to get the real answer.",
)
define(
    "MS118",
    "Unknown cursor",
    why="The cursor is none that this list has shown: no row has that key, or the text is not the list's own.",
    fix="Take the cursor from the page before, and send none for the first page.",
)
define(
    "MS150",
    "Unsupported media type",
    why="The body's Content-Type, charset or Content-Encoding is none that the operation takes.",
    fix="Send one of the types in the Accept header, in UTF-8 and uncompressed.",
)
define(
    "MS151",
    "Body too large",
    why="The body is longer than the server reads.",
    fix="Send less, or raise the setting `max_body` (`MOCKSERVER_MAX_BODY`).",
)
define(
    "MS152",
    "Not acceptable",
    why="The Accept header excludes every media type that the operation answers with.",
    fix="Accept one of the types that the message lists, or `*/*`.",
)
define(
    "MS191",
    "Schema not checked",
    why="A schema of the bundle cannot be compiled, so it accepts everything.",
    fix="Correct the schema by an overlay.",
)
define(
    "MS192",
    "Pattern not checked",
    why="A `pattern` of the bundle is no regular expression that the validator knows, so it is left out.",
    fix="Correct the pattern by an overlay; ECMA 262 syntax is meant.",
)
define(
    "MS198",
    "The mock's own answer breaks the bundle",
    why="What a handler answered does not fit the declared reply: a fault of the mock, not of the client.",
    fix="Please report it with the request; `--check-replies off` sends the answer all the same.",
)
define(
    "MS199",
    "The mock failed",
    why="A fault of the mock itself; its log holds the details.",
    fix="Please report it with the request and the log.",
)
define(
    "MS119",
    "The range lies outside the file",
    why="A `Range` header asked for bytes that the file does not have (RFC 9110, 14.2).",
    fix="Ask for bytes below the size that `Content-Range: bytes */SIZE` says.",
)
