"""Packed files and bodies: which codec packs them, and their bytes in bounded chunks."""
