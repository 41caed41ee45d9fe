"""GraphiQL for browsers: one page and the files it needs, all from this package."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

import attrs
import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_FOLDER = files("adapters.graphql") / "graphiql"
_MEDIA = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
# The dialogs of GraphiQL write a style element of their own; scripts come from files alone.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_A_YEAR = "public, max-age=31536000, immutable"
_VARIABLES = orjson.dumps({"category": None, "first": 5}, option=orjson.OPT_INDENT_2).decode()


def home_query() -> str:
    """The one query, as a client sends it first."""
    return (files("adapters.graphql") / "home.graphql").read_text(encoding="utf-8")


@attrs.frozen
class Ide:
    """Serves the page, with a token that works where there is one to give away."""

    demo_token: Callable[[], str] | None = None
    _assets: dict[str, bytes] = attrs.field(
        init=False,
        repr=False,
        factory=lambda: {
            one.name: one.read_bytes() for one in _FOLDER.iterdir() if one.name.rpartition(".")[2] in _MEDIA
        },
    )

    def page(self) -> Response:
        """The page, with the one query in it."""
        headers = {"Authorization": f"Bearer {self.demo_token()}"} if self.demo_token else {}
        template = Template((_FOLDER / "page.html").read_text(encoding="utf-8"))
        content = template.substitute(
            query=escape(home_query(), quote=True),
            variables=escape(_VARIABLES, quote=True),
            headers=escape(orjson.dumps(headers, option=orjson.OPT_INDENT_2).decode(), quote=True),
            **{name.replace(".", "_").replace("-", "_"): self._address(name) for name in self._assets},
        )
        return HTMLResponse(
            content,
            headers={
                "cache-control": "no-store",
                "content-security-policy": _POLICY,
                "referrer-policy": "no-referrer",
                "x-content-type-options": "nosniff",
            },
        )

    async def asset(self, request: Request) -> Response:
        """One of the files of the page; its address has its content's digest, so it never changes."""
        name = request.path_params["name"]
        if name not in self._assets:
            raise HTTPException(404)
        return Response(
            self._assets[name],
            media_type=_MEDIA[name.rpartition(".")[2]],
            headers={"cache-control": _A_YEAR, "x-content-type-options": "nosniff"},
        )

    def _address(self, name: str) -> str:
        return f"/graphql/assets/{name}?{sha256(self._assets[name]).hexdigest()[:16]}"
