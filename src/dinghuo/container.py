"""The composition root: the only place that knows everyone.

To run on another adapter, override one line of it: see docs/swapping-adapters.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from dependency_injector import containers, providers

from adapters.graphql.pace import Pace
from adapters.graphql.trusted import Trusted
from adapters.identity.passwords import Argon2Passwords, DeviceCodes
from adapters.identity.secrets import KeyedSecrets
from adapters.identity.tokens import SignedTokens
from adapters.persistence.backups import backups_of
from adapters.persistence.sql import SqlDatabase
from adapters.rate_limiting import WindowRateLimiter
from adapters.system import RandomIds, SystemClock
from application.amendments import AdjustOrder, RecordWeights
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
from application.ordering import CancelOrder, ConfirmOrder
from application.own_names import RemoveOwnName, SetOwnName
from application.people import Refresh, RequestCode, SignInByWeChat, SignOut, SwitchMembership, VerifyCode
from application.ports.clock import Clock, Ids
from application.ports.database import Database
from application.ports.rate_limiting import RateLimiter
from application.ports.tokens import Tokens
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
from application.visibility import SetProductVisibility
from dinghuo.channels import text_messages, wechat
from dinghuo.keyring import keyring
from dinghuo.metrics import CountedPlaceOrder, Metrics
from dinghuo.secret_key import token_key
from dinghuo.settings import Mode, Settings, load
from dinghuo.tables import table_of
from dinghuo.trusting import trusted_documents

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def _app(
    *,
    settings: Settings,
    database: Database,
    tokens: Tokens,
    clock: Clock,
    ids: Ids,
    use: UseCases,
    metrics: Metrics,
    trusted: Trusted,
    rate_limiter: RateLimiter,
    demo_token: Callable[[], str] | None,
) -> ASGIApp:
    # Imported here, because most verbs of the command line start faster without the web.
    from adapters.graphql.schema import schema
    from adapters.graphql.server import Service, routes
    from dinghuo.asgi import create_app
    from dinghuo.observing import note_merchant

    service = Service(
        use=use,
        reading=database.reading,
        tokens=tokens,
        clock=clock,
        ids=ids,
        graphiql=settings.graphiql,
        demo_token=demo_token,
        heard=note_merchant,
        limits=settings.limits,
        engine=settings.engine,
        trusted=trusted,
        pace=Pace(rate_limiter, settings.rate_limits),
        verb_threads=settings.write_pool,
        tables=table_of,
    )
    return create_app(
        graphql=routes(service),
        schema=schema.as_str,
        database=database,
        metrics=metrics,
        cors_origins=settings.cors_origins,
        explorable=settings.graphiql,
        rate_limiter=rate_limiter,
        flush=use.search_log.flush,
    )


class Container(containers.DeclarativeContainer):
    """Everything, wired; nothing is made before it is asked for."""

    config = providers.Configuration(default={"given": {}, "file": None, "mode": Mode.SERVE})
    settings = providers.Singleton(load, given=config.given, config=config.file, mode=config.mode)

    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(RandomIds)
    metrics = providers.Singleton(Metrics)
    wechat = providers.Singleton(wechat, settings, clock=clock)
    text_messages = providers.Singleton(text_messages, settings, clock=clock)
    key = providers.Singleton(token_key, settings)
    tokens = providers.Singleton(SignedTokens, key=key, clock=clock)
    keyring = providers.Singleton(keyring, settings)
    secrets = providers.Singleton(KeyedSecrets, key=key, index_key=keyring.provided.index_key)
    passwords = providers.Singleton(Argon2Passwords)
    codes = providers.Singleton(DeviceCodes)

    database = providers.Singleton(
        SqlDatabase,
        settings.provided.database,
        clock=clock,
        sealing=keyring,
        read_pool=settings.provided.read_pool,
        write_pool=settings.provided.write_pool,
        statement_s=settings.provided.limits.statement_s,
    )
    unit_of_work = database.provided.unit_of_work
    directory = database.provided.directory
    people = database.provided.people
    audit = database.provided.audit
    scrub = database.provided.scrub
    pause = providers.Object(time.sleep)
    backups = providers.Singleton(backups_of, settings.provided.database, sealing=keyring)

    search_log = providers.Singleton(SearchLog, unit_of_work=unit_of_work, clock=clock)

    use_cases = providers.Singleton(
        UseCases,
        quote_basket=providers.Factory(QuoteBasket, unit_of_work=unit_of_work, clock=clock),
        place_order=providers.Factory(
            CountedPlaceOrder, unit_of_work=unit_of_work, clock=clock, ids=ids, metrics=metrics
        ),
        confirm_order=providers.Factory(ConfirmOrder, unit_of_work=unit_of_work, clock=clock),
        adjust_order=providers.Factory(AdjustOrder, unit_of_work=unit_of_work, clock=clock),
        record_weights=providers.Factory(RecordWeights, unit_of_work=unit_of_work, clock=clock),
        cancel_order=providers.Factory(CancelOrder, unit_of_work=unit_of_work, clock=clock),
        receive_stock=providers.Factory(ReceiveStock, unit_of_work=unit_of_work, clock=clock, ids=ids),
        adjust_stock=providers.Factory(AdjustStock, unit_of_work=unit_of_work, clock=clock, ids=ids),
        set_prices=providers.Factory(SetPrices, unit_of_work=unit_of_work, clock=clock),
        create_price_list=providers.Factory(CreatePriceList, unit_of_work=unit_of_work, clock=clock, ids=ids),
        change_price_list=providers.Factory(ChangePriceList, unit_of_work=unit_of_work, clock=clock),
        copy_price_list=providers.Factory(CopyPriceList, unit_of_work=unit_of_work, clock=clock, ids=ids),
        raise_prices=providers.Factory(RaisePrices, unit_of_work=unit_of_work, clock=clock),
        stage_prices=providers.Factory(
            StagePrices, unit_of_work=unit_of_work, clock=clock, ids=ids, pause=pause
        ),
        publish_price_batch=providers.Factory(PublishPriceBatch, unit_of_work=unit_of_work, clock=clock),
        undo_price_batch=providers.Factory(UndoPriceBatch, unit_of_work=unit_of_work, clock=clock),
        settle_price_batches=providers.Factory(SettlePriceBatches, unit_of_work=unit_of_work, clock=clock),
        create_special_price=providers.Factory(
            CreateSpecialPrice, unit_of_work=unit_of_work, clock=clock, ids=ids
        ),
        change_special_price=providers.Factory(ChangeSpecialPrice, unit_of_work=unit_of_work, clock=clock),
        flag_special_price=providers.Factory(FlagSpecialPrice, unit_of_work=unit_of_work, clock=clock),
        end_special_price=providers.Factory(EndSpecialPrice, unit_of_work=unit_of_work, clock=clock),
        set_product_visibility=providers.Factory(
            SetProductVisibility, unit_of_work=unit_of_work, clock=clock
        ),
        create_promotion=providers.Factory(CreatePromotion, unit_of_work=unit_of_work, clock=clock, ids=ids),
        change_promotion=providers.Factory(ChangePromotion, unit_of_work=unit_of_work, clock=clock),
        halt_promotion=providers.Factory(HaltPromotion, unit_of_work=unit_of_work, clock=clock),
        set_quantity_rules=providers.Factory(SetQuantityRules, unit_of_work=unit_of_work, clock=clock),
        pool_breaks=providers.Factory(PoolBreaks, unit_of_work=unit_of_work, clock=clock),
        allow_quantities=providers.Factory(AllowQuantities, unit_of_work=unit_of_work, clock=clock),
        import_floors=providers.Factory(ImportFloors, unit_of_work=unit_of_work, clock=clock, pause=pause),
        set_floors=providers.Factory(SetFloors, unit_of_work=unit_of_work, clock=clock),
        set_category_margins=providers.Factory(SetCategoryMargins, unit_of_work=unit_of_work, clock=clock),
        approve_below_floor=providers.Factory(ApproveBelowFloor, unit_of_work=unit_of_work, clock=clock),
        trace_guard=providers.Factory(TraceGuard, unit_of_work=unit_of_work),
        create_group=providers.Factory(CreateGroup, unit_of_work=unit_of_work, clock=clock, ids=ids),
        rename_group=providers.Factory(RenameGroup, unit_of_work=unit_of_work, clock=clock),
        delete_group=providers.Factory(DeleteGroup, unit_of_work=unit_of_work, clock=clock),
        move_customers=providers.Factory(MoveCustomers, unit_of_work=unit_of_work, clock=clock),
        change_tags=providers.Factory(ChangeTags, unit_of_work=unit_of_work, clock=clock),
        request_code=providers.Factory(
            RequestCode, people=people, secrets=secrets, text_messages=text_messages, clock=clock
        ),
        verify_code=providers.Factory(
            VerifyCode, people=people, secrets=secrets, tokens=tokens, clock=clock, ids=ids
        ),
        sign_in_by_wechat=providers.Factory(
            SignInByWeChat,
            people=people,
            secrets=secrets,
            wechat=wechat,
            tokens=tokens,
            clock=clock,
            ids=ids,
        ),
        refresh=providers.Factory(Refresh, people=people, secrets=secrets, tokens=tokens, clock=clock),
        sign_out=providers.Factory(SignOut, people=people, clock=clock),
        switch_membership=providers.Factory(SwitchMembership, people=people, tokens=tokens, clock=clock),
        register=providers.Factory(
            Register, unit_of_work=unit_of_work, secrets=secrets, tokens=tokens, clock=clock, ids=ids
        ),
        register_by_wechat=providers.Factory(
            RegisterByWeChat,
            unit_of_work=unit_of_work,
            secrets=secrets,
            wechat=wechat,
            tokens=tokens,
            clock=clock,
            ids=ids,
        ),
        sign_in_with_password=providers.Factory(
            SignInWithPassword,
            people=people,
            secrets=secrets,
            passwords=passwords,
            codes=codes,
            tokens=tokens,
            clock=clock,
            ids=ids,
        ),
        create_coupon_template=providers.Factory(
            CreateCouponTemplate, unit_of_work=unit_of_work, secrets=secrets, clock=clock, ids=ids
        ),
        stop_coupon_template=providers.Factory(StopCouponTemplate, unit_of_work=unit_of_work, clock=clock),
        issue_coupons=providers.Factory(
            IssueCoupons, unit_of_work=unit_of_work, secrets=secrets, clock=clock, ids=ids
        ),
        withdraw_coupon=providers.Factory(WithdrawCoupon, unit_of_work=unit_of_work, clock=clock),
        simulate_promotion=providers.Factory(SimulatePromotion, unit_of_work=unit_of_work, clock=clock),
        claim_coupon=providers.Factory(
            ClaimCoupon, unit_of_work=unit_of_work, secrets=secrets, clock=clock, ids=ids
        ),
        create_invitation=providers.Factory(
            CreateInvitation, unit_of_work=unit_of_work, secrets=secrets, clock=clock, ids=ids
        ),
        revoke_invitation=providers.Factory(RevokeInvitation, unit_of_work=unit_of_work, clock=clock),
        save_company_details=providers.Factory(SaveCompanyDetails, unit_of_work=unit_of_work, clock=clock),
        submit_verification=providers.Factory(SubmitVerification, unit_of_work=unit_of_work, clock=clock),
        ask_for_info=providers.Factory(AskForInfo, unit_of_work=unit_of_work, clock=clock),
        approve_customer=providers.Factory(ApproveCustomer, unit_of_work=unit_of_work, clock=clock, ids=ids),
        reject_customer=providers.Factory(RejectCustomer, unit_of_work=unit_of_work, clock=clock),
        set_password=providers.Factory(
            SetPassword, people=people, secrets=secrets, passwords=passwords, clock=clock
        ),
        begin_totp=providers.Factory(BeginTotp, people=people, secrets=secrets, codes=codes, clock=clock),
        confirm_totp=providers.Factory(
            ConfirmTotp, people=people, secrets=secrets, codes=codes, tokens=tokens, clock=clock
        ),
        show_totp=providers.Factory(
            ShowTotp, people=people, secrets=secrets, codes=codes, tokens=tokens, clock=clock
        ),
        disable_totp=providers.Factory(
            DisableTotp, people=people, secrets=secrets, codes=codes, tokens=tokens, clock=clock
        ),
        forget_totp=providers.Factory(
            ForgetTotp, unit_of_work=unit_of_work, people=people, secrets=secrets, clock=clock
        ),
        add_staff=providers.Factory(
            AddStaff, unit_of_work=unit_of_work, secrets=secrets, passwords=passwords, clock=clock, ids=ids
        ),
        change_staff=providers.Factory(ChangeStaff, unit_of_work=unit_of_work, clock=clock),
        demand_second_factor=providers.Factory(DemandSecondFactor, unit_of_work=unit_of_work, clock=clock),
        add_buyer=providers.Factory(
            AddBuyer, unit_of_work=unit_of_work, secrets=secrets, clock=clock, ids=ids
        ),
        change_buyer=providers.Factory(ChangeBuyer, unit_of_work=unit_of_work, clock=clock),
        set_merchant_settings=providers.Factory(SetMerchantSettings, unit_of_work=unit_of_work, clock=clock),
        add_customer=providers.Factory(AddCustomer, unit_of_work=unit_of_work, clock=clock, ids=ids),
        set_customer_parent=providers.Factory(SetCustomerParent, unit_of_work=unit_of_work, clock=clock),
        set_customer_owner=providers.Factory(SetCustomerOwner, unit_of_work=unit_of_work, clock=clock),
        hand_over_customers=providers.Factory(HandOverCustomers, unit_of_work=unit_of_work, clock=clock),
        export_my_data=providers.Factory(
            ExportMyData, unit_of_work=unit_of_work, people=people, secrets=secrets, clock=clock
        ),
        export_person=providers.Factory(
            ExportPerson, unit_of_work=unit_of_work, secrets=secrets, clock=clock
        ),
        erase_me=providers.Factory(
            EraseMe, unit_of_work=unit_of_work, people=people, secrets=secrets, clock=clock, scrub=scrub
        ),
        erase_person=providers.Factory(
            ErasePerson, unit_of_work=unit_of_work, secrets=secrets, clock=clock, scrub=scrub
        ),
        export_login=providers.Factory(
            ExportLogin, unit_of_work=unit_of_work, people=people, secrets=secrets, clock=clock
        ),
        erase_login=providers.Factory(
            EraseLogin, unit_of_work=unit_of_work, people=people, secrets=secrets, clock=clock, scrub=scrub
        ),
        look_at_cart=providers.Factory(LookAtCart, unit_of_work=unit_of_work, clock=clock),
        add_to_cart=providers.Factory(AddToCart, unit_of_work=unit_of_work, clock=clock, ids=ids),
        change_cart_lines=providers.Factory(ChangeCartLines, unit_of_work=unit_of_work, clock=clock),
        remove_from_cart=providers.Factory(RemoveFromCart, unit_of_work=unit_of_work),
        acknowledge_cart=providers.Factory(AcknowledgeCart, unit_of_work=unit_of_work, clock=clock),
        reorder=providers.Factory(Reorder, unit_of_work=unit_of_work, clock=clock, ids=ids),
        parse_order_text=providers.Factory(ParseOrderText, unit_of_work=unit_of_work, clock=clock),
        look_at_lists=providers.Factory(LookAtLists, unit_of_work=unit_of_work),
        look_at_templates=providers.Factory(LookAtTemplates, unit_of_work=unit_of_work),
        save_shopping_list=providers.Factory(SaveShoppingList, unit_of_work=unit_of_work, ids=ids),
        delete_shopping_list=providers.Factory(DeleteShoppingList, unit_of_work=unit_of_work),
        save_order_template=providers.Factory(
            SaveOrderTemplate, unit_of_work=unit_of_work, clock=clock, ids=ids
        ),
        delete_order_template=providers.Factory(DeleteOrderTemplate, unit_of_work=unit_of_work, clock=clock),
        add_list_to_cart=providers.Factory(AddListToCart, unit_of_work=unit_of_work, clock=clock, ids=ids),
        set_own_name=providers.Factory(SetOwnName, unit_of_work=unit_of_work, clock=clock),
        remove_own_name=providers.Factory(RemoveOwnName, unit_of_work=unit_of_work, clock=clock),
        search_log=search_log,
        tidy=providers.Factory(Tidy, people=people, clock=clock, scrub=scrub),
    )
    rate_limiter = providers.Singleton(WindowRateLimiter, store=settings.provided.rate_limits.store)
    trusted = providers.Singleton(trusted_documents, settings)
    demo_token = providers.Singleton(lambda: None)
    app = providers.Singleton(
        _app,
        settings=settings,
        database=database,
        tokens=tokens,
        clock=clock,
        ids=ids,
        use=use_cases,
        metrics=metrics,
        trusted=trusted,
        rate_limiter=rate_limiter,
        demo_token=demo_token,
    )
