"""The SIP node: Kamailio, told over its control socket, started with a generated file, read by its spool."""
