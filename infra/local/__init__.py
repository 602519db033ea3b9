"""The platform on one machine: broker, database and services, started and stopped as one."""
