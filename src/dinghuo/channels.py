"""The ways to people outside: WeChat and text messages, as they are set, or refusing where they are not."""

from __future__ import annotations

import attrs

from adapters.identity.wechat import WeChatApi
from adapters.messaging.gateway import HttpTextMessages, Success
from adapters.messaging.text_messages import LoggedMessages
from adapters.outgoing import Outgoing
from application.ports.clock import Clock
from application.ports.text_messages import TextMessageFailed, TextMessages
from application.ports.wechat import WeChat, WeChatIdentity, WeChatUnavailable
from dinghuo.settings import Settings
from dinghuo.speech import refusal
from domain.people import Phone


def wechat(settings: Settings, *, clock: Clock) -> WeChat:
    """Make what asks WeChat.

    :raises CommandRefused: if only one of the app and its secret is set.
    """
    secret = settings.wechat_secret.get_secret_value()
    if not settings.wechat_app_id and not secret:
        return NoWeChat()
    if not settings.wechat_app_id or not secret:
        raise refusal(
            zh="wechat_app_id 和 wechat_secret 要一起设置。",
            en="wechat_app_id and wechat_secret are set together or not at all.",
        )
    return WeChatApi(
        app_id=settings.wechat_app_id, secret=secret, server=Outgoing(url=settings.wechat_url), clock=clock
    )


def text_messages(settings: Settings, *, clock: Clock) -> TextMessages:
    """Make what sends text messages.

    :raises CommandRefused: if a gateway is set without templates, or without a token and a key; or these without it.
    """
    if settings.log_codes:
        return LoggedMessages()
    token = settings.sms_token.get_secret_value()
    signing_key = settings.sms_signing_key.get_secret_value()
    rest = token, signing_key, settings.sms_templates, settings.sms_success
    if not settings.sms_url and not any(rest):
        return NoTextMessages()
    if not settings.sms_url or not settings.sms_templates or not (token or signing_key):
        raise refusal(
            zh="短信网关需要 sms_url、sms_templates,以及 sms_token 或 sms_signing_key。",
            en="A gateway of text messages needs sms_url, sms_templates, and sms_token or sms_signing_key.",
        )
    field, _, value = settings.sms_success.partition("=")
    return HttpTextMessages(
        gateway=Outgoing(url=settings.sms_url),
        templates=dict(_pair(one) for one in settings.sms_templates),
        token=token,
        signing_key=signing_key,
        success=Success(field, value) if field else None,
        clock=clock,
    )


def _pair(text: str) -> tuple[str, str]:
    locale, _, template = text.partition("=")
    return locale, template


@attrs.frozen
class NoWeChat(WeChat):
    """No mini-program is set: nobody can be asked."""

    def identify(self, code: str) -> WeChatIdentity:
        raise WeChatUnavailable

    def phone_number(self, code: str) -> Phone:
        raise WeChatUnavailable


@attrs.frozen
class NoTextMessages(TextMessages):
    """No gateway is set: nothing can be sent, now or later."""

    def send_code(self, phone: Phone, code: str, *, minutes: int, locale: str) -> None:
        raise TextMessageFailed(retry=False)
