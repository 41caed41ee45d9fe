"""What coupons of a new kind promise, as staff write it down."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import strawberry

from adapters.graphql.promotions import GiftInput, Reader
from adapters.graphql.scalars import known
from application.coupons import AskedScope, AskedTemplate
from domain.coupons import ClaimWay, InvalidCoupon
from domain.errors import Refused
from domain.identity import AudienceId, CustomerGroupId, CustomerId, PriceTierId
from domain.money import Currency
from domain.promotions import Gift, UnknownGoods


@strawberry.input(
    name="CouponGoodsInput", description="Which goods a coupon is for; where nothing is named, all of them."
)
class CouponGoodsInput:
    """Read as AskedScope; together at most 100 are named."""

    sku_ids: list[strawberry.ID] | None = strawberry.field(description="SKUs.", default=None)
    product_ids: list[strawberry.ID] | None = strawberry.field(description="Products.", default=None)
    category_ids: list[strawberry.ID] | None = strawberry.field(
        description="Categories, with those below them.", default=None
    )
    brand_ids: list[strawberry.ID] | None = strawberry.field(description="Brands.", default=None)
    without: list[strawberry.ID] | None = strawberry.field(
        description="SKUs, products, categories and brands that it is never for.", default=None
    )

    def asked(self) -> AskedScope:
        """Read the input."""
        return AskedScope(
            sku_ids=tuple(self.sku_ids or ()),
            product_ids=tuple(self.product_ids or ()),
            category_ids=tuple(self.category_ids or ()),
            brand_ids=tuple(self.brand_ids or ()),
            without=tuple(self.without or ()),
        )


@strawberry.input(name="CreateCouponTemplateInput", description="What coupons of a new kind promise.")
class CreateCouponTemplateInput:
    """Read as AskedTemplate."""

    name: str = strawberry.field(description="What it is called, 1 to 64 characters.")
    terms: str = strawberry.field(description="What buyers read about it, up to 200 characters.", default="")
    amount_off: Decimal | None = strawberry.field(
        description="How much comes off; this, percentageOff or a gift, one of them.", default=None
    )
    percentage_off: Decimal | None = strawberry.field(
        description="How many percent come off, more than 0 and at most 100.", default=None
    )
    gift: GiftInput | None = strawberry.field(
        description="What is given in place of that, from an amount on that it says itself.", default=None
    )
    most_off: Decimal | None = strawberry.field(
        description="No more comes off, where it is a share.", default=None
    )
    threshold: Decimal | None = strawberry.field(
        description="What its goods have to come to; no less than comes off, which it is by default.",
        default=None,
    )
    goods: CouponGoodsInput | None = strawberry.field(
        description="Which goods it is for; all by default.", default=None
    )
    valid_from: datetime | None = strawberry.field(description="From when on it may be used.", default=None)
    valid_until: datetime | None = strawberry.field(
        description="When it may be used no longer; never by default.", default=None
    )
    valid_days: int | None = strawberry.field(
        description="For so many days from when it was claimed it may be used, 1 to 3660.", default=None
    )
    way: ClaimWay = strawberry.field(description="How a company comes by one.", default=ClaimWay.ISSUED)
    open_from: datetime | None = strawberry.field(
        description="From when on it may be claimed or issued.", default=None
    )
    open_until: datetime | None = strawberry.field(
        description="When it may be claimed or issued no longer.", default=None
    )
    audience: list[strawberry.ID] | None = strawberry.field(
        description="The groups, price tiers and customers who may claim it, up to 100; every company by default.",
        default=None,
    )
    stacking_group: str | None = strawberry.field(
        description="Coupons of different stacking groups go together in one order; one without goes alone.",
        default=None,
    )
    most_claims: int | None = strawberry.field(
        description="So many may be claimed, by all companies together.", default=None
    )
    most_claims_each: int | None = strawberry.field(
        description="So many may be claimed by one company; null for as many as it likes.", default=1
    )
    most_uses: int | None = strawberry.field(
        description="So many of them may be used, by all companies together.", default=None
    )

    def asked(self, currency: Currency) -> AskedTemplate:
        """Read the input.

        :raises Refused: if what is given can be no gift.
        """
        return AskedTemplate(
            name=self.name,
            terms=self.terms,
            amount_off=self.amount_off,
            percentage_off=self.percentage_off,
            gift=None if self.gift is None else _gift(self.gift, Reader(currency)),
            most_off=self.most_off,
            threshold=self.threshold,
            scope=AskedScope() if self.goods is None else self.goods.asked(),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            valid_days=self.valid_days,
            way=self.way,
            open_from=self.open_from,
            open_until=self.open_until,
            audience=audience_of(self.audience or ()),
            stacking_group=self.stacking_group,
            claims=self.most_claims,
            claims_each=self.most_claims_each,
            uses=self.most_uses,
        )


def _gift(given: GiftInput, reader: Reader) -> Gift:
    """:raises Refused: if it can be none, or names what can be nothing."""
    try:
        gift = given.read(reader)
    except ValueError:
        strange = tuple(UnknownGoods(text) for text in reader.strange)
        raise Refused(strange or (InvalidCoupon("gift"),)) from None
    if reader.strange:
        raise Refused(tuple(UnknownGoods(text) for text in reader.strange))
    return gift


def audience_of(texts: Iterable[str]) -> dict[str, AudienceId | None]:
    """Read who is named: each as it was, with its id where it can be one."""
    return {
        text: known(CustomerGroupId, text) or known(PriceTierId, text) or known(CustomerId, text)
        for text in texts
    }
