"""`ringfence work`: the background worker."""

import argparse

NAME = "work"
HELP = "do the background work: mail, calls, requests, everything that was put off"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--node",
        action="store_true",
        help="this machine runs a SIP node: tell it what changes, take in its records",
    )
    parser.add_argument("--concurrency", type=int, default=2, help="jobs done at the same time (default: 2)")


def run(arguments: argparse.Namespace) -> int:
    """Work until SIGTERM or SIGINT."""
    from ringfence.config import environment, static, working

    # Checks read the store's own pages here too, and pages name the files that belong to them.
    static.collect_changed(environment.current().var_dir)
    return working.run(arguments.concurrency, beside_a_node=arguments.node)
