"""Whoever makes tokens must keep these promises."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha384, sha512
from hmac import new as hmac
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.identity.tokens import SignedTokens
from application.authorization import ActorKind
from application.ports.clock import Clock
from application.ports.tokens import Claims, InvalidToken, Tokens
from domain.identity import BuyerId, CustomerId, MerchantId, SessionId, StaffId

NOW = datetime(2026, 11, 23, 8, 30, 15, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
KEY = b"correct horse battery staple: 32"
OTHER_KEY = b"another key that is long enough!"

octets = st.binary(min_size=16, max_size=16)
BUYER = Claims(
    merchant_id=MerchantId.of(bytes(16)),
    kind=ActorKind.BUYER,
    person_id=BuyerId.of(bytes(16)),
    customer_id=CustomerId.of(bytes(16)),
)


@attrs.frozen
class StoppedClock(Clock):
    def now(self) -> datetime:
        return NOW


def signed(key: bytes = KEY) -> Tokens:
    return SignedTokens(key=key, clock=StoppedClock())


def refused(token: str, *, at: datetime = NOW) -> InvalidToken:
    with pytest.raises(InvalidToken) as caught:
        signed().read(token, at=at)
    return caught.value


def parts(token: str) -> list[bytes]:
    return [urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]


def joined(*parts: bytes) -> str:
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def forged(header: dict[str, Any] | None = None, key: bytes = KEY, **changes: Any) -> str:
    """A token with a true signature over claims of our choice; None takes a claim away."""
    claims = json.loads(parts(signed().issue(BUYER, until=LATER))[1]) | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    header = header or {"alg": "HS256", "typ": "JWT"}
    digest = {"HS384": sha384, "HS512": sha512}.get(str(header.get("alg")), sha256)
    body = joined(json.dumps(header).encode(), json.dumps(claims).encode())
    return f"{body}.{joined(hmac(key, body.encode(), digest).digest())}"


@given(merchant=octets, person=octets, customer=octets, staff=st.booleans(), session=st.none() | octets)
def test_reads_what_it_issued(
    merchant: bytes, person: bytes, customer: bytes, staff: bool, session: bytes | None
) -> None:
    claims = Claims(
        merchant_id=MerchantId.of(merchant),
        kind=ActorKind.STAFF if staff else ActorKind.BUYER,
        person_id=StaffId.of(person) if staff else BuyerId.of(person),
        customer_id=None if staff else CustomerId.of(customer),
        session_id=None if session is None else SessionId.of(session),
    )
    assert signed().read(signed().issue(claims, until=LATER), at=NOW) == claims


def test_accepts_a_true_forgery() -> None:
    """The tests below change one thing each; without any change the token is read."""
    assert signed().read(forged(), at=NOW) == BUYER


def test_says_who_when_and_until_when() -> None:
    header, claims, _ = parts(signed().issue(BUYER, until=LATER))
    assert json.loads(header) == {"typ": "JWT", "alg": "HS256"}
    assert json.loads(claims) == {
        "iss": "dinghuo",
        "sub": BUYER.person_id,
        "merchant": BUYER.merchant_id,
        "kind": "BUYER",
        "customer": BUYER.customer_id,
        "iat": int(NOW.timestamp()),
        "exp": int(LATER.timestamp()),
    }


def test_holds_until_the_very_end_and_not_longer() -> None:
    token = signed().issue(BUYER, until=LATER)
    assert signed().read(token, at=LATER - timedelta(microseconds=1)) == BUYER
    assert refused(token, at=LATER) == InvalidToken(expired=True)


def test_does_not_call_a_foreign_token_expired() -> None:
    assert refused(signed(OTHER_KEY).issue(BUYER, until=NOW - timedelta(days=1))) == InvalidToken(
        expired=False
    )


@given(place=st.integers(0, 400), bit=st.integers(0, 7))
def test_refuses_what_was_altered(place: int, bit: int) -> None:
    header, claims, signature = parts(signed().issue(BUYER, until=LATER))
    whole = bytearray(header + claims + signature)
    whole[place % len(whole)] ^= 1 << bit
    cut = len(header), len(header) + len(claims)
    refused(joined(bytes(whole[: cut[0]]), bytes(whole[cut[0] : cut[1]]), bytes(whole[cut[1] :])))


@pytest.mark.parametrize("algorithm", ["none", "None", "HS384", "HS512", "RS256", "ES256", "", None, 7])
def test_refuses_every_other_algorithm(algorithm: Any) -> None:
    refused(forged({"alg": algorithm, "typ": "JWT"}))
    header, claims, _ = parts(forged({"alg": algorithm, "typ": "JWT"}))
    refused(joined(header, claims, b""))


def test_refuses_another_type_of_token() -> None:
    refused(forged({"alg": "HS256", "typ": "at+jwt"}))
    refused(forged({"alg": "HS256"}))


def test_refuses_another_key() -> None:
    refused(forged(key=OTHER_KEY))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "someone-else"},
        {"iss": None},
        {"sub": None},
        {"sub": "buy_short"},
        {"sub": StaffId.of(bytes(16))},
        {"sub": 7},
        {"merchant": None},
        {"merchant": CustomerId.of(bytes(16))},
        {"kind": None},
        {"kind": "OPERATOR"},
        {"kind": "GUEST"},
        {"kind": "STAFF"},
        {"kind": ["BUYER"]},
        {"customer": None},
        {"customer": {}},
        {"session": BuyerId.of(bytes(16))},
        {"session": []},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 1e400},
        {"exp": True},
        {"exp": 10**30},
        {"exp": -(10**30)},
    ],
    ids=str,
)
def test_refuses_malformed_claims(changes: dict[str, Any]) -> None:
    assert refused(forged(**changes)) == InvalidToken(expired=False)


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "a.b.c", "Bearer x", "é.é.é", "\0", "." * 2048, "e" * 1_000_000, "🙂"],
    ids=lambda text: repr(text)[:12],
)
def test_refuses_what_is_no_token(text: str) -> None:
    refused(text)


@given(st.text(max_size=60))
def test_refuses_any_text(text: str) -> None:
    refused(text)


def test_refuses_claims_that_are_no_object() -> None:
    body = joined(b'{"alg":"HS256","typ":"JWT"}', b"[" * 5000 + b"]" * 5000)
    refused(f"{body}.{joined(hmac(KEY, body.encode(), sha256).digest())}")
    body = joined(b'{"alg":"HS256","typ":"JWT"}', b'"text"')
    refused(f"{body}.{joined(hmac(KEY, body.encode(), sha256).digest())}")


def test_refuses_a_short_key_and_never_shows_it() -> None:
    with pytest.raises(ValueError, match="32 octets"):
        signed(b"k" * 31)
    assert KEY.decode() not in repr(signed())
