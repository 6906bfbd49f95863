"""The web pages: a client of the gRPC services like any other, with no access to the store."""
