"""What papers there are: importing, naming, filing and listing them."""
