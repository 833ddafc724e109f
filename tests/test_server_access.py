"""Who may do what: keys and signatures, sessions, enrolment, and wrong guesses."""

import asyncio
import hashlib
import hmac
import json
import threading
from typing import Any

import httpx
import jwt
import pytest
from conftest import SITE, Installation
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select, update

from server.access import certificate, credentials, store, tokens
from server.access.encoding import from_base64url, to_base64url
from server.access.keys import KeysUnreadable, open_keys
from server.access.nonces import VALID_MS, Nonces
from server.access.signatures import read_public_key, verify
from server.access.tables import device, enrolment, person
from server.access.tries import TRIES_MAX, WAIT_SECONDS_FIRST, WAIT_SECONDS_MAX, Tries
from server.clock import now_ms
from server.database import migrate
from server.database.engine import create_engine
from server.problems import TooManyTries
from sync.chain import origin, signed_bytes

PASSWORD = "correct horse battery"


# --- signatures, nonces, certificates


def new_key() -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    """Make a phone's key and its public half as it travels."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key, key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signed(key: ec.EllipticCurvePrivateKey, message: bytes) -> str:
    """Sign as a browser does: r|s."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
    return to_base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


KEY, PUBLIC = new_key()


def test_only_the_holder_of_the_key_signs_just_this_message() -> None:
    signature = signed(KEY, b"message")
    assert verify(PUBLIC, signature, b"message")
    assert not verify(PUBLIC, signature, b"massage")
    assert not verify(new_key()[1], signature, b"message")


@given(st.text(max_size=100) | st.binary(max_size=80).map(to_base64url))
def test_whatever_stands_for_a_signature_is_judged_without_a_fault(signature: str) -> None:
    assert not verify(PUBLIC, signature, b"message")


@given(st.binary(max_size=100))
def test_whatever_stands_for_a_key_is_judged_without_a_fault(der: bytes) -> None:
    assert not verify(der, signed(KEY, b"m"), b"m")
    assert read_public_key(to_base64url(der)) is None


def test_keys_of_another_kind_are_no_phone_keys() -> None:
    for other in (
        ec.generate_private_key(ec.SECP384R1()).public_key(),
        ed25519.Ed25519PrivateKey.generate().public_key(),
        rsa.generate_private_key(65537, 2048).public_key(),
    ):
        der = other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert read_public_key(to_base64url(der)) is None
    assert read_public_key(to_base64url(PUBLIC)) == PUBLIC
    assert read_public_key(to_base64url(PUBLIC) + "=") is None


@given(st.binary(max_size=70))
def test_base64url_has_one_spelling(raw: bytes) -> None:
    text = to_base64url(raw)
    assert from_base64url(text) == raw
    assert from_base64url(text + "=") is None
    assert from_base64url(text + "\n") is None


@given(st.integers(0, 2**50), st.integers(-(2**40), 2**40))
def test_a_nonce_is_good_for_ten_minutes_and_needs_no_memory(at: int, later: int) -> None:
    nonce = Nonces(b"k" * 32).issue(at)
    expected = "ok" if abs(later) <= VALID_MS else "expired"
    assert Nonces(b"k" * 32).check(nonce, at + later) == expected
    assert Nonces(b"x" * 32).check(nonce, at) == "wrong"


@given(st.text(max_size=60))
def test_an_invented_nonce_is_wrong(text: str) -> None:
    assert Nonces(b"k" * 32).check(text, 0) == "wrong"


ENROLLED = certificate.EnrolledDevice(
    device="00" * 16, device_code="03K", name="Ravi", site=SITE, public_key="AAAA", issued_at=5
)


@pytest.mark.requirement("S8")
def test_a_certificate_is_read_by_its_own_installation_only_and_only_untouched() -> None:
    ours, theirs = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()
    text = certificate.issue(ours, ENROLLED)
    assert certificate.verify(ours.public_key(), text) == ENROLLED
    assert certificate.verify(theirs.public_key(), text) is None
    payload, _, signature = text.partition(".")
    other = to_base64url(json.dumps({"device": "11" * 16}).encode())
    for forged in ("", ".", payload, f"{other}.{signature}", f"{payload}.{'A' * 86}", text + ".", text[:-2], text * 60):
        assert certificate.verify(ours.public_key(), forged) is None


