"""A small believable world: two wholesalers of the same shape with goods, prices, stock, customers and people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

import attrs

from adapters.identity.memory import MemoryWeChat
from adapters.identity.passwords import Argon2Passwords, DeviceCodes
from adapters.identity.secrets import KeyedSecrets
from adapters.identity.tokens import SignedTokens
from application.amendments import AdjustOrder, RecordWeights
from application.authorization import GRANTABLE, Actor, Permission
from application.cart import AcknowledgeCart, AddToCart, ChangeCartLines, LookAtCart, RemoveFromCart
from application.companies import AddCustomer, HandOverCustomers, SetCustomerOwner, SetCustomerParent
from application.coupons import (
    ClaimCoupon,
    CreateCouponTemplate,
    IssueCoupons,
    StopCouponTemplate,
    WithdrawCoupon,
)
from application.credentials import SetPassword, SignInWithPassword
from application.floors import ApproveBelowFloor, SetCategoryMargins, SetFloors, TraceGuard
from application.groups import ChangeTags, CreateGroup, DeleteGroup, MoveCustomers, RenameGroup
from application.importing import ImportFloors, StagePrices
from application.inventory import AdjustStock, ReceiveStock
from application.invitations import CreateInvitation, RevokeInvitation
from application.merchant import SetMerchantSettings
from application.order_templates import DeleteOrderTemplate, LookAtTemplates, SaveOrderTemplate
from application.order_text import ParseOrderText
from application.ordering import CancelOrder, ConfirmOrder, PlaceOrder
from application.own_names import RemoveOwnName, SetOwnName
from application.people import Refresh, RequestCode, SignInByWeChat, SignOut, SwitchMembership, VerifyCode
from application.ports.bulk import Storable
from application.ports.clock import Ids
from application.ports.database import Database
from application.ports.groups import ProductVisibility
from application.price_batches import PublishPriceBatch, SettlePriceBatches, UndoPriceBatch
from application.price_flags import FlagSpecialPrice
from application.price_lists import ChangePriceList, CopyPriceList, CreatePriceList, RaisePrices
from application.pricing import SetPrices
from application.privacy import (
    EraseLogin,
    EraseMe,
    ErasePerson,
    ExportLogin,
    ExportMyData,
    ExportPerson,
    Tidy,
)
from application.promotions import ChangePromotion, CreatePromotion, HaltPromotion
from application.quantity_rules import AllowQuantities, PoolBreaks, SetQuantityRules
from application.quoting import QuoteBasket
from application.registering import Register, RegisterByWeChat
from application.reordering import Reorder
from application.searching import SearchLog
from application.second_factor import BeginTotp, ConfirmTotp, DisableTotp, ForgetTotp, ShowTotp
from application.shopping import AddListToCart, DeleteShoppingList, LookAtLists, SaveShoppingList
from application.simulating import SimulatePromotion
from application.special_prices import ChangeSpecialPrice, CreateSpecialPrice, EndSpecialPrice
from application.team import AddBuyer, AddStaff, ChangeBuyer, ChangeStaff, DemandSecondFactor
from application.use_cases import UseCases
from application.verifying import (
    ApproveCustomer,
    AskForInfo,
    RejectCustomer,
    SaveCompanyDetails,
    SubmitVerification,
)
from application.views.reading import Views
from application.visibility import SetProductVisibility
from domain.catalog import Brand, Category, Pack, Product, QuantityRule, Quota, Sku, Unit
from domain.coupons import CouponCode
from domain.customers import Buyer, Customer, Role
from domain.groups import CustomerGroup, CustomerTags, GroupKind, GroupMembership
from domain.identity import CouponId, InvitationId, LoginId, SkuId
from domain.inventory import Warehouse
from domain.invitations import InvitationCode
from domain.merchant import Merchant, Staff
from domain.people import Login, Phone
from domain.period import CalendarPeriod, Period
from domain.pricing import Ladder, PriceChange, PriceList, PriceSource, PriceTier
from domain.quantity import Factor, Quantity
from domain.visibility import Visibility
from kit import builders as a


@attrs.frozen(kw_only=True)
class Shop:
    """One wholesaler's part of the world, every thing by a short name."""

    merchant: Merchant
    tiers: Mapping[str, PriceTier]
    lists: Mapping[str, PriceList]
    ladders: Mapping[tuple[str, SkuId], Ladder]
    categories: Mapping[str, Category]
    brands: Mapping[str, Brand]
    products: Mapping[str, Product]
    warehouses: Mapping[str, Warehouse]
    on_hand: Mapping[tuple[str, str], int]
    """How many of a SKU, by its code, in a warehouse."""
    customers: Mapping[str, Customer]
    groups: Mapping[str, CustomerGroup]
    memberships: tuple[GroupMembership, ...]
    tags: tuple[CustomerTags, ...]
    buyers: Mapping[str, Buyer]
    staff: Mapping[str, Staff]

    @property
    def operator(self) -> Actor:
        """Whoever runs the installation."""
        return Actor.operator(self.merchant)

    @property
    def guest(self) -> Actor:
        """Somebody who has not signed in."""
        return Actor.guest(self.merchant)

    @property
    def clerk(self) -> Actor:
        """Somebody of the staff who may do everything."""
        return self.colleague(*GRANTABLE)

    def colleague(self, *granted: Permission) -> Actor:
        """Somebody of the staff who may do this."""
        return Actor.staff(self.merchant, id=self.staff["clerk"].id, granted=frozenset(granted))

    def buyer(self, name: str = "regular") -> Actor:
        """The person who buys for the company of this name."""
        found = self.buyers[name]
        company = next(one for one in self.customers.values() if one.id == found.customer_id)
        below = any(one.parent_id == found.customer_id for one in self.customers.values())
        return Actor.buyer(
            self.merchant,
            id=found.id,
            customer_id=found.customer_id,
            role=found.role,
            approved=company.approval.holds_on(self.merchant.day_of(a.NOON)),
            has_branches=below,
        )

    def sku(self, code: str) -> Sku:
        """The SKU of this code."""
        return next(sku for product in self.products.values() for sku in product.skus if sku.code == code)

    def product_of(self, code: str) -> Product:
        """The product that has the SKU of this code."""
        return next(one for one in self.products.values() if any(sku.code == code for sku in one.skus))


