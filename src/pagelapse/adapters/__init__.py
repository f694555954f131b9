"""The edges: AWS, the browser, the network. Each library of the outside world is known to one module only."""
