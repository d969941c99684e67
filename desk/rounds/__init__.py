"""What the desk does by itself, every half minute: remind, escalate, hand on, release, close."""
