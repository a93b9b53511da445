"""Ansible's own inventories, read as they are: INI and YAML 1.1, group_vars and host_vars, vault-encrypted values.

Nothing of Ansible is needed but to decrypt: its vault code is an optional extra. A form that is not supported
errs only where its value is needed.
"""
