"""The command `xdomain`: one name for everything that the other packages offer on the command line."""
