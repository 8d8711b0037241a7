"""Nights whose numbers a Spark Connect server counts publish the bytes that the embedded engine publishes.

    python .ci/spark_engine.py BINARY FOLDER

From the root of the repository. Runs the whole sample from an empty store, with the embedded engine and with a server
that is sent the rows; an invented county, of its half years and years alone, also with a server that shares a folder and
through a gate with a token. Compares every published file byte by byte and every fact that is kept row by row. Then kills
a server in the middle of a night: the night must end with a clear error and the last snapshot stay whole. The server is
Sail. Needs pysail, pyspark-client, grpcio, pyarrow and openssl.
"""

import atexit
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

sys.path.append(str(Path(__file__).resolve().parent.parent / "scripts"))

from explained_sql import parsed  # noqa: E402

binary, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
TOKEN = "s3cret-of-the-gate"
SAIL = "from pysail.spark import SparkConnectServer as S; S('127.0.0.1', {port}).start(background=False)"


class Server:
    """A Spark Connect server in a process group of its own."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"sc://127.0.0.1:{self.port}"
        command = [sys.executable, "-c", SAIL.format(port=self.port)]
        self.log = open(folder / "server.log", "ab")
        self.process = subprocess.Popen(command, cwd=folder, stdout=self.log, stderr=self.log, start_new_session=True)
        atexit.register(self.kill)
        for _ in range(600):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        sys.exit(f"the server did not start: {folder / 'server.log'}")

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def few_periods(text):
    """A config with fewer periods: a server is asked each question once for every period."""
    return re.sub(r"(?m)^kinds = .*", 'kinds = ["half", "year"]', re.sub(r"(?m)^from = .*", 'from = "2023-01"', text))


def store_of(source, name, engine, few=False):
    """A copy of a folder with a config, with an engine and no store."""
    copy = folder / name
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("store"))
    text = (copy / "xinhui.toml").read_text("utf-8")
    text = few_periods(text) if few else text
    (copy / "xinhui.toml").write_text(f'query_tables = "tables"\n{text}\n{engine}', "utf-8")
    return copy


def run(store, env=None):
    began = time.monotonic()
    command = [binary, "--lang", "en", "run", "--config", store / "xinhui.toml"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, encoding="utf-8")
    if done.returncode not in (0, 1):
        sys.exit(f"{store}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return time.monotonic() - began


def published(store):
    """Every file of the current snapshot by its path: its bytes' hash. Of the manifest, what does not say when."""
    current = store / "store/current"
    files = {p.relative_to(current).as_posix(): p.read_bytes() for p in current.rglob("*") if p.is_file()}
    manifest = json.loads(files.pop("manifest.json"))
    files["manifest.json"] = json.dumps({k: v for k, v in manifest.items() if k not in TIMES}).encode()
    return {path: hashlib.sha256(bytes_).hexdigest() for path, bytes_ in files.items()}


TIMES = ("snapshot", "started", "published")


def facts(store):
    """The facts that are kept, by name and file: columns with their types, and rows in order."""
    found = {}
    kept = store / "store/private/facts"
    for path in sorted(kept.rglob("*.parquet")):
        table = pq.read_table(path)
        rows = sorted(zip(*(c.to_pylist() for c in table.columns)), key=repr)
        found[path.relative_to(kept).as_posix()] = (table.schema.remove_metadata().to_string(), rows)
    return found


def same(what, ours, theirs):
    if differing := sorted(p for p in ours.keys() | theirs.keys() if ours.get(p) != theirs.get(p)):
        sys.exit(f"{what}: {len(differing)} of {len(ours)} differ: {differing[:20]}")


