"""Secrets: made by chance, kept sealed, each purpose under a key of its own."""

from __future__ import annotations

import pytest

from adapters.identity.secrets import KeyedSecrets
from application.ports.secrets import PhoneIndex, Secrets
from domain.invitations import CODE_LETTERS
from domain.people import Phone

KEY = b"a key for tests, thirty-two octets"
PHONE, OTHER = Phone("13812345678"), Phone("13812345679")


@pytest.fixture
def secrets() -> Secrets:
    return KeyedSecrets(key=KEY)


class TestSecrets:
    def test_find_a_phone_by_nothing_that_tells_it(self, secrets: Secrets) -> None:
        index = secrets.phone_index(PHONE)
        assert index == secrets.phone_index(Phone("+86 138 1234 5678"))
        assert index != secrets.phone_index(OTHER)
        assert PHONE[3:] not in index and len(index) == 64
        assert index != KeyedSecrets(key=b"another key" * 3).phone_index(PHONE)

    def test_find_an_identity_by_nothing_that_tells_it(self, secrets: Secrets) -> None:
        index = secrets.identity_index("wechat wx1", "open")
        assert index == secrets.identity_index("wechat wx1", "open")
        others = [
            ("wechat wx2", "open"),
            ("wechat wx1", "Open"),
            ("wechat", "wx1 open"),
            ("wechat wx1 open", ""),
        ]
        assert len({index, *(secrets.identity_index(*one) for one in others)}) == 5
        assert "open" not in index

    def test_make_codes_of_six_digits(self, secrets: Secrets) -> None:
        codes = [secrets.new_code() for _ in range(2_000)]
        assert {len(code) for code in codes} == {6} and all(code.isdecimal() for code in codes)
        assert any(code.startswith("0") for code in codes)
        assert len(set(codes)) > 1_900

    def test_seal_a_code_for_one_phone(self, secrets: Secrets) -> None:
        here, there = secrets.phone_index(PHONE), secrets.phone_index(OTHER)
        seal = secrets.code_seal(here, "123456")
        assert seal == secrets.code_seal(here, "123456")
        assert seal not in (secrets.code_seal(here, "123457"), secrets.code_seal(there, "123456"))
        assert "123456" not in seal
        assert seal != secrets.phone_index(PHONE)
        assert seal != KeyedSecrets(key=b"another key" * 3).code_seal(here, "123456")

    def test_seal_whatever_a_client_can_send(self, secrets: Secrets) -> None:
        for text in ("", "\ud800", "x" * 100_000):
            assert secrets.code_seal(PhoneIndex("a phone"), text)
            assert secrets.token_hash(text)

    def test_make_invitation_codes_that_nobody_guesses(self, secrets: Secrets) -> None:
        codes = [secrets.new_invitation_code() for _ in range(1_000)]
        assert len(set(codes)) == 1_000
        assert {letter for code in codes for letter in code} == set(CODE_LETTERS)

    def test_make_tokens_that_nobody_guesses(self, secrets: Secrets) -> None:
        tokens = {secrets.new_token() for _ in range(100)}
        assert len(tokens) == 100 and {len(token) for token in tokens} == {43}
        hashes = {secrets.token_hash(token) for token in tokens}
        assert len(hashes) == 100 and not hashes & tokens

    def test_keep_the_key_to_themselves(self, secrets: Secrets) -> None:
        assert "thirty-two" not in repr(secrets)
