"""What other processes are."""

import psutil

from warta.pipeline.worker import FORK_SERVER


def words_of(process: psutil.Process) -> str:
    """Return the command line of a process; nothing once it is gone."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def workers_of(launcher: psutil.Process) -> list[psutil.Process]:
    """Return the workers that the fork server of a run has forked and that are there still."""
    family = launcher.children(recursive=True)
    servers = {member.pid for member in family if FORK_SERVER in words_of(member)}
    return [member for member in family if _parent_of(member) in servers]


def _parent_of(process: psutil.Process) -> int | None:
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return None


def is_connected(process: psutil.Process) -> bool:
    """Return whether a process has a connection to another; not once it is gone."""
    try:
        return bool(process.net_connections("tcp"))
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
