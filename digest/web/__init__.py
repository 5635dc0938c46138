"""The public pages and the development mailbox."""
