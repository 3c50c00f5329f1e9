"""`make up` and its sisters: plain Pulumi commands, with progress, times and clear errors around them."""
