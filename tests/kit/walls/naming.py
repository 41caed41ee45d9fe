"""What arguments refer to, and with what they are tried: own things, those of others, and such as are not there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any

import attrs
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
)

from application.authorization import Actor, ActorKind, Permission
from kit.fuzz.meanings import RIVALS
from kit.fuzz.picking import Step, fields_of, typename
from kit.fuzz.writing import Given, Picked
from kit.walls.asking import BUILT, Asker, Kinds, Question, known_ways, written
from kit.walls.couponing import HOLDER, code_of, missing_code, missing_coupon, missing_template
from kit.walls.family import changes_nothing
from kit.walls.scene import Caller, Scene, sku_of
from kit.walls.secrets import ANY_ID, MARK, decoded
from kit.world import Shop

_CODE = re.compile(r"(?:\w{4}-){3}\w{4}")
"""A coupon code as it is shown."""
REFERS = {
    "parent": "cat",
    "category": "cat",
    "brand": "brd",
    "categories": "cat",
    "brands": "brd",
    "values": "",
    "skuId": "sku",
    "skuIds": "sku",
    "orderId": "ord",
    "addressId": "adr",
    "warehouse": "whs",
    "priceListId": "pls",
    "priceList": "pls",
    "batchId": "pbt",
    "group": "grp",
    "groupId": "grp",
    "lineId": "cln",
    "lineIds": "cln",
    "listId": "lst",
    "saveOrderTemplate(templateId)": "tpl",
    "deleteOrderTemplate(templateId)": "tpl",
    "audience": "audience",
    "addToCart(text)": "",
    "parseOrderText(text)": "text",
    "createCustomerGroup(parentId)": "grp",
    "tag": "tag",
    "customers(tier)": "tie",
    "customer": "cus",
    "customerIds": "cus",
    "product": "prd",
    "productId": "prd",
    "shownTo": "audience",
    "hiddenFrom": "audience",
    "tags": "",
    "product(id)": "prd",
    "sku(id)": "sku",
    "node(id)": "any",
    "nodes(ids)": "any",
    "skuCode": "code",
    "sku(code)": "code",
    "barcode": "barcode",
    "tier": "tier code",
    "text": "text",
    "about": "any",
    "actor": "any",
    "idempotencyKey": "key",
    "after": "cursor",
    "before": "cursor",
    "membershipId": "buy",
    "staffId": "stf",
    "buyerId": "buy",
    "customerId": "cus",
    "tierId": "tie",
    "salesRepId": "stf",
    "invitationId": "inv",
    "invitation": "",
    "company": "",
    "legalName": "",
    "unifiedSocialCreditCode": "",
    "contactName": "",
    "contactPhone": "",
    "licencePicture": "",
    "contractName": "",
    "reason": "",
    "email": "",
    "password": "",
    "newPassword": "",
    "oldPassword": "",
    "totp": "",
    "label": "",
    "name": "",
    "parentId": "cus",
    "ownerId": "stf",
    "fromSalesRepId": "stf",
    "toSalesRepId": "stf",
    "salesRep": "stf",
    "phone": "",
    "code": "",
    "phoneCode": "",
    "refreshToken": "",
    "unit": "",
    "case": "",
    "note": "",
    "purchaseOrderNumber": "",
    "logo": "",
    "timeZone": "",
    "cutOffTime": "",
    "promotionId": "prm",
    "specialPriceId": "spc",
    "promotion(id)": "prm",
    "productIds": "prd",
    "categoryId": "cat",
    "categoryIds": "cat",
    "brandIds": "brd",
    "withoutIds": "prd",
    "audienceIds": "audience",
    "createPromotion(text)": "",
    "changePromotion(text)": "",
    "exclusiveGroup": "",
    "start": "",
    "templateId": "cpt",
    "couponTemplateId": "cpt",
    "couponId": "cpn",
    "coupons": "coupon code",
    "claimCoupon(code)": "coupon code",
    "stackingGroup": "",
    "terms": "",
    "without": "prd",
    "to": "audience",
    "simulatePromotion(text)": "",
    "end": "",
}
"""What an ID or a text refers to, by its name or by its field and name; nothing where it is the caller's own words."""
NODES = {
    "mer": "Merchant",
    "prd": "Product",
    "sku": "Sku",
    "ord": "Order",
    "cat": "Category",
    "brd": "Brand",
    "cus": "Customer",
    "buy": "Buyer",
}
"""What can be found by `node`."""
_USED = {
    "pls": {Permission.MANAGE_PRICES},
    "pbt": {Permission.MANAGE_PRICES},
    "spc": {Permission.MANAGE_PRICES},
    "ord": {Permission.CONFIRM_ORDERS, Permission.CANCEL_ORDERS, Permission.ADJUST_ORDERS},
    **{tag: {Permission.MANAGE_CUSTOMERS} for tag in ("buy", "cus", "tie", "stf", "inv", "tier code")},
    "cus": {Permission.MANAGE_CUSTOMERS, Permission.MANAGE_FLOORS, Permission.MANAGE_PRICES},
    "audience": {Permission.MANAGE_CATALOG, Permission.MANAGE_PROMOTIONS, Permission.MANAGE_PRICES},
    "grp": {Permission.MANAGE_PRICES},
    "prm": {Permission.MANAGE_PROMOTIONS},
    "cpt": {Permission.MANAGE_PROMOTIONS},
    "cpn": {Permission.MANAGE_PROMOTIONS},
}
"""What staff may name who perhaps do not see it."""


