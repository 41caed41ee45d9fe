"""Messages to people, outside the API."""