CHEAP = Argon2Passwords(memory_kib=8, turns=1)
"""Passwords that cost nothing; what they cost elsewhere is told where it is tested."""
DEVICE = DeviceCodes()


@attrs.frozen(kw_only=True)
class SeededSecrets(KeyedSecrets):
    """Secrets whose invitation codes follow from the ids: two worlds of one seed make the same."""

    ids: Ids

    def new_invitation_code(self) -> InvitationCode:
        return InvitationCode.made_of(Random(self.ids.new(InvitationId)).randrange)

    def new_coupon_code(self) -> CouponCode:
        return CouponCode.made_of(Random(self.ids.new(CouponId)).randrange)


@attrs.frozen(kw_only=True)
class World:
    """Two wholesalers in one database, a clock that stands still, and the verbs."""

    database: Database
    clock: a.FixedClock
    ids: Ids
    shop: Shop
    other: Shop
    inbox: a.Inbox = attrs.field(factory=a.Inbox)
    wechat: MemoryWeChat = attrs.field(
        default=attrs.Factory(lambda world: MemoryWeChat(clock=world.clock), takes_self=True)
    )

    search_log: SearchLog = attrs.field(
        init=False,
        default=attrs.Factory(
            lambda world: SearchLog(unit_of_work=world.database.unit_of_work, clock=world.clock),
            takes_self=True,
        ),
    )

    @property
    def secrets(self) -> KeyedSecrets:
        """What is kept of secrets here."""
        return SeededSecrets(key=a.KEY, ids=self.ids)

    @property
    def tokens(self) -> SignedTokens:
        """The tokens that are good here."""
        return SignedTokens(key=a.KEY, clock=self.clock)

    @property
    def use(self) -> UseCases:
        """The verbs, on this database."""
        unit_of_work, clock, ids = self.database.unit_of_work, self.clock, self.ids
        people, secrets, tokens = self.database.people, self.secrets, self.tokens
        scrub = self.database.scrub
        return UseCases(
            quote_basket=QuoteBasket(unit_of_work=unit_of_work, clock=clock),
            place_order=PlaceOrder(unit_of_work=unit_of_work, clock=clock, ids=ids),
            confirm_order=ConfirmOrder(unit_of_work=unit_of_work, clock=clock),
            adjust_order=AdjustOrder(unit_of_work=unit_of_work, clock=clock),
            record_weights=RecordWeights(unit_of_work=unit_of_work, clock=clock),
            cancel_order=CancelOrder(unit_of_work=unit_of_work, clock=clock),
            receive_stock=ReceiveStock(unit_of_work=unit_of_work, clock=clock, ids=ids),
            adjust_stock=AdjustStock(unit_of_work=unit_of_work, clock=clock, ids=ids),
            set_prices=SetPrices(unit_of_work=unit_of_work, clock=clock),
            create_price_list=CreatePriceList(unit_of_work=unit_of_work, clock=clock, ids=ids),
            change_price_list=ChangePriceList(unit_of_work=unit_of_work, clock=clock),
            copy_price_list=CopyPriceList(unit_of_work=unit_of_work, clock=clock, ids=ids),
            raise_prices=RaisePrices(unit_of_work=unit_of_work, clock=clock),
            stage_prices=StagePrices(unit_of_work=unit_of_work, clock=clock, ids=ids),
            publish_price_batch=PublishPriceBatch(unit_of_work=unit_of_work, clock=clock),
            undo_price_batch=UndoPriceBatch(unit_of_work=unit_of_work, clock=clock),
            settle_price_batches=SettlePriceBatches(unit_of_work=unit_of_work, clock=clock),
            create_special_price=CreateSpecialPrice(unit_of_work=unit_of_work, clock=clock, ids=ids),
            change_special_price=ChangeSpecialPrice(unit_of_work=unit_of_work, clock=clock),
            flag_special_price=FlagSpecialPrice(unit_of_work=unit_of_work, clock=clock),
            end_special_price=EndSpecialPrice(unit_of_work=unit_of_work, clock=clock),
            set_product_visibility=SetProductVisibility(unit_of_work=unit_of_work, clock=clock),
            create_promotion=CreatePromotion(unit_of_work=unit_of_work, clock=clock, ids=ids),
            change_promotion=ChangePromotion(unit_of_work=unit_of_work, clock=clock),
            halt_promotion=HaltPromotion(unit_of_work=unit_of_work, clock=clock),
            set_quantity_rules=SetQuantityRules(unit_of_work=unit_of_work, clock=clock),
            pool_breaks=PoolBreaks(unit_of_work=unit_of_work, clock=clock),
            allow_quantities=AllowQuantities(unit_of_work=unit_of_work, clock=clock),
            import_floors=ImportFloors(unit_of_work=unit_of_work, clock=clock),
            set_floors=SetFloors(unit_of_work=unit_of_work, clock=clock),
            set_category_margins=SetCategoryMargins(unit_of_work=unit_of_work, clock=clock),
            approve_below_floor=ApproveBelowFloor(unit_of_work=unit_of_work, clock=clock),
            trace_guard=TraceGuard(unit_of_work=unit_of_work),
            create_group=CreateGroup(unit_of_work=unit_of_work, clock=clock, ids=ids),
            rename_group=RenameGroup(unit_of_work=unit_of_work, clock=clock),
            delete_group=DeleteGroup(unit_of_work=unit_of_work, clock=clock),
            move_customers=MoveCustomers(unit_of_work=unit_of_work, clock=clock),
            change_tags=ChangeTags(unit_of_work=unit_of_work, clock=clock),
            request_code=RequestCode(people=people, secrets=secrets, text_messages=self.inbox, clock=clock),
            verify_code=VerifyCode(people=people, secrets=secrets, tokens=tokens, clock=clock, ids=ids),
            sign_in_by_wechat=SignInByWeChat(
                people=people,
                secrets=secrets,
                wechat=self.wechat,
                tokens=tokens,
                clock=clock,
                ids=ids,
            ),
            refresh=Refresh(people=people, secrets=secrets, tokens=tokens, clock=clock),
            sign_out=SignOut(people=people, clock=clock),
            switch_membership=SwitchMembership(people=people, tokens=tokens, clock=clock),
            register=Register(
                unit_of_work=unit_of_work, secrets=secrets, tokens=tokens, clock=clock, ids=ids
            ),
            register_by_wechat=RegisterByWeChat(
                unit_of_work=unit_of_work,
                secrets=secrets,
                wechat=self.wechat,
                tokens=tokens,
                clock=clock,
                ids=ids,
            ),
            sign_in_with_password=SignInWithPassword(
                people=people,
                secrets=secrets,
                passwords=CHEAP,
                codes=DEVICE,
                tokens=tokens,
                clock=clock,
                ids=ids,
            ),
            create_coupon_template=CreateCouponTemplate(
                unit_of_work=unit_of_work, secrets=secrets, clock=clock, ids=ids
            ),
            stop_coupon_template=StopCouponTemplate(unit_of_work=unit_of_work, clock=clock),
            issue_coupons=IssueCoupons(unit_of_work=unit_of_work, secrets=secrets, clock=clock, ids=ids),
            withdraw_coupon=WithdrawCoupon(unit_of_work=unit_of_work, clock=clock),
            simulate_promotion=SimulatePromotion(unit_of_work=unit_of_work, clock=clock),
            claim_coupon=ClaimCoupon(unit_of_work=unit_of_work, secrets=secrets, clock=clock, ids=ids),
            create_invitation=CreateInvitation(
                unit_of_work=unit_of_work, secrets=secrets, clock=clock, ids=ids
            ),
            revoke_invitation=RevokeInvitation(unit_of_work=unit_of_work, clock=clock),
            save_company_details=SaveCompanyDetails(unit_of_work=unit_of_work, clock=clock),
            submit_verification=SubmitVerification(unit_of_work=unit_of_work, clock=clock),
            ask_for_info=AskForInfo(unit_of_work=unit_of_work, clock=clock),
            approve_customer=ApproveCustomer(unit_of_work=unit_of_work, clock=clock, ids=ids),
            reject_customer=RejectCustomer(unit_of_work=unit_of_work, clock=clock),
            set_password=SetPassword(people=people, secrets=secrets, passwords=CHEAP, clock=clock),
            begin_totp=BeginTotp(people=people, secrets=secrets, codes=DEVICE, clock=clock),
            confirm_totp=ConfirmTotp(
                people=people, secrets=secrets, codes=DEVICE, tokens=tokens, clock=clock
            ),
            show_totp=ShowTotp(people=people, secrets=secrets, codes=DEVICE, tokens=tokens, clock=clock),
            disable_totp=DisableTotp(
                people=people, secrets=secrets, codes=DEVICE, tokens=tokens, clock=clock
            ),
            forget_totp=ForgetTotp(unit_of_work=unit_of_work, people=people, secrets=secrets, clock=clock),
            add_staff=AddStaff(
                unit_of_work=unit_of_work, secrets=secrets, passwords=CHEAP, clock=clock, ids=ids
            ),
            change_staff=ChangeStaff(unit_of_work=unit_of_work, clock=clock),
            demand_second_factor=DemandSecondFactor(unit_of_work=unit_of_work, clock=clock),
            add_buyer=AddBuyer(unit_of_work=unit_of_work, secrets=secrets, clock=clock, ids=ids),
            change_buyer=ChangeBuyer(unit_of_work=unit_of_work, clock=clock),
            set_merchant_settings=SetMerchantSettings(unit_of_work=unit_of_work, clock=clock),
            add_customer=AddCustomer(unit_of_work=unit_of_work, clock=clock, ids=ids),
            set_customer_parent=SetCustomerParent(unit_of_work=unit_of_work, clock=clock),
            set_customer_owner=SetCustomerOwner(unit_of_work=unit_of_work, clock=clock),
            hand_over_customers=HandOverCustomers(unit_of_work=unit_of_work, clock=clock),
            export_my_data=ExportMyData(
                unit_of_work=unit_of_work, people=people, secrets=secrets, clock=clock
            ),
            export_person=ExportPerson(unit_of_work=unit_of_work, secrets=secrets, clock=clock),
            erase_me=EraseMe(
                unit_of_work=unit_of_work, people=people, secrets=secrets, clock=clock, scrub=scrub
            ),
            erase_person=ErasePerson(unit_of_work=unit_of_work, secrets=secrets, clock=clock, scrub=scrub),
            export_login=ExportLogin(unit_of_work=unit_of_work, people=people, secrets=secrets, clock=clock),
            erase_login=EraseLogin(
                unit_of_work=unit_of_work, people=people, secrets=secrets, clock=clock, scrub=scrub
            ),
            look_at_cart=LookAtCart(unit_of_work=unit_of_work, clock=clock),
            add_to_cart=AddToCart(unit_of_work=unit_of_work, clock=clock, ids=ids),
            change_cart_lines=ChangeCartLines(unit_of_work=unit_of_work, clock=clock),
            remove_from_cart=RemoveFromCart(unit_of_work=unit_of_work),
            acknowledge_cart=AcknowledgeCart(unit_of_work=unit_of_work, clock=clock),
            reorder=Reorder(unit_of_work=unit_of_work, clock=clock, ids=ids),
            parse_order_text=ParseOrderText(unit_of_work=unit_of_work, clock=clock),
            look_at_lists=LookAtLists(unit_of_work=unit_of_work),
            look_at_templates=LookAtTemplates(unit_of_work=unit_of_work),
            save_shopping_list=SaveShoppingList(unit_of_work=unit_of_work, ids=ids),
            delete_shopping_list=DeleteShoppingList(unit_of_work=unit_of_work),
            save_order_template=SaveOrderTemplate(unit_of_work=unit_of_work, clock=clock, ids=ids),
            delete_order_template=DeleteOrderTemplate(unit_of_work=unit_of_work, clock=clock),
            add_list_to_cart=AddListToCart(unit_of_work=unit_of_work, clock=clock, ids=ids),
            set_own_name=SetOwnName(unit_of_work=unit_of_work, clock=clock),
            remove_own_name=RemoveOwnName(unit_of_work=unit_of_work, clock=clock),
            search_log=self.search_log,
            tidy=Tidy(people=people, clock=clock, scrub=scrub),
        )

    def views(self, actor: Actor, *, at: datetime | None = None) -> Views:
        """What the actor sees, now unless told."""
        return self.database.reading(actor, at=at or self.clock.now())

    def add(self, *batches: Iterable[Storable], to: Shop | None = None) -> None:
        """Store batches, one after the other, in one transaction of the operator."""
        store(self.database, to or self.shop, *batches)


