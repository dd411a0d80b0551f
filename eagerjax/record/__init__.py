"""What happened: plain data about recorded operations. No JAX transformation lives here."""
