"""Identity: the tokens by which callers say who they are."""
