"""The GraphQL API: declarations of what clients see, and the HTTP endpoint that answers them."""

import adapters.graphql.coupon_enums
import adapters.graphql.error_codes  # the enums of the core are published before any type names one
import adapters.graphql.price_enums