_AUDIENCES = frozenset({"grp", "tie", "cus"})


@attrs.frozen(kw_only=True)
class Place:
    """An argument, or what lies in one, that refers to something."""

    parent: str
    field: str
    argument: str
    path: tuple[str, ...]
    refers: str

    @property
    def name(self) -> str:
        """What it is called in a report."""
        return f"{self.parent}.{self.field}({'.'.join((self.argument, *self.path))})"


@lru_cache(maxsize=1)
def places() -> Sequence[Place]:
    """Every place of the schema that refers to something.

    :raises AssertionError: if it is not known to what.
    """
    return [one for one in _places() if one.refers]


def _places() -> Iterator[Place]:
    for type_ in BUILT.type_map.values():
        if type_.name.startswith("__") or not isinstance(type_, GraphQLObjectType):
            continue
        for field, declared in type_.fields.items():
            for argument, one in declared.args.items():
                for path, named in _leaves(one.type):
                    if named in ("ID", "String"):
                        last = (argument, *path)[-1]
                        refers = REFERS.get(f"{field}({last})", REFERS.get(last))
                        assert refers is not None, (
                            f"{type_.name}.{field}({last}): say in {__name__} what it refers to"
                        )
                        yield Place(
                            parent=type_.name, field=field, argument=argument, path=path, refers=refers
                        )


def _leaves(type_: GraphQLInputType) -> Iterator[tuple[tuple[str, ...], str]]:
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield from (((name, *path), inner) for path, inner in _leaves(field.type))
    else:
        yield (), named.name


