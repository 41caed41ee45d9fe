"""Who works for the merchant, and who buys for a company: changed by those who may."""

from adapters.graphql.team._buyers import BuyerMutations
from adapters.graphql.team._staff import StaffMutations

__all__ = ["BuyerMutations", "StaffMutations"]
