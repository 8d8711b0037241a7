"""Packs a built binary as a Python wheel, which holds nothing else: `pip install` then puts `xinhui` into the path.

    python scripts/wheel.py target/release/xinhui OUT_DIR

For offices whose machines take packages from a mirror of PyPI and nothing else. The wheel runs on machines whose C
library is not older than that of the machine it was packed on.
"""

import base64
import hashlib
import pathlib
import platform
import re
import sys
import tomllib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The same binary gives the same wheel.
WHEN = (2000, 1, 1, 0, 0, 0)


def tag():
    """The platform that the wheel is for, as pip names it."""
    machine = platform.machine()
    if sys.platform == "linux":
        _, version = platform.libc_ver()
        major, minor = re.match(r"(\d+)\.(\d+)", version).groups()
        return f"py3-none-manylinux_{major}_{minor}_{machine}"
    if sys.platform == "darwin":
        return f"py3-none-macosx_{platform.mac_ver()[0].split('.')[0]}_0_{machine}"
    return "py3-none-win_amd64"


def pack(binary, folder):
    package = tomllib.loads((ROOT / "Cargo.toml").read_text("utf-8"))["package"]
    name, version = package["name"], package["version"]
    info, scripts = f"{name}-{version}.dist-info", f"{name}-{version}.data/scripts"
    metadata = (
        f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nSummary: {package['description']}\n"
        f"License-Expression: {package['license']}\nLicense-File: LICENSE\n"
    )
    members = {
        f"{scripts}/{binary.name}": (binary.read_bytes(), 0o755),
        f"{info}/METADATA": (metadata.encode(), 0o644),
        f"{info}/WHEEL": (f"Wheel-Version: 1.0\nGenerator: xinhui\nRoot-Is-Purelib: false\nTag: {tag()}\n".encode(), 0o644),
        f"{info}/licenses/LICENSE": ((ROOT / "LICENSE").read_bytes(), 0o644),
    }
    record = ""
    for path, (content, _) in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(content)}\n"
    members[f"{info}/RECORD"] = (f"{record}{info}/RECORD,,\n".encode(), 0o644)

    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-{tag()}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, (content, mode) in members.items():
            about = zipfile.ZipInfo(path, WHEN)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = (0o100000 | mode) << 16
            archive.writestr(about, content)
    return wheel


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(pack(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
