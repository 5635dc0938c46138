"""What other programs hear from us: signed calls about readers and editions."""