def compare(name, source, server, wanted, few=False):
    """The same nights by both engines."""
    shared = folder / "shared"
    shared.mkdir(exist_ok=True)
    spark = f'[engine]\nkind = "spark"\nurl = "{server.url}"\n'
    engines = {"embedded": "", "spark": spark, "shared": f'{spark}shared = "{shared}"\n'}
    stores = {engine: store_of(source, f"{name}-{engine}", engines[engine], few) for engine in wanted}
    took = {}
    for engine, store in stores.items():
        took[engine] = run(store)
        if engine != "embedded":
            same(f"{name}, {engine}: published files", published(stores["embedded"]), published(store))
            same(f"{name}, {engine}: facts", facts(stores["embedded"]), facts(store))
    if left := list(shared.iterdir()):
        sys.exit(f"left in the shared folder: {left}")
    files, tables = len(published(stores["embedded"])), len(facts(stores["embedded"]))
    times = ", ".join(f"{engine} {seconds:.1f} s" for engine, seconds in took.items())
    print(f"ok  {name}: {files} published files and {tables} tables of facts are the same ({times})", flush=True)
    return stores


def kill_in_the_middle(source, expected):
    """A server that dies while a night waits for it."""
    server = Server()
    store = store_of(source, "killed", f'[engine]\nkind = "spark"\nurl = "{server.url}"\n')
    config = store / "xinhui.toml"
    whole = config.read_text("utf-8")
    # The snapshot that must stay, by the embedded engine and of an earlier day.
    earlier = whole.replace('as_of = "2023-12-31"', 'as_of = "2023-06-30"').replace('kind = "spark"', 'kind = "embedded"')
    config.write_text(earlier.replace(f'url = "{server.url}"\n', ""), "utf-8")
    run(store)
    config.write_text(whole, "utf-8")
    before, current = published(store), os.readlink(store / "store/current")
    for begun, seconds in (("county-facts", 0.0), ("numbers", 0.0), ("numbers", 1.0)):
        said = folder / "killed.log"
        with open(said, "w", encoding="utf-8") as lines:
            command = [binary, "--lang", "en", "--log", "json", "run", "--config", config]
            process = subprocess.Popen(command, stdout=lines, stderr=lines)
            # The line says how much of a layer is reused; the rest is counted from then on.
            while f'"layer":"{begun}"' not in said.read_text("utf-8") and process.poll() is None:
                time.sleep(0.02)
            time.sleep(seconds)
            if process.poll() is not None:
                sys.exit(f"the night ended before its server was killed: {said}")
            server.kill()
            process.wait(120)
        text = said.read_text("utf-8")
        if process.returncode != 3 or "the Spark server" not in text or "what is published is not touched" not in text:
            sys.exit(f"exit code {process.returncode}:\n{text}")
        if os.readlink(store / "store/current") != current:
            sys.exit("another snapshot after a night that failed")
        same("the last snapshot", before, published(store))
        gone, server = server.url, Server()
        whole = whole.replace(gone, server.url)
        config.write_text(whole, "utf-8")
    config.write_text(few_periods(whole), "utf-8")
    took = run(store)
    # Its manifest counts the nights of the store, too.
    later = published(store)
    same("the night after", {**expected, "manifest.json": ""}, {**later, "manifest.json": ""})
    server.kill()
    print(f"ok  a server was killed in three nights: each said so, the last snapshot stayed whole; the night after took"
          f" {took:.1f} s and published the same files", flush=True)


def explained(store, server):
    """What `explain --dialect spark` prints of every indicator runs there, and gives the published numbers of a year."""
    spark = SparkSession.builder.remote(server.url).getOrCreate()
    for path in sorted((store / "tables").glob("*.parquet")):
        spark.read.parquet(str(path)).createOrReplaceTempView(path.stem)
    columns = ["indicator", "division_code", "period", "numerator", "denominator"]
    table = pq.read_table(store / "store/current/internal/indicators/year.parquet", columns=columns)
    published = {}
    for indicator, code, period, *numbers in zip(*(c.to_pylist() for c in table.columns)):
        if period == "2023":
            published.setdefault(indicator, {})[code] = numbers
    cells = 0
    for indicator, expected in published.items():
        command = [binary, "--lang", "en", "explain", indicator, "--dialect", "spark", "--period", "2023"]
        said = subprocess.run([*command, "--config", store / "xinhui.toml"], check=True, capture_output=True, text=True,
                              encoding="utf-8", env={**os.environ, "COLUMNS": "0"}).stdout
        steps, queries = parsed(said)
        for name, sql in steps.items():
            spark.sql(f"CREATE OR REPLACE TEMP VIEW {name} AS\n{sql}")
        found = {}
        for _, _, sql in queries:
            rows = spark.sql(sql).collect()
            found.update({row[0]: [int(n or 0) for n in row[1:]] for row in rows})
            parts = len(rows[0]) - 1 if rows else 1
        for code, numbers in expected.items():
            got = found.pop(code, [0] * parts)
            if got != numbers[:len(got)]:
                sys.exit(f"explain {indicator} {code}: published {numbers}, found {got}")
            cells += 1
        if found:
            sys.exit(f"explain {indicator}: not published: {found}")
    spark.stop()
    print(f"ok  {cells} cells of {len(published)} indicators, by what explain --dialect spark prints", flush=True)


