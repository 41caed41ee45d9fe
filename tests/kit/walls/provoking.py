"""What is refused, for every reason: so that every kind of refusal is read, and not only asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from application.authorization import Actor, Permission
from domain.credentials import MOST_TRIES, Email
from domain.customers import MOST_ABOVE
from domain.identity import OrderId
from domain.people import Phone
from kit.walls.carts import fill_up
from kit.walls.couponing import HOLDER, code_of, missing_coupon, missing_template
from kit.walls.naming import Inputs
from kit.walls.newcomers import codes_of
from kit.walls.people import (
    FIRST,
    RECOVERY,
    SENT_OFTEN,
    TAKEN,
    demanding,
    sign_in_again,
    with_first_password,
    with_second_factor,
)
from kit.walls.scene import (
    LEAVING,
    batches_of,
    confirmed_of,
    promotions_of,
    sku_of,
    templates_of,
    used_of,
)
from kit.walls.secrets import MARK

Provocation = tuple[str, Any, str]
"""A field at the root, its input, and what it provokes."""


def provocations(inputs: Inputs) -> Iterator[Provocation]:
    """Everything that can be wrong with what a caller may do."""
    actor = inputs.caller.actor
    if actor is None:
        return
    yield from _people(inputs, actor)
    yield from _newcomers(inputs, actor)
    yield from _verifications(inputs, actor)
    yield from _credentials(inputs, actor)
    if actor.has(Permission.PLACE_ORDERS):
        yield from _baskets(inputs)
        yield from _not_approved(inputs, actor)
        yield from _carts(inputs, actor)
        yield from _shopping(inputs)
    for name in ("confirmOrder", "cancelOrder"):
        for at in (0, 1):
            order = inputs.names.scene.orders[inputs.shop.merchant.slug][at]
            yield name, {"idempotencyKey": inputs.names.key(), "orderId": order}, "an order that is beyond it"
    yield from _adjustments(inputs)
    yield from _weights(inputs)
    for name, more in (("receiveStock", {}), ("adjustStock", {"reason": "COUNT"})):
        yield from _changes(inputs, name, more)
    yield from _prices(inputs)
    yield from _batches(inputs)
    yield from _promotions(inputs)
    yield from _specials(inputs)
    yield from _lists(inputs)
    yield from _groups(inputs)
    yield from _coupons(inputs)
    yield from _visibility(inputs)
    yield from _quantities(inputs)
    yield from _floors(inputs)
    yield from _templates(inputs)
    yield from _staff(inputs, actor)
    yield from _buyers(inputs, actor)
    yield from _companies(inputs)
    yield from _own_names(inputs)
    yield from _settings()


def _adjustments(inputs: Inputs) -> Iterator[Provocation]:
    """What is wrong with what is taken off orders as a whole."""
    orders = inputs.names.scene.orders[inputs.shop.merchant.slug]
    taken = confirmed_of(inputs.names.scene, inputs.shop)
    asked = {"orderId": orders[0], "amount": "0.01", "reason": "own words"}
    strange: dict[str, dict[str, Any]] = {
        "NotAmendable": {"orderId": orders[1]},
        "AdjustmentTooLarge": {"orderId": taken, "amount": "99999999"},
        "BelowFloor": {"orderId": taken, "amount": _total(inputs, taken)},
        "InvalidAdjustment": {"rounding": "FEN"},
        "OrderNotFound": {"orderId": f"ord_{'7' * 26}"},
        "an order": {},
        "another order": {"orderId": orders[2]},
    }
    for about, more in strange.items():
        yield "adjustOrder", {"idempotencyKey": inputs.names.key(), **asked, **more}, about


def _total(inputs: Inputs, order_id: OrderId) -> str:
    """All that an order costs."""
    with inputs.names.scene.world.database.unit_of_work.reading(inputs.shop.operator) as storage:
        return storage.orders.get(order_id).total.amount


def _weights(inputs: Inputs) -> Iterator[Provocation]:
    """What is wrong with what lines of orders weigh."""
    orders = inputs.names.scene.orders[inputs.shop.merchant.slug]
    asked = {"orderId": orders[1], "lines": [{"line": 0, "actual": "1"}]}
    heavy = {
        "orderId": confirmed_of(inputs.names.scene, inputs.shop),
        "lines": [{"line": 0, "actual": "1000000"}],
    }
    strange: dict[str, dict[str, Any]] = {
        "NotAmendable": {"orderId": orders[0]},
        "OrderNotFound": {"orderId": f"ord_{'7' * 26}"},
        "InvalidWeighing": {"lines": []},
        "a line that is not weighed": {"lines": [{"line": 1, "actual": "1"}]},
        "OutsideTolerance": heavy,
        "MoreThanInStock": {**heavy, "acceptOutside": True, "reason": "own words"},
    }
    for about, more in strange.items():
        yield "recordWeights", {"idempotencyKey": inputs.names.key(), **asked, **more}, about


def _settings() -> Iterator[Provocation]:
    """What is wrong with settings."""
    wrong: dict[str, dict[str, Any]] = {
        "SettingsChanged": {"settingsVersion": 99},
        "InvalidSetting": {"logo": "no logo", "name": "", "timeZone": "Mars/Olympus", "cutOffTime": "25:00"},
    }
    for about, more in wrong.items():
        yield "setMerchantSettings", {"settingsVersion": 0, **more}, about


def _people(inputs: Inputs, actor: Actor) -> Iterator[Provocation]:
    """Each with a phone or a code of its own; text messages and WeChat fail as long as they are asked to."""
    world, key = inputs.names.scene.world, inputs.names.key
    yield "requestSignInCode", {"phone": "12345"}, "InvalidPhone"
    fresh = next(inputs.names.phones)
    for about in ("a code", "CodeSentAlready"):
        yield "requestSignInCode", {"phone": fresh}, about
    yield "signIn", {"phone": fresh, "code": world.inbox.wrong}, "InvalidCode"
    yield "signIn", {"phone": fresh, "code": world.inbox.code}, "NoMembership"
    yield "requestSignInCode", {"phone": SENT_OFTEN}, "TooManyCodes"
    world.inbox.fails.append(True)
    yield "requestSignInCode", {"phone": next(inputs.names.phones)}, "TextMessageFailed"
    world.inbox.fails.clear()
    yield "signInByWeChat", {"code": "no such"}, "WeChatRefused"
    for about in ("PhoneRequired", "NoMembership"):
        code = key()
        world.wechat.add_person(code, open_id=code)
        world.wechat.add_phone(code, Phone(fresh))
        more = {"phoneCode": code} if about == "NoMembership" else {}
        yield "signInByWeChat", {"code": code, **more}, about
    world.wechat.reachable = False
    yield "signInByWeChat", {"code": "no such"}, "WeChatUnavailable"
    world.wechat.reachable = True
    yield "refreshSession", {"refreshToken": "no such"}, "InvalidRefreshToken"
    sign_in_again(world, actor.session_id)
    yield "eraseMe", {}, "ConfirmationRequired"
    owner = inputs.shop.buyers["vip"].id
    for name in ("exportPerson", "erasePerson"):
        yield name, {"buyerId": f"buy_{'7' * 26}"}, "PersonNotFound"
    yield "erasePerson", {"buyerId": owner}, "NoOwnerLeft"
    yield "switchMembership", {"membershipId": f"buy_{'7' * 26}"}, "MembershipNotFound"
    for about in ("the end of a session", "SessionOver"):
        yield "signOut", {}, about


def _newcomers(inputs: Inputs, actor: Actor) -> Iterator[Provocation]:
    """Each with a phone of its own, which WeChat shows; only who knows of a company joins it, for it is named then."""
    world, fresh = inputs.names.scene.world, next(inputs.names.phones)

    def come(about: str, **more: Any) -> Provocation:
        code = inputs.names.key()
        world.wechat.add_person(code, open_id=f"newcomer {fresh}")
        world.wechat.add_phone(code, Phone(fresh))
        said = {"code": code, "phoneCode": code, "name": "own words", "company": "own words", **more}
        return "registerByWeChat", said, about

    codes = codes_of(inputs.shop)
    for about in ("UsedUp", "Revoked", "Expired", "ForAnother"):
        yield come(f"Invitation{about}", invitation=codes[about])
    yield come("InvitationNotFound", invitation="22222-22222")
    yield come("InvalidEntry", name="")
    yield come("a company by invitation", invitation=codes["company"])
    yield come("a company without one")
    [mark] = MARK.findall(inputs.shop.customers["regular"].name)
    if inputs.names.scene.secrets.may_know(actor, mark):
        for about in ("a colleague", "AlreadyMember"):
            yield come(about, invitation=codes["colleague"])
    sent = next(inputs.names.phones)
    yield "requestSignInCode", {"phone": sent}, "a code to register with"
    said = {"phone": sent, "name": "own words", "company": "own words"}
    yield "register", {**said, "code": world.inbox.wrong}, "InvalidCode"
    yield "register", {**said, "code": world.inbox.code, "company": ""}, "InvalidEntry"
    yield "register", {**said, "code": world.inbox.code}, "a company"
    yield "register", {**said, "phone": "12345", "code": "1"}, "InvalidPhone"


def _verifications(inputs: Inputs, actor: Actor) -> Iterator[Provocation]:
    shop, missing = inputs.shop, f"cus_{'7' * 26}"
    own = actor.customer_id or missing
    details = {
        "legalName": "own words",
        "unifiedSocialCreditCode": "91350100M000100Y43",
        "contactName": "own words",
        "contactPhone": "13800000001",
        "licencePicture": "own words",
    }
    yield "saveCompanyDetails", {**details, "customerId": missing}, "VerificationNotFound"
    yield "saveCompanyDetails", {**details, "customerId": own, "contactName": ""}, "InvalidEntry"
    yield "submitVerification", {"customerId": own}, "what was saved before"
    yield "submitVerification", {"customerId": own}, "IllegalStep"
    for name in ("askForInfo", "rejectCustomer"):
        yield name, {"customerId": missing, "reason": "own words"}, "VerificationNotFound"
        yield name, {"customerId": shop.customers["regular"].id, "reason": "own words"}, "IllegalStep"
        yield name, {"customerId": shop.customers["regular"].id, "reason": ""}, "InvalidEntry"
    tier = shop.tiers["vip"].id
    for about, company, more in (
        ("VerificationNotFound", missing, {}),
        ("IllegalStep", shop.customers["regular"].id, {}),
        ("DetailsMissing", shop.customers["silent"].id, {}),
        ("LicenceExpired", shop.customers["overdue"].id, {}),
        ("UnknownTier", shop.customers["overdue"].id, {"tierId": f"tie_{'7' * 26}"}),
        ("UnknownStaff", shop.customers["overdue"].id, {"salesRepId": f"stf_{'7' * 26}"}),
        ("InvalidEntry", shop.customers["overdue"].id, {"creditDays": 3}),
    ):
        yield "approveCustomer", {"customerId": company, "tierId": tier, **more}, about
    for about, asked in {
        "InvalidEntry": {"mostUses": 0},
        "InvalidPhone": {"phone": "12345"},
        "UnknownTier": {"tierId": f"tie_{'7' * 26}"},
        "UnknownStaff": {"salesRepId": f"stf_{'7' * 26}"},
        "CustomerNotFound": {"customerId": missing},
        "an invitation of a colleague": {"customerId": shop.customers["regular"].id, "role": "VIEWER"},
        "an invitation": {"tierId": tier, "salesRepId": shop.staff["clerk"].id, "phone": "13800000001"},
    }.items():
        yield "createInvitation", asked, about
    yield "revokeInvitation", {"invitationId": f"inv_{'7' * 26}"}, "InvitationNotFound"


def _not_approved(inputs: Inputs, actor: Actor) -> Iterator[Provocation]:
    """While the caller's company is not approved."""
    if actor.customer_id is None or not actor.approved:
        return
    unit_of_work, shop = inputs.names.scene.world.database.unit_of_work, inputs.shop
    with unit_of_work(shop.operator) as storage:
        before = storage.customers.get(actor.customer_id)
        storage.customers.withdraw_approval(before.id)
    lines = [{"skuId": sku_of(shop, "TEA-500").id, "quantity": "1"}]
    yield "quote", {"lines": lines}, "ApprovalPending"
    yield "placeOrder", _order(inputs, lines=lines), "ApprovalPending"
    with unit_of_work(shop.operator) as storage:
        storage.customers.approve(before.id, approval=before.approval, tier_id=before.tier_id)


