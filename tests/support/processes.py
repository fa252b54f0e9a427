"""What other processes are."""

import psutil


def words_of(process: psutil.Process) -> str:
    """Return the command line of a process; nothing once it is gone."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""
