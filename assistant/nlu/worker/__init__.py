"""The process that runs Rasa: one model, one gRPC service on a private unix socket.

Runs inside Rasa's environment; imports only `assistant.v1` and `assistant.nlu.lean`.
"""