def test_key_files_are_private_and_stay_the_same(tmp_path: Any) -> None:
    first = open_keys(tmp_path / "keys")
    again = open_keys(tmp_path / "keys")
    assert first.token.private_bytes_raw() == again.token.private_bytes_raw()
    assert first.nonce_key() == again.nonce_key()
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}
    (tmp_path / "keys" / "token.pem").write_text("rubbish")
    with pytest.raises(KeysUnreadable, match="backup"):
        open_keys(tmp_path / "keys")


# --- passwords, PINs, tries


@pytest.mark.requirement("S1")
def test_a_pin_is_checked_as_the_phone_does_it() -> None:
    verifier = credentials.make_pin_verifier("482915")
    on_the_phone = hashlib.pbkdf2_hmac("sha256", b"482915", verifier.salt, 210_000, 32)
    assert (verifier.hash, verifier.iterations, len(verifier.salt)) == (on_the_phone, 210_000, 16)
    assert credentials.is_pin_right("482915", verifier)
    assert not credentials.is_pin_right("482916", verifier)


def test_a_password_is_kept_as_scrypt_with_its_cost() -> None:
    stored = credentials.hash_password(PASSWORD)
    assert stored.startswith("scrypt$16384$8$5$")
    assert credentials.is_password_right(PASSWORD, stored)
    assert not credentials.is_password_right(PASSWORD + " ", stored)


def test_after_ten_wrong_tries_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    tries = Tries()
    now = 0
    for _ in range(TRIES_MAX):
        tries.begin("login", "meera", now)
    waits = []
    for _ in range(8):
        with pytest.raises(TooManyTries) as refused:
            tries.begin("login", "meera", now)
        waits.append(int(refused.value.headers["Retry-After"]))
        now += waits[-1] * 1000
        tries.begin("login", "meera", now)
    assert waits[:3] == [WAIT_SECONDS_FIRST, WAIT_SECONDS_FIRST * 2, WAIT_SECONDS_FIRST * 4]
    assert waits[-1] == WAIT_SECONDS_MAX
    tries.begin("login", "anita", now)
    tries.right("login", "meera")
    tries.begin("login", "meera", now)


def test_a_flood_of_invented_logins_frees_nobody_who_is_locked() -> None:
    tries = Tries(remembered_max=100)
    for _ in range(TRIES_MAX):
        tries.begin("login", "meera", 0)
    for n in range(1_000):
        tries.begin("login", f"invented {n}", 0)
    with pytest.raises(TooManyTries):
        tries.begin("login", "meera", 0)


# --- sessions


def with_password(installation: Installation, login: str) -> None:
    """Give an installation somebody who can sign in at the desk."""
    new = store.NewPerson(
        name="Meera", role="office", site=SITE, login=login, password_hash=credentials.hash_password(PASSWORD), pin=None
    )

    async def write() -> None:
        engine = create_engine(installation.settings.database)
        async with engine.begin() as connection:
            await store.add_person(connection, new, now_ms())
        await engine.dispose()

    asyncio.run(write())


def test_login_and_password_open_a_session_for_eight_hours(installation: Installation) -> None:
    with_password(installation, "meera")
    with installation.client() as client:
        answer = client.post("/session", json={"login": "meera", "password": PASSWORD}).json()
        assert answer["person"]["name"] == "Meera"
        assert answer["device"] is None
        assert abs(answer["expires_at"] - now_ms() - 8 * 3_600_000) < 10_000
        assert client.get("/people", headers={"Authorization": f"Bearer {answer['token']}"}).status_code == 200


