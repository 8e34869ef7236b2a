"""Figures: compute numbers first, then draw."""
