"""Requests to others: only where they may go, only to whom is trusted, and past no proxy of the environment."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import anyio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.outgoing import Outgoing, Unanswered, service_url
from kit.serving import Asked, LocalServer, Reply, served


def said(asked: Asked) -> Reply:
    return Reply(200, asked.method.encode() + asked.body)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with served(said) as found:
        yield found


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for this machine, signed by nobody else, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "gateway.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, *plain))
    return path


class TestAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "https://api.weixin.qq.com",
            "https://a:8443/b?c=d",
            "http://localhost:81",
            "http://127.0.0.1/",
            "http://[::1]:1/x",
        ],
    )
    def test_is_https_or_here(self, url: str) -> None:
        assert service_url(url) == url

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "https://",
            "http://api.weixin.qq.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://example.com#localhost",
            "http://localhost@example.com",
            "https://user:geheim@a",
            "https://a#b",
            "https://a b",
            "https://a\n",
            "https://ä.example",
            "https://a:geheim",
            "https://a:99999",
            "https://a:0",
            "https://[geheim",
            "ftp://a",
            "//a",
            "a",
        ],
    )
    def test_is_nothing_else_and_is_not_repeated(self, url: str) -> None:
        for make in (service_url, lambda text: Outgoing(url=text)):
            with pytest.raises(ValueError, match="an address is https") as caught:
                make(url)
            assert "geheim" not in str(caught.value)


class TestTrust:
    def test_is_not_given_to_a_certificate_of_anybody(
        self, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        with served(said, tls=tls) as server:
            with pytest.raises(Unanswered, match="ConnectError"):
                Outgoing(url=server.url).ask("POST", content=b"secret")
            assert server.asked == []
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            assert Outgoing(url=server.url).ask("POST", content=b"secret").body == b"POSTsecret"

    def test_is_not_given_to_a_proxy_of_the_environment(
        self, server: LocalServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert Outgoing(url=server.url).ask("GET", "/x", query={"a": "b c&d"}).status == 200
        assert server.asked[0].query == {"a": "b c&d"}


def test_reads_so_much_and_no_more(server: LocalServer) -> None:
    outgoing = Outgoing(url=server.url)
    assert outgoing.ask("POST", content=b"12345", most=9).body == b"POST12345"
    assert outgoing.ask("POST", content=b"123456", most=9).body is None
    assert outgoing.ask("POST", content=b"123456", most=0).body == b""


async def test_is_nothing_for_the_event_loop(server: LocalServer) -> None:
    """Asked there, it would keep everybody waiting; it says so instead. In a thread it works."""
    outgoing = Outgoing(url=server.url)
    with pytest.raises(RuntimeError, match="Already running"):
        outgoing.ask("GET")
    assert (await anyio.to_thread.run_sync(outgoing.ask, "GET")).status == 200
    assert len(server.asked) == 1
