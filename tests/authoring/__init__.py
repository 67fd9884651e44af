"""What `new` makes of descriptions of APIs."""