def store(database: Database, shop: Shop, *batches: Iterable[Storable]) -> None:
    """Store batches, one after the other, in one transaction of the operator."""
    with database.unit_of_work(shop.operator) as storage:
        for batch in batches:
            storage.bulk.add(batch)


def show(world: World, product: str, visibility: Visibility, *, shop: Shop | None = None) -> None:
    """Decide to whom the product of this name is shown."""
    of = shop or world.shop
    decided = ProductVisibility(product_id=of.products[product].id, visibility=visibility)
    with world.database.unit_of_work(of.clerk) as storage:
        storage.visibilities.lock([decided.product_id])
        storage.visibilities.set([decided])


def known_as(
    world: World,
    phone: Phone,
    *places: tuple[Shop, str],
    staff_of: Sequence[Shop] = (),
    role: Role = Role.PURCHASER,
) -> tuple[Login, tuple[Buyer, ...], tuple[Staff, ...]]:
    """Store a login at a phone, which buys for the companies of these names and works for these wholesalers."""
    login = Login(id=world.ids.new(LoginId), phone=phone.masked)
    with world.database.people() as people:
        people.add_login(login, phone=world.secrets.phone_index(phone))
    buyers = [
        attrs.evolve(a.buyer(world.ids, customer=shop.customers[name], role=role), login_id=login.id)
        for shop, name in places
    ]
    for buyer, (shop, _) in zip(buyers, places, strict=True):
        world.add([buyer], to=shop)
    members = [attrs.evolve(a.staff(world.ids), login_id=login.id) for _ in staff_of]
    for member, shop in zip(members, staff_of, strict=True):
        world.add([member], to=shop)
    return login, tuple(buyers), tuple(members)


