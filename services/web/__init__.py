"""The one public port: customers' pages, and the gateway to the other services; decides nothing."""
