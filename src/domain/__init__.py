"""The business of ordering: values, aggregates and rules; attrs and the standard library only."""
