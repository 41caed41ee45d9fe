"""Text messages: a code is sent, or it is said that it was not; only the log of a demonstration shows it."""

from __future__ import annotations

import logging

import pytest

from adapters.messaging.text_messages import LoggedMessages
from application.ports.text_messages import TextMessageFailed, TextMessages
from dinghuo.channels import NoTextMessages
from domain.people import Phone
from kit.builders import Inbox

PHONE = Phone("13800000001")


@pytest.mark.parametrize("messages", [LoggedMessages(), Inbox()], ids=lambda one: type(one).__name__)
def test_a_code_is_sent(messages: TextMessages) -> None:
    messages.send_code(PHONE, "012345", minutes=5, locale="en")


@pytest.mark.parametrize(
    ("messages", "retry"),
    [(NoTextMessages(), False), (Inbox(fails=[True]), True), (Inbox(fails=[False]), False)],
    ids=lambda one: type(one).__name__,
)
def test_what_was_not_sent_is_said(messages: TextMessages, retry: bool) -> None:
    with pytest.raises(TextMessageFailed) as failed:
        messages.send_code(PHONE, "012345", minutes=5, locale="en")
    assert failed.value == TextMessageFailed(retry)


def test_the_log_has_the_code(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        LoggedMessages().send_code(PHONE, "012345", minutes=5, locale="en")
    [record] = caplog.records
    assert (vars(record)["phone"], vars(record)["code"], vars(record)["minutes"]) == (PHONE, "012345", 5)


def test_what_is_not_sent_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(TextMessageFailed):
        NoTextMessages().send_code(PHONE, "012345", minutes=5, locale="en")
    assert caplog.records == []
