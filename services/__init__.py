"""The services of Phieu: each folder is one deployable, beside the two libraries `runtime` and `policy`."""
