"""Everybody there is, and every policy that speaks on a request."""