def furnish(database: Database, *, seed: int = 0) -> World:
    """Store the two wholesalers, and answer with everything they have."""
    ids, clock = a.SeededIds(seed), a.FixedClock()
    shop = furnish_shop(database, ids, slug="shanquan", name="山泉食品")
    other = furnish_shop(database, ids, slug="haiyun", name="海韵百货")
    return World(database=database, clock=clock, ids=ids, shop=shop, other=other)


def furnish_shop(
    database: Database, ids: Ids, *, slug: str, name: str, changed: Callable[[Shop], Shop] = lambda shop: shop
) -> Shop:
    """Store one wholesaler, changed before as wanted."""
    shop = changed(_shop(ids, slug=slug, name=name))
    changes = [
        PriceChange(shop.lists[name].id, sku_id, ladder) for (name, sku_id), ladder in shop.ladders.items()
    ]
    items = [
        a.stock_item(shop.sku(code), shop.warehouses[warehouse], on_hand=many)
        for (code, warehouse), many in shop.on_hand.items()
    ]
    store(
        database,
        shop,
        [shop.merchant],
        shop.staff.values(),
        shop.tiers.values(),
        shop.customers.values(),
        shop.groups.values(),
        shop.memberships,
        shop.tags,
        shop.buyers.values(),
        shop.lists.values(),
        shop.categories.values(),
        shop.brands.values(),
        shop.products.values(),
        changes,
        shop.warehouses.values(),
        items,
        [a.opening(ids, item) for item in items],
    )
    return shop


