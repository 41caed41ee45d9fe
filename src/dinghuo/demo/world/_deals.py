"""What the demonstration's merchant offers today: prices for some and for later, a special price, promotions, a coupon,
quantity rules; what its customers call goods and looked for in vain. What was ordered before knows nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from application.ports.storage import Storage
from dinghuo.demo.world._chance import ChanceIds
from dinghuo.demo.world._goods import PriceBook, Shelves
from domain.catalog import CaseRule, CatchWeight, Product, QuantityRule, Quota, Sku
from domain.coupons import ClaimWay, CouponLimits, CouponName, CouponTemplate, CouponValidity
from domain.customers import Buyer, Customer
from domain.groups import CustomerGroup, GroupKind, GroupMembership, GroupName
from domain.identity import CouponTemplateId, CustomerGroupId, PriceListId, PromotionId, SkuId, SpecialPriceId
from domain.merchant import Merchant, Staff
from domain.money import Money, Percentage, UnitPrice
from domain.own_names import OwnName
from domain.period import ALWAYS, CalendarPeriod, Period
from domain.pricing import Ladder, PriceChange, PriceList, PriceSource, Rung
from domain.promotions import (
    Budget,
    Gift,
    GiftGoods,
    NthPiece,
    Promotion,
    PromotionName,
    Schedule,
    Scope,
    Step,
    ThresholdDiscount,
)
from domain.quantity import Quantity
from domain.searching import MissedSearch
from domain.special_prices import SpecialPrice, SpecialPriceName

FEWEST = 60
"""A merchant with fewer products has none of it."""
_MONTH, _FORTNIGHT = timedelta(days=30), timedelta(days=14)
_ONE = Quantity(1_000)
_MEMBERS = 3


@attrs.frozen(kw_only=True)
class Deals:
    """All of it, of one merchant."""

    lists: tuple[PriceList, ...]
    changes: tuple[PriceChange, ...]
    promotions: tuple[Promotion, ...]
    template: CouponTemplate
    rules: dict[SkuId, QuantityRule]
    special: SpecialPrice
    own_names: dict[OwnName, SkuId]
    missed: tuple[MissedSearch, ...]
    group: CustomerGroup
    memberships: tuple[GroupMembership, ...]
    company: Customer
    """Whose contract and own names they are."""
    at: datetime

    def store(self, storage: Storage) -> None:
        """Store it, after everything that it refers to."""
        bulk = storage.bulk
        bulk.add([self.group])
        bulk.add(self.memberships)
        bulk.add(self.lists)
        bulk.add(self.changes)
        bulk.add([self.template])
        for promotion in self.promotions:
            storage.promotions.add(promotion, at=self.at)
        storage.quantity_rules.set(self.rules)
        storage.special_prices.add(self.special, at=self.at)
        storage.own_names.learn(self.company.id, self.own_names, at=self.at)
        storage.missed_searches.record(self.missed, at=self.at)


def shown_company(customers: Sequence[Customer], buyers: Sequence[Buyer], shelves: Shelves) -> Customer:
    """The company whose buyer the demonstration is shown as: the first VIP that hands out tokens, or else the first."""
    vip = shelves.tiers[1].id
    of_vips = {one.id: one for one in customers if one.tier_id == vip}
    first = min((one for one in buyers if one.customer_id in of_vips), key=lambda one: one.id, default=None)
    return customers[0] if first is None else of_vips[first.customer_id]


def deals(
    shelves: Shelves,
    *,
    prices: PriceBook,
    customers: Sequence[Customer],
    company: Customer,
    merchant: Merchant,
    owner: Staff,
    ids: ChanceIds,
    now: datetime,
) -> Deals:
    """Make it, beginning now."""
    products = shelves.products
    others = [one for one in customers if one.id != company.id][: _MEMBERS - 1]
    group = CustomerGroup(id=ids.new(CustomerGroupId), kind=GroupKind.FREE, name=GroupName("社区便利店联盟"))
    contract = PriceList(
        id=ids.new(PriceListId),
        source=PriceSource.CONTRACT,
        name=f"{company.name} 年度合同",
        customer_id=company.id,
        validity=Period(now, now + 12 * _MONTH),
    )
    of_group = PriceList(
        id=ids.new(PriceListId),
        source=PriceSource.PRICE_LIST,
        name="联盟价",
        group_id=group.id,
        priority=5,
        validity=Period(now),
    )
    return Deals(
        lists=(contract, of_group),
        changes=_prices(products, prices, contract=contract, of_group=of_group, merchant=merchant, now=now),
        promotions=_promotions(shelves, merchant=merchant, ids=ids, now=now),
        template=_template(merchant, ids=ids, owner=owner, now=now),
        rules=_rules(products),
        own_names={
            OwnName("食堂大米"): products[1].skus[0].id,
            OwnName("百香果水"): products[30].skus[0].id,
            OwnName("老四样鱼罐头"): products[54].skus[0].id,
        },
        missed=_missed(company, others, now=now),
        group=group,
        memberships=tuple(
            GroupMembership(group_id=group.id, customer_id=one.id, since=now) for one in (company, *others)
        ),
        special=_special(products[20].skus[0], ids=ids, now=now),
        company=company,
        at=now,
    )


def _prices(
    products: Sequence[Product],
    book: PriceBook,
    *,
    contract: PriceList,
    of_group: PriceList,
    merchant: Merchant,
    now: datetime,
) -> tuple[PriceChange, ...]:
    """A contract with a price by the case, a group's prices that fall in a month, and a base price that rises in two
    weeks."""
    base = next(one for one in book.ladders if one.source is PriceSource.BASE)

    def change(
        one: PriceList, sku: Sku, share: int, *, validity: Period = ALWAYS, unit: str | None = None
    ) -> PriceChange:
        factor = next((pack.factor for pack in sku.packs if pack.unit.code == unit), None)
        rungs = []
        for rung in book.ladders[base][sku.id].rungs:
            if isinstance(rung.price, UnitPrice):
                full = rung.price if factor is None else rung.price.per(factor, scale=merchant.price_scale)
                price = Percentage(share * 100).of_price(full, scale=merchant.price_scale)
                rungs.append(Rung(rung.min_quantity, price))
        ladder = Ladder.of(rungs[:1] if unit else rungs)
        return PriceChange(one.id, sku.id, ladder, unit, validity)

    tea, energy, beer = products[40].skus, products[50].skus, products[46].skus
    soon = now + _MONTH
    return (
        *(change(contract, sku, 92) for sku in tea),
        *(change(contract, sku, 88, unit=sku.packs[0].unit.code) for sku in tea),
        *(change(of_group, sku, 94, validity=Period(now, soon)) for sku in energy),
        *(change(of_group, sku, 90, validity=Period(soon)) for sku in energy),
        *(change(base, sku, 105, validity=Period(now + _FORTNIGHT)) for sku in beer),
    )


def _promotions(
    shelves: Shelves, *, merchant: Merchant, ids: ChanceIds, now: datetime
) -> tuple[Promotion, ...]:
    products, currency = shelves.products, merchant.currency

    def yuan(amount: int) -> Money:
        return Money(amount * 100, currency)

    def scope(product: Product, *, above: bool = False) -> Scope:
        category = next(one for one in shelves.categories if one.id == product.category_id)
        return Scope(category_ids=frozenset({category.ancestors[0] if above else category.id}))

    month = Schedule(validity=Period(now, now + _MONTH))
    return (
        Promotion(
            id=ids.new(PromotionId),
            name=PromotionName("大米满500减30"),
            text="大米类满500元减30元,满1000元减80元。",
            effect=ThresholdDiscount(steps=(Step(yuan(500), yuan(30)), Step(yuan(1000), yuan(80)))),
            scope=scope(products[1]),
            schedule=month,
        ),
        Promotion(
            id=ids.new(PromotionId),
            name=PromotionName("饮料满300赠背心袋"),
            text="饮料类每满300元赠背心袋1卷,每单最多5卷。",
            effect=Gift(
                threshold=yuan(300), goods=(GiftGoods(products[19].skus[0].id),), repeats=True, most=5
            ),
            scope=scope(products[0], above=True),
            schedule=month,
        ),
        Promotion(
            id=ids.new(PromotionId),
            name=PromotionName("香叶第2件半价"),
            effect=NthPiece(nth=2, off=Percentage.of("50")),
            scope=Scope(product_ids=frozenset({products[52].id})),
        ),
        Promotion(
            id=ids.new(PromotionId),
            name=PromotionName("VIP每满1000减15"),
            text="VIP客户全场每满1000元减15元,最多减60元。",
            effect=ThresholdDiscount(steps=(Step(yuan(1000), yuan(15)),), repeats=True, cap=yuan(60)),
            audience=frozenset({shelves.tiers[1].id}),
            budget=Budget(amount=yuan(20_000)),
            schedule=month,
        ),
    )


def _template(merchant: Merchant, *, ids: ChanceIds, owner: Staff, now: datetime) -> CouponTemplate:
    return CouponTemplate(
        id=ids.new(CouponTemplateId),
        name=CouponName("订货券 满300减20"),
        terms="领取后30天内有效,每家企业限领一张。",
        currency=merchant.currency,
        off=Money(20_00, merchant.currency),
        threshold=Money(300_00, merchant.currency),
        validity=CouponValidity(days=30),
        limits=CouponLimits(claims=500),
        way=ClaimWay.LISTED,
        made_by=owner.id,
        made_at=now,
    )


def _rules(products: Sequence[Product]) -> dict[SkuId, QuantityRule]:
    """A minimum with a step and a surcharge for broken cases; a step, a most and a quota; fruit that is weighed."""
    tins, seeds, fruit = products[54].skus, products[43].skus, products[57].skus
    cased = QuantityRule(
        minimum=Quantity(6_000),
        step=Quantity(6_000),
        case=CaseRule(tins[0].packs[0].unit.code, Percentage.of("5")),
    )
    rationed = QuantityRule(
        minimum=Quantity(4_000),
        step=Quantity(4_000),
        maximum=Quantity(240_000),
        quota=Quota(Quantity(600_000), CalendarPeriod.MONTH),
    )
    weighed = CatchWeight(Percentage.of("10"))
    return (
        {sku.id: cased for sku in tins}
        | {sku.id: rationed for sku in seeds}
        | {sku.id: attrs.evolve(sku.rule, catch_weight=weighed) for sku in fruit}
    )


def _special(sku: Sku, *, ids: ChanceIds, now: datetime) -> SpecialPrice:
    """For two weeks, for everybody, as long as there is some at it."""
    return SpecialPrice(
        id=ids.new(SpecialPriceId),
        name=SpecialPriceName("限时特价 85折"),
        sku_id=sku.id,
        price=Percentage.of("85"),
        schedule=Schedule(validity=Period(now, now + _FORTNIGHT)),
        stock=Quantity(500_000),
        per_customer=Quantity(60_000),
        version=1,
    )


def _missed(company: Customer, others: Sequence[Customer], *, now: datetime) -> tuple[MissedSearch, ...]:
    looked = [("无糖可乐", company, 3), ("预制酸菜鱼", company, 2), ("奶茶原液", None, 7)]
    looked += [("一次性围裙", one, 1) for one in others[:1]]
    return tuple(
        MissedSearch(
            text=text,
            customer_id=None if one is None else one.id,
            times=times,
            first_at=now - _FORTNIGHT,
            last_at=now - timedelta(days=at),
        )
        for at, (text, one, times) in enumerate(looked, start=1)
    )
