"""Short programs that use warta as a library; tests/e2e/test_examples.py runs them."""
