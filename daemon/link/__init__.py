"""Links between the roles of a running daemon: typed messages over local sockets, encoded in one place."""