def _shop(ids: Ids, *, slug: str, name: str) -> Shop:
    tiers = {
        "regular": a.tier(ids, code="REGULAR", name="普通"),
        "vip": a.tier(ids, code="VIP", name="VIP", percentage="95"),
        "strategic": a.tier(ids, code="STRATEGIC", name="战略"),
    }
    customers = {
        "regular": a.customer(ids, tier=tiers["regular"], name="和平路便利店"),
        "vip": a.customer(ids, tier=tiers["vip"], name="Lucky 100% Mart", addresses=2),
        "strategic": a.customer(ids, tier=tiers["strategic"], name="大润发_总店"),
        "contract": a.customer(ids, tier=tiers["vip"], name="城西批发部", addresses=0),
    }
    buyers = {
        "regular": a.buyer(ids, customer=customers["regular"], name="小李"),
        "vip": a.buyer(ids, customer=customers["vip"], name="阿丽", role=Role.OWNER),
        "strategic": a.buyer(ids, customer=customers["strategic"], name="陈总", role=Role.OWNER),
        "contract": a.buyer(ids, customer=customers["contract"], name="老周"),
        "viewer": a.buyer(ids, customer=customers["regular"], name="小王", role=Role.VIEWER),
    }
    categories = _categories(ids)
    brands = {"spring": a.brand(ids, name="山泉"), "sunny": a.brand(ids, name="Sunny")}
    products = _products(ids, categories, brands)
    lists = _lists(ids, tiers, customers)
    merchant, groups = a.merchant(ids, slug=slug, name=name), _groups(ids)
    return Shop(
        merchant=merchant,
        tiers=tiers,
        lists=lists,
        ladders=_ladders(products),
        categories=categories,
        brands=brands,
        products=products,
        warehouses={
            "main": a.warehouse(ids, code="MAIN", name="主仓", priority=0),
            "second": a.warehouse(ids, code="SECOND", name="二号仓", priority=1),
        },
        on_hand={
            ("TEA-500", "main"): 240,
            ("TEA-500", "second"): 120,
            ("TEA-1L", "main"): 12,
            ("WATER-550", "main"): 1000,
            ("WATER-550", "second"): 1000,
            ("RICE", "second"): 500,
            ("NUTS", "main"): 80,
            ("CUP", "main"): 0,
        },
        customers=customers,
        groups=groups,
        memberships=(
            a.membership(groups["jiangsu"], customers["regular"]),
            a.membership(groups["west"], customers["vip"]),
            a.membership(groups["chains"], customers["vip"]),
        ),
        tags=(a.tags(customers["regular"], "新客"), a.tags(customers["vip"], "现结", "连锁")),
        buyers=buyers,
        staff={
            "clerk": a.staff(ids, permissions=sorted(one.value for one in GRANTABLE)),
            "trainee": a.staff(ids, name="小赵", permissions=("VIEW_STOCK", "FLY_TO_THE_MOON")),
        },
    )