@attrs.define
class Names:
    """What things are called: those of a caller, and those of others."""

    scene: Scene
    cursors: Mapping[str, Sequence[str]] = attrs.field(factory=dict)
    """Those of each merchant, as they were told to its own people."""
    _kept: dict[tuple[str, str], list[str]] = attrs.field(factory=dict)
    _keys: int = 0
    phones: Iterator[str] = attrs.field(factory=lambda: (f"{number}" for number in count(13900000000)))
    """Such as nobody has."""

    def key(self) -> str:
        """A key that nobody has used."""
        self._keys += 1
        return f"walls-{self._keys:06}"

    def of(self, refers: str, shop: Shop) -> list[str]:
        """What a merchant's things of a kind are called."""
        slug = shop.merchant.slug
        if (refers, slug) not in self._kept:
            self._kept[refers, slug] = [*self._of(refers, shop)]
        return self._kept[refers, slug]

    def _of(self, refers: str, shop: Shop) -> Iterator[str]:
        skus = [sku for product in shop.products.values() for sku in product.skus]
        if refers == "code":
            yield from (str(one.code) for one in skus if MARK.search(one.code))
        elif refers == "barcode":
            yield from (one.barcode for one in skus if one.barcode)
        elif refers == "tier code":
            yield from (one.code for one in shop.tiers.values())
        elif refers == "coupon code":
            yield from (code_of(shop, at).shown for at in (1, 2, 3, 4, 9))
        elif refers == "tag":
            yield from (tag for one in shop.tags for tag in sorted(one.tags))
        elif refers == "text":
            names = [one.name for one in shop.products.values()] + [
                one.name for one in shop.customers.values()
            ]
            yield from (MARK.findall(one)[0] for one in names)
        elif refers == "key":
            yield from self.scene.keys[shop.merchant.slug]
        else:
            merchants = self.scene.secrets.merchants
            for one in self.scene.secrets.texts:
                tag = one.partition("_")[0]
                if (
                    ANY_ID.fullmatch(one)
                    and (refers in (tag, "any") or (refers == "audience" and tag in _AUDIENCES))
                    and merchants[one] == {shop.merchant.slug}
                ):
                    yield one

    def some_cursors(self, slug: str, *, many: int) -> Iterator[str]:
        """So many cursors of each list of a merchant's."""
        counted: Counter[str] = Counter()
        for cursor in self.cursors.get(slug, ()):
            order = decoded(cursor).partition(",")[0]
            counted[order] += 1
            if counted[order] <= many:
                yield cursor

    def unreachable(self, caller: Caller, refers: str, *, tag: str | None = None) -> list[str]:
        """Some of the other merchant's, and of the own merchant's that are not for the caller, if there are any."""
        found: list[str] = []
        for shop in self.scene.shops:
            names = [one for one in self.of(refers, shop) if tag in (None, one.partition("_")[0])]
            if shop.merchant.slug != caller.away:
                names = [one for one in names if not self._usable(caller.actor, refers, one)]
            # The first orders are beyond all change.
            found += dict.fromkeys([*names[:1], *names[-1:]] if refers == "text" else names[-1:])
            found += self._of_relatives(caller.actor, [one for one in names if one not in found])
        return found

    def _of_relatives(self, actor: Actor | None, names: Sequence[str]) -> list[str]:
        """The last name of each company next above the caller's, or beside it: the nearest there is to one's own."""
        company_of = self.scene.company_of
        of_relatives = self.scene.relatives.get(str(actor.customer_id), ()) if actor else ()
        last = {company_of[one]: one for one in names if one in company_of}
        return [last[one] for one in of_relatives if one in last]

    def _usable(self, actor: Actor | None, refers: str, name: str) -> bool:
        if actor is None:
            return False
        if actor.kind is ActorKind.BUYER and name.startswith("cus_"):
            # What is above is known by its name, and is no more theirs to use than a stranger's.
            return self.scene.houses[actor.merchant.slug].within(actor, name)
        if (
            refers == "coupon code"
            and actor.kind is ActorKind.BUYER
            and _claims_with(name, self.scene, actor)
        ):
            return True
        used = _USED.get(refers, set()) if actor.kind is ActorKind.STAFF else set()
        return any(actor.has(one) for one in used) or self.scene.secrets.may_know(actor, _known_by(name))

    @staticmethod
    def missing(like: str) -> str:
        """A name of the same shape that nothing has."""
        if ANY_ID.fullmatch(like):
            return f"{like[:4]}{'7' * 26}"
        mark = MARK.search(like)
        if mark is None:
            return missing_code() if _CODE.fullmatch(like) else "6999999999999"[: len(like)]
        return like.replace(mark[0], f"{mark[0][:2]}{'9' * (len(mark[0]) - 3)}Q")


def _claims_with(code: str, scene: Scene, actor: Actor) -> bool:
    """Whether it is the code with which the actor's company may claim; it stands in no answer, but on paper."""
    [shop] = [one for one in scene.shops if one.merchant.slug == actor.merchant.slug]
    return code == code_of(shop, 9).shown and actor.customer_id == shop.customers[HOLDER].id


