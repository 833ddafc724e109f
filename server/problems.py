"""What goes wrong between a caller and this server, and the sentence that tells a person what to do about it.

    Problem
    ├── BadRequest      400   what was sent cannot be used; `field` says which part
    ├── NotSignedIn     401   no session, a wrong signature, an unknown phone
    ├── NotAllowed      403   signed in, but not for this
    ├── NotFound        404
    ├── Clash           409   it is taken, used up or already done
    ├── Refused               the request itself is malformed: 405, 408, 413, 415, 421
    ├── TooManyTries    429   wrong guesses; `Retry-After` says how long
    └── Unavailable     503   try again, nothing is lost

A problem never concerns what a scan says: facts are answered with a verdict, not refused. Every answer that is no
success is `application/problem+json` with a stable `code`, made here and nowhere else.
"""

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

log = logging.getLogger("batchspine")

CONTENT_TYPE = "application/problem+json"

SENTENCES: dict[str, str] = {
    # 400
    "body_unreadable": "The message could not be read. Reload the app and try again.",
    "envelope_unreadable": "The message could not be read. Everything stays on the phone; update the app.",
    "packing_broken": "The message arrived broken. Everything stays on the phone; it will be tried again.",
    "too_deep": "The message is nested too deeply. Reload the app and try again.",
    "field_wrong": "Something that was entered is missing or cannot be used. Check it and try again.",
    "key_unreadable": "The phone's key could not be read. Reload the app and enrol again.",
    "length_unclear": "The message gives its length twice. A device between phone and server alters it.",
    "unknown_place": "There is no such place. Choose one from the list, or add it first.",
    "unknown_site": "There is no such site. Choose one from the list, or add it first.",
    "tolerance_without_limit": "Give a limit: a percentage, a quantity, or both.",
    "quantity_needs_item": "A quantity can be allowed for one item only: choose the item, or give a percentage.",
    "unknown_item": "There is no such item. Choose one from the list, or add it first.",
    "supplier_code_unclear": "The example does not show which item it is and where its lot stands.",
    "unknown_run": "There is no such run. Choose one from the list, or add it first.",
    "same_place": "A transfer goes from one place to another: choose two different places.",
    "login_incomplete": "To sign in at the desk a person needs both a login and a password.",
    "nothing_to_sign_in_with": "Give the person a PIN for the phone, or a login and a password for the desk.",
    "labels_too_many": "That is too many labels at once. Print them in smaller parts.",
    "label_refused": "This label would not be readable and was not made.",
    "reprint_needs_reason": "A label of this was printed before. Say why another one is needed.",
    "printer_port_forbidden": "Printers may not listen at this port here. Ask who runs the server.",
    "printer_address_forbidden": "A printer may not be at this address. Give its address in your own network.",
    "printer_needs_roll": "A printer that takes ZPL prints on a roll. Choose a roll, or have it take PDF.",
    "kind_does_not_fit": "A label of this kind is for units, or for a lot without units. Choose another kind.",
    "prefix_missing": "Pallets get numbers of GS1 only under your own prefix. Ask who runs the server to set it.",
    "prefix_used_up": "There are not that many numbers left under your prefix. Ask for fewer labels.",
    "status_unclear": "The records do not say whether this waits, may be used or was rejected. Record it first.",
    "status_on_hold": "This is on hold, so it gets no sticker that says APPROVED. Release it first.",
    "unknown_stock": "There are no labels of this name. Choose some from the list.",
    "no_such_place": "A sheet has fewer labels than that. Count from the upper left, row by row.",
    "label_unnamed": "Name the units, or an item and a batch, to print a label.",
    # 401
    "signed_out": "You are not signed in, or your session has ended. Sign in again.",
    "login_wrong": "Login or password is wrong. Check both and try again.",
    "setup_link_wrong": "This set-up link is not the newest one. Use the link printed when the server last started.",
    "device_unknown": "This phone is not enrolled here. Nothing is lost: ask the office to enrol it again.",
    "signature_wrong": "The phone's signature is not right. Nothing is lost: ask the office to look at this phone.",
    "nonce_expired": "The phone was away for a while. It goes on by itself.",
    "certificate_wrong": "The phone's certificate is not from here. Nothing is lost: ask the office to enrol it again.",
    # 403
    "office_only": "Only the office may do this. Ask somebody with the office role.",
    "device_switched_off": "The office switched this phone off. It still hands in its scans; give it to the office.",
    "people_only": "A phone may not do this by itself. Sign in at the desk.",
    # 404
    "unknown_path": "There is nothing at this address.",
    "unknown_batch": "No batch of that number is known here. Check the label, or wait until its scans have arrived.",
    "unknown_lot": "No such lot is known here. Check the label, or wait until its scans have arrived.",
    "unknown_sign": "There is no place or command of this name at this site. Choose one from the list.",
    "unknown_printer": "There is no such printer at this site. Choose one from the list.",
    "unknown_print_job": "This print job is not known here. Go back to the list.",
    "unknown_exception": "This exception is not open any more. Go back to the list.",
    "unknown_supplier_code": "This supplier's code is not taught any more. Reload the list.",
    "unknown_unit": "No such unit is known here. Check the label, or wait until its scans have arrived.",
    "enrolment_unknown": "This enrolment code is not known here. Ask the office for a new one.",
    # 409
    "code_taken": "This code is already in use. Choose another one.",
    "login_taken": "This login is already in use. Choose another one.",
    "gtin_taken": "Another item already has this article number. Take it away there first.",
    "batch_number_taken": "Another batch number already has this code in symbols. Write one of the two otherwise.",
    "print_job_settled": "Somebody has said what became of this print job already. Look at the list again.",
    "setup_done": "This installation is already set up. Sign in at the desk.",
    "enrolment_used": "This enrolment code was used already. Ask the office for a new one.",
    "enrolment_expired": "This enrolment code is older than ten minutes. Ask the office for a new one.",
    # 405, 408, 413, 415, 421
    "method": "This address does not do that.",
    "body_too_slow": "The message arrived too slowly and was given up. It will be tried again.",
    "too_large": "The message is too large. It will be tried again in smaller parts.",
    "content_type": "The message is not JSON as this server expects. Update the app.",
    "content_encoding": "The message is packed in a way this server does not read. Update the app.",
    "wrong_address": "This server answers only at its own address. Ask the office for the right one.",
    # 429
    "too_many_tries": "Too many wrong tries. Wait a little, then try again.",
    # 5xx
    "server_fault": "The server had a fault and did nothing. Nothing on the phone is lost; tell the office.",
    "try_again": "The server is busy or short of space. Nothing is lost, it will be tried again.",
    "app_not_built": "The app has not been built on this server yet.",
}
"""Every code a caller can meet. A code, once released, keeps its meaning."""

