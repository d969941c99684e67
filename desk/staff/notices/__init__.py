"""The notices' pages: what the town tells everybody for a while."""
