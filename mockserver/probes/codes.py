"""The texts of MS2xx: what checks of our own find, why it matters, the way out."""

from __future__ import annotations

import mockserver.probes.reading_codes  # noqa: F401  the texts of the reading probes
from mockserver.findings import define

_BUNDLE = "Declare it in the bundle (an overlay does until the vendor has), or have the server stop sending it."
_SERVER = "Tell the vendor, with the request of this finding; it is the server that has to change."

# -- judges: one exchange --------------------------------------------------------------------------------------------

define(
    "MS200",
    "Undeclared property in a reply",
    why="Clients generated from the bundle drop it or refuse the reply; nobody promised that it stays.",
    fix=_BUNDLE,
)
define(
    "MS201",
    "Undeclared header in a reply",
    why="Clients cannot know of it, and nobody promised that it stays.",
    fix=_BUNDLE,
)
define(
    "MS202",
    "Value outside of the declared enumeration",
    why="Clients with an exhaustive list of the values fail on it.",
    fix="Add the value to the bundle's enumeration, or declare the enumeration as open (x-extensible-enum).",
)
define(
    "MS203",
    "Undeclared status",
    why="Clients have no branch for it.",
    fix="Declare the status (or its class, or `default`) in the bundle, or have the server answer a declared one.",
)
define(
    "MS204",
    "Undeclared media type",
    why="Clients choose their parser by what is declared.",
    fix="Declare the media type for this status, or have the server send the declared one.",
)
define(
    "MS205",
    "Empty body where one is declared",
    why="Clients parse what is declared, and an empty body is no JSON.",
    fix="Declare the reply without content, or have the server send a body.",
)
define(
    "MS206",
    "Body where there must be none",
    why="A reply to HEAD, a 204 and a 304 end with their headers (RFC 9110); what follows garbles the connection.",
    fix=_SERVER,
)
define(
    "MS207",
    "Value is not of its format",
    why="Strict parsers refuse it, lenient ones guess, each in its own way.",
    fix="Have the server write the declared format, or correct `format` in the bundle.",
)
define(
    "MS208",
    "Date that cannot be meant",
    why="The years 0000, 0001 and 9999 stand for `none`; clients count with them all the same.",
    fix="Have the server send null, and declare the property as nullable.",
)
define(
    "MS209",
    "Integer out of its bounds or form",
    why="It does not fit into int32 or int64 as declared, or is written as 5.0 or 5e0; typed clients overflow or fail.",
    fix="Declare the format that holds the values, or have the server write whole numbers.",
)
define(
    "MS210",
    "Amount of money with more than two decimals",
    why="Sums of rounded and unrounded amounts disagree by cents.",
    fix="Have the server round; where more decimals are meant, show them in an example of the bundle.",
)
define(
    "MS211",
    "Number with the traces of binary arithmetic",
    why="0.30000000000000004 shows that decimals are computed as binary floats; totals will be off by cents.",
    fix="Have the server compute and write such numbers as decimals.",
)
define(
    "MS212",
    "Number as text, or text as number",
    why="Typed clients refuse it, others concatenate where they should add.",
    fix="Have the server send the declared type, or correct `type` in the bundle.",
)
define(
    "MS213",
    "JSON that not every parser reads alike",
    why="Keys that stand twice, NaN, Infinity, a byte order mark or bytes that are no UTF-8 are no JSON by RFC 8259.",
    fix=_SERVER,
)
define(
    "MS214",
    "Server error",
    why="The server failed where it should have answered or refused.",
    fix=_SERVER,
)
define(
    "MS215",
    "Internals in a reply",
    why="Stack traces, SQL errors and file paths tell attackers how the server is built.",
    fix="Have the server log them, and answer with a text for clients.",
)
define(
    "MS216",
    "Secret in a reply",
    why="Whoever reads the reply, a log or a cache can use it.",
    fix="Have the server leave it out; where it is meant to be sent, declare the property in the bundle.",
)
define(
    "MS217",
    "Far slower than the other operations",
    why="Again and again an answer took a second or more while the others came quickly: clients run into time-outs.",
    fix="Look for a query for each row or a missing index. Where it is meant to be slow, accept it in the baseline.",
)
define(
    "MS218",
    "Required header missing in a reply",
    why="Clients rely on what is declared as required.",
    fix="Have the server send the header, or declare it as not required.",
)
define(
    "MS219",
    "Error reply not in a declared shape",
    why="Clients cannot show or log what went wrong.",
    fix="Have the server answer errors in the declared shape, or as application/problem+json (RFC 9457).",
)
define(
    "MS220",
    "401 without WWW-Authenticate",
    why="RFC 9110 (11.6.1) requires the challenge; clients learn from it which credential is wanted.",
    fix=_SERVER,
)
define(
    "MS221",
    "429 or 503 without a usable Retry-After",
    why="Clients do not know when to come back, and come back at once.",
    fix=_SERVER,
)
define(
    "MS222",
    "405 without Allow",
    why="RFC 9110 (15.5.6) requires the list of the methods that are answered.",
    fix=_SERVER,
)
define(
    "MS223",
    "Location leads to no path of the bundle",
    why="Clients that follow it find nothing that is declared.",
    fix="Have the server name the path under which the row can be read, or declare that path.",
)
define(
    "MS224",
    "Content-Type that misleads",
    why="Text is read in the wrong character set, or a body is taken for something else.",
    fix="Have the server say what it sends; JSON is always UTF-8 (RFC 8259).",
)
define(
    "MS225",
    "Write-only property in a reply",
    why="The bundle says that the property is never sent back; passwords and secrets are declared so.",
    fix="Have the server leave it out, or correct `writeOnly` in the bundle.",
)

