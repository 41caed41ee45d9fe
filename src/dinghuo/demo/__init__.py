"""A believable wholesaler to try the product with."""