def _groups(ids: Ids) -> Mapping[str, CustomerGroup]:
    east = a.group(ids, name="华东")
    return {
        "east": east,
        "jiangsu": a.group(ids, name="江苏", below=east),
        "west": a.group(ids, name="西部"),
        "chains": a.group(ids, name="连锁", kind=GroupKind.FREE),
    }


def _categories(ids: Ids) -> Mapping[str, Category]:
    drinks = a.category(ids, name="饮料", position=1)
    tea = a.category(ids, name="茶饮", below=drinks, position=2)
    water = a.category(ids, name="水", below=drinks, position=1)
    iced = a.category(ids, name="冰茶", below=tea)
    food = a.category(ids, name="食品", position=0)
    return {"drinks": drinks, "tea": tea, "water": water, "iced": iced, "food": food}


def _products(
    ids: Ids, categories: Mapping[str, Category], brands: Mapping[str, Brand]
) -> Mapping[str, Product]:
    by_six = QuantityRule(Quantity.of(6), Quantity.of(6))
    fifty_a_month = QuantityRule(quota=Quota(Quantity.of(50), CalendarPeriod.MONTH))
    tea = (
        a.sku(ids, code="TEA-500", name="柠檬茶 500ml", packs=[a.case_of(24)], barcode="6901234567892"),
        a.sku(ids, code="TEA-1L", name="柠檬茶 1L", packs=[a.case_of(12)], barcode="6901234567893"),
        a.sku(ids, code="TEA-OLD", name="柠檬茶 旧装", for_sale=False, barcode="6901234567892"),
    )
    water = a.sku(ids, code="WATER-550", name="天然水 550ml", packs=[a.case_of(24)], rule=by_six)
    half = Pack(Unit.named("斤"), Factor(1, 2))
    rice = a.sku(ids, code="RICE", name="长粒香米", unit="公斤", packs=[half], low_stock=Quantity.of(600))
    return {
        "tea": a.product(
            ids,
            name="柠檬茶",
            skus=tea,
            position=1,
            description="酸甜",
            category=categories["iced"],
            brand=brands["spring"],
        ),
        "water": a.product(
            ids,
            name="天然水",
            skus=(water,),
            position=1,
            category=categories["water"],
            brand=brands["spring"],
        ),
        "rice": a.product(ids, name="香米", skus=(rice,), position=2, category=categories["food"]),
        "nuts": a.product(
            ids,
            name="Mixed_Nuts 100%",
            skus=(a.sku(ids, code="NUTS", name="每日坚果", unit="袋"),),
            position=0,
            category=categories["food"],
            brand=brands["sunny"],
        ),
        "cup": a.product(
            ids,
            name="纸杯",
            skus=(a.sku(ids, code="CUP", name="纸杯 100 只", unit="包", rule=fifty_a_month),),
            position=3,
        ),
        "gone": a.product(
            ids,
            name="柠檬汽水",
            skus=(a.sku(ids, code="SODA", name="柠檬汽水"),),
            category=categories["drinks"],
            for_sale=False,
        ),
    }