def _credentials(inputs: Inputs, actor: Actor) -> Iterator[Provocation]:
    """Each with an e-mail of its own; what the login has meanwhile is taken away again."""
    world, mine, session = inputs.names.scene.world, f"{inputs.names.key()}@example.com", actor.session_id
    wrong = {"email": mine, "password": "wrong"}
    yield "signInWithPassword", {**wrong, "email": "no e-mail"}, "InvalidEmail"
    for about in (*["InvalidCredentials"] * MOST_TRIES, "TooManyTries"):
        yield "signInWithPassword", wrong, about
    if session is None:
        return
    sign_in_again(world, session)
    good = {"newPassword": "a password of some length"}
    yield "setPassword", {"newPassword": "short"}, "InvalidPassword"
    yield "setPassword", good, "EmailRequired"
    yield "setPassword", {**good, "email": TAKEN}, "EmailTaken"
    yield "setPassword", {**good, "email": mine}, "OldPasswordRequired"
    yield "showTotp", {"totp": "123456"}, "SecondFactorOff"
    yield "beginTotp", {"label": ""}, "InvalidName"
    yield "beginTotp", {"label": "own words"}, "a secret"
    yield "confirmTotp", {"totp": "12345"}, "InvalidTotp"
    with with_second_factor(world, session):
        yield "beginTotp", {}, "SecondFactorOn"
        yield "setPassword", {**good, "email": mine}, "SecondFactorRequired"
        with demanding(world, inputs.shop):
            yield "disableTotp", {"totp": RECOVERY}, "SecondFactorDemanded"
    sign_in_again(world, session)
    fresh = Email(f"fresh-{mine}")
    with with_first_password(world, session, fresh):
        yield "signInWithPassword", {"email": fresh, "password": FIRST}, "NewPasswordRequired"


