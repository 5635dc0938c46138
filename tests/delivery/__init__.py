"""Handing over, recording, the development mailbox."""
