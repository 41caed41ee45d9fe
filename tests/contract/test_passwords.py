"""Passwords are hashed and compared, slowly, and devices make the codes that the RFC says."""

from __future__ import annotations

import secrets
import time
from base64 import b32encode
from statistics import median
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.identity.passwords import Argon2Passwords, DeviceCodes
from adapters.identity.secrets import KeyedSecrets
from application.ports.passwords import Checked, OneTimeCodes, Passwords
from application.ports.secrets import Secrets
from domain.credentials import LONGEST_PASSWORD, STEP, Email
from kit.builders import KEY
from kit.world import CHEAP

PASSWORD = "correct horse battery"


@pytest.fixture
def passwords() -> Passwords:
    return CHEAP


class TestPasswords:
    def test_are_right_or_not(self, passwords: Passwords) -> None:
        hash = passwords.hash(PASSWORD)
        assert passwords.check(hash, PASSWORD) == Checked(right=True)
        for wrong in ("", PASSWORD.upper(), f"{PASSWORD} ", "\0", "\ud800", "x" * 100_000):
            assert passwords.check(hash, wrong) == Checked(right=False)

    def test_are_kept_so_that_nobody_reads_them(self, passwords: Passwords) -> None:
        hashes = {passwords.hash(PASSWORD) for _ in range(3)}
        assert len(hashes) == 3 and not [one for one in hashes if "horse" in one]
        assert all(one.startswith("$argon2id$") for one in hashes)

    def test_are_alike_where_they_look_alike(self, passwords: Passwords) -> None:
        assert passwords.check(passwords.hash("ｐａｓｓｗｏｒｄ１"), "password1").right
        assert passwords.check(passwords.hash("e\u0301" * 5), "é" * 5).right

    def test_may_be_as_long_as_they_may_be(self, passwords: Passwords) -> None:
        long = "字" * LONGEST_PASSWORD
        assert passwords.check(passwords.hash(long), long).right

    def test_are_nobodys_where_nothing_is_kept(self, passwords: Passwords) -> None:
        for hash in (None, "", "not a hash"):
            assert passwords.check(hash, PASSWORD) == Checked(right=False)

    def test_say_when_they_were_hashed_otherwise(self) -> None:
        before, after = CHEAP, Argon2Passwords(memory_kib=16, turns=2)
        assert after.check(before.hash(PASSWORD), PASSWORD) == Checked(right=True, outdated=True)
        assert after.check(before.hash(PASSWORD), "wrong") == Checked(right=False)
        assert after.check(after.hash(PASSWORD), PASSWORD) == Checked(right=True)

    def test_take_as_long_whoever_they_are(self) -> None:
        """The work is the same; the clock is asked only whether it was done at all, because machines are busy."""
        real = Argon2Passwords()
        hash = real.hash(PASSWORD)
        assert hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")

        def took(kept: str | None, text: str) -> float:
            before = time.process_time()
            real.check(kept, text)
            return time.process_time() - before

        known = median(took(hash, "wrong") for _ in range(9))
        for kept, text in ((None, PASSWORD), (hash, "x" * 1_000)):
            assert median(took(kept, text) for _ in range(9)) > known / 3


@pytest.fixture
def codes() -> OneTimeCodes:
    return DeviceCodes()


class TestOneTimeCodes:
    @pytest.mark.parametrize(
        ("seconds", "expected"),
        [
            (59, "94287082"),
            (1111111109, "07081804"),
            (1111111111, "14050471"),
            (1234567890, "89005924"),
            (2000000000, "69279037"),
            (20000000000, "65353130"),
        ],
    )
    def test_are_those_of_the_rfc(self, codes: OneTimeCodes, seconds: int, expected: str) -> None:
        """RFC 6238, appendix B; of eight digits the last six are those of a code of six (RFC 4226, 5.3)."""
        secret = b32encode(b"12345678901234567890").decode()
        assert codes.codes(secret)(seconds // STEP.seconds) == expected[-6:]

    def test_come_of_a_secret_of_chance(self, codes: OneTimeCodes) -> None:
        made = {codes.new_secret() for _ in range(50)}
        assert len(made) == 50 and {len(one) for one in made} == {32}

    def test_are_taken_to_a_device_by_an_address(self, codes: OneTimeCodes) -> None:
        secret = codes.new_secret()
        uri = urlsplit(codes.uri(secret, account="王 w***@e***", issuer="山泉食品"))
        assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
        asked = parse_qs(uri.query)
        assert (asked["secret"], asked["issuer"]) == ([secret], ["山泉食品"])
        assert (asked["digits"], asked["period"], asked["algorithm"]) == (["6"], ["30"], ["SHA1"])


@pytest.fixture
def kept() -> Secrets:
    return KeyedSecrets(key=KEY)


class TestSeals:
    def test_are_opened_as_what_they_are_about(self, kept: Secrets) -> None:
        sealed = kept.seal("one|row", "a secret 茶")
        assert kept.unseal("one|row", sealed) == "a secret 茶"
        assert sealed != kept.seal("one|row", "a secret 茶") and "secret" not in sealed

    def test_are_opened_as_nothing_else(self, kept: Secrets) -> None:
        sealed = kept.seal("one|row", "a secret")
        other = KeyedSecrets(key=secrets.token_bytes(32))
        altered = sealed[:-6] + ("AAAA" if sealed[-6:-2] != "AAAA" else "BBBB") + sealed[-2:]
        for by, about, text in (
            (kept, "another|row", sealed),
            (other, "one|row", sealed),
            (kept, "one|row", altered),
            (kept, "one|row", sealed[:20]),
            (kept, "one|row", "not sealed"),
            (kept, "one|row", "1."),
        ):
            with pytest.raises(ValueError, match="not sealed here"):
                by.unseal(about, text)

    def test_find_an_e_mail_by_nothing_that_tells_it(self, kept: Secrets) -> None:
        index = kept.email_index(Email("Wang@example.com"))
        assert index == kept.email_index(Email("wang@example.com")) and "wang" not in index
        assert index != kept.email_index(Email("li@example.com"))

    def test_make_passcodes_that_nobody_guesses(self, kept: Secrets) -> None:
        made = {kept.new_passcode() for _ in range(100)}
        assert len(made) == 100
        assert all(len(one.replace("-", "")) == 16 and one.count("-") == 3 for one in made)
