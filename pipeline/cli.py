"""`warta`: the commands put together, and their errors reported in one line.

Each is a module of its own, imported when it is called for, and so is its work: `warta --help`
starts without the commands, `warta try` without Beam.
"""

import os
from collections.abc import Sequence

import click

from warta.pipeline.commands.exit_status import (
    DONE,
    FAILED,
    WRONG_USAGE,
    complain,
    describe,
    flush_output,
    open_streams,
    stopped_by,
    wants_colour,
)
from warta.pipeline.commands.lazy import LazyGroup
from warta.pipeline.signals import first_signal
from warta.transforms.core.errors import ExhaustedError, WartaError
from warta.transforms.core.exhaustion import exhausted, is_exhausted
from warta.transforms.core.storage import one_line
from warta.transforms.core.store_settings import is_refused_by_store


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors of the user, the machine and the network come as one line.

    Args:
      arguments: Words after `warta`; None: those that the process was started with.

    Returns:
      The exit status. A defect of warta's is not the user's error, and is raised.
    """
    open_streams()
    return flush_output(_run(arguments))


def _end_exhausted(error: Exception, *, is_process: bool) -> int:
    """Report that memory or threads have run out, and end the process if it is this command's.

    To let go of a server that got no thread is to wait for it forever.
    """
    known = error if isinstance(error, ExhaustedError) else exhausted(str(error) or repr(error))
    status = flush_output(complain(describe(known), known.exit_status))
    if is_process:
        os._exit(status)
    return status


def _run(arguments: Sequence[str] | None) -> int:
    try:
        colour = wants_colour(os.environ)
        status = cli.main(arguments, prog_name="warta", standalone_mode=False, color=colour)
        return int(status or DONE)
    except click.exceptions.NoArgsIsHelpError as error:
        # `warta`, or a group of commands, alone.
        click.echo(error.format_message())
        return DONE
    except (BrokenPipeError, SystemExit):
        # The reader of the output has read enough; click and rich end the process for it.
        return DONE
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "warta"
        return complain(f"{error.format_message()} ({command} --help says more)", WRONG_USAGE)
    except ExhaustedError as error:
        return _end_exhausted(error, is_process=arguments is None)
    except WartaError as error:
        return complain(describe(error), error.exit_status)
    except OSError as error:
        return complain(describe(error), FAILED)
    except ValueError as error:
        if not is_refused_by_store(error):
            raise
        return complain(f"the object store refuses a request: {one_line(error)}", FAILED)
    except click.Abort as abort:
        return complain(*stopped_by(abort.__cause__))
    except Exception as error:
        # What a library makes of a signal: DuckDB raises an error of its own.
        if (stopped := first_signal()) is not None:
            return complain(*stopped_by(stopped))
        if is_exhausted(error):
            return _end_exhausted(error, is_process=arguments is None)
        raise


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"warta {version('warta')}")
        ctx.exit()


_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(
    cls=LazyGroup,
    help="News sources in; cleaned, tagged, deduplicated Parquet out.",
    context_settings=_HELP,
    epilog="\b\nExample:\n  warta try article.txt",
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Hold the commands of `warta`."""
