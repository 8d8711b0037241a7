"""Environments of the peers: made once in the work folder, with the versions that a requirements file pins."""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path


class Environment:
    """A Python with the packages of one requirements file."""

    def __init__(self, folder, requirements):
        self.folder = Path(folder)
        self.requirements = Path(requirements)

    def make(self):
        stamp = self.folder / "made-from"
        wanted = hashlib.sha256(self.requirements.read_bytes()).hexdigest()
        if stamp.exists() and stamp.read_text() == wanted:
            return self
        subprocess.run(["rm", "-rf", self.folder], check=True)
        pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", self.requirements]
        try:
            venv.create(self.folder, with_pip=True)
            subprocess.run([self.folder / "bin/python", *pip], check=True)
        except subprocess.CalledProcessError:
            # No ensurepip on this machine: the packages go into a folder instead.
            subprocess.run(["rm", "-rf", self.folder], check=True)
            subprocess.run([sys.executable, *pip, "--target", self.folder], check=True)
        stamp.write_text(wanted)
        return self

    def command(self, *args):
        """What runs a Python program here."""
        if (self.folder / "pyvenv.cfg").exists():
            return [self.folder / "bin/python", *args]
        return ["/usr/bin/env", f"PYTHONPATH={self.folder}", sys.executable, *args]


def cores():
    return len(os.sched_getaffinity(0))
