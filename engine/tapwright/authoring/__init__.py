"""What helps to write a spec: starting one, and writing YAML as the specs here do."""
