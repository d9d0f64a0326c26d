"""AWS on this machine: MiniStack and PostgreSQL on loopback, with nothing that outlives its owner."""