def test_wrong_passwords_lock_the_login_and_nobody_else_and_tell_nothing(installation: Installation) -> None:
    with_password(installation, "meera")
    with installation.client() as client:

        def sign_in(login: str, password: str) -> httpx.Response:
            return client.post("/session", json={"login": login, "password": password})

        wrong = sign_in("meera", "wrong password")
        unknown = sign_in("nobody", "wrong password")
        assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content) == (401, wrong.content)
        for _ in range(TRIES_MAX - 1):
            assert sign_in("meera", "wrong password").json()["code"] == "login_wrong"
        locked = sign_in("meera", PASSWORD)
        assert (locked.status_code, locked.json()["code"]) == (429, "too_many_tries")
        assert 0 < int(locked.headers["retry-after"]) <= WAIT_SECONDS_FIRST
        assert sign_in("nobody", "wrong password").status_code == 401


def test_a_deactivated_person_is_signed_out_at_once(installation: Installation) -> None:
    with installation.client() as client:
        assert client.get("/people", headers=installation.office).status_code == 200
        with migrate.connected(installation.settings.database) as connection:
            connection.execute(update(person).values(is_active=False))
        assert client.get("/people", headers=installation.office).status_code == 401


def test_a_change_of_rights_ends_the_sessions_opened_before_it(installation: Installation) -> None:
    with installation.client() as client:
        with migrate.connected(installation.settings.database) as connection:
            connection.execute(update(person).values(grant=person.c.grant + 1))
        assert client.get("/people", headers=installation.office).status_code == 401