def _staff(inputs: Inputs, actor: Actor) -> Iterator[Provocation]:
    """Who works here; whoever is leaving anyway comes and goes."""
    shop, phone = inputs.shop, next(inputs.names.phones)
    base = {"name": "own words", "permissions": []}
    yield "addStaff", base, "ContactRequired"
    yield "addStaff", {**base, "name": "", "phone": phone}, "InvalidName"
    yield "addStaff", {**base, "phone": "12345"}, "InvalidPhone"
    yield "addStaff", {**base, "email": "no e-mail"}, "InvalidEmail"
    yield "addStaff", {**base, "email": TAKEN}, "EmailTaken"
    yield "addStaff", {**base, "phone": phone, "permissions": ["BROWSE"]}, "NotYoursToGrant"
    for about in ("somebody new", "AlreadyStaff"):
        yield "addStaff", {**base, "phone": phone}, about
    leaving = shop.staff[LEAVING].id
    for name, more in _CHANGES_OF_STAFF:
        yield name, {"staffId": f"stf_{'7' * 26}", **more}, "StaffNotFound"
        yield name, {"staffId": leaving, **more}, "a change"
        if actor.person_id is not None:
            yield name, {"staffId": actor.person_id, **more}, "OwnAccess"
    yield "demandSecondFactor", {"demanded": True}, "SecondFactorOff"


