"""Checks of our own, one file each: what a server owes its bundle beyond what one reply can show."""
