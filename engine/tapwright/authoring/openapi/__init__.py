"""From an OpenAPI 3 or Swagger 2 description to a spec: what it says is taken over, what it does not say is guessed."""
