"""The second wing: what the signs of the weights forbid, and how far a signed graph is from balance."""
