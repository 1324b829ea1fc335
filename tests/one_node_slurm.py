"""A SLURM cluster of one node, this machine, from Debian's packages; no service manager, no accounting.

The daemons find their settings in /etc/slurm/slurm.conf and nowhere else: Snakemake's plugin drops SLURM's
variables from the environment of its jobs, SLURM_CONF among them. So it is written there, and taken away.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONF = Path("/etc/slurm/slurm.conf")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "scontrol")
SETTINGS = """ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
MinJobAge=600
KillWait=1
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory}
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class NoClusterError(Exception):
    """Why there can be no cluster on this machine; one line."""


@contextmanager
def one_node_slurm(folder: Path) -> Iterator[str]:
    """Start the daemons and stop them again.

    Args:
        folder: for state and logs; every user has to be able to reach it.

    Yields:
        the node's name.

    Raises:
        NoClusterError: this machine lacks the programs or the rights, or has a cluster of its own already.
    """
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        raise NoClusterError(
            f"no {missing[0]} here; on Debian: apt-get install slurmctld slurmd slurm-client munge"
        )
    if os.geteuid() != 0:
        raise NoClusterError("SLURM's daemons need root")
    if CONF.exists():
        raise NoClusterError(f"{CONF} is there already; this machine belongs to a cluster")
    host = socket.gethostname().split(".")[0]
    for name in ("state", "spool", "munge"):
        (folder / name).mkdir(parents=True)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    settings = {"host": host, "folder": folder, "cores": os.cpu_count(), "memory": memory - 256}
    CONF.parent.mkdir(exist_ok=True)
    CONF.write_text(SETTINGS.format(**settings), encoding="utf-8")
    try:
        with _munge(folder / "munge"), _daemon("slurmctld", "-D"), _daemon("slurmd", "-D", "-N", host):
            wait_until(_is_idle, 30)
            yield host
    finally:
        CONF.unlink()


@contextmanager
def _munge(folder: Path) -> Iterator[None]:
    (folder / "key").write_bytes(os.urandom(1024))
    for path in (folder, folder / "key"):
        shutil.chown(path, "munge", "munge")
    (folder / "key").chmod(0o400)
    folder.chmod(0o711)
    names = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    options = [f"--{option}={folder / name}" for option, name in names.items()]
    with _daemon("munged", "--foreground", *options, user="munge", group="munge", extra_groups=[]):
        wait_until((folder / "socket").exists, 30)
        yield


@contextmanager
def _daemon(*command: str, **user) -> Iterator[None]:
    """Run a daemon as our own child: the last write of one in the background cannot be waited for."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _is_idle() -> bool:
    try:
        return _call("sinfo", "--noheader", "--format=%t").strip() == "idle"
    except NoClusterError:  # slurmctld does not listen yet
        return False


def jobs(state: str) -> list[str]:
    """Numbers of the jobs in a state, such as `RUNNING`."""
    return _call("squeue", "--noheader", "--format=%i", f"--states={state}").split()


def wait_until(condition, seconds: float) -> None:
    """Wait for a condition, and give up after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise NoClusterError(f"waited {seconds:.0f} s in vain")
        time.sleep(0.25)


def _call(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise NoClusterError(f"{command[0]}: {' '.join(done.stderr.split()) or done.returncode}")
    return done.stdout