class Gate(grpc.GenericRpcHandler):
    """Stands before a server: encrypted, and only for who knows the token."""

    def __init__(self, behind):
        options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
        self.channel = grpc.insecure_channel(behind, options=options)
        self.certificate, key = folder / "gate.crt", folder / "gate.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", self.certificate,
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-addext", "basicConstraints=critical,CA:FALSE"], check=True, stderr=subprocess.DEVNULL)
        pair = grpc.ssl_server_credentials([(key.read_bytes(), self.certificate.read_bytes())])
        self.server = grpc.server(ThreadPoolExecutor(8), handlers=[self], options=options)
        self.url = f"sc://localhost:{self.server.add_secure_port('localhost:0', pair)}/;use_ssl=true"
        self.server.start()

    def service(self, details):
        told = dict(details.invocation_metadata)
        if told.get("authorization") != f"Bearer {TOKEN}":
            return grpc.unary_unary_rpc_method_handler(
                lambda _, context: context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?"))
        forward = self.channel.unary_stream(details.method)
        return grpc.unary_stream_rpc_method_handler(lambda request, _: forward(request))


def through_a_gate(source, server, expected):
    """Encrypted and with a token; with another token, and with a certificate that is not trusted, the night ends."""
    gate = Gate(f"127.0.0.1:{server.port}")
    setting = f'[engine]\nkind = "spark"\nurl = "{gate.url}"\ntoken_file = "token"\n'
    store = store_of(source, "gated", setting, few=True)
    (store / "token").write_text(f"{TOKEN}-not\n", "utf-8")
    trusting = {**os.environ, "SSL_CERT_FILE": str(gate.certificate)}
    command = [binary, "--lang", "en", "run", "--config", store / "xinhui.toml"]
    for env, told in [(trusting, "who are you?"), (None, "certificate")]:
        done = subprocess.run(command, env=env, capture_output=True, text=True, encoding="utf-8")
        said = done.stdout + done.stderr
        if done.returncode != 3 or told not in said or TOKEN in said or (store / "store/current").exists():
            sys.exit(f"{told}: exit code {done.returncode}\n{said}")
    (store / "token").write_text(f"{TOKEN}\n", "utf-8")
    took = run(store, trusting)
    same("through a gate", expected, published(store))
    for path in (store / "store").rglob("*"):
        if path.is_file() and TOKEN.encode() in path.read_bytes():
            sys.exit(f"{path} holds the token")
    print(f"ok  over TLS with a token: the same files ({took:.1f} s); not without the token, nor to who is not trusted", flush=True)


def main():
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    server = Server()
    county = folder / "county"
    subprocess.run([binary, "synth", "--city", "3708", "--counties", "370881", "--towns", "2", "--persons", "1000", "--seed", "11",
                    "--dirt", "heavy", "--formats", "csv", "--out", county], check=True, stdout=subprocess.DEVNULL)
    stores = compare("county", county, server, ["embedded", "spark", "shared"], few=True)
    through_a_gate(county, server, published(stores["embedded"]))
    few = store_of(Path("sample-data"), "sample-few", "", few=True)
    run(few)
    kill_in_the_middle(Path("sample-data"), published(few))
    sample = compare("sample", Path("sample-data"), server, ["embedded", "spark"])
    explained(sample["embedded"], server)
    server.kill()


main()
