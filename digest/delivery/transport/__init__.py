"""Handing messages over: one lane per kind of peer, each telling exactly what is known afterwards."""
