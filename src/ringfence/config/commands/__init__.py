"""Commands about the installation itself; those about its work are in `ringfence.interfaces.commands`."""
