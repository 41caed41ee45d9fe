"""A race for coupons: exactly as many are claimed and used as may be, and one that comes back is used once more.

python -m programmes.coupons [--database sqlite|postgres|both] [--companies 200] [--uses 10] [--seeds 1]
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence
from random import Random
from typing import Any

from benchmarks._common import Failed, House, Person, Served
from benchmarks._shop import Shop

from programmes._crowd import Told, Wish, counted, together
from programmes._verdicts import Verdict, main, options

_CREATE = """mutation ($input: CreateCouponTemplateInput!) { createCouponTemplate(input: $input) {
    template { id } errors { __typename ... on UserError { message path } } } }"""
_STAND = "{ staff { couponTemplates(first: 100) { nodes { id claims uses } } } }"
_CLAIM = """mutation ($input: ClaimCouponInput!) { claimCoupon(input: $input) {
    coupon { code } errors { ... on UserError { code } } } }"""
_PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
    order { id } errors { ... on UserError { code } ... on CouponNotUsable { reason } } } }"""
_CANCEL = """mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { order { id }
    errors { ... on UserError { code } } } }"""


def options_of(parser: argparse.ArgumentParser) -> None:
    """How large the race is."""
    parser.add_argument("--companies", type=int, default=200)
    parser.add_argument("--uses", type=int, default=10)


def coupons(
    house: House, servers: Sequence[Served], verdict: Verdict, given: argparse.Namespace, chance: Random
) -> None:
    """Let companies claim the coupons of one template, one each, and then race for its uses."""
    shop = Shop.of(house, servers[0])
    shop.receive(shop.skus, units=100_000)
    buyers = house.buyers()
    chance.shuffle(buyers)
    companies = [*{one.claims.customer_id: one for one in buyers}.values()][: given.companies]
    many, uses = len(companies), min(given.uses, len(companies))
    template = _template(shop, mostUses=uses, way="LISTED")
    few = _template(shop, mostClaims=uses, way="LISTED")
    claim = {"templateId": few}
    last = together([_wish(servers, at, one, _CLAIM, claim) for at, one in enumerate(companies)])
    codes = _said(last, "claimCoupon")
    verdict.expect(sum(code == [] for code in codes), uses, about="claims of what there are few of")
    verdict.expect(sum(code == ["COUPON_NOT_CLAIMABLE"] for code in codes), many - uses, about="late claims")
    twice = [one for one in companies for _ in range(2)]
    told = together(
        [_wish(servers, at, one, _CLAIM, {"templateId": template}) for at, one in enumerate(twice)]
    )
    said = _said(told, "claimCoupon")
    wrong = [code for code in said if code not in ([], ["COUPON_NOT_CLAIMABLE"])]
    verdict.expect(wrong[:3], [], about="other answers to claims")
    verdict.expect(sum(code == [] for code in said), many, about="claims, one each")
    own = [next(code for code in map(_code, told[at : at + 2]) if code) for at in range(0, len(told), 2)]
    article = [one for one in shop.skus if one.minimum == 1000 and one.step == 1000]

    def orders(label: str) -> list[Told]:
        wishes = []
        for at, (one, code) in enumerate(zip(companies, own, strict=True)):
            lines = [{"skuId": chance.choice(article).id, "quantity": "50"}]
            order = {"paymentMethod": "BANK_TRANSFER", "lines": lines, "coupons": [code]}
            wishes.append(_wish(servers, at, one, _PLACE, order, label=label))
        return together(wishes)

    told = orders("first")
    wanted = {"ACCEPTED": uses, "COUPON_NOT_USABLE": many - uses}
    verdict.expect(dict(counted(told)), {word: n for word, n in wanted.items() if n}, about="orders")
    reasons = {error["reason"] for one in told for error in one.field("placeOrder")["errors"]}
    verdict.expect(reasons <= {"USED_UP"}, True, about=f"why: {reasons}")
    verdict.expect(_stand(shop, template), (many, uses), about="what staff are told")
    winner = next(at for at, one in enumerate(told) if one.field("placeOrder")["order"])
    order_id = told[winner].field("placeOrder")["order"]["id"]
    back = [_wish(servers, at, companies[winner], _CANCEL, {"orderId": order_id}) for at in range(8)]
    ended = _said(together(back), "cancelOrder")
    verdict.expect(sum(code == [] for code in ended), 1, about="cancellations of one order")
    verdict.expect(_stand(shop, template), (many, uses - 1), about="uses after one came back")
    verdict.expect(counted(orders("second"))["ACCEPTED"], 1, about="orders for what came back")
    last_s = max(one.after_s for one in told)
    verdict.say(f"coupons: {uses} of {many} companies used one; all answered in {last_s:.2f} s")


def _wish(
    servers: Sequence[Served], at: int, who: Person, query: str, input: dict[str, Any], *, label: str = ""
) -> Wish:
    key = f"coupon-{label}-{secrets.token_hex(8)}"
    return Wish(
        port=servers[at % len(servers)].port,
        token=who.token,
        query=query,
        variables={"input": {"idempotencyKey": key, **input}},
    )


def _said(told: Sequence[Told], field: str) -> list[list[str]]:
    """The codes of the refusals in each answer; none in one that was not refused."""
    return [[error["code"] for error in (one.field(field) or _nothing(one))["errors"]] for one in told]


def _nothing(told: Told) -> dict[str, Any]:
    return {"errors": [{"code": f"status {told.status}: {str(told.content)[:200]}"}]}


def _code(told: Told) -> str | None:
    claimed = told.field("claimCoupon")
    return claimed["coupon"]["code"] if claimed and claimed["coupon"] else None


def _template(shop: Shop, **more: Any) -> str:
    input = {"name": "race", "amountOff": "0.01", **more}
    made = shop.served.ask(_CREATE, person=shop.staff, variables={"input": input})["createCouponTemplate"]
    if made["errors"]:
        raise Failed(f"no template was made: {made['errors']}")
    id: str = made["template"]["id"]
    return id


def _stand(shop: Shop, template: str) -> tuple[int, int]:
    found = shop.served.ask(_STAND, person=shop.staff)["staff"]["couponTemplates"]["nodes"]
    [one] = [one for one in found if one["id"] == template]
    return one["claims"], one["uses"]


if __name__ == "__main__":
    parser = options("Let companies race for coupons.")
    options_of(parser)
    sys.exit(main(parser.parse_args(), coupons))
