"""The inventory of what is stored: every column that is not sealed, because nothing in it is about a person by name.

Whoever adds a column decides: `sealed("name")` in the table, or its name here. Personal are the names of people, their
phones and e-mail addresses, the streets of addresses, the numbers of licences and bank accounts, and texts in which
people write such things. Companies are not people: their names are searched and sorted. A region (省市区) is as large
as a town. Ids and the hashes of secrets say nothing to whoever has only the database.
"""

from __future__ import annotations

from collections.abc import Mapping

READABLE: Mapping[str, str] = {
    "addresses": "merchant_id id customer_id position region",
    "answers": "merchant_id actor operation key at result",
    "branches": "merchant_id customer_id branch_id distance",
    "brands": "merchant_id id name",
    "buyers": "merchant_id id customer_id role login_id suspended",
    "cart_lines": "merchant_id id customer_id place sku_id unit quantity selected seen_quantity seen_price"
    " seen_minimum seen_step seen_for_sale seen_enough",
    "category_margins": "merchant_id category_id margin",
    "categories": "merchant_id id name parent_id path position",
    "counters": "merchant_id name value",
    "coupon_audiences": "merchant_id template_id audience_id group_id tier_id customer_id",
    "coupon_templates": "merchant_id id name terms amount_off share_off most_off threshold scope valid_from valid_until"
    " valid_days way claim_code open_from open_until stacking most_claims most_claims_each most_uses claims uses"
    " made_by made_at stopped_at gift",
    "coupons": "merchant_id id template_id customer_id code claimed_at holds_from holds_until state order_id",
    "customer_groups": "merchant_id id kind name parent_id above deleted_at",
    "customer_names": "merchant_id customer_id name sku_id learned_at spelt",
    "customer_tags": "merchant_id customer_id tag",
    "customers": "merchant_id id name tier_id approved approved_until",
    "erasures": "merchant_id person_id at",
    "floor_approvals": "merchant_id customer_id sku_id lowest until",
    "group_memberships": "merchant_id group_id customer_id since until",
    "invitations": "merchant_id id code tier_id sales_rep_id customer_id role phone_index most_uses uses made_by"
    " made_at expires_at revoked_at parent_id tags",
    "login_codes": "phone_index seal sent tries",
    "login_factors": "login_id sealed active last_step recovery tries",
    "login_identities": "id login_id",
    "login_passwords": "login_id email_index hash first_until",
    "login_tries": "email_index tries last_at",
    "logins": "id phone_index last_person_id",
    "merchants": "id slug name currency time_zone price_scale guest_prices low_stock payment_methods logo"
    " stock_display order_minimum_amount cut_off_minute delivery_lead_days version price_strategy"
    " margin_guard order_rounding"
    " restricts_goods promotes second_factor has_specials",
    "missed_searches": "merchant_id text asked_by customer_id times first_at last_at",
    "movements": "merchant_id id sku_id warehouse_id change before after reason at actor note",
    "order_lines": "merchant_id order_id line sku_id product_id sku_code sku_name unit_code unit_name quantity"
    " base_quantity unit_price list_price price_source total customer_id discount gift_value"
    " weight_unit weight_unit_name tolerance actual settled settled_discount",
    "order_templates": "merchant_id id name audience lines version",
    "order_inputs": "merchant_id order_id input",
    "order_promotions": "merchant_id order_id place promotion_id name text claim discount cost limited gifts",
    "order_specials": "merchant_id order_id line special_id quantity limited kept",
    "orders": "merchant_id id number customer_id buyer_id currency total line_count status payment_status"
    " fulfillment_status payment_method placed_at requested_delivery_date purchase_order_number version"
    " placed_by_id sales_rep_id agent_id adjusted rounded settled",
    "order_amendments": "merchant_id order_id version actor at before after weights",
    "outbox": "merchant_id aggregate_id sequence kind at facts told_at",
    "ownerships": "merchant_id customer_id kind since sales_rep_id agent_id",
    "price_lists": "merchant_id id source name priority tier_id customer_id group_id region_id audience_id"
    " valid_from valid_until version",
    "price_batches": "merchant_id id name state ladders created_at effective_from published_at",
    "price_tiers": "merchant_id id code name percentage",
    "prices": "merchant_id list_id sku_id ladder min_quantity unit_price percentage unit valid_from valid_until"
    " priority batch_id",
    "product_tokens": "merchant_id token first_id product_ids many",
    "product_visibility": "merchant_id product_id restricted",
    "product_words": "merchant_id product_id written spelt",
    "products": "merchant_id id name description category_id brand_id position for_sale pools_breaks",
    "promotion_customers": "merchant_id promotion_id customer_id uses most",
    "promotions": "merchant_id id rule begins ends suspended public most_amount most_uses amount uses version",
    "quantity_allowances": "merchant_id customer_id sku_id until",
    "refresh_tokens": "id session_id spent_at",
    "reservations": "merchant_id order_id line warehouse_id sku_id quantity state",
    "sealing": "name value",
    "sessions": "id login_id person_id began_at refreshed_at ended_at proof second_factor",
    "shopping_lists": "merchant_id id customer_id owner_id lines version",
    "sku_floors": "merchant_id sku_id floor cost margin",
    "skus": "merchant_id id product_id place code name barcode unit_code unit_name unit_decimals packs options minimum"
    " step low_stock for_sale rule",
    "special_customers": "merchant_id special_id customer_id taken",
    "special_prices": "merchant_id id sku_id rule begins ends most taken version",
    "staff": "merchant_id id permissions login_id suspended",
    "stock": "merchant_id sku_id warehouse_id on_hand available version",
    "trail": "merchant_id sequence at actor_kind person_id address request_id operation about_kind about_id before"
    " after previous hash",
    "trail_heads": "merchant_id sequence hash",
    "verification_steps": "merchant_id customer_id number state at person_id",
    "verifications": "merchant_id customer_id state moved_at legal_name licence_picture licence_valid_until"
    " approved_until credit_limit credit_days version",
    "visibility_rules": "merchant_id product_id audience_id shows group_id tier_id customer_id",
    "warehouses": "merchant_id id code name priority",
}
