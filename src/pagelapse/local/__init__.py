"""Pagelapse on one machine: the same template on an embedded emulator, without Docker and without an account.

`prepare`, `packages`, `pins`, `chromium`, `environments` and `layout` import nothing but the standard library, because
they run before there is an environment to import from; `emulator` runs in the emulator's own environment.
"""