FIELD_SENTENCES: dict[str, str] = {
    "batch": "A batch number has 1 to 32 characters on one line.",
    "code": "A code has 1 to 20 of A-Z, 0-9, dot and dash.",
    "host": "A printer's address is a name or number such as 192.168.7.20, without http or a port.",
    "gtin": "An article number (GTIN) has 8, 12, 13 or 14 digits, the last one a check digit. Compare every digit.",
    "item": "An item code has 1 to 20 of A-Z, 0-9, dot and dash.",
    "lot_from": "Say the number of the lot's first character, counted from 1.",
    "lot_to": "Say the number of the lot's last character, counted from 1.",
    "login": "A login has 3 to 80 characters without spaces.",
    "name": "A name has 1 to 80 characters.",
    "password": "A password has 10 to 200 characters.",
    "percent": "A percentage is a number from 0 to 100 with at most two decimals.",
    "per_unit": "Say how many smallest units make one unit of measure: a whole number from 1 up.",
    "pin": "A PIN is six digits.",
    "role": "A role is office, operator, dock or quality.",
    "type": "A place is a warehouse, factory_floor, dispatch_area or contract_manufacturer.",
    "unit_of_measure": "A unit of measure has 1 to 16 characters, such as kg.",
}


class Problem(Exception):  # noqa: N818 - it is what RFC 9457 calls it
    """Something the caller is told, by a stable code."""

    status: int

    def __init__(self, code: str, *, field: str | None = None, detail: str | None = None, **members: Any) -> None:
        assert code in SENTENCES, code
        super().__init__(code)
        self.code = code
        self.field = field
        self.detail = detail or SENTENCES[code]
        self.members = members
        self.headers: dict[str, str] = {}


