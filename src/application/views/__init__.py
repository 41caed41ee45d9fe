"""What readers see: frozen views, and the asynchronous queries that yield them."""