_CHANGES_OF_STAFF: Sequence[tuple[str, dict[str, Any]]] = (
    ("setStaffPermissions", {"permissions": []}),
    ("suspendStaff", {}),
    ("reinstateStaff", {}),
)
_CHANGES_OF_BUYERS: Sequence[tuple[str, dict[str, Any]]] = (
    ("setBuyerRole", {"role": "VIEWER"}),
    ("suspendBuyer", {}),
    ("reinstateBuyer", {}),
)


def _buyers(inputs: Inputs, actor: Actor) -> Iterator[Provocation]:
    """Who buys for the company of those who come; whoever is leaving anyway comes and goes."""
    shop, phone = inputs.shop, next(inputs.names.phones)
    company = actor.customer_id or shop.customers["regular"].id
    base = {"customerId": company, "phone": phone, "name": "own words", "role": "VIEWER"}
    yield "addBuyer", {**base, "customerId": f"cus_{'7' * 26}"}, "CustomerNotFound"
    yield "addBuyer", {**base, "name": ""}, "InvalidName"
    yield "addBuyer", {**base, "phone": "12345"}, "InvalidPhone"
    for about in ("somebody new", "AlreadyBuyer"):
        yield "addBuyer", base, about
    for name, more in _CHANGES_OF_BUYERS:
        yield name, {"buyerId": f"buy_{'7' * 26}", **more}, "BuyerNotFound"
        yield name, {"buyerId": shop.buyers[LEAVING].id, **more}, "a change"
        if actor.person_id is not None:
            yield name, {"buyerId": actor.person_id, **more}, "OwnAccess"
    yield "suspendBuyer", {"buyerId": shop.buyers["strategic"].id}, "NoOwnerLeft"


def _baskets(inputs: Inputs) -> Iterator[Provocation]:
    shop, key = inputs.shop, inputs.names.key()
    tea, water, rice = (sku_of(shop, code).id for code in ("TEA-500", "WATER-550", "RICE"))
    free = {"skuId": sku_of(shop, "CUP").id, "quantity": "1"}
    baskets: dict[str, list[dict[str, Any]]] = {
        "UnknownSku": [{"skuCode": "no such", "quantity": "1"}],
        "NotForSale": [{"skuId": sku_of(shop, "TEA-OLD").id, "quantity": "1"}],
        "UnknownUnit": [{"skuId": tea, "quantity": "1", "unit": "pallet"}],
        "InvalidQuantity": [{"skuId": water, "quantity": "7"}],
        "PriceUnavailable": [free],
        "QuotaExceeded": [{**free, "quantity": "51"}],
        "InsufficientStock": [{"skuId": tea, "quantity": "900000"}, {"skuId": rice, "quantity": "900000"}],
        "BelowFloor": [{"skuId": sku_of(shop, "TEA-1L").id, "quantity": "1"}],
        "EmptyBasket": [],
        "OrderMinimumNotReached": [{"skuId": tea, "quantity": "1"}],
        "TooManyLines": [{"skuId": tea, "quantity": "1"}] * 501,
        "a basket that holds": [
            {"skuId": tea, "quantity": "2"},
            {"skuId": water, "quantity": "1", "unit": "箱"},
        ],
    }
    for about, lines in baskets.items():
        yield "quote", {"lines": lines}, about
        yield "placeOrder", _order(inputs, lines=lines), about
    # Whoever is not given anything with it is refused for the total.
    one = _order(inputs, lines=[{"skuId": rice, "quantity": "1"}], expectedTotal="0.01")
    yield "placeOrder", one, "GiftShort"
    given = [{"promotionId": promotions_of(inputs.names.scene, shop)[-1], "skuId": tea}]
    yield "placeOrder", {**one, "idempotencyKey": inputs.names.key(), "gifts": given}, "UnknownGift"
    line = [{"skuId": tea, "quantity": "2"}]
    nobody = f"cus_{'7' * 26}"
    yield "quote", {"lines": line, "customerId": nobody}, "CustomerNotFound"
    yield "placeOrder", _order(inputs, lines=line, customerId=nobody), "CustomerNotFound"
    for about, more in {
        "TotalChanged": {"expectedTotal": "1.00"},
        "PaymentMethodNotEnabled": {"paymentMethod": "ALIPAY"},
        "AddressNotFound": {"addressId": f"adr_{'7' * 26}"},
        "DeliveryDateInPast": {"requestedDeliveryDate": "2020-01-01"},
        "DeliveryDateTooEarly": {"requestedDeliveryDate": f"{inputs.names.scene.world.clock.now():%Y-%m-%d}"},
        "InvalidTerms": {"note": "x" * 501, "purchaseOrderNumber": "x" * 65},
        "an order with everything": {"note": "own words", "purchaseOrderNumber": "own number"},
    }.items():
        yield "placeOrder", _order(inputs, lines=line, **more), about
    for quantity in ("2", "3"):
        same = [{"skuId": tea, "quantity": quantity}]
        yield "placeOrder", {**_order(inputs, lines=same), "idempotencyKey": key}, "IdempotencyKeyReused"