class BadRequest(Problem):
    """What was sent cannot be used."""

    status = HTTPStatus.BAD_REQUEST


class NotSignedIn(Problem):
    """Nobody stands behind this request whom we know."""

    status = HTTPStatus.UNAUTHORIZED

    def __init__(self, code: str, **members: Any) -> None:
        super().__init__(code, **members)
        self.headers = {"WWW-Authenticate": "Bearer"}


class NotAllowed(Problem):
    """Somebody we know, but not for this."""

    status = HTTPStatus.FORBIDDEN


class NotFound(Problem):
    """There is no such thing, or none the caller may see."""

    status = HTTPStatus.NOT_FOUND


class Clash(Problem):
    """Somebody, perhaps the caller, did it first."""

    status = HTTPStatus.CONFLICT


class Refused(Problem):
    """The request is malformed, whatever it asks."""

    def __init__(self, status: HTTPStatus, code: str, *, detail: str | None = None) -> None:
        super().__init__(code, detail=detail)
        self.status = status


class TooManyTries(Problem):
    """Wrong guesses have used up their number for a while."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, wait_seconds: int) -> None:
        super().__init__("too_many_tries")
        self.headers = {"Retry-After": str(wait_seconds)}


class Unavailable(Problem):
    """It cannot be done now; nothing is lost by asking again."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, code: str = "try_again", *, wait_seconds: int = 2) -> None:
        super().__init__(code)
        self.headers = {"Retry-After": str(wait_seconds)}


def body_of(problem: Problem) -> bytes:
    """Write a problem as RFC 9457 JSON."""
    optional = {"field": problem.field} if problem.field else {}
    return msgspec.json.encode(
        {
            "type": f"urn:batchspine:problem:{problem.code}",
            "title": HTTPStatus(problem.status).phrase,
            "status": int(problem.status),
            "code": problem.code,
            "detail": problem.detail,
            **optional,
            **problem.members,
        }
    )


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Turn whatever ended a request into the one form of answer a caller has to understand."""
    problem = problem_of(error)
    if problem.code == "server_fault":
        log.error("fault in %s %s", request.method, request.url.path, exc_info=error)
    return Response(body_of(problem), status_code=int(problem.status), media_type=CONTENT_TYPE, headers=problem.headers)


def problem_of(error: Exception) -> Problem:
    """Say what an exception means to the caller; what we did not foresee is our fault and says no more than that."""
    match error:
        case Problem():
            return error
        case ValidationException():
            return _field_problem(error)
        case HTTPException():
            return _http_problem(error)
        case OperationalError() | InterfaceError() | ConnectionError() | TimeoutError():
            log.warning("database: %s", getattr(error, "orig", error))
            return Unavailable()
        case DBAPIError() if "0x00" in str(error.orig):
            return BadRequest("field_wrong")
        case _:
            return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "server_fault")


def _field_problem(error: ValidationException) -> Problem:
    """Name the first field that is wrong. The framework's own text stays out: it is written for programmers."""
    extra = error.extra if isinstance(error.extra, list) else []
    keys = (str(entry.get("key") or "") for entry in extra if isinstance(entry, dict))
    # "data" is how the framework calls a whole body, which is no field of it.
    field = next((key for key in keys if key not in {"", "data"}), None)
    name = field.rsplit(".", 1)[-1] if field else ""
    return BadRequest("field_wrong", field=field, detail=FIELD_SENTENCES.get(name))


_OF_THE_FRAMEWORK = {
    HTTPStatus.BAD_REQUEST: "body_unreadable",
    HTTPStatus.UNAUTHORIZED: "signed_out",
    HTTPStatus.NOT_FOUND: "unknown_path",
    HTTPStatus.METHOD_NOT_ALLOWED: "method",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
}


def _http_problem(error: HTTPException) -> Problem:
    """Translate what the framework itself refuses; `Allow` and the like stay with the answer."""
    try:
        status = HTTPStatus(error.status_code)
        refusal = Refused(status, _OF_THE_FRAMEWORK[status])
    except (ValueError, KeyError):
        return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "server_fault")
    refusal.headers = dict(error.headers or {})
    return refusal
