"""Every verb, wired: what the outside may call."""

from __future__ import annotations

import attrs

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
from application.ordering import CancelOrder, ConfirmOrder, PlaceOrder
from application.own_names import RemoveOwnName, SetOwnName
from application.people import Refresh, RequestCode, SignInByWeChat, SignOut, SwitchMembership, VerifyCode
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
from application.verifying import (
    ApproveCustomer,
    AskForInfo,
    RejectCustomer,
    SaveCompanyDetails,
    SubmitVerification,
)
from application.visibility import SetProductVisibility


@attrs.frozen(kw_only=True)
class UseCases:
    """The verbs of the house."""

    quote_basket: QuoteBasket
    place_order: PlaceOrder
    confirm_order: ConfirmOrder
    adjust_order: AdjustOrder
    record_weights: RecordWeights
    cancel_order: CancelOrder
    receive_stock: ReceiveStock
    adjust_stock: AdjustStock
    set_prices: SetPrices
    stage_prices: StagePrices
    create_price_list: CreatePriceList
    change_price_list: ChangePriceList
    copy_price_list: CopyPriceList
    raise_prices: RaisePrices
    publish_price_batch: PublishPriceBatch
    undo_price_batch: UndoPriceBatch
    settle_price_batches: SettlePriceBatches
    create_special_price: CreateSpecialPrice
    change_special_price: ChangeSpecialPrice
    flag_special_price: FlagSpecialPrice
    end_special_price: EndSpecialPrice
    set_product_visibility: SetProductVisibility
    create_promotion: CreatePromotion
    change_promotion: ChangePromotion
    halt_promotion: HaltPromotion
    set_quantity_rules: SetQuantityRules
    pool_breaks: PoolBreaks
    allow_quantities: AllowQuantities
    set_floors: SetFloors
    import_floors: ImportFloors
    set_category_margins: SetCategoryMargins
    approve_below_floor: ApproveBelowFloor
    trace_guard: TraceGuard
    create_group: CreateGroup
    rename_group: RenameGroup
    delete_group: DeleteGroup
    move_customers: MoveCustomers
    change_tags: ChangeTags
    request_code: RequestCode
    verify_code: VerifyCode
    sign_in_by_wechat: SignInByWeChat
    refresh: Refresh
    sign_out: SignOut
    switch_membership: SwitchMembership
    register: Register
    register_by_wechat: RegisterByWeChat
    create_coupon_template: CreateCouponTemplate
    stop_coupon_template: StopCouponTemplate
    issue_coupons: IssueCoupons
    withdraw_coupon: WithdrawCoupon
    claim_coupon: ClaimCoupon
    simulate_promotion: SimulatePromotion
    create_invitation: CreateInvitation
    revoke_invitation: RevokeInvitation
    save_company_details: SaveCompanyDetails
    submit_verification: SubmitVerification
    ask_for_info: AskForInfo
    approve_customer: ApproveCustomer
    reject_customer: RejectCustomer
    sign_in_with_password: SignInWithPassword
    set_password: SetPassword
    begin_totp: BeginTotp
    confirm_totp: ConfirmTotp
    show_totp: ShowTotp
    disable_totp: DisableTotp
    forget_totp: ForgetTotp
    add_staff: AddStaff
    change_staff: ChangeStaff
    demand_second_factor: DemandSecondFactor
    add_buyer: AddBuyer
    change_buyer: ChangeBuyer
    set_merchant_settings: SetMerchantSettings
    add_customer: AddCustomer
    set_customer_parent: SetCustomerParent
    set_customer_owner: SetCustomerOwner
    hand_over_customers: HandOverCustomers
    export_my_data: ExportMyData
    export_person: ExportPerson
    erase_me: EraseMe
    erase_person: ErasePerson
    export_login: ExportLogin
    erase_login: EraseLogin
    set_own_name: SetOwnName
    remove_own_name: RemoveOwnName
    search_log: SearchLog
    tidy: Tidy
    look_at_cart: LookAtCart
    add_to_cart: AddToCart
    change_cart_lines: ChangeCartLines
    remove_from_cart: RemoveFromCart
    acknowledge_cart: AcknowledgeCart
    reorder: Reorder
    parse_order_text: ParseOrderText
    look_at_lists: LookAtLists
    look_at_templates: LookAtTemplates
    save_shopping_list: SaveShoppingList
    delete_shopping_list: DeleteShoppingList
    save_order_template: SaveOrderTemplate
    delete_order_template: DeleteOrderTemplate
    add_list_to_cart: AddListToCart
