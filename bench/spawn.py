"""Run one command and print what it cost: `spawn.py STDIN STDOUT STDERR PROGRAM [ARGUMENT…]`.

Why a process of its own: Linux counts into a child's peak memory what its parent held when it was spawned. This
parent holds an interpreter without a single library (about 9 MB), less than any command that is measured.
"""

import os
import sys
import time

stdin, stdout, stderr = sys.argv[1:4]
writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
redirections = [
    (os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0),
    (os.POSIX_SPAWN_OPEN, 1, stdout, writing, 0o644),
    (os.POSIX_SPAWN_OPEN, 2, stderr, writing, 0o644),
]
started = time.perf_counter()
child = os.posix_spawnp(sys.argv[4], sys.argv[4:], os.environ, file_actions=redirections)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - started
sys.stdout.write(
    f"{os.waitstatus_to_exitcode(status)} {seconds!r} {usage.ru_utime + usage.ru_stime!r} {usage.ru_maxrss}\n"
)
