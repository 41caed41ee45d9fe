"""The walls between merchants, companies and roles, and the siege of them that is made from the schema."""
