"""The sections of a report, in two modules: on articles, and on what warta did."""