def _carts(inputs: Inputs, actor: Actor) -> Iterator[Provocation]:
    shop, key, nobody = inputs.shop, inputs.names.key, f"cus_{'7' * 26}"
    tea, old = sku_of(shop, "TEA-500"), sku_of(shop, "TEA-OLD").id
    wrong: dict[str, dict[str, Any]] = {
        "UnknownSku": {"skuCode": "no such"},
        "NotForSale": {"skuId": old},
        "UnknownUnit": {"skuId": tea.id, "unit": "pallet"},
        "InvalidQuantity": {"skuId": tea.id, "quantity": "0"},
        "InvalidCartText": {"skuId": tea.id, "note": "x" * 201},
        "a line with everything": {"skuId": tea.id, "unit": "箱", "note": "own words", "text": "own name"},
    }
    for about, line in wrong.items():
        yield "addToCart", {"idempotencyKey": key(), "lines": [{"quantity": "1", **line}]}, about
    for about, lines in {
        "EmptyBasket": [],
        "TooManyLines": [{"skuId": tea.id, "quantity": "1"}] * 501,
    }.items():
        yield "addToCart", {"idempotencyKey": key(), "lines": lines}, about
    of_a_cart: Sequence[tuple[str, dict[str, Any]]] = (
        ("addToCart", {"idempotencyKey": key(), "lines": [{"skuId": tea.id, "quantity": "1"}]}),
        ("changeCartLines", {"lines": [{"lineId": f"cln_{'7' * 26}"}]}),
        ("removeFromCart", {"lineIds": []}),
        ("clearCart", {}),
        ("acknowledgeCart", {}),
    )
    for name, more in of_a_cart:
        yield name, {"customerId": nobody, **more}, "CustomerNotFound"
    again = key()
    for quantity in ("1", "2"):
        same = [{"skuId": tea.id, "quantity": quantity}]
        yield "addToCart", {"idempotencyKey": again, "lines": same}, "IdempotencyKeyReused"
    for about, change in {
        "CartLineNotFound": {"lineId": f"cln_{'7' * 26}"},
        "a change of nothing": {"lineId": inputs.own("cln") or f"cln_{'7' * 26}", "note": "own words"},
    }.items():
        yield "changeCartLines", {"lines": [change]}, about
    yield "reorder", {"idempotencyKey": key(), "orderId": f"ord_{'7' * 26}"}, "OrderNotFound"
    for about, text in {
        "OrderTextTooLong": "x 1箱," * 501,
        "a text that means goods": f"{tea.code} 2箱\n茶 三瓶\nno such\n{tea.code}\t1",
    }.items():
        yield "parseOrderText", {"text": text}, about
    if actor.approved and actor.customer_id is not None:
        undo = fill_up(inputs.names.scene.world, actor, actor.customer_id, sku_of(shop, "RICE"))
        lines = [{"skuId": sku_of(shop, "RICE").id, "quantity": "1", "unit": "斤"}]
        yield "addToCart", {"idempotencyKey": key(), "lines": lines}, "CartFull"
        undo()


def _shopping(inputs: Inputs) -> Iterator[Provocation]:
    shop, key = inputs.shop, inputs.names.key
    line = {"skuId": sku_of(shop, "TEA-500").id, "quantity": "1"}
    mine = inputs.own("lst") or f"lst_{'7' * 26}"
    for about, asked in {
        "ListNotFound": {"name": "own words", "lines": [line], "listId": f"lst_{'7' * 26}"},
        "ListChanged": {"name": "own words", "lines": [line], "listId": mine, "version": 99},
        "InvalidList": {"name": " ", "lines": [line]},
        "UnknownSku": {"name": "own words", "lines": [{"skuCode": "no such", "quantity": "1"}]},
        "CustomerNotFound": {"name": "own words", "lines": [line], "customerId": f"cus_{'7' * 26}"},
        "a list of one's own": {"name": "own words", "lines": [line], "shared": False},
    }.items():
        yield "saveShoppingList", asked, about
    yield "addListToCart", {"idempotencyKey": key(), "listId": f"tpl_{'7' * 26}"}, "ListNotFound"


def _templates(inputs: Inputs) -> Iterator[Provocation]:
    shop = inputs.shop
    line = {"skuId": sku_of(shop, "TEA-500").id, "quantity": "1"}
    wrong: dict[str, dict[str, Any]] = {
        "ListNotFound": {"templateId": f"tpl_{'7' * 26}"},
        "ListChanged": {"templateId": inputs.own("tpl") or f"tpl_{'7' * 26}", "version": 99},
        "UnknownAudience": {"audience": [f"grp_{'7' * 26}"]},
        "a template for a group": {"audience": [shop.groups["east"].id]},
    }
    for about, asked in wrong.items():
        yield "saveOrderTemplate", {"name": "own words", "lines": [line], **asked}, about


def _order(inputs: Inputs, **more: Any) -> dict[str, Any]:
    return {"idempotencyKey": inputs.names.key(), "paymentMethod": "BANK_TRANSFER", **more}


