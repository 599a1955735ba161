"""A stand-in for GitHub: its API over HTTP, and a runner that really executes workflows and composite actions."""
