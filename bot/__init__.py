"""The service: everything between a webhook and a pull request."""
