"""What can be done with the business: its verbs, and the ports and views they need; domain only."""
