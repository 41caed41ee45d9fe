"""What the settings of WeChat and of text messages take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from typed_settings import Secret

from adapters.outgoing import service_url
from dinghuo.speech import Words

_APP = re.compile(r"[A-Za-z0-9_\-]{0,64}")
_SECRET = re.compile(r"[!-~]{0,512}")
_TEMPLATE = re.compile(r"[A-Za-z]{2,8}([_\-][A-Za-z0-9]{1,8})*=[!-~]{1,128}")
_SUCCESS = re.compile(r"|[!-<>-~]{1,128}=[ -~]{1,128}")
_A_SECRET = Words(zh="不含空格的 ASCII 字符", en="ASCII characters without spaces")

EXPECTED: Mapping[str, Words] = {
    "wechat_app_id": Words(zh="小程序的 AppID", en="the AppID of a mini-program"),
    "wechat_secret": _A_SECRET,
    "wechat_url": Words(
        zh="https 地址(本机可用 http),不带用户名和参数",
        en="an https address, or an http one on this machine, without a user and parameters",
    ),
    "sms_url": Words(
        zh="https 地址(本机可用 http),不带用户名",
        en="an https address, or an http one on this machine, without a user",
    ),
    "sms_token": _A_SECRET,
    "sms_signing_key": _A_SECRET,
    "sms_templates": Words(
        zh="以逗号分隔的 语言=模板编号,如 zh=SMS_1,en=SMS_2",
        en="locale=template between commas, such as zh=SMS_1,en=SMS_2",
    ),
    "sms_success": Words(zh="字段=值,如 Code=OK", en="field=value, such as Code=OK"),
}


def app(given: Any) -> str:
    """The AppID of a mini-program, or nothing."""
    return _fitting(given, _APP)


def secret(given: Any) -> Secret[str]:
    """Something that may stand in a header, or nothing."""
    return Secret(_fitting(given.get_secret_value() if isinstance(given, Secret) else given, _SECRET))


def base(given: Any) -> str:
    """The address that paths are put behind."""
    text = _text(given).rstrip("/")
    if "?" in text:
        raise ValueError
    return service_url(text)


def service(given: Any) -> str:
    """The address of a service, or nothing."""
    text = _text(given)
    return service_url(text) if text else ""


def templates(given: Any) -> tuple[str, ...]:
    """Templates by locale, as `zh=SMS_1`."""
    listed = given.split(",") if isinstance(given, str) else given
    if not isinstance(listed, list | tuple):
        raise TypeError
    return tuple(_fitting(one, _TEMPLATE) for one in listed if one != "")


def success(given: Any) -> str:
    """A field of an answer and its value, as `Code=OK`, or nothing."""
    return _fitting(given, _SUCCESS)


def _fitting(given: Any, pattern: re.Pattern[str]) -> str:
    text = _text(given)
    if not pattern.fullmatch(text):
        raise ValueError
    return text


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError
    return given.strip()
