"""What tests of the running server are made of: the relay, its peers, clients. Python's standard library only."""
