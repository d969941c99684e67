"""``make bench-understanding``: how well Beffroi understands, beside others taught the same messages."""
