"""How the program itself grows with the number of nodes: no machine is there, and commands do nothing."""
