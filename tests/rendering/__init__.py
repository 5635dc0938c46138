"""Tests of the rendering stage."""