def _known_by(name: str) -> str:
    mark = MARK.search(name)
    return mark[0] if mark else name


@attrs.frozen
class Inputs:
    """Honest arguments for a caller, fresh ones each time."""

    names: Names
    caller: Caller

    @property
    def shop(self) -> Shop:
        """The merchant whose guest, buyer or staff the caller is or says to be."""
        return next(one for one in self.names.scene.shops if one.merchant.slug != self.caller.away)

    def values(self) -> dict[str, Any]:
        """By `field(argument)`: everything that a field needs."""
        shop, key = self.shop, self.names.key
        tea = sku_of(shop, "TEA-500")
        lines = [{"skuId": tea.id, "quantity": "2"}]
        orders = self.names.scene.orders[shop.merchant.slug]
        own = self.caller.actor.customer_id if self.caller.actor else None
        below = (one.id for one in shop.customers.values() if own and one.parent_id == own)
        customer = next(below, own)
        address = next((one.addresses[0].id for one in shop.customers.values() if one.id == customer), None)
        move = {"skuId": tea.id, "warehouse": shop.warehouses["main"].id, "quantity": "1"}
        of_group = {"groupId": shop.groups["free"].id, "customerIds": [shop.customers["regular"].id]}
        of_tags = {"customerIds": [shop.customers["strategic"].id], "tags": ["own words"]}
        base: dict[str, Any] = {
            "node(id)": shop.products["tea"].id,
            "nodes(ids)": [shop.products["tea"].id, tea.id],
            "product(id)": shop.products["tea"].id,
            "sku(id)": tea.id,
            "quote(input)": {"lines": lines, "customerId": customer},
            "placeOrder(input)": {
                "customerId": customer,
                "idempotencyKey": key(),
                "paymentMethod": "BANK_TRANSFER",
                "lines": lines,
                "addressId": address,
            },
            "cart(customerId)": customer,
            "shoppingLists(customerId)": customer,
            "parseOrderText(input)": {"text": "no such 2 箱", "customerId": customer},
            "addToCart(input)": {"customerId": customer, "idempotencyKey": key(), "lines": lines},
            "changeCartLines(input)": {
                "customerId": customer,
                "lines": [{"lineId": self.own("cln") or f"cln_{'7' * 26}", "selected": True}],
            },
            "removeFromCart(input)": {"customerId": customer, "lineIds": [f"cln_{'7' * 26}"]},
            "clearCart(input)": {"customerId": f"cus_{'7' * 26}"},
            "acknowledgeCart(input)": {"customerId": customer},
            "reorder(input)": {"idempotencyKey": key(), "orderId": self.own("ord") or orders[-1]},
            "saveShoppingList(input)": {"customerId": customer, "name": key(), "lines": lines},
            "deleteShoppingList(input)": {"listId": f"lst_{'7' * 26}"},
            "saveOrderTemplate(input)": {"name": key(), "lines": lines},
            "deleteOrderTemplate(input)": {"templateId": f"tpl_{'7' * 26}"},
            "addListToCart(input)": {
                "customerId": customer,
                "idempotencyKey": key(),
                "listId": self.own("lst") or f"lst_{'7' * 26}",
            },
            "confirmOrder(input)": {"idempotencyKey": key(), "orderId": orders[-1]},
            "cancelOrder(input)": {"idempotencyKey": key(), "orderId": orders[-1]},
            "recordWeights(input)": {
                "idempotencyKey": key(),
                "orderId": orders[-1],
                "lines": [{"line": 0, "actual": "1"}],
            },
            "adjustOrder(input)": {
                "idempotencyKey": key(),
                "orderId": orders[-1],
                "rounding": "FEN",
                "reason": "own words",
            },
            "receiveStock(input)": {"idempotencyKey": key(), "changes": [move]},
            "adjustStock(input)": {"idempotencyKey": key(), "changes": [move], "reason": "COUNT"},
            "setPrices(input)": {"prices": [{"skuId": tea.id, "breaks": [{"unitPrice": "9.99"}]}]},
            "promotion(id)": self.own("prm") or f"prm_{'7' * 26}",
            "createPriceList(input)": {"name": key()},
            "changePriceList(input)": {"name": key(), "priceListId": f"pls_{'7' * 26}"},
            "copyPriceList(input)": {"name": key(), "priceListId": shop.lists["promotion"].id},
            "raisePrices(input)": {
                "priceListId": shop.lists["promotion"].id,
                "percentage": "110",
                "preview": True,
            },
            "createSpecialPrice(input)": _special(key(), tea.id),
            "changeSpecialPrice(input)": {
                "specialPriceId": f"spc_{'7' * 26}",
                "version": 1,
                **_special(key(), tea.id),
            },
            "endSpecialPrice(input)": {"specialPriceId": f"spc_{'7' * 26}"},
            "createPromotion(input)": {"promotion": _promotion(key())},
            "changePromotion(input)": {
                "promotionId": f"prm_{'7' * 26}",
                "version": 1,
                "promotion": _promotion(key()),
            },
            "suspendPromotion(input)": {"promotionId": f"prm_{'7' * 26}"},
            "resumePromotion(input)": {"promotionId": f"prm_{'7' * 26}"},
            "endPromotion(input)": {"promotionId": f"prm_{'7' * 26}"},
            "createCouponTemplate(input)": {"name": key(), "amountOff": "1"},
            "stopCouponTemplate(input)": {"templateId": missing_template()},
            "issueCoupons(input)": {
                "idempotencyKey": key(),
                "templateId": missing_template(),
                "to": [shop.customers["regular"].id],
            },
            "withdrawCoupon(input)": {"couponId": missing_coupon()},
            "claimCoupon(input)": {"idempotencyKey": key(), "templateId": missing_template()},
            "simulatePromotion(input)": {"couponTemplateId": missing_template()},
            "publishPriceBatch(input)": {"batchId": f"pbt_{'7' * 26}"},
            "undoPriceBatch(input)": {"batchId": f"pbt_{'7' * 26}"},
            "visibility(product)": shop.products["tea"].id,
            "visibility(customer)": shop.customers["vip"].id,
            "guardTrace(orderId)": orders[-1],
            "createCustomerGroup(input)": {"name": key(), "kind": "REGION"},
            "renameCustomerGroup(input)": {"groupId": shop.groups["east"].id, "name": key()},
            "deleteCustomerGroup(input)": {"groupId": f"grp_{'7' * 26}"},
            "addToCustomerGroup(input)": of_group,
            "removeFromCustomerGroup(input)": of_group,
            "tagCustomers(input)": of_tags,
            "untagCustomers(input)": of_tags,
            "setProductVisibility(input)": {
                "products": [{"productId": shop.products["rice"].id, "restricted": False}]
            },
            "setOwnName(input)": {"name": key(), "skuId": tea.id, "customerId": shop.customers["vip"].id},
            "removeOwnName(input)": {"name": key(), "customerId": shop.customers["vip"].id},
            "setQuantityRules(input)": {"rules": [{"skuId": sku_of(shop, "RICE").id}]},
            "poolBreaks(input)": {"productIds": [shop.products["rice"].id], "pooled": False},
            "allowQuantities(input)": {
                "customerId": shop.customers["vip"].id,
                "skuIds": [sku_of(shop, "RICE").id],
                "reason": "own words",
            },
            "setFloors(input)": {"floors": [{"skuId": sku_of(shop, "RICE").id}]},
            "setCategoryMargins(input)": {"margins": [{"categoryId": shop.categories["water"].id}]},
            "approveBelowFloor(input)": {
                "customerId": shop.customers["vip"].id,
                "skus": [{"skuId": sku_of(shop, "RICE").id}],
                "reason": "own words",
            },
            "setMerchantSettings(input)": {"settingsVersion": 0, "lowStock": "21"},
            **changes_nothing(shop),
            "requestSignInCode(input)": {"phone": "13800000001"},
            "signIn(input)": {"phone": "13800000001", "code": "000000"},
            "signInByWeChat(input)": {"code": "nobody's"},
            "refreshSession(input)": {"refreshToken": "nobody's"},
            "signOut(input)": {"everywhere": True},
            "register(input)": {"phone": "13800000001", "code": "000000", "name": "n", "company": "c"},
            "registerByWeChat(input)": {"code": "nobody's", "name": "n", "company": "c"},
            "createInvitation(input)": {"mostUses": 2},
            "revokeInvitation(input)": {"invitationId": f"inv_{'7' * 26}"},
            "saveCompanyDetails(input)": {
                "customerId": self.own("cus") or f"cus_{'7' * 26}",
                "legalName": "n",
                "unifiedSocialCreditCode": "91350100M000100Y43",
                "contactName": "n",
                "contactPhone": "13800000001",
                "licencePicture": "n",
            },
            "submitVerification(input)": {"customerId": self.own("cus") or f"cus_{'7' * 26}"},
            "askForInfo(input)": {"customerId": shop.customers["waiting"].id, "reason": "r"},
            "rejectCustomer(input)": {"customerId": shop.customers["silent"].id, "reason": "r"},
            "approveCustomer(input)": {
                "customerId": shop.customers["waiting"].id,
                "tierId": shop.tiers["vip"].id,
            },
            "signInWithPassword(input)": {"email": "nobody@example.com", "password": "nobody's at all"},
            "setPassword(input)": {"newPassword": "short"},
            "beginTotp(input)": {},
            "confirmTotp(input)": {"totp": "000000"},
            "showTotp(input)": {"totp": "000000"},
            "disableTotp(input)": {"totp": "000000"},
            "addStaff(input)": {"name": "own words", "permissions": []},
            "setStaffPermissions(input)": {"staffId": f"stf_{'7' * 26}", "permissions": []},
            "suspendStaff(input)": {"staffId": f"stf_{'7' * 26}"},
            "reinstateStaff(input)": {"staffId": f"stf_{'7' * 26}"},
            "demandSecondFactor(input)": {"demanded": False},
            "addBuyer(input)": {
                "customerId": f"cus_{'7' * 26}",
                "phone": "13800000001",
                "name": "own words",
                "role": "VIEWER",
            },
            "setBuyerRole(input)": {"buyerId": f"buy_{'7' * 26}", "role": "VIEWER"},
            "suspendBuyer(input)": {"buyerId": f"buy_{'7' * 26}"},
            "reinstateBuyer(input)": {"buyerId": f"buy_{'7' * 26}"},
            "switchMembership(input)": {"membershipId": self.own("buy") or f"buy_{'7' * 26}"},
            "exportMyData(input)": {},
            "exportPerson(input)": {"buyerId": shop.buyers["vip"].id},
            "eraseMe(input)": {"code": "000000"},
            "erasePerson(input)": {"buyerId": shop.buyers["leaver"].id},
        }
        for tag, kind in NODES.items():
            base[f"id of {kind}"] = self.own(tag) or Names.missing(f"{tag}_{'0' * 26}")
        return base

    def own(self, tag: str) -> str | None:
        """An id that the caller may see."""
        known = self.names.scene.secrets.may_know
        return next((one for one in self.names.of(tag, self.shop) if known(self.caller.actor, one)), None)

    def asking(self, place: Place, name: Any, *, only: Kinds = None, bare: bool = False) -> Question:
        """Ask for the field of a place with this name in it; what is closed to the caller is asked for all the same."""
        values = self.values()
        whole = f"{place.field}({place.argument})"
        base = values.get(whole)
        if place.refers == "key":
            values[whole] = base = _refused(base)
        if place.path:
            declared = fields_of(BUILT, place.parent)[place.field].args[place.argument]
            values[whole] = _placed(declared.type, base, place.path, name)
        else:
            values[whole] = name
            for group in RIVALS:
                for rival in set(group) - {place.argument} if place.argument in group else ():
                    values.pop(f"{place.field}({rival})", None)
        picked = None
        if not bare:
            picked = Asker(self.caller.actor).field(place.parent, place.field, values, depth=2, on=only)
        if picked is None:
            field = fields_of(BUILT, place.parent)[place.field]
            given = tuple(
                Given(argument, one.type, values[f"{place.field}({argument})"])
                for argument, one in field.args.items()
                if f"{place.field}({argument})" in values
            )
            below = (typename(get_named_type(field.type).name),)
            picked = Picked.of(place.parent, place.field, field, given=given, below=below)
        way = known_ways()[place.parent][0]
        for step in reversed(way):
            picked = self._step(step, picked, values)
        return written(way[0].parent if way else place.parent, [picked], about=f"{place.name} = {name}")

    def giving(self, coordinate: str) -> Iterator[Question]:
        """Ask with an argument that may be right, where the field is open to the caller."""
        parent, _, rest = coordinate.partition(".")
        field, _, argument = rest.removesuffix(")").partition("(")
        place = Place(parent=parent, field=field, argument=argument, path=(), refers="")
        for value in _HONEST.get(argument, ()):
            declared = fields_of(BUILT, parent)[field]
            if _fits(value, declared.args[argument].type):
                yield self.asking(place, value)

    @staticmethod
    def _step(step: Step, picked: Picked, values: dict[str, Any]) -> Picked:
        declared = fields_of(BUILT, step.parent)[step.name]
        if step.on is not None:
            picked = attrs.evolve(picked, on=step.on)
            values = {**values, "node(id)": values.get(f"id of {step.on}")}
        given = tuple(
            Given(argument, one.type, values[f"{step.name}({argument})"])
            for argument, one in declared.args.items()
            if f"{step.name}({argument})" in values
        )
        return Picked.of(step.parent, step.name, declared, given=given, below=(picked,))


