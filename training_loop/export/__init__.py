"""Everything that is kept of an account, for its holder to take along."""
