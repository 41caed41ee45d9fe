"""Identity: the tokens by which callers say who they are, and WeChat, which tells who somebody is."""
