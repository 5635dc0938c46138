"""What `manage.py doctor` looks at, one module for each neighbourhood: settings, servers, mail, names, the machine."""
