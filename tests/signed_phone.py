"""A phone for tests that talks HTTP: it enrols with a real key, signs what it sends, keeps a real outbox."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from floor import Phone

from server.access.encoding import to_base64url
from sync.chain import Purpose, signed_bytes
from sync.outbox import Outbox, Run


class Answer(Protocol):
    """What every HTTP client's answers have in common."""

    status_code: int

    def json(self) -> Any:
        """Give the body."""


class Client(Protocol):
    """What the test client and httpx have in common."""

    get: Callable[..., Any]
    post: Callable[..., Any]


class SignedPhone(Phone):
    """An enrolled phone."""

    def __init__(
        self,
        client: Client,
        office: dict[str, str],
        *,
        site: str = "ASHA-WH",
        name: str = "Phone",
        is_desk: bool = False,
    ) -> None:
        super().__init__(10, site)
        self.key = ec.generate_private_key(ec.SECP256R1())
        public = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        invited = client.post("/devices/enrolments", json={"site": site, "is_desk": is_desk}, headers=office).json()
        enrolled = client.post(
            "/devices", json={"code": invited["code"], "name": name, "public_key": to_base64url(public)}
        ).json()
        self.id = bytes.fromhex(enrolled["device"])
        self.certificate: str = enrolled["certificate"]
        self.outbox = Outbox(self.id, secrets.token_bytes(16))
        self.prefix = secrets.token_bytes(4)
        self.client = client
        self.cursor: dict[str, Any] | None = None
        self.replica: dict[tuple[str, str], Any] = {}

    def record(self, type_: str, **said: Any) -> Any:
        """Record a scan under an id nobody else has."""
        if not said.get("event_id"):
            said["event_id"] = self.prefix + (self.made + 1).to_bytes(12, "big")
        return super().record(type_, **said)

    def sign(self, purpose: Purpose, nonce: str, inc: bytes, seq: int, digest: bytes) -> str:
        """Sign the end of the chain over a nonce."""
        r, s = decode_dss_signature(
            self.key.sign(signed_bytes(purpose, nonce, self.id, inc, seq, digest), ec.ECDSA(SHA256()))
        )
        return to_base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def exported(self) -> dict[str, Any]:
        """Give what is waiting as a run that anybody may hand in."""
        run = self.outbox.next_run()
        assert run is not None
        signed = self.sign("export", "", run.inc, run.end.seq, run.end.hash)
        head = {"seq": run.end.seq, "hash": run.end.hash.hex()}
        return self.envelope(run) | {"nonce": "", "sig": signed, "head": head, "pending": 0}

    def nonce(self) -> str:
        """Ask the server for a nonce."""
        return str(self.client.get("/sync/v1/nonce").json()["nonce"])

    def contact(self, purpose: Purpose, inc: bytes, seq: int, digest: bytes) -> dict[str, Any]:
        """Say who is calling."""
        nonce = self.nonce()
        head = self.outbox.head
        return {
            "proto": 1, "app": "test", "device": self.id.hex(), "inc": inc.hex(), "nonce": nonce,
            "sig": self.sign(purpose, nonce, inc, seq, digest), "certificate": self.certificate,
            "head": {"seq": head.seq, "hash": head.hash}, "pending": len(self.outbox.unsent()),
        }  # fmt: skip

    def envelope(self, run: Run) -> dict[str, Any]:
        """Make the push of a run; one without scans is signed over the end of the chain."""
        head = self.outbox.head
        seq, digest = (run.end.seq, run.end.hash) if run.events else (head.seq, bytes.fromhex(head.hash))
        return self.contact("push", run.inc, seq, digest) | {
            "base": {"seq": run.base.seq, "hash": run.base.hash},
            "events": [{"id": kept.id.hex(), "seq": kept.seq, "body": kept.body.decode()} for kept in run.events],
        }

    def push(self, run: Run | None = None) -> Any:
        """Hand in what is waiting; give the answer, mark nothing."""
        run = run or self.outbox.next_run()
        assert run is not None
        return self.client.post("/sync/v1/push", json=self.envelope(run))

    def ask(self, purpose: Purpose) -> Any:
        """Ask once, whatever the answer is."""
        head = self.outbox.head
        asked = self.contact(purpose, self.outbox.inc, head.seq, bytes.fromhex(head.hash))
        return self.client.post(f"/sync/v1/{purpose}", json=asked | {"cursor": self.cursor})

    def contact_of_session(self) -> dict[str, Any]:
        """Make what a phone shows to get a session of its own."""
        head = self.outbox.head
        asked = self.contact("session", self.outbox.inc, head.seq, bytes.fromhex(head.hash))
        return {name: asked[name] for name in ("device", "inc", "nonce", "sig", "head")}

    def pull(self, limit: int = 500) -> dict[str, Any]:
        """Bring the replica up to date; give the last answer."""
        while True:
            head = self.outbox.head
            asked = self.contact("pull", self.outbox.inc, head.seq, bytes.fromhex(head.hash))
            answer: dict[str, Any] = self.client.post(
                "/sync/v1/pull", json=asked | {"cursor": self.cursor, "limit": limit}
            ).json()
            if answer["reset"]:
                self.replica.clear()
            assert answer["from"] == (0 if self.cursor is None or answer["reset"] else self.cursor["pos"])
            for change in answer["changes"]:
                self.replica[change["kind"], change["id"]] = change["data"]
            self.cursor = {"epoch": answer["epoch"], "pos": answer["to"]}
            if not answer["more"]:
                return answer

    def snapshot_page(self, bookmark: dict[str, Any] | None, limit: int) -> Any:
        """Ask for the books as they stand: from the beginning, or behind a bookmark."""
        head = self.outbox.head
        asked = self.contact("snapshot", self.outbox.inc, head.seq, bytes.fromhex(head.hash))
        return self.client.post("/sync/v1/snapshot", json=asked | {"bookmark": bookmark, "limit": limit})

    def snapshot(self, limit: int = 500, between: Callable[[], None] = lambda: None) -> int:
        """Fill an empty replica from a snapshot, with something happening between its pages; give the pages taken."""
        self.replica.clear()
        bookmark, pages = None, 0
        while True:
            answer = self.snapshot_page(bookmark, limit).json()
            pages += 1
            for change in answer["changes"]:
                self.replica[change["kind"], change["id"]] = change["data"]
            self.cursor = {"epoch": answer["epoch"], "pos": answer["at"]}
            if answer["after"] is None:
                return pages
            bookmark = self.cursor | {"after": answer["after"]}
            between()