_HONEST: dict[str, Sequence[Any]] = {
    "first": (2,),
    "last": (2,),
    "quantity": ("24",),
    "unit": ("箱",),
    "sort": ("NAME", "NEWEST", "BEST_SELLING", "PRICE_ASCENDING"),
    "priceEdges": (["1", "2.5", "100"],),
    "standing": ("AVAILABLE",),
    "since": ("2026-01-01T00:00:00Z",),
    "until": ("2126-01-01T00:00:00Z",),
    "current": (True,),
    "filter": (
        {"inStock": True},
        {"priceFrom": "0.5", "priceTo": "1000"},
        {"status": "CONFIRMED"},
        {"branches": True},
        {"salesRep": None},
        {"state": "APPROVED"},
    ),
}
"""Arguments that refer to nothing."""


def _promotion(name: str) -> dict[str, Any]:
    """A promotion that cannot be: it does nothing."""
    return {"name": name, "effect": {}}


def _special(name: str, sku_id: str) -> dict[str, Any]:
    """A special price that cannot be: it says no price."""
    return {"name": name, "skuId": sku_id}


def _fits(value: Any, type_: GraphQLInputType) -> bool:
    named = get_named_type(type_)
    return not isinstance(named, GraphQLInputObjectType) or set(value) <= set(named.fields)


def _refused(base: Any) -> Any:
    """An input that is refused whoever sends it, so that only the key can make a difference."""
    changed = dict(base)
    nothing = {"orderId": f"ord_{'7' * 26}", "templateId": missing_template(), "listId": f"lst_{'7' * 26}"}
    for name, missing in nothing.items():
        if name in changed:
            changed[name] = missing
    for name in ("lines", "changes"):
        if name in changed:
            changed[name] = [{**one, "skuId": f"sku_{'7' * 26}"} for one in changed[name]]
    return changed


def _placed(type_: GraphQLInputType, base: Any, path: tuple[str, ...], value: Any) -> Any:
    plain = get_nullable_type(type_)
    if not path:
        return [value] if isinstance(plain, GraphQLList) else value
    if isinstance(plain, GraphQLList):
        return [_placed(plain.of_type, one, path, value) for one in (base or [{}])]
    assert isinstance(plain, GraphQLInputObjectType)
    made = dict(base or {})
    for group in RIVALS:
        if path[0] in group:
            made = {name: one for name, one in made.items() if name not in group}
    made[path[0]] = _placed(plain.fields[path[0]].type, made.get(path[0]), path[1:], value)
    return made
