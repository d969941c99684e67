"""The frame's pages: who may send the answer on each topic, and who decided it."""
