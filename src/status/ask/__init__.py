"""`python -m status.ask`: what imports next to nothing, since it starts anew at every look."""