def _changes(inputs: Inputs, name: str, more: dict[str, Any]) -> Iterator[Provocation]:
    shop = inputs.shop
    fine = {
        "skuId": sku_of(shop, "TEA-500").id,
        "warehouse": str(shop.warehouses["main"].code),
        "quantity": "1",
    }
    for about, changes in {
        "UnknownSku": [{**fine, "skuId": f"sku_{'7' * 26}"}],
        "UnknownWarehouse": [{**fine, "warehouse": "no such"}],
        "UnknownUnit": [{**fine, "unit": "pallet"}],
        "InvalidChange": [{**fine, "quantity": "0.5"}, {**fine, "quantity": "0"}],
        "StockTooLow": [{**fine, **_rice(inputs), "quantity": "-900000"}],
        "TooManyChanges": [],
        "a change by code": [fine],
    }.items():
        yield name, {"idempotencyKey": inputs.names.key(), "changes": changes, **more}, about


def _rice(inputs: Inputs) -> dict[str, Any]:
    """What nobody takes or brings."""
    shop = inputs.shop
    return {"skuId": sku_of(shop, "RICE").id, "warehouse": shop.warehouses["second"].id}


def _prices(inputs: Inputs) -> Iterator[Provocation]:
    shop = inputs.shop
    nuts = sku_of(shop, "NUTS").id
    rung = {"minQuantity": "1", "unitPrice": "8.88"}
    for about, prices in {
        "UnknownSku": [{"skuCode": "no such", "breaks": [rung]}],
        "UnknownPriceList": [{"skuId": nuts, "tier": "no such", "breaks": [rung]}],
        "InvalidPrice": [{"skuId": nuts, "breaks": [{"percentage": "50"}, {"percentage": "40"}]}],
        "TooManyPrices": [],
        "a price of a tier": [{"skuId": nuts, "tier": shop.tiers["vip"].id, "breaks": [rung]}],
        "a price of a list": [{"skuId": nuts, "priceListId": shop.lists["promotion"].id, "breaks": [rung]}],
    }.items():
        yield "setPrices", {"prices": prices}, about


def _lists(inputs: Inputs) -> Iterator[Provocation]:
    shop, key = inputs.shop, inputs.names.key
    company, group, tier = shop.customers["vip"].id, shop.groups["east"].id, shop.tiers["vip"].id
    for about, made in {
        "InvalidPriceList": {"name": " ", "priority": 1001},
        "InvalidPriceList, for several": {"name": key(), "audience": {"customerId": company, "tierId": tier}},
        "UnknownAudience": {"name": key(), "audience": {"groupId": f"grp_{'7' * 26}"}},
        "a list": {"name": key(), "audience": {"customerId": company, "contract": True}},
        "a list of a group": {"name": key(), "audience": {"groupId": group}},
    }.items():
        yield "createPriceList", made, about
    base = shop.lists["base"].id
    yield "changePriceList", {"priceListId": base, "name": key()}, "InvalidPriceList"
    yield "changePriceList", {"priceListId": shop.lists["expired"].id, "name": key()}, "a list"
    yield "copyPriceList", {"priceListId": base, "name": key()}, "a copy"
    for amount in ("0.01", "-1000000"):
        yield "raisePrices", {"priceListId": base, "amount": amount, "preview": True}, "a rise"


def _coupons(inputs: Inputs) -> Iterator[Provocation]:
    shop, key = inputs.shop, inputs.names.key
    listed, held, coded = templates_of(inputs.names.scene, shop)
    issue = {"templateId": held, "to": [shop.customers[HOLDER].id]}
    yield "createCouponTemplate", {"name": "", "amountOff": "1"}, "InvalidCoupon"
    goods = {"goods": {"skuIds": [f"sku_{'7' * 26}"]}, "audience": [f"grp_{'7' * 26}"]}
    yield "createCouponTemplate", {"name": key(), "amountOff": "1", **goods}, "UnknownGoods"
    yield "createCouponTemplate", {"name": key(), "amountOff": "1"}, "a template"
    yield "stopCouponTemplate", {"templateId": missing_template()}, "CouponTemplateNotFound"
    yield "issueCoupons", {"idempotencyKey": key(), **issue}, "coupons"
    yield "issueCoupons", {"idempotencyKey": key(), **issue, "to": []}, "InvalidCoupon"
    yield "issueCoupons", {"idempotencyKey": key(), **issue, "templateId": coded}, "CouponNotClaimable"
    yield "withdrawCoupon", {"couponId": missing_coupon()}, "CouponNotFound"
    yield "claimCoupon", {"idempotencyKey": key(), "code": "ABC"}, "CouponTemplateNotFound"
    yield "claimCoupon", {"idempotencyKey": key(), "templateId": listed}, "a coupon"
    yield "claimCoupon", {"idempotencyKey": key(), "code": code_of(shop, 9)}, "CouponNotClaimable"
    tea = [{"skuId": sku_of(shop, "TEA-500").id, "quantity": "2"}]
    for many, about in ((1, "CouponNotUsable"), (6, "TooManyCoupons")):
        coupons = [code_of(shop, 100 + at) for at in range(many)]
        yield "quote", {"lines": tea, "coupons": coupons, "ownCoupons": True}, about
        yield "placeOrder", _order(inputs, lines=tea, coupons=coupons), about
    yield "quote", {"lines": tea, "coupons": [code_of(shop, 2)]}, "a coupon"
    yield "placeOrder", _order(inputs, lines=tea, coupons=[code_of(shop, 1)]), "a coupon used"
    yield "withdrawCoupon", {"couponId": used_of(inputs.names.scene, shop)}, "CouponUsed"
    yield "simulatePromotion", {}, "InvalidPromotion"
    yield "simulatePromotion", {"couponTemplateId": listed}, "a simulation"
    yield "simulatePromotion", {"promotionId": f"prm_{'7' * 26}"}, "PromotionNotFound"