def forgeries(installation: Installation) -> dict[str, str]:
    """Make tokens an attacker might try, each wrong in one way."""
    keys = open_keys(installation.settings.keys_folder)
    good = installation.office["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(good, options={"verify_signature": False})
    header, payload, signature = good.split(".")
    public = keys.token.public_key()
    raw_public = public.public_bytes_raw()
    pem_public = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def made(key: Any = keys.token, algorithm: str = "EdDSA", typ: str | None = "at+jwt", **changed: Any) -> str:
        said = {name: value for name, value in (claims | changed).items() if value is not None}
        headers = {"typ": typ} if typ else {"typ": None}
        return jwt.encode(said, key, algorithm=algorithm, headers=headers)

    def hs256(secret: bytes) -> str:
        head = to_base64url(b'{"alg":"HS256","typ":"at+jwt"}')
        proof = hmac.digest(secret, f"{head}.{payload}".encode(), "sha256")
        return f"{head}.{payload}.{to_base64url(proof)}"

    none = to_base64url(b'{"alg":"none","typ":"at+jwt"}')
    return {
        "no signature": f"{header}.{payload}.",
        "algorithm none": f"{none}.{payload}.",
        "public key as shared secret": hs256(raw_public),
        "public key file as shared secret": hs256(pem_public),
        "somebody else's key": made(key=ed25519.Ed25519PrivateKey.generate()),
        "the installation's other key": made(key=keys.installation),
        "key in the header": jwt.encode(claims, ed25519.Ed25519PrivateKey.generate(), "EdDSA", {"jwk": {}, "kid": "/"}),
        "ended": made(exp=1_000),
        "no end": made(exp=None),
        "not yet": made(nbf=2**33),
        "no start": made(nbf=None),
        "no id": made(jti=None),
        "no issue time": made(iat=None),
        "another issuer": made(iss="somebody"),
        "no issuer": made(iss=None),
        "another audience": made(aud="other"),
        "a list of audiences": made(aud=["batchspine-api", "other"]),
        "no audience": made(aud=None),
        "another type": made(typ="JWT"),
        "no type": made(typ=None),
        "no subject": made(sub=None),
        "another kind of subject": made(sub="robot:" + "00" * 16),
        "a person unknown": made(sub="person:" + "00" * 16),
        "a device unknown": made(sub="device:" + "00" * 16),
        "not an id": made(sub="person:zz"),
        "an id too long": made(sub="person:" + "00" * 600),
        "grant as text": made(grant="1"),
        "no grant": made(grant=None),
        "payload touched": f"{header}.{payload[:-2]}xx.{signature}",
        "junk": "abc",
        "empty": "",
    }


def test_no_forged_token_opens_anything(standing: tuple[TestClient[Litestar], Installation]) -> None:
    client, installation = standing
    for what, token in forgeries(installation).items():
        answer = client.get("/people", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "signed_out"), what
    token = installation.office["Authorization"]
    assert client.get("/people", headers={"Authorization": token.replace("Bearer", "Basic")}).status_code == 401
    assert client.get("/people", headers={"Authorization": token.replace("Bearer", "bearer")}).status_code == 200


# --- enrolment


def code_for(client: TestClient[Litestar], installation: Installation, site: str = SITE) -> dict[str, Any]:
    """Ask for an enrolment code."""
    answer = client.post("/devices/enrolments", json={"site": site}, headers=installation.office)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


def enrol(client: Any, code: str, public: bytes, name: str = "Phone 1") -> httpx.Response:
    """Show a code as a phone does."""
    sent = {"code": code, "name": name, "public_key": to_base64url(public)}
    answer: httpx.Response = client.post("/devices", json=sent)
    return answer


@pytest.mark.requirement("S8", "S11")
def test_a_code_makes_one_phone_a_device_with_a_certificate(installation: Installation) -> None:
    with installation.client() as client:
        made = code_for(client, installation)
        assert made["link"].endswith(f"/enrol#{made['code']}")
        assert made["qr_svg"].startswith("<svg ")
        assert len(from_base64url(made["code"]) or b"") * 8 >= 128
        answer = enrol(client, made["code"], PUBLIC)
        assert answer.status_code == 201
        phone = answer.json()
        assert (phone["site"], phone["company"], phone["is_demo"]) == (SITE, "Asha Pharma", False)
        keys = open_keys(installation.settings.keys_folder)
        vouched = certificate.verify(keys.certificates, phone["certificate"])
        assert vouched is not None
        assert (vouched.device, vouched.device_code, vouched.public_key) == (
            phone["device"],
            phone["device_code"],
            to_base64url(PUBLIC),
        )
        listed = client.get("/devices", headers=installation.office).json()["devices"]
        assert [row["device"] for row in listed] == [phone["device"]]
    with migrate.connected(installation.settings.database) as connection:
        hashes = connection.execute(select(enrolment.c.code_hash)).scalars().all()
        assert hashes == [credentials.code_hash(made["code"])]


def test_a_code_is_good_for_one_phone_whose_answer_may_get_lost(installation: Installation) -> None:
    with installation.client() as client:
        code = code_for(client, installation)["code"]
        first = enrol(client, code, PUBLIC).json()
        again = enrol(client, code, PUBLIC, name="Another name")
        assert (again.status_code, again.json()["device"]) == (201, first["device"])
        other = enrol(client, code, new_key()[1])
        assert (other.status_code, other.json()["code"]) == (409, "enrolment_used")
        assert len(client.get("/devices", headers=installation.office).json()["devices"]) == 1


def test_a_code_ends_after_ten_minutes_and_an_invented_one_never_begins(installation: Installation) -> None:
    with installation.client() as client:
        made = code_for(client, installation)
        assert 0 < made["expires_at"] - now_ms() <= 600_000
        with migrate.connected(installation.settings.database) as connection:
            connection.execute(update(enrolment).values(expires_at=now_ms()))
        late = enrol(client, made["code"], PUBLIC)
        assert (late.status_code, late.json()["code"]) == (409, "enrolment_expired")
        invented = enrol(client, "A" * 24, PUBLIC)
        assert (invented.status_code, invented.json()["code"]) == (404, "enrolment_unknown")
        assert client.get("/devices", headers=installation.office).json()["devices"] == []


def test_of_two_phones_that_show_one_code_at_once_one_wins(installation: Installation) -> None:
    with installation.client() as client:
        for _ in range(5):
            code = code_for(client, installation)["code"]
            start = threading.Barrier(4)
            answers: list[int] = []

            def show(code: str = code, start: threading.Barrier = start, answers: list[int] = answers) -> None:
                public = new_key()[1]
                start.wait()
                answers.append(enrol(client, code, public).status_code)

            phones = [threading.Thread(target=show) for _ in range(4)]
            for phone in phones:
                phone.start()
            for phone in phones:
                phone.join()
            assert sorted(answers) == [201, 409, 409, 409]
        assert len(client.get("/devices", headers=installation.office).json()["devices"]) == 5


def test_an_unreadable_key_or_an_unknown_site_is_refused_with_its_field(installation: Installation) -> None:
    with installation.client() as client:
        code = code_for(client, installation)["code"]
        answer = client.post("/devices", json={"code": code, "name": "P", "public_key": "AAAA"}).json()
        assert (answer["code"], answer["field"]) == ("key_unreadable", "public_key")
        wrong = client.post("/devices/enrolments", json={"site": "NOWHERE"}, headers=installation.office).json()
        assert (wrong["code"], wrong["field"]) == ("unknown_site", "site")
        assert enrol(client, code, PUBLIC).status_code == 201


def test_only_the_office_invites_phones_and_people(installation: Installation) -> None:
    with installation.client() as client:
        with migrate.connected(installation.settings.database) as connection:
            connection.execute(update(person).values(role="operator"))
        for path, body in {
            "/devices/enrolments": {"site": SITE},
            "/people": {"name": "A", "role": "operator", "site": SITE, "pin": "123456"},
            "/items": {"code": "A", "name": "A", "unit_of_measure": "kg", "per_unit": 1},
        }.items():
            answer = client.post(path, json=body, headers=installation.office)
            assert (answer.status_code, answer.json()["code"]) == (403, "office_only"), path
        assert client.get("/devices", headers=installation.office).status_code == 403
        assert client.get("/items", headers=installation.office).status_code == 200


# --- a phone's own session


def phone_session(client: TestClient[Litestar], phone: dict[str, Any], **changed: Any) -> httpx.Response:
    """Sign in as a phone; `changed` spoils a part of it."""
    identity, inc = bytes.fromhex(phone["device"]), bytes(16)
    nonce = client.get("/sync/v1/nonce").json()["nonce"]
    head = origin(identity, inc)
    sent = {
        "device": phone["device"],
        "inc": inc.hex(),
        "nonce": nonce,
        "sig": signed(KEY, signed_bytes("session", nonce, identity, inc, 0, head)),
        "head": {"seq": 0, "hash": head.hex()},
    }
    answer: httpx.Response = client.post("/session", json=sent | changed)
    return answer


def test_a_phone_signs_in_for_ten_minutes_and_only_for_what_phones_may(installation: Installation) -> None:
    with installation.client() as client:
        phone = enrol(client, code_for(client, installation)["code"], PUBLIC).json()
        answer = phone_session(client, phone).json()
        assert answer["device"]["device_code"] == phone["device_code"]
        assert answer["person"] is None
        assert abs(answer["expires_at"] - now_ms() - 600_000) < 10_000
        headers = {"Authorization": f"Bearer {answer['token']}"}
        assert client.get("/labels", headers=headers).json()["code"] == "label_unnamed"
        for path in ("/people", "/devices", "/items", "/places", "/transfers", "/runs", "/schema/openapi.json"):
            refused = client.get(path, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (403, "people_only"), path


def test_a_phone_without_its_key_gets_no_session(installation: Installation) -> None:
    with installation.client() as client:
        phone = enrol(client, code_for(client, installation)["code"], PUBLIC).json()
        old = Nonces(open_keys(installation.settings.keys_folder).nonce_key()).issue(now_ms() - VALID_MS - 1)
        for changed, code in (
            ({"sig": signed(new_key()[0], b"x")}, "signature_wrong"),
            ({"head": {"seq": 1, "hash": "00" * 32}}, "signature_wrong"),
            ({"device": "00" * 16}, "device_unknown"),
            ({"nonce": "AAAA"}, "nonce_expired"),
            ({"nonce": old}, "nonce_expired"),
            ({"sig": None}, "field_wrong"),
        ):
            answer = phone_session(client, phone, **changed).json()
            assert answer["code"] == code, changed
            assert ("nonce" in answer) == (code == "nonce_expired")


def test_a_signature_for_a_push_opens_no_session(installation: Installation) -> None:
    with installation.client() as client:
        phone = enrol(client, code_for(client, installation)["code"], PUBLIC).json()
        identity = bytes.fromhex(phone["device"])
        nonce = client.get("/sync/v1/nonce").json()["nonce"]
        pushed = signed(KEY, signed_bytes("push", nonce, identity, bytes(16), 0, origin(identity, bytes(16))))
        assert phone_session(client, phone, nonce=nonce, sig=pushed).json()["code"] == "signature_wrong"


# --- people


@pytest.mark.requirement("S1", "S11")
def test_a_person_added_reaches_the_site_with_a_pin_verifier_and_no_secret_in_lists(
    installation: Installation,
) -> None:
    with installation.client() as client:
        new = {"name": "Ravi Kumar", "role": "operator", "site": SITE, "pin": "482915"}
        added = client.post("/people", json=new, headers=installation.office)
        assert added.status_code == 201
        listed = client.get("/people", headers=installation.office).json()["people"]
        assert {row["name"]: (row["has_pin"], row["login"]) for row in listed} == {
            "Office": (False, None),
            "Ravi Kumar": (True, None),
        }
        assert "482915" not in json.dumps(listed)
        assert not {"pin", "pin_hash", "password"} & set(listed[0])
    with migrate.connected(installation.settings.database) as connection:
        row = connection.execute(select(person).where(person.c.name == "Ravi Kumar")).one()
    assert credentials.is_pin_right("482915", credentials.PinVerifier(row.pin_salt, row.pin_iterations, row.pin_hash))


@pytest.mark.parametrize(
    ("changed", "status", "code", "field"),
    [
        ({"pin": "12345"}, 400, "field_wrong", "pin"),
        ({"pin": "12345a"}, 400, "field_wrong", "pin"),
        ({"pin": None}, 400, "nothing_to_sign_in_with", "pin"),
        ({"role": "admin"}, 400, "field_wrong", "role"),
        ({"name": ""}, 400, "field_wrong", "name"),
        ({"site": "NOWHERE"}, 400, "unknown_site", "site"),
        ({"login": "ravi"}, 400, "login_incomplete", "password"),
        ({"login": "ra vi", "password": PASSWORD}, 400, "field_wrong", "login"),
        ({"login": "ravi", "password": "short"}, 400, "field_wrong", "password"),
        ({"is_admin": True}, 400, "field_wrong", None),
    ],
)
def test_a_person_who_cannot_be_added_is_refused_with_the_field(
    standing: tuple[TestClient[Litestar], Installation],
    changed: dict[str, Any],
    status: int,
    code: str,
    field: str | None,
) -> None:
    client, installation = standing
    body = {"name": "Ravi", "role": "operator", "site": SITE, "pin": "482915"} | changed
    answer = client.post("/people", json=body, headers=installation.office)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem.get("field")) == (status, code, field)
    assert PASSWORD not in answer.text


def test_a_login_is_given_once(client: TestClient[Litestar], installation: Installation) -> None:
    body = {"name": "Ravi", "role": "office", "site": SITE, "login": "ravi", "password": PASSWORD}
    assert client.post("/people", json=body, headers=installation.office).status_code == 201
    again = client.post("/people", json=body, headers=installation.office)
    assert (again.status_code, again.json()["code"]) == (409, "login_taken")


def test_device_codes_have_no_letter_that_is_read_for_another(installation: Installation) -> None:
    assert not set("ILOU") & set(store.DEVICE_CODE_ALPHABET)
    with installation.client() as client:
        phone = enrol(client, code_for(client, installation)["code"], PUBLIC).json()
    assert set(phone["device_code"]) <= set(store.DEVICE_CODE_ALPHABET)
    with migrate.connected(installation.settings.database) as connection:
        assert connection.execute(select(device.c.code)).scalar() == phone["device_code"]


def test_tokens_name_person_or_device_and_nothing_secret() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    token, ends = tokens.issue(key, tokens.Subject("device", "ab" * 16), 1_000_000)
    assert ends == 1_600_000
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "typ": "at+jwt"}
    fresh, _ = tokens.issue(key, tokens.Subject("person", "ab" * 16, 3), now_ms())
    assert tokens.read(key.public_key(), fresh) == tokens.Subject("person", "ab" * 16, 3)
