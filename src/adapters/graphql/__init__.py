"""The GraphQL API: declarations of what clients see, and the HTTP endpoint that answers them."""

import adapters.graphql.enums  # noqa: F401  # the core's enums are published before any type names one