def _batches(inputs: Inputs) -> Iterator[Provocation]:
    staged, built_on = batches_of(inputs.names.scene, inputs.shop)
    yield "publishPriceBatch", {"batchId": built_on}, "IllegalBatchMove"
    yield "undoPriceBatch", {"batchId": built_on}, "BatchBuiltOn"
    past = {"batchId": staged, "effectiveFrom": "2020-01-01T00:00:00Z"}
    yield "publishPriceBatch", past, "InvalidEffectiveDate"
    yield "publishPriceBatch", {"batchId": staged}, "a batch"


def _promotions(inputs: Inputs) -> Iterator[Provocation]:
    effect = {"thresholdDiscount": {"steps": [{"amount": "2", "amountOff": "1"}]}}
    wrong: dict[str, dict[str, Any]] = {
        "InvalidPromotion": {"effect": {}},
        "UnknownGoods": {"effect": effect, "scope": {"skuIds": [f"sku_{'7' * 26}"]}},
        "UnknownAudience": {"effect": effect, "audienceIds": [f"cus_{'7' * 26}"]},
    }
    for about, more in wrong.items():
        yield "createPromotion", {"promotion": {"name": inputs.names.key(), **more}}, about
    for name in ("suspendPromotion", "resumePromotion", "endPromotion"):
        yield name, {"promotionId": f"prm_{'7' * 26}"}, "PromotionNotFound"


def _specials(inputs: Inputs) -> Iterator[Provocation]:
    shop, missing = inputs.shop, f"spc_{'7' * 26}"
    secret, later = sku_of(shop, "SECRET").id, "2120-01-01T00:00:00Z"
    wrong: dict[str, dict[str, Any]] = {
        "InvalidSpecialPrice": {"skuId": secret},
        "UnknownAudience": {"skuId": secret, "unitPrice": "1", "audienceIds": [f"cus_{'7' * 26}"]},
        "a special price": {"skuId": secret, "unitPrice": "1", "validFrom": later},
    }
    for about, more in wrong.items():
        yield "createSpecialPrice", {"name": inputs.names.key(), **more}, about
    changed = {"specialPriceId": missing, "version": 1, "name": inputs.names.key(), "skuId": secret}
    yield "changeSpecialPrice", {**changed, "unitPrice": "1"}, "SpecialPriceNotFound"
    yield "endSpecialPrice", {"specialPriceId": missing}, "SpecialPriceNotFound"


def _groups(inputs: Inputs) -> Iterator[Provocation]:
    shop, key = inputs.shop, inputs.names.key
    east, free = shop.groups["east"].id, shop.groups["free"].id
    company, missing = shop.customers["strategic"].id, f"grp_{'7' * 26}"
    again = key()
    for about, group in {
        "a group": {"name": again, "kind": "FREE"},
        "GroupNameTaken": {"name": again, "kind": "FREE"},
        "GroupNotFound": {"name": key(), "kind": "REGION", "parentId": missing},
        "InvalidGroup": {"name": key(), "kind": "FREE", "parentId": east},
        "a group below another": {"name": key(), "kind": "REGION", "parentId": east},
    }.items():
        yield "createCustomerGroup", group, about
    yield "renameCustomerGroup", {"groupId": free, "name": " "}, "InvalidGroup"
    for name in ("east", "west"):
        yield "deleteCustomerGroup", {"groupId": shop.groups[name].id}, "GroupInUse"
    strange = {"groupId": free, "customerIds": [f"cus_{'7' * 26}"]}
    for about, moved in {
        "UnknownCustomer": strange,
        "TooManyCustomers": {**strange, "customerIds": []},
        "a customer": {**strange, "customerIds": [company]},
    }.items():
        yield "addToCustomerGroup", moved, about
        yield "removeFromCustomerGroup", moved, about
    for about, tags in {
        "InvalidTag": ["x" * 33],
        "TooManyTags": [f"own words {at}" for at in range(21)],
        "a tag": ["own words"],
    }.items():
        yield "tagCustomers", {"customerIds": [company], "tags": tags}, about
        yield "untagCustomers", {"customerIds": [company], "tags": tags}, about


def _visibility(inputs: Inputs) -> Iterator[Provocation]:
    """Of a product that is shown to everybody, and stays so."""
    shop = inputs.shop
    rice = {"productId": shop.products["rice"].id, "restricted": False}
    for about, products in {
        "UnknownProduct": [{**rice, "productId": f"prd_{'7' * 26}"}],
        "UnknownAudience": [{**rice, "hiddenFrom": [f"grp_{'7' * 26}"]}],
        "InvalidVisibility": [{**rice, "shownTo": [shop.groups["east"].id]}],
        "TooManyProducts": [],
        "a product for everyone": [rice],
    }.items():
        yield "setProductVisibility", {"products": products}, about


