"""Paperboy: mail digests of research papers. A digest is a row that moves to the right."""
