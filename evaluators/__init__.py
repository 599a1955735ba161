"""Where scores come from (cards, third parties, papers, runs) and where they belong."""
