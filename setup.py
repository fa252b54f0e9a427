# Beam's --setup_file wants a setup.py; everything else is in pyproject.toml.
__import__("setuptools").setup()
