"""The public pages, the mailbox, the headers."""
