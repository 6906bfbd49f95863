"""One lap of learning: what people agreed on becomes models that serve, or a reason why not."""
