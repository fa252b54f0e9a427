# Beam's --setup_file wants a setup.py; everything else stands in pyproject.toml.
__import__("setuptools").setup()
