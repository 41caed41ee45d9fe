"""What people read when the answer is no: every message in both languages, and which of them is wanted."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.graphql.messages._codes import Code, ErrorCode, Limit, Locale, Untold, Wrong

Spoken = Mapping[Locale, str]


def _both(zh: str, en: str) -> Spoken:
    return {Locale.ZH: zh, Locale.EN: en}


MESSAGES: Mapping[Code | ErrorCode | Untold | Wrong | Limit, Spoken] = {
    ErrorCode.GIFT_SHORT: _both("赠品库存不足", "There are too few of a gift"),
    ErrorCode.INVALID_PROMOTION: _both("促销活动设置有误", "The promotion cannot be so"),
    ErrorCode.PROMOTION_NOT_FOUND: _both("没有这个促销活动", "There is no such promotion"),
    ErrorCode.UNKNOWN_GIFT: _both("不能选择这个赠品", "This gift cannot be chosen"),
    Code.UNAUTHENTICATED: _both("请先登录", "Sign in first"),
    Code.FORBIDDEN: _both("没有权限", "You may not do this"),
    Code.BAD_USER_INPUT: _both("请求参数有误", "Something in the request is not right"),
    Code.GRAPHQL_PARSE_FAILED: _both("无法解析 GraphQL 文档", "This is not a GraphQL document"),
    Code.GRAPHQL_VALIDATION_FAILED: _both(
        "GraphQL 文档与 schema 不符", "The document does not fit the schema"
    ),
    Code.QUERY_TOO_COMPLEX: _both("查询过于复杂", "The query is too complex"),
    Code.PERSISTED_QUERY_NOT_FOUND: _both("没有登记过这个查询", "There is no such trusted document"),
    Code.RATE_LIMITED: _both("请求过于频繁,请稍后再试", "Too many requests, try again later"),
    Code.CONFLICT: _both("刚才有其他操作,请重试", "Something else was under way, try again"),
    Code.TIMEOUT: _both("处理超时,请重试", "This took too long, try again"),
    Code.INTERNAL: _both("系统内部错误,编号 {reference}", "Internal error, reference {reference}"),
    ErrorCode.ADDRESS_NOT_FOUND: _both("没有这个收货地址", "There is no such address"),
    ErrorCode.ALREADY_MEMBER: _both(
        "您已是该企业的订货员,请直接登录", "You buy for this company already, just sign in"
    ),
    ErrorCode.APPROVAL_PENDING: _both(
        "企业尚未通过审核,或审核已过期", "The company is not approved yet, or its approval is over"
    ),
    ErrorCode.AGENT_OF_ITSELF: _both("客户不能是自己的代理", "A company is not its own agent"),
    ErrorCode.ALREADY_BUYER: _both("此人已是该客户的订货员", "This person buys for the company already"),
    ErrorCode.ALREADY_STAFF: _both("此人已是员工", "This person works here already"),
    ErrorCode.BRANCH_OF_ITSELF: _both(
        "上级不能是客户自己或它的下级", "A company cannot be a branch of itself or of one that is below it"
    ),
    ErrorCode.BUYER_NOT_FOUND: _both("没有这个订货员", "There is no such buyer"),
    ErrorCode.CODE_SENT_ALREADY: _both(
        "验证码刚刚发送过,请 {0.wait_s} 秒后再试", "A code was just sent, try again in {0.wait_s} seconds"
    ),
    ErrorCode.COUPON_NOT_CLAIMABLE: _both(
        "这张优惠券现在不能领取", "The coupon can be claimed not yet, or not any more"
    ),
    ErrorCode.COUPON_NOT_FOUND: _both("没有这张优惠券", "There is no such coupon"),
    ErrorCode.COUPON_NOT_USABLE: _both("优惠券不能用于这次订货", "A coupon cannot be used for these goods"),
    ErrorCode.COUPON_TEMPLATE_NOT_FOUND: _both("没有这种优惠券", "There is no such coupon to be claimed"),
    ErrorCode.COUPON_USED: _both("优惠券已被使用", "The coupon was used"),
    ErrorCode.CONTACT_REQUIRED: _both("请填写手机号或邮箱", "Give a phone or an e-mail"),
    ErrorCode.CUSTOMER_NOT_FOUND: _both("没有这个客户", "There is no such customer"),
    ErrorCode.CONFIRMATION_REQUIRED: _both(
        "请输入发送到手机的验证码,或重新登录后再试",
        "Show the code that was sent to the phone, or sign in again",
    ),
    ErrorCode.DELIVERY_DATE_IN_PAST: _both(
        "期望送达日期已过,今天是 {0.today}", "The day asked for is over: today is {0.today}"
    ),
    ErrorCode.DETAILS_MISSING: _both("请先填写企业信息", "Save the company's details first"),
    ErrorCode.DELIVERY_DATE_TOO_EARLY: _both(
        "最早可送达日期为 {0.earliest}", "The earliest day of delivery is {0.earliest}"
    ),
    ErrorCode.EMAIL_REQUIRED: _both("请填写登录邮箱", "Say which e-mail the password goes with"),
    ErrorCode.EMAIL_TAKEN: _both("该邮箱已被使用", "Somebody else signs in with this e-mail"),
    ErrorCode.CART_FULL: _both("购物车最多 {0.most} 行", "A cart has at most {0.most} lines"),
    ErrorCode.CART_LINE_NOT_FOUND: _both("购物车里没有这一行", "There is no such line in the cart"),
    ErrorCode.INVALID_CART_TEXT: _both(
        "文字过长(最多 {0.most} 个字符)或含有无法保存的字符",
        "The text is longer than {0.most} characters, or cannot be kept",
    ),
    ErrorCode.INVALID_LIST: _both("清单无效", "This can be no list"),
    ErrorCode.LIST_CHANGED: _both(
        "清单已被他人修改,请刷新后再试", "Somebody else has changed the list, look at it again"
    ),
    ErrorCode.LIST_NOT_FOUND: _both("没有这个清单", "There is no such list"),
    ErrorCode.ORDER_TEXT_TOO_LONG: _both(
        "文字过长,一次最多 {0.pieces} 种商品", "The text is too long: at most {0.pieces} goods at once"
    ),
    ErrorCode.EMPTY_BASKET: _both("没有要订的商品", "There is nothing to order"),
    ErrorCode.GROUP_IN_USE: _both(
        "分组下还有子分组,或被商品可见范围使用",
        "Something needs this group: groups below it, or who sees which goods",
    ),
    ErrorCode.GROUP_NAME_TAKEN: _both("同一位置已有同名分组", "Another group at this place has the name"),
    ErrorCode.GROUP_NOT_FOUND: _both("没有这个分组", "There is no such group"),
    ErrorCode.IDEMPOTENCY_KEY_REUSED: _both(
        "这个幂等键已用于另一个请求", "This idempotency key was used for another request"
    ),
    ErrorCode.INVALID_SPECIAL_PRICE: _both("特价设置有误", "The special price cannot be so"),
    ErrorCode.SPECIAL_PRICE_NOT_FOUND: _both("没有这个特价", "There is no such special price"),
    ErrorCode.INVALID_PRICE_LIST: _both("价格表的设置无效", "This cannot be a price list"),
    ErrorCode.ILLEGAL_BATCH_MOVE: _both(
        "价格批次当前状态不允许这样做", "The batch of prices cannot do this from where it stands"
    ),
    ErrorCode.INVALID_EFFECTIVE_DATE: _both(
        "生效时间不能早于现在", "Prices cannot begin to hold in the past"
    ),
    ErrorCode.PRICE_BATCH_BUILT_ON: _both(
        "这批价格之后又有改动,不能撤销", "Prices of the batch were changed since, so it cannot be taken back"
    ),
    ErrorCode.PRICE_BATCH_NOT_FOUND: _both("没有这个价格批次", "There is no such batch of prices"),
    ErrorCode.ILLEGAL_MOVE: _both(
        "订单当前状态不允许这样做", "The order cannot do this from where it stands"
    ),
    ErrorCode.ILLEGAL_STEP: _both(
        "审核当前状态不允许这样做", "The verification cannot do this from where it stands"
    ),
    ErrorCode.INSUFFICIENT_STOCK: _both("库存不足,可订 {0.available}", "Only {0.available} can be had"),
    ErrorCode.INVALID_CHANGE: _both("库存变动数量无效", "This is no valid change of stock"),
    ErrorCode.INVALID_CODE: _both(
        "验证码错误或已失效,请核对或重新获取",
        "The code is wrong or holds no longer, look again or ask for another",
    ),
    ErrorCode.INVALID_GROUP: _both("分组名称或上级无效", "The name of the group, or its place, is not valid"),
    ErrorCode.INVALID_ENTRY: _both(
        "填写的内容无效,请检查后重试", "What was filled in is not valid, look at it again"
    ),
    ErrorCode.INVALID_COUPON: _both("优惠券设置有误:{0.field}", "The coupon cannot be so: {0.field}"),
    ErrorCode.INVALID_OWN_NAME: _both(
        "自有叫法应为 1 至 {0.longest} 个可显示的字符", "An own name is 1 to {0.longest} printable characters"
    ),
    ErrorCode.INVALID_COMPANY_NAME: _both(
        "公司名称应为 1 至 {0.longest} 个可显示的字符",
        "A company's name is 1 to {0.longest} printable characters",
    ),
    ErrorCode.INVALID_CREDENTIALS: _both("邮箱或密码错误", "The e-mail or the password is wrong"),
    ErrorCode.INVALID_EMAIL: _both("邮箱格式不正确", "This is no e-mail address"),
    ErrorCode.INVALID_NAME: _both("姓名为 1 至 64 个可见字符", "A name has 1 to 64 printable characters"),
    ErrorCode.INVALID_PASSWORD: _both(
        "密码为 {0.shortest} 至 {0.longest} 个字符,且至少有 5 个不同的字符",
        "A password has {0.shortest} to {0.longest} characters, at least five of them different",
    ),
    ErrorCode.INVALID_PHONE: _both(
        "手机号格式不正确", "This is no mobile phone number of the Chinese mainland"
    ),
    ErrorCode.INVALID_PRICE: _both("价格无效", "This price cannot be set"),
    ErrorCode.INVALID_QUANTITY: _both(
        "数量不符合起订量或步长", "The quantity does not fit the minimum or the step"
    ),
    ErrorCode.INVALID_REFRESH_TOKEN: _both("登录已过期,请重新登录", "The session is over, sign in again"),
    ErrorCode.INVALID_TAG: _both("标签为 1 至 32 个可见字符", "A tag is 1 to 32 printable characters"),
    ErrorCode.INVALID_SETTING: _both("设置项 {0.field} 的值无效", "The setting {0.field} cannot be so"),
    ErrorCode.INVALID_TERMS: _both("填写的内容过长", "What was written is too long"),
    ErrorCode.INVALID_TOTP: _both("动态码错误、已过期或已使用", "The code is wrong, too old or used"),
    ErrorCode.INVALID_VISIBILITY: _both(
        "可见范围的设置互相矛盾或过多", "These rules of who sees it contradict each other, or are too many"
    ),
    ErrorCode.INVITATION_EXPIRED: _both(
        "邀请码已过期,请联系商家", "The invitation has expired, ask the merchant"
    ),
    ErrorCode.INVITATION_FOR_ANOTHER: _both("邀请码与手机号不符", "The invitation is for another phone"),
    ErrorCode.INVITATION_NOT_FOUND: _both("没有这个邀请码,请核对", "There is no such invitation, look again"),
    ErrorCode.INVITATION_REVOKED: _both(
        "邀请码已作废,请联系商家", "The invitation was called back, ask the merchant"
    ),
    ErrorCode.INVITATION_USED_UP: _both(
        "邀请码的使用次数已满,请联系商家", "The invitation is used up, ask the merchant"
    ),
    ErrorCode.BELOW_FLOOR: _both(
        "这个价格不能下单,请减少优惠或联系商家",
        "The goods are not sold at this price, use fewer discounts or ask the merchant",
    ),
    ErrorCode.BELOW_FLOOR_NEEDS_APPROVAL: _both(
        "这个价格需要商家批准,请联系商家", "The merchant has to approve this price, please ask"
    ),
    ErrorCode.INVALID_FLOOR: _both(
        "底价、成本或毛利率有误", "The floor, the cost or the margin cannot be so"
    ),
    ErrorCode.INVALID_ALLOWANCE: _both(
        "价格或截止时间有误,或没有填写理由", "The price or the time cannot be so, or there is no reason"
    ),
    ErrorCode.INVALID_ADJUSTMENT: _both(
        "请填写减免金额或抹零方式之一,并填写理由", "Give an amount or a rounding, and a reason"
    ),
    ErrorCode.ADJUSTMENT_TOO_LARGE: _both(
        "减免超过订单金额 {0.most.amount}", "The order costs {0.most.amount}, and no more is taken off"
    ),
    ErrorCode.NOT_AMENDABLE: _both(
        "订单当前状态不允许这样修改金额", "What the order comes to cannot be changed so where it stands"
    ),
    ErrorCode.INVALID_WEIGHING: _both("称重数据无效", "The weight of the line cannot be so"),
    ErrorCode.MORE_THAN_IN_STOCK: _both(
        "账面库存只够 {0.available},请先盘点",
        "By the books there are only {0.available}: count the stock first",
    ),
    ErrorCode.OUTSIDE_TOLERANCE: _both(
        "重量应在 {0.lowest} 至 {0.highest} 之间", "It may weigh from {0.lowest} to {0.highest}"
    ),
    ErrorCode.INVALID_QUANTITY_RULE: _both("订货规则无效", "The rule cannot be so"),
    ErrorCode.QUOTA_EXCEEDED: _both(
        "超出限购:本期最多 {0.quota.most},还可订 {0.left}",
        "At most {0.quota.most} in the period: {0.left} may still be ordered",
    ),
    ErrorCode.TOO_MANY_RULES: _both("一次需提交 1 至 {0.most} 个商品", "One call takes 1 to {0.most} SKUs"),
    ErrorCode.LAST_OWNER: _both(
        "这是公司的最后一位负责人,还有 {0.open_orders} 个订单未完成",
        "This is the last owner of the company, which has {0.open_orders} open orders",
    ),
    ErrorCode.LICENCE_EXPIRED: _both(
        "营业执照已于 {0.valid_until} 到期", "The business licence has run out on {0.valid_until}"
    ),
    ErrorCode.MEMBERSHIP_NOT_FOUND: _both("没有这个身份", "This login has no such place"),
    ErrorCode.NEW_PASSWORD_REQUIRED: _both("首次登录请设置新密码", "Choose a password of your own"),
    ErrorCode.NOT_FOR_SALE: _both("商品已停售", "This is not for sale at the moment"),
    ErrorCode.NOT_YOURS_TO_GRANT: _both(
        "不能授予自己没有的权限", "Nobody grants what they may not do themselves"
    ),
    ErrorCode.NO_MEMBERSHIP: _both(
        "该手机号尚未开通,请联系商家", "Nobody buys or works with this phone yet, ask the merchant"
    ),
    ErrorCode.NO_OWNER_LEFT: _both("客户至少要有一名负责人", "The company would have no owner left"),
    ErrorCode.OLD_PASSWORD_REQUIRED: _both(
        "请输入旧密码,或重新用短信验证码登录",
        "Show the old password, or sign in by a code on the phone first",
    ),
    ErrorCode.ORDER_MINIMUM_NOT_REACHED: _both(
        "未达起订金额 {0.minimum.amount},还差 {0.short.amount}",
        "An order comes to at least {0.minimum.amount}: {0.short.amount} is missing",
    ),
    ErrorCode.ORDER_NOT_FOUND: _both("没有这个订单", "There is no such order"),
    ErrorCode.OWNERSHIP_IN_PAST: _both("归属只能从现在或以后开始", "An ownership begins now or later"),
    ErrorCode.OWNER_NOT_FOUND: _both("没有这个员工或公司", "There is no such member of staff or company"),
    ErrorCode.OWN_ACCESS: _both("不能更改自己的权限", "Nobody changes what they may do themselves"),
    ErrorCode.PARENT_NOT_FOUND: _both("没有这个上级公司", "There is no such company to be a branch of"),
    ErrorCode.PAYMENT_METHOD_NOT_ENABLED: _both(
        "商家未开通这种支付方式", "The merchant does not take this way of paying"
    ),
    ErrorCode.PERSON_NOT_FOUND: _both("没有这个人", "There is no such person"),
    ErrorCode.PHONE_REQUIRED: _both(
        "请授权手机号以完成登录", "Show your phone number to sign in the first time"
    ),
    ErrorCode.PRICE_UNAVAILABLE: _both("该商品在此数量下没有价格", "There is no price at this quantity"),
    ErrorCode.SECOND_FACTOR_DEMANDED: _both(
        "商家要求使用动态码,不能关闭", "A merchant you work for demands the second factor"
    ),
    ErrorCode.SECOND_FACTOR_OFF: _both("尚未启用动态码", "There is no second factor"),
    ErrorCode.SECOND_FACTOR_ON: _both("动态码已启用", "There is a second factor already"),
    ErrorCode.SECOND_FACTOR_REQUIRED: _both("请先验证动态码", "Show the second factor first"),
    ErrorCode.SESSION_OVER: _both("没有登录会话,或会话已结束", "There is no session, or it is over"),
    ErrorCode.SETTINGS_CHANGED: _both(
        "设置刚被他人修改,请刷新后重试", "Somebody else changed the settings, look again"
    ),
    ErrorCode.STAFF_NOT_FOUND: _both("没有这名员工", "There is no such member of staff"),
    ErrorCode.STOCK_TOO_LOW: _both(
        "可用库存只有 {0.available},其余已被预占", "Only {0.available} is free, the rest is promised"
    ),
    ErrorCode.TEXT_MESSAGE_FAILED: _both("短信发送失败", "The text message could not be sent"),
    ErrorCode.TIER_NOT_FOUND: _both("没有这个客户等级:{0.reference}", "There is no price tier {0.reference}"),
    ErrorCode.TOO_MANY_CHANGES: _both(
        "一次需提交 1 至 {0.most} 条库存变动", "One call takes 1 to {0.most} changes"
    ),
    ErrorCode.TOO_MANY_CODES: _both(
        "今天获取验证码的次数已用完,请 {0.wait_s} 秒后再试",
        "No more codes for this phone today, try again in {0.wait_s} seconds",
    ),
    ErrorCode.TOO_MANY_COUPONS: _both(
        "一个订单最多用 {0.most} 张优惠券", "An order takes at most {0.most} coupons"
    ),
    ErrorCode.TOO_MANY_CUSTOMERS: _both(
        "一次需提交 1 至 {0.most} 个客户", "One call takes 1 to {0.most} customers"
    ),
    ErrorCode.TOO_MANY_LINES: _both("一个订单最多 {0.most} 行", "One order takes at most {0.most} lines"),
    ErrorCode.TOO_MANY_PRICES: _both(
        "一次需提交 1 至 {0.most} 条价格", "One call takes 1 to {0.most} prices"
    ),
    ErrorCode.TOO_MANY_PRODUCTS: _both(
        "一次需提交 1 至 {0.most} 个商品", "One call takes 1 to {0.most} products"
    ),
    ErrorCode.TOO_MANY_TAGS: _both(
        "一个客户最多 {0.most} 个标签", "A customer carries at most {0.most} tags"
    ),
    ErrorCode.TOO_MANY_TRIES: _both(
        "尝试次数过多,请 {0.wait_s} 秒后再试", "Too many tries, try again in {0.wait_s} seconds"
    ),
    ErrorCode.TOTAL_CHANGED: _both(
        "总价已变动,请确认新的报价", "The total has changed, look at the new quote"
    ),
    ErrorCode.UNKNOWN_AUDIENCE: _both("没有这个分组、等级或客户", "There is no such group, tier or customer"),
    ErrorCode.UNKNOWN_GOODS: _both(
        "没有这个商品、分类或品牌", "There is no such SKU, product, category or brand"
    ),
    ErrorCode.UNKNOWN_CUSTOMER: _both("没有这个客户", "There is no such customer"),
    ErrorCode.TREE_TOO_DEEP: _both(
        "上级公司最多 {0.most_above} 层", "At most {0.most_above} companies are above another"
    ),
    ErrorCode.UNKNOWN_PRICE_LIST: _both("没有这个等级或价格表", "There is no such tier or price list"),
    ErrorCode.UNKNOWN_PRODUCT: _both("没有这个商品", "There is no such product"),
    ErrorCode.UNKNOWN_SKU: _both("没有这个商品", "There is no such SKU"),
    ErrorCode.UNKNOWN_STAFF: _both("没有这个员工", "Nobody of that identity works here"),
    ErrorCode.UNKNOWN_TIER: _both("没有这个客户等级", "There is no such price tier"),
    ErrorCode.UNKNOWN_UNIT: _both("商品不按这个单位销售", "The SKU is not sold in this unit"),
    ErrorCode.UNKNOWN_WAREHOUSE: _both("没有这个仓库", "There is no such warehouse"),
    ErrorCode.VERIFICATION_NOT_FOUND: _both("没有这个企业的审核", "There is no such verification"),
    ErrorCode.WECHAT_REFUSED: _both("微信登录凭证无效,请重试", "WeChat does not take the code, try again"),
    ErrorCode.WECHAT_UNAVAILABLE: _both(
        "暂时无法连接微信,请稍后再试", "WeChat does not answer, try again later"
    ),
    Untold.INSUFFICIENT_STOCK: _both("库存不足", "There is not enough"),
    Wrong.REQUEST: _both("这不是有效的 GraphQL 请求", "This is no GraphQL request"),
    Wrong.PAGE: _both(
        "first 与 last 不能同时使用,取值为 1 至 100", "first and last do not go together and are 1 to 100"
    ),
    Wrong.CURSOR: _both("游标无效,或属于另一种排序", "The cursor is none, or belongs to another order"),
    Wrong.IDEMPOTENCY_KEY: _both(
        "幂等键为 1 至 128 个可见字符", "An idempotency key is 1 to 128 printable characters"
    ),
    Wrong.UNIT_OR_QUANTITY: _both(
        "商品不按这个单位销售,或数量无效", "The SKU is not sold in this unit, or the quantity is none"
    ),
    Wrong.SKU_NAMED_TWICE: _both(
        "skuId 与 skuCode 只能填一个", "Name a SKU by skuId or by skuCode, not by both"
    ),
    Wrong.SKU_BY_ONE: _both("id、code、barcode 须且只能填一个", "Give exactly one of id, code and barcode"),
    Wrong.CHOICES: _both(
        "筛选条件过多或重复:分类、品牌、规格值各 1 至 50 个,规格项最多 10 个且不得重复",
        "A filter takes 1 to 50 categories, brands and values, and at most 10 options, each once",
    ),
    Wrong.PRICES: _both(
        "价格须为不超过四位小数的数,priceFrom 小于 priceTo,priceEdges 最多 20 个",
        "Prices have at most four decimals, priceFrom is less than priceTo, and priceEdges are at most 20",
    ),
    Wrong.PRICES_HIDDEN: _both(
        "看不到价格,不能按价格排序或筛选", "Nobody sorts or narrows down by prices that are hidden from them"
    ),
    Wrong.TOO_MANY_GOODS: _both(
        "一次最多比较 {0} 个商品规格的价格,请缩小范围",
        "At most {0} SKUs are compared by price; narrow the search",
    ),
    Wrong.TOO_MANY_IDS: _both("一次最多查询 100 个 id", "One call takes at most 100 ids"),
    Wrong.TEXT: _both("文本中有无法存储的字符", "A text has a character that cannot be stored"),
    Wrong.SEARCH: _both("搜索文本最多 200 个字符", "A text to search for has at most 200 characters"),
    Wrong.TOTAL: _both("expectedTotal 的小数位数过多", "expectedTotal has more decimals than the currency"),
    Wrong.FILE: _both("无法把文件读成表格", "The file cannot be read as a table"),
    Wrong.COLUMNS: _both("表头不符", "The header is not understood"),
    Wrong.SLOW: _both("请求发送过慢", "The request came too slowly"),
    Wrong.INTROSPECTION: _both("此处不提供内省查询", "The schema does not show itself here"),
    Wrong.OTHER_HASH: _both("sha256 与文档不符", "The sha256 is not that of the document"),
    Wrong.ONLY_TRUSTED: _both("此处只接受已登记的查询", "Only trusted documents are answered here"),
    Wrong.MERCHANT: _both("请用 X-Merchant 指明商家", "Name the merchant with X-Merchant"),
    Limit.FILE_BYTES: _both("文件最大 {0} 字节", "the file has at most {0} bytes"),
    Limit.BODY_BYTES: _both("请求体最多 {0} 字节", "A body has at most {0} bytes"),
    Limit.DOCUMENT_BYTES: _both("GraphQL 文档最多 {0} 字节", "A document has at most {0} bytes"),
    Limit.JSON_DEPTH: _both("JSON 最多嵌套 {0} 层", "JSON is nested at most {0} levels deep"),
    Limit.BRACE_DEPTH: _both("文档中的括号最多嵌套 {0} 层", "Brackets are nested at most {0} levels deep"),
    Limit.TOKENS: _both("GraphQL 文档最多 {0} 个记号", "A document has at most {0} tokens"),
    Limit.CYCLE: _both("片段不能包含自身", "A fragment does not spread itself"),
    Limit.NODES: _both(
        "片段展开后最多 {0} 个选择项", "A document has at most {0} selections, its fragments written out"
    ),
    Limit.DEPTH: _both("字段最多嵌套 {0} 层", "Fields are nested at most {0} levels deep"),
    Limit.ALIASES: _both("最多 {0} 个别名", "A document has at most {0} aliases"),
    Limit.DIRECTIVES: _both("最多 {0} 个指令", "A document has at most {0} directives"),
    Limit.SELECTIONS: _both("一层最多 {0} 个选择项", "A set has at most {0} selections"),
    Limit.ROOT_FIELDS: _both("一个操作最多 {0} 个根字段", "An operation has at most {0} root fields"),
    Limit.MUTATIONS: _both("一次最多 {0} 个变更", "One request takes at most {0} mutations"),
    Limit.SENSITIVE_MUTATIONS: _both(
        "涉及资金或登录的变更一次最多 {0} 个",
        "Where money moves or somebody signs in, one request takes at most {0} mutation",
    ),
    Limit.LIST_ITEMS: _both("一个列表最多 {0} 项", "A list has at most {0} items"),
    Limit.SAME_NAMES: _both(
        "结果中同名的选择项过多,最多 {0} 对", "At most {0} pairs of selections share a name of the answer"
    ),
    Limit.OBJECTS: _both(
        "查询可能返回的对象过多,最多 {0} 个", "A query may bring back at most {0} objects: ask for fewer rows"
    ),
}


def say(
    code: Code | ErrorCode | Untold | Wrong | Limit, locale: Locale, *facts: object, **named: object
) -> str:
    """Put a message into words."""
    return MESSAGES[code][locale].format(*facts, **named)
