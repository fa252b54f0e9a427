"""Names in a text: gazetteer, rules, model, document consistency."""
