"""The paper's claims, and a user's own, as tested statements: what holds, what is contradicted, what cannot be told."""
