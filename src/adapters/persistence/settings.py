"""The merchant's own settings in its row: read to be changed, and saved over the version that was read."""

from __future__ import annotations

from typing import Any

import attrs
from sqlalchemy import bindparam, select, update

from adapters.persistence.merchants import SETTINGS, merchant_of, merchant_row, merchants
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Statement
from application.ports.settings import Settings
from domain.identity import MerchantId
from domain.merchant import Merchant

# Everybody may see a merchant, but only the merchant itself may keep it: so the second wall holds here, too. Its key
# stays free, because what others write meanwhile refers to that.
_LOCK = Statement(
    select(*merchants.c)
    .where(merchants.c.id == bindparam("merchant_id"))
    .with_for_update(of=merchants, key_share=True)
)
_SAVE = Statement(
    update(merchants)
    .where(merchants.c.id == bindparam("of_merchant"), merchants.c.version == bindparam("seen"))
    .values({name: bindparam(f"the_{name}", type_=merchants.c[name].type) for name in SETTINGS})
)


@attrs.frozen
class SqlSettings(Settings):
    """The settings of one merchant."""

    session: Session
    merchant_id: MerchantId

    def lock(self) -> Merchant:
        [row] = self.session.all(_LOCK, {"merchant_id": self.merchant_id})
        return merchant_of(row)

    def save(self, merchant: Merchant) -> None:
        row = dict(zip(merchants.c.keys(), merchant_row(merchant), strict=True))
        asked: dict[str, Any] = {f"the_{name}": row[name] for name in SETTINGS}
        asked |= {"of_merchant": self.merchant_id, "seen": merchant.version - 1}
        self.session.must_change(_SAVE, asked, rows=1, about=merchant.id)
