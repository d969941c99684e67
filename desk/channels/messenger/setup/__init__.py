"""What a Page needs at Meta: `messenger setup` puts it there, `messenger check` watches it."""
