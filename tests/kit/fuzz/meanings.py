"""What arguments of a name mean: which ids they take, and values that may be right for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kit import couponing

_AUDIENCE, _GOODS = "grp tie cus", "sku prd cat brd"
ID_TAGS: Mapping[str, str] = {
    "category": "cat",
    "categories": "cat",
    "categoryIds": "cat",
    "parent": "cat",
    "brand": "brd",
    "brands": "brd",
    "brandIds": "brd",
    "skuId": "sku",
    "skuIds": "sku",
    "orderId": "ord",
    "addressId": "adr",
    "warehouse": "whs",
    "priceListId": "pls",
    "priceList": "pls",
    "batchId": "pbt",
    "promotionId": "prm",
    "specialPriceId": "spc",
    "promotion": "prm",
    "membershipId": "buy",
    "buyerId": "buy",
    "customer": "cus",
    "customerId": "cus",
    "customerIds": "cus",
    "parentId": "cus",
    "createCustomerGroup.parentId": "grp",
    "group": "grp",
    "groupId": "grp",
    "tier": "tie",
    "tierId": "tie",
    "salesRep": "stf",
    "salesRepId": "stf",
    "fromSalesRepId": "stf",
    "toSalesRepId": "stf",
    "staffId": "stf",
    "ownerId": "stf cus",
    "invitationId": "inv",
    "templateId": "cpt",
    "saveOrderTemplate.templateId": "tpl",
    "deleteOrderTemplate.templateId": "tpl",
    "couponTemplateId": "cpt",
    "couponId": "cpn",
    "lineId": "cln",
    "lineIds": "cln",
    "listId": "lst",
    "product": "prd",
    "productId": "prd",
    "productIds": "prd",
    "sku": "sku",
    "to": _AUDIENCE,
    **dict.fromkeys(("audience", "audienceIds", "shownTo", "hiddenFrom"), _AUDIENCE),
    **dict.fromkeys(("without", "withoutIds"), _GOODS),
}
"""What an argument of this name, or an `id` of the field of this name, refers to; one field may differ."""
RIVALS = (
    ("skuId", "skuCode"),
    ("priceListId", "tier"),
    ("unitPrice", "percentage"),
    ("amountOff", "percentageOff"),
    ("templateId", "code"),
    ("id", "code", "barcode"),
    ("first", "last"),
)
"""Only one of each makes sense."""
ALL_RIVALS = (
    *RIVALS,
    ("amountOff", "percentOff"),
    ("percentage", "amount"),
    ("amount", "quantity"),
    ("thresholdDiscount", "nthPiece", "buyGet", "bundle", "gift"),
    ("draft", "promotionId", "couponTemplateId"),
    ("customerId", "groupId", "tierId"),
    ("validDays", "validUntil"),
)
"""Only one of each makes sense, where all of them stand."""
TEXTS_OF: Mapping[str, tuple[str, ...]] = {
    "unit": ("箱", "瓶", "斤", "打"),
    "text": ("茶", "TEA", "柠檬", "A#1", "TEA-500 2箱\n每日坚果 3\nWATER"),
    "case": ("箱",),
    "tag": ("新客", "现结"),
    "tags": ("新客", "现结"),
    "start": ("08:00", "22:30"),
    "end": ("20:00", "06:00"),
    "claimCoupon.code": (couponing.code(7).shown,),
    "barcode": ("6901234567892", "6901234567893"),
    "note": ("放门口", "a note\nof two lines"),
    "purchaseOrderNumber": ("PO-1",),
    "timeZone": ("Asia/Shanghai", "Europe/Berlin", "America/New_York"),
    "cutOffTime": ("17:30", "00:00", "23:59"),
    "logo": ("https://example.com/logo.png", "logos/one"),
    "coupons": (couponing.code(1), couponing.code(2).shown, "no"),
    "invitation": ("22222-22222", "AAAAABBBB2", "no"),
    "unifiedSocialCreditCode": ("91350100M000100Y43", "91350100m000100y43", "91350100M000100Y44"),
    "contactPhone": ("13800000001",),
    **dict.fromkeys(
        ("name", "company", "legalName", "contactName", "licencePicture", "reason", "contractName"),
        ("河坊街小店", "a plain name"),
    ),
    "phone": ("13800000001", "+86 138-0000-0002", "12345"),
    "email": ("a@example.com", "B@Example.COM", "no e-mail"),
    "newPassword": ("a password of some length", "short"),
    "totp": ("123456", "1"),
    "name": ("小王", "小李", "河坊街小店", "老客户", ""),
}
DECIMALS_OF: Mapping[str, tuple[object, ...]] = {
    "quantity": ("1", "2", "6", "24", "0.5", 3),
    "minQuantity": ("1", "10", "24"),
    "amountOff": ("1", "5.00"),
    "percentageOff": ("10", "0.5"),
    "unitPrice": ("3.50", "0.0001", "12"),
    "percentage": ("95", "100", "0.5"),
    "expectedTotal": ("7.00", "96.00"),
    "orderMinimumAmount": ("7.00", "20"),
    "percentOff": ("10", "50"),
    **dict.fromkeys(("minimum", "step"), ("6",)),
    "maximum": ("24", "600"),
    "quota": ("600",),
}
INTS_OF: Mapping[str, Sequence[int]] = {
    "settingsVersion": range(8),
    "version": range(3),
    "weekdays": range(1, 8),
    "nth": range(2, 5),
}
BEGINNINGS = ("validFrom", "openFrom", "since")
