"""Stand-ins for frameworks: packages of the same names that take the same commands, and know nothing of models."""
