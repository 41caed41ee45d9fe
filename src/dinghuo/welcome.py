"""The page at `/`: what this is, and where to go from here."""

from __future__ import annotations

from html import escape

import attrs
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
}
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif }
body { max-width: 44rem; margin: 10vh auto; padding: 0 1.5rem }
h1 { font-size: 2rem; margin: 0 0 .25rem } h1 small { font-weight: normal; opacity: .6 }
ul { padding: 0; list-style: none } li { padding: .6rem 0; border-top: 1px solid #8884 }
a { font-weight: 600; color: #0a6b5d } code { font-family: ui-monospace, monospace }
@media (prefers-color-scheme: dark) { a { color: #5ad1bd } }
footer { margin-top: 2rem; opacity: .6 }
"""
_TEXTS = {
    "zh": {
        "title": "订货",
        "other": "Dinghuo",
        "what": "批发商与客户之间的订货后台:商品、价格、库存、订单,一个 GraphQL 接口。",
        "try": "在浏览器里查询和下单",
        "endpoint": "接口地址:用 POST 发送 JSON",
        "schema": "接口的全部类型与说明",
        "healthz": "程序在运行",
        "readyz": "数据库有应答,表结构是最新的",
        "metrics": "Prometheus 指标",
        "switch": '<a href="/?lang=en" lang="en">English</a>',
    },
    "en": {
        "title": "Dinghuo",
        "other": "订货",
        "what": "Ordering for wholesalers and their customers: goods, prices, stock and orders, as one GraphQL API.",
        "try": "query and order in the browser",
        "endpoint": "the endpoint: POST JSON here",
        "schema": "every type of the API, with its description",
        "healthz": "the program is alive",
        "readyz": "the database answers and its tables are current",
        "metrics": "metrics for Prometheus",
        "switch": '<a href="/?lang=zh" lang="zh">中文</a>',
    },
}


@attrs.frozen(kw_only=True)
class Welcome:
    """Answers with the page, in the language the browser prefers or `?lang=` names."""

    explorable: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.page(Request(scope))(scope, receive, send)

    def page(self, request: Request) -> Response:
        """Make the page for this request."""
        language = _language(request)
        texts = _TEXTS[language]
        links = [
            ("/graphql", texts["try" if self.explorable else "endpoint"]),
            *([("/schema.graphql", texts["schema"])] if self.explorable else []),
            ("/healthz", texts["healthz"]),
            ("/readyz", texts["readyz"]),
            ("/metrics", texts["metrics"]),
        ]
        items = "".join(
            f'<li><a href="{href}"><code>{href}</code></a> {escape(text)}' for href, text in links
        )
        return HTMLResponse(
            f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{texts['title']}</title><style>{_STYLE}</style>"
            f"<h1>{texts['title']} <small>{texts['other']}</small></h1><p>{escape(texts['what'])}</p>"
            f"<ul>{items}</ul><footer>{texts['switch']}</footer></html>",
            headers={**_HEADERS, "Content-Language": language},
        )


def _language(request: Request) -> str:
    asked = request.query_params.get("lang")
    if asked in _TEXTS:
        return asked
    preferred = request.headers.get("accept-language", "").strip().lower()
    return "en" if preferred.startswith("en") else "zh"
