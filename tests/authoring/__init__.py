"""A desk to write specs at, what `new` makes of descriptions of APIs, and what `infer` makes of answers."""