def _lists(
    ids: Ids, tiers: Mapping[str, PriceTier], customers: Mapping[str, Customer]
) -> Mapping[str, PriceList]:
    tier_lists = {
        name: a.price_list(ids, source=PriceSource.TIER, name=tier.name, tier=tier)
        for name, tier in tiers.items()
    }
    past = Period(end=a.NOON - timedelta(days=1))
    return {
        "base": a.price_list(ids, name="基础价"),
        **tier_lists,
        "promotion": a.price_list(ids, source=PriceSource.PRICE_LIST, name="三月特惠", priority=1),
        "vip promotion": a.price_list(
            ids, source=PriceSource.PRICE_LIST, name="VIP 特惠", priority=2, tier=tiers["vip"]
        ),
        "contract": a.price_list(
            ids, source=PriceSource.CONTRACT, name="年度合同", customer=customers["contract"]
        ),
        "expired": a.price_list(
            ids, source=PriceSource.CONTRACT, name="去年合同", customer=customers["regular"], validity=past
        ),
    }


def _ladders(products: Mapping[str, Product]) -> Mapping[tuple[str, SkuId], Ladder]:
    skus = {str(sku.code): sku.id for product in products.values() for sku in product.skus}
    return {
        ("base", skus["TEA-500"]): a.ladder((1, "3.50"), (24, "3.30"), (240, "3.10")),
        ("base", skus["TEA-1L"]): a.ladder((1, "6.00")),
        ("base", skus["TEA-OLD"]): a.ladder((1, "3.00")),
        ("base", skus["WATER-550"]): a.ladder((1, "1.20")),
        ("base", skus["RICE"]): a.ladder((1, "7.98"), ("50.5", "7.50")),
        ("base", skus["NUTS"]): a.ladder((1, "12.00")),
        ("base", skus["SODA"]): a.ladder((1, "4.00")),
        ("strategic", skus["TEA-500"]): a.ladder((1, "3.00"), (480, "2.80")),
        ("strategic", skus["WATER-550"]): a.ladder((1, "90%")),
        ("promotion", skus["NUTS"]): a.ladder((24, "10.80")),
        ("vip promotion", skus["WATER-550"]): a.ladder((1, "1.00")),
        ("contract", skus["NUTS"]): a.ladder((1, "10.50")),
        ("expired", skus["NUTS"]): a.ladder((1, "1.00")),
    }
