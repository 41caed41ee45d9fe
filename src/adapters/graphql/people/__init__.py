"""People: signing in and out, and the places of a login."""

from adapters.graphql.people._mutations import PeopleMutations
from adapters.graphql.people._sessions import InvalidCodeType, MembershipType, SessionOverType

__all__ = ["InvalidCodeType", "MembershipType", "PeopleMutations", "SessionOverType"]