def _own_names(inputs: Inputs) -> Iterator[Provocation]:
    vip, rice = inputs.shop.customers["vip"].id, inputs.shop.products["rice"].skus[0].id
    for name, about in ((" ", "InvalidOwnName"), ("大米袋", "an own name")):
        yield "setOwnName", {"name": name, "skuId": rice, "customerId": vip}, about
        yield "removeOwnName", {"name": name, "customerId": vip}, about


def _quantities(inputs: Inputs) -> Iterator[Provocation]:
    """Of a SKU whose rule stays as it is."""
    shop = inputs.shop
    rice = {"skuId": sku_of(shop, "RICE").id}
    for about, rules in {
        "UnknownSku": [{**rice, "skuId": f"sku_{'7' * 26}"}],
        "UnknownUnit": [{**rice, "case": "no such"}],
        "InvalidQuantityRule": [{**rice, "minimum": "0"}],
        "TooManyRules": [],
        "a rule": [rice],
    }.items():
        yield "setQuantityRules", {"rules": rules}, about
    rice_id = shop.products["rice"].id
    for about, products in {
        "UnknownProduct": [f"prd_{'7' * 26}"],
        "TooManyProducts": [],
        "a product": [rice_id],
    }.items():
        yield "poolBreaks", {"productIds": products, "pooled": False}, about
    allowed: dict[str, Any] = {
        "customerId": shop.customers["vip"].id,
        "skuIds": [rice["skuId"]],
        "reason": "own words",
    }
    strange: dict[str, dict[str, Any]] = {
        "CustomerNotFound": {"customerId": f"cus_{'7' * 26}"},
        "UnknownSku": {"skuIds": [f"sku_{'7' * 26}"]},
        "InvalidAllowance": {"reason": " "},
        "TooManyRules": {"skuIds": []},
        "an allowance that is over": {},
    }
    for about, more in strange.items():
        yield "allowQuantities", {**allowed, **more}, about


def _floors(inputs: Inputs) -> Iterator[Provocation]:
    """Of a SKU and a category for which nothing is set."""
    shop = inputs.shop
    rice, water = {"skuId": sku_of(shop, "RICE").id}, {"categoryId": shop.categories["water"].id}
    for about, floors in {
        "UnknownSku": [{**rice, "skuId": f"sku_{'7' * 26}"}],
        "InvalidFloor": [{**rice, "floor": "-1"}],
        "TooManyRules": [],
        "a floor": [rice],
    }.items():
        yield "setFloors", {"floors": floors}, about
    for about, margins in {
        "UnknownGoods": [{"categoryId": f"cat_{'7' * 26}"}],
        "InvalidFloor": [{**water, "margin": "-1"}],
        "TooManyRules": [],
        "a margin": [water],
    }.items():
        yield "setCategoryMargins", {"margins": margins}, about
    approved: dict[str, Any] = {
        "customerId": shop.customers["vip"].id,
        "skus": [rice],
        "reason": "own words",
    }
    strange: dict[str, dict[str, Any]] = {
        "CustomerNotFound": {"customerId": f"cus_{'7' * 26}"},
        "UnknownSku": {"skus": [{"skuId": f"sku_{'7' * 26}"}]},
        "InvalidAllowance": {"reason": " "},
        "TooManyRules": {"skus": []},
        "an approval that is over": {},
    }
    for about, more in strange.items():
        yield "approveBelowFloor", {**approved, **more}, about


def _companies(inputs: Inputs) -> Iterator[Provocation]:
    companies = {name: one.id for name, one in inputs.shop.customers.items()}
    tier, nobody, rep = inputs.shop.tiers["vip"].id, f"cus_{'7' * 26}", inputs.shop.staff["rep"].id
    lowest = companies[f"level {MOST_ABOVE}"]
    added: dict[str, dict[str, Any]] = {
        "InvalidCompanyName": {"name": " "},
        "TierNotFound": {"tier": "no such"},
        "ParentNotFound": {"parentId": nobody},
        "TreeTooDeep": {"parentId": lowest},
    }
    for about, company in added.items():
        yield "addCustomer", {"name": "店", "tier": tier, **company}, about
    for about, move in {
        "CustomerNotFound": {"customerId": nobody},
        "ParentNotFound": {"customerId": companies["vip"], "parentId": nobody},
        "BranchOfItself": {"customerId": companies["headquarters"], "parentId": companies["north"]},
        "TreeTooDeep": {"customerId": companies["contract"], "parentId": lowest},
    }.items():
        yield "setCustomerParent", move, about
    rest: dict[str, Any] = {"customerId": companies["east"], "kind": "AGENT", "ownerId": companies["agent"]}
    owners: dict[str, dict[str, Any]] = {
        "an agent": {},
        "CustomerNotFound": {"customerId": nobody},
        "OwnerNotFound": {"ownerId": nobody},
        "AgentOfItself": {"ownerId": companies["east"]},
        "OwnershipInPast": {"effectiveFrom": "2020-01-01T00:00:00Z"},
    }
    for about, more in owners.items():
        yield "setCustomerOwner", {**rest, **more}, about
    for about, more in {
        "OwnerNotFound": {"fromSalesRepId": f"stf_{'7' * 26}"},
        "OwnershipInPast": {"fromSalesRepId": rep, "effectiveFrom": "2020-01-01T00:00:00Z"},
    }.items():
        yield "handOverCustomers", more, about
