"""Where people listen: the review console, adjudication, and the safety officers' cases."""
