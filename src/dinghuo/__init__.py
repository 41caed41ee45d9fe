"""The front door: settings, the composition root, the web application and the command line."""
