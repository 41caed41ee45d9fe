"""The GraphQL API: declarations of what clients see, and the HTTP endpoint that answers them."""

import adapters.graphql.coupon_enums
import adapters.graphql.error_codes
import adapters.graphql.floor_enums
import adapters.graphql.price_enums  # noqa: F401  # the enums of the core are published before any type names one