# -- probes: questions of our own about access, methods and writing --------------------------------------------------

define(
    "MS260",
    "Carried out without credentials",
    why="The bundle says that the operation wants credentials; anybody can use it.",
    fix="Tell the vendor at once; where the operation is meant for everybody, declare `security: []`.",
)
define(
    "MS261",
    "Carried out with wrong credentials",
    why="A credential that is made up, tampered with or unsigned opens the door: whoever likes can be anybody.",
    fix="Tell the vendor at once: the server does not check what it is shown.",
)
define(
    "MS262",
    "Carried out with expired credentials",
    why="A token that leaked stays good for ever.",
    fix=_SERVER,
)
define(
    "MS263",
    "Readers may write",
    why="The rights of the API's keys are not what they say.",
    fix="Tell the vendor; where everybody may do it, let the bundle say so.",
)
define(
    "MS264",
    "Another tenant's row can be read",
    why="Ids can be guessed: every tenant's data is open to every other (OWASP API1:2023).",
    fix="Tell the vendor at once.",
)
define(
    "MS265",
    "Another tenant's rows are listed",
    why="Every tenant's data is open to every other.",
    fix="Tell the vendor at once; or check that the actor `other-tenant` belongs to another tenant.",
)
define(
    "MS266",
    "Another tenant's row can be changed",
    why="Every tenant's data can be changed by every other (OWASP API1:2023).",
    fix="Tell the vendor at once.",
)
define(
    "MS267",
    "HEAD is not GET without its body",
    why="Caches and clients ask HEAD to learn what GET would answer (RFC 9110 9.3.2).",
    fix=_SERVER,
)
define(
    "MS268",
    "OPTIONS does not tell the methods",
    why="Clients and browsers learn from Allow what may be asked (RFC 9110 9.3.7).",
    fix="Have the server list the declared methods; declare those that it lists beyond them.",
)
define(
    "MS269",
    "Undeclared method is not refused with 405",
    why="What is not declared is not guarded, tested or rate-limited either; clients cannot tell a typo from a miss.",
    fix="Have the server answer 405 with Allow, or declare the method.",
)
define(
    "MS270",
    "Accept is ignored",
    why="The client said that it cannot read what it gets; 406 would tell it so (RFC 9110 15.5.7).",
    fix="Have the server answer 406; where it means to answer JSON whatever is asked for, accept it in the baseline.",
)
define(
    "MS271",
    "Body of an undeclared media type is taken",
    why="Types are how forms from foreign sites are told from API calls; 415 is due (RFC 9110 15.5.16).",
    fix=_SERVER,
)
define(
    "MS272",
    "Body that is no JSON is taken",
    why="What stands behind the JSON is ignored here and read there: gateways and servers disagree on what was asked.",
    fix=_SERVER,
)
define(
    "MS273",
    "What was written is not read back",
    why="Values are lost or changed on the way into the store.",
    fix="Tell the vendor; where the server may change a value, let the bundle describe it.",
)
define(
    "MS274",
    "What was created is not listed",
    why="Clients that list or search do not see rows that exist.",
    fix=_SERVER,
)
define(
    "MS275",
    "The answer to a write disagrees with it",
    why="Clients show what the answer says, and it is not what was written.",
    fix=_SERVER,
)
define(
    "MS276",
    "Update does not change what it says",
    why="The server says that it is done, and the row stands as before.",
    fix=_SERVER,
)
define(
    "MS277",
    "Update changes something else too",
    why="Values that nobody sent are overwritten.",
    fix="Tell the vendor; where a property follows from the changed one, let the bundle describe it.",
)
define(
    "MS278",
    "Update or deletion of a row that does not exist is granted",
    why="Clients believe in a change that never was; 404 is due.",
    fix=_SERVER,
)
define(
    "MS279",
    "PUT twice is not PUT once",
    why="PUT is repeated by clients and proxies when a connection breaks (RFC 9110 9.2.2).",
    fix=_SERVER,
)
define(
    "MS280",
    "Refused create leaves something behind",
    why="Retries pile up half-made rows that nobody knows of.",
    fix=_SERVER,
)
define(
    "MS281",
    "What was deleted is still there",
    why="Clients act on rows that are gone for others; personal data is not removed.",
    fix="Have the server remove the row, or say in the bundle what is left of it (deactivated, archived).",
)
define(
    "MS282",
    "Deleting again is answered with an undeclared status",
    why="Deletions are repeated when a connection breaks; clients need to know the answer.",
    fix="Have the server answer 404 or the declared success, and declare which.",
)
define(
    "MS283",
    "Row found below a parent that is not its own",
    why="Who may see one parent sees the children of all.",
    fix=_SERVER,
)
define(
    "MS286",
    "Authentication scheme is taken in one spelling only",
    why="`bearer` and `Bearer` are the same scheme (RFC 9110 11.1); clients and proxies write either.",
    fix=_SERVER,
)
define(
    "MS287",
    "Token of a revoked key still opens the door",
    why="Who lost the right to the API goes on using it until the token expires.",
    fix=_SERVER,
)
define(
    "MS288",
    "One create makes several rows",
    why="Clients see doubles that they did not make, and delete only one of them.",
    fix=_SERVER,
)
define(
    "MS289",
    "Part of a file is not the part that was asked for",
    why="Downloads that go on where they broke off put the wrong bytes together (RFC 9110 14).",
    fix=_SERVER,
)
define(
    "MS285",
    "Upsert of a known row makes another",
    why="Each synchronisation doubles the rows.",
    fix=_SERVER,
)
define(
    "MS284",
    "Row made below a parent that does not exist",
    why="It belongs to nobody, and nobody finds it.",
    fix=_SERVER,
)
define(
    "MS293",
    "Refusal for want of rights is a 401",
    why="401 says that nobody knows who is asking: clients fetch new tokens again and again (RFC 9110 15.5.4).",
    fix="Answer 403 to callers whose credentials are good. If it is the token of `powerless` that is bad, renew that.",
)
define(
    "MS294",
    "Incomplete create is accepted",
    why="The server makes up what the caller forgot, and nobody notices that it was forgotten.",
    fix="Validate bodies by the bundle and refuse with 400 or 422; or take the limits out of the schema.",
)
define(
    "MS296",
    "Charset of a JSON body is refused",
    why="Many clients send `application/json; charset=utf-8`; the parameter has no meaning for JSON (RFC 8259 11).",
    fix="Compare media types without their parameters.",
)
define(
    "MS297",
    "true is taken for 1",
    why="In some languages `true` equals 1; in JSON Schema it is no number, and elsewhere it will be refused.",
    fix="Have booleans refused where the bundle wants a number.",
)
define(
    "MS298",
    "1.0 is refused as a whole number",
    why="JSON Schema (2020-12, 6.1.1) calls any number without a fraction an integer; many clients write 1.0.",
    fix="Judge numbers by their value, not by their spelling.",
)
define(
    "MS299",
    "Text beyond ASCII is refused",
    why="Names are written in every script; the bundle sets no such limit.",
    fix="Take any Unicode text, or state a `pattern` in the bundle.",
)
