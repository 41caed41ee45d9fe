"""Tokens as signed JSON (JWT): readable by everybody, made only by whoever has the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import attrs
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from application.authorization import ActorKind
from application.ports.clock import Clock
from application.ports.tokens import Claims, InvalidToken, Tokens
from domain.identity import BuyerId, CustomerId, MerchantId, PersonId, SessionId, StaffId
from domain.people import SecondFactor

ISSUER = "dinghuo"
SHORTEST_KEY = 32
"""The key has at least as many octets as the signature (RFC 7518, 3.2)."""
LONGEST_TOKEN = 2048
MOST_REMEMBERED = 4096
"""Tokens that were found to be signed; those that were not are never remembered."""
_ALGORITHM = "HS256"
_PEOPLE: Mapping[ActorKind, type[BuyerId | StaffId]] = {
    ActorKind.BUYER: BuyerId,
    ActorKind.STAFF: StaffId,
}


def _long_enough(_: object, __: attrs.Attribute[bytes], key: bytes) -> None:
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"the key of tokens has at least {SHORTEST_KEY} octets")


@attrs.frozen(kw_only=True)
class SignedTokens(Tokens):
    """Tokens signed with HMAC-SHA256 under one secret key."""

    key: bytes = attrs.field(repr=False, validator=_long_enough)
    clock: Clock
    _jwk: OctKey = attrs.field(
        init=False,
        repr=False,
        eq=False,
        default=attrs.Factory(lambda own: OctKey.import_key(own.key), takes_self=True),
    )
    _signed: Callable[[str], tuple[Claims, datetime]] = attrs.field(
        init=False,
        repr=False,
        eq=False,
        default=attrs.Factory(lambda own: lru_cache(maxsize=MOST_REMEMBERED)(own._verified), takes_self=True),
    )
    """The same text under the same key is signed or not, whenever it is asked; only its time is looked at again."""

    def issue(self, claims: Claims, *, until: datetime) -> str:
        content = {
            "iss": ISSUER,
            "sub": claims.person_id,
            "merchant": claims.merchant_id,
            "kind": claims.kind.value,
            "iat": int(self.clock.now().timestamp()),
            "exp": int(until.timestamp()),
        }
        if claims.customer_id is not None:
            content["customer"] = claims.customer_id
        if claims.session_id is not None:
            content["session"] = claims.session_id
        if claims.second_factor is not SecondFactor.NOT_NEEDED:
            content["factor"] = claims.second_factor.value
        return jwt.encode({"alg": _ALGORITHM}, content, self._jwk, algorithms=[_ALGORITHM])

    def read(self, token: str, *, at: datetime) -> Claims:
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise InvalidToken
        claims, until = self._signed(token)
        if at >= until:
            raise InvalidToken(expired=True)
        return claims

    def _verified(self, token: str) -> tuple[Claims, datetime]:
        """Check the signature, and read what is signed.

        :raises InvalidToken: if it is none of ours.
        """
        try:
            signed = jwt.decode(token, self._jwk, algorithms=[_ALGORITHM])
            if signed.header.get("typ") != "JWT":
                raise InvalidToken
            return _claims(signed.claims)
        except (JoseError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
            raise InvalidToken from None


def _claims(content: Mapping[str, Any]) -> tuple[Claims, datetime]:
    """:raises KeyError, TypeError, ValueError, OverflowError: if they are not what a token of ours says."""
    if content["iss"] != ISSUER or type(content["exp"]) is not int:
        raise ValueError("not one of our tokens")
    kind = ActorKind(_text(content["kind"]))
    person_id: PersonId = _PEOPLE[kind](_text(content["sub"]))
    claims = Claims(
        merchant_id=MerchantId(_text(content["merchant"])),
        kind=kind,
        person_id=person_id,
        customer_id=CustomerId(_text(content["customer"])) if kind is ActorKind.BUYER else None,
        session_id=SessionId(_text(content["session"])) if "session" in content else None,
        second_factor=SecondFactor(_text(content["factor"]))
        if "factor" in content
        else SecondFactor.NOT_NEEDED,
    )
    return claims, datetime.fromtimestamp(content["exp"], UTC)


def _text(claim: Any) -> str:
    if not isinstance(claim, str):
        raise TypeError("a claim that should be text is none")
    return claim
