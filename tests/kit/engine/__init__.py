"""What the compiled execution is tried on: a schema with every kind of field, wild data and generated documents."""
