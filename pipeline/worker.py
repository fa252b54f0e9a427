"""A worker process of the local engine: Beam's own, heard only when something is wrong."""

import logging
import sys

from pipeline.beam_options import hushed


def main() -> None:
    """Serves the runner named in the environment until it hangs up."""
    errors = logging.StreamHandler()
    errors.setLevel(logging.ERROR)
    logging.basicConfig(handlers=[errors], format="%(levelname)s %(name)s: %(message)s")
    with hushed():
        from apache_beam.runners.worker import sdk_worker_main
    sdk_worker_main.main(sys.argv)


if __name__ == "__main__":
    main()
