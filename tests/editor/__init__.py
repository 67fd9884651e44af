"""What an editor makes of the schemas: `make editor` asks the language server that VS Code uses for YAML."""
