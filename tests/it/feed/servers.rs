//! Real databases, started for a test from what Debian installs, and a wire to them that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Postgres,
    MariaDb,
}

/// A server on loopback with a database `front` and a user `feed`.
pub struct Database {
    pub kind: Kind,
    pub port: u16,
    dir: tempfile::TempDir,
    child: Child,
}

pub const PASSWORD: &str = "sesame-opens-9";

/// Set where a database that is not installed is a fault, as in `.ci/run`.
const MUST: &str = "XINHUI_TEST_DATABASES";

fn binary(names: &[&str]) -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    folders.extend(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"))
        .collect();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    names.iter().find_map(|name| folders.iter().map(|f| f.join(name)).find(|p| p.is_file()))
}

/// A command that is not run as root: no database lets itself be.
fn as_nobody(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.env_remove("PGUSER").env("HOME", "/").stdout(Stdio::null()).stderr(Stdio::null());
    command
}

const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0)
}

impl Database {
    /// Starts a server; `None`, said aloud, where it is not installed.
    pub fn start(kind: Kind) -> Option<Database> {
        let wanted: &[&[&str]] = match kind {
            Kind::Postgres => &[&["initdb"], &["postgres"], &["psql"]],
            Kind::MariaDb => {
                &[&["mariadb-install-db", "mysql_install_db"], &["mariadbd", "mysqld"], &["mariadb", "mysql"]]
            }
        };
        let found: Vec<PathBuf> = wanted.iter().filter_map(|names| binary(names)).collect();
        let [install, server, _] = found.as_slice() else {
            assert!(std::env::var_os(MUST).is_none(), "{kind:?} is not installed, and {MUST} is set");
            eprintln!("SKIPPED: {kind:?} is not installed, so that delivery into it was not tried");
            return None;
        };
        let dir = tempfile::tempdir().expect("a folder");
        if is_root() {
            std::os::unix::fs::chown(dir.path(), Some(NOBODY), Some(NOBODY)).expect("an owner");
        }
        let data = dir.path().join("data");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let mut install = as_nobody(install);
        let mut server = as_nobody(server);
        match kind {
            Kind::Postgres => {
                install.args(["-U", "admin", "--auth-local=trust", "--auth-host=md5", "--no-sync", "-E", "UTF8"]);
                install.arg("-D").arg(&data);
                server.arg("-D").arg(&data).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
                server.args(["-c", "fsync=off", "-c"]);
                server.arg(format!("unix_socket_directories={}", dir.path().display()));
            }
            Kind::MariaDb => {
                install.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
                install.arg(format!("--datadir={}", data.display()));
                server.args(["--no-defaults", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0"]);
                server.arg(format!("--port={port}")).arg(format!("--datadir={}", data.display()));
                server.arg(format!("--socket={}", dir.path().join("s").display()));
                server.arg(format!("--pid-file={}", dir.path().join("pid").display()));
            }
        }
        assert!(install.status().expect("it starts").success(), "{install:?}");
        let mut this = Database { kind, port, child: server.spawn().expect("it starts"), dir };
        this.wait();
        match kind {
            Kind::Postgres => {
                this.admin(&format!("CREATE USER feed PASSWORD '{PASSWORD}'"));
                this.admin(&format!("SET password_encryption = 'md5'; CREATE USER old PASSWORD '{PASSWORD}'"));
            }
            Kind::MariaDb => {
                this.admin(&format!(
                    "CREATE USER feed@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO feed@'127.0.0.1'"
                ));
            }
        }
        Some(this)
    }

    fn wait(&mut self) {
        let begun = Instant::now();
        while !self.client("").status().expect("a client").success() {
            assert!(begun.elapsed() < Duration::from_secs(90), "{:?} does not start", self.kind);
            assert!(self.child.try_wait().expect("a server").is_none(), "{:?} ended", self.kind);
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// A client that asks as the administrator.
    fn client(&self, database: &str) -> Command {
        let mut command;
        match self.kind {
            Kind::Postgres => {
                command = Command::new(binary(&["psql"]).expect("a client"));
                command.args(["-X", "-q", "-At", "-F", "|", "-v", "ON_ERROR_STOP=1", "-U", "admin"]);
                command.arg("-h").arg(self.dir.path()).args(["-p", &self.port.to_string()]);
                command.args(["-d", if database.is_empty() { "postgres" } else { database }]);
            }
            Kind::MariaDb => {
                command = Command::new(binary(&["mariadb", "mysql"]).expect("a client"));
                command.args(["--no-defaults", "-u", "root", "-N", "-B", "--default-character-set=utf8mb4"]);
                command.arg(format!("--socket={}", self.dir.path().join("s").display()));
                command.args(Some(database).filter(|d| !d.is_empty()));
            }
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs statements as the administrator.
    #[track_caller]
    pub fn admin(&self, sql: &str) -> String {
        self.ask("", sql)
    }

    /// What the client of the database prints: rows as lines, cells parted by `|`, null as nothing.
    #[track_caller]
    pub fn ask(&self, database: &str, sql: &str) -> String {
        let flag = if self.kind == Kind::Postgres { "-c" } else { "-e" };
        let output = self.client(database).arg(flag).arg(sql).output().expect("a client");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        match self.kind {
            Kind::Postgres => text,
            Kind::MariaDb => text.replace('\t', "|").replace("NULL", ""),
        }
    }

    /// A session of its own that runs statements.
    pub fn session(&self, database: &str, sql: &str) -> Command {
        let mut command = self.client(database);
        command.arg(if self.kind == Kind::Postgres { "-c" } else { "-e" }).arg(sql);
        command
    }

    /// Ends the sessions of senders, whether their clients are there or not.
    pub fn end_senders(&self) {
        match self.kind {
            Kind::Postgres => {
                self.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'feed'");
            }
            Kind::MariaDb => drop(self.admin("KILL USER feed@'127.0.0.1'")),
        }
        self.settle();
    }

    /// Ends sessions that sleep: a server does not see that the client of one is gone.
    pub fn end_sleepers(&self) {
        let (asked, kill) = match self.kind {
            Kind::Postgres => {
                ("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'", "SELECT pg_terminate_backend")
            }
            Kind::MariaDb => ("SELECT id FROM information_schema.processlist WHERE state = 'User sleep'", "KILL "),
        };
        let begun = Instant::now();
        loop {
            let ids = self.admin(asked);
            let Some(id) = ids.lines().next() else { return };
            assert!(begun.elapsed() < Duration::from_secs(30), "{ids} sleeps on");
            let _ = self
                .client("")
                .arg(if self.kind == Kind::Postgres { "-c" } else { "-e" })
                .arg(format!("{kill}({id})"))
                .output();
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until no sender is connected any more: a server goes on with what it has when the wire is cut.
    pub fn settle(&self) {
        let connected = match self.kind {
            Kind::Postgres => "SELECT count(*) FROM pg_stat_activity WHERE usename = 'feed'",
            Kind::MariaDb => "SELECT count(*) FROM information_schema.processlist WHERE user = 'feed'",
        };
        let begun = Instant::now();
        while self.admin(connected).trim() != "0" {
            assert!(begun.elapsed() < Duration::from_secs(90), "{:?} keeps a sender whose wire was cut", self.kind);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// An empty database, in the place of one of the same name.
    pub fn fresh(&self, name: &str) {
        let by_force = if self.kind == Kind::Postgres { " WITH (FORCE)" } else { "" };
        self.admin(&format!("DROP DATABASE IF EXISTS {name}{by_force}"));
        match self.kind {
            Kind::Postgres => {
                self.admin(&format!("CREATE DATABASE {name} OWNER feed"));
                self.ask(name, "GRANT ALL ON SCHEMA public TO PUBLIC");
            }
            Kind::MariaDb => drop(self.admin(&format!("CREATE DATABASE {name}"))),
        }
    }

    pub fn url(&self, database: &str, port: u16) -> String {
        let scheme = if self.kind == Kind::Postgres { "postgres" } else { "mysql" };
        format!("{scheme}://feed@127.0.0.1:{port}/{database}")
    }

    /// The server's own folder.
    pub fn folder(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Gives a file to the user that the server runs as.
    pub fn own(&self, path: &Path) {
        if is_root() {
            std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("an owner");
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A wire that is cut at the nth message that the client sends: what the network brings in one piece differs from run
/// to run, the messages do not.
pub struct Wire {
    pub port: u16,
    cut_at: Arc<AtomicUsize>,
    after: Arc<AtomicBool>,
    freeze: Arc<Freeze>,
}

/// The statement after which a wire brings nothing any more, in neither direction, and stays open.
#[derive(Default)]
struct Freeze {
    after: Mutex<String>,
    is_frozen: AtomicBool,
}

impl Wire {
    pub fn to(database: &Database) -> Wire {
        let (kind, port) = (database.kind, database.port);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let here = listener.local_addr().expect("an address").port();
        let (cut_at, after) = (Arc::new(AtomicUsize::new(usize::MAX)), Arc::new(AtomicBool::new(false)));
        let freeze: Arc<Freeze> = Arc::default();
        let settings = (cut_at.clone(), after.clone(), freeze.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(("127.0.0.1", port)).expect("a server");
                let (cut_at, after) = (settings.0.load(Ordering::SeqCst), settings.1.load(Ordering::SeqCst));
                let messages = Messages { kind, begun: false, bytes: Vec::new() };
                carry(client, server, messages, (cut_at, after), settings.2.clone());
            }
        });
        Wire { port: here, cut_at, after, freeze }
    }

    /// From now on connections freeze once this statement was brought and answered; none where it is empty.
    pub fn freeze_after(&self, statement: &str) {
        self.freeze.is_frozen.store(false, Ordering::SeqCst);
        *self.freeze.after.lock().expect("a statement") = statement.to_owned();
    }

    /// Waits until one is frozen.
    pub fn frozen(&self) {
        let begun = Instant::now();
        while !self.freeze.is_frozen.load(Ordering::SeqCst) {
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing froze");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// From now on connections are cut at the nth message: before the server has it, or after, so that the client does
    /// not learn what came of it.
    pub fn cut_at(&self, nth: usize, after: bool) {
        self.cut_at.store(nth, Ordering::SeqCst);
        self.after.store(after, Ordering::SeqCst);
    }
}

/// The bytes that a client sent, as the messages of its database.
struct Messages {
    kind: Kind,
    /// PostgreSQL's first message has no letter before its length.
    begun: bool,
    bytes: Vec<u8>,
}

impl Messages {
    /// The next message, once it is there to its end.
    fn next(&mut self) -> Option<Vec<u8>> {
        let letter = usize::from(self.kind == Kind::Postgres && self.begun);
        let head = self.bytes.get(letter..letter + 4)?;
        let length = match self.kind {
            Kind::Postgres => letter + u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize,
            Kind::MariaDb => 4 + u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize,
        };
        if self.bytes.len() < length {
            return None;
        }
        self.begun = true;
        let rest = self.bytes.split_off(length);
        Some(std::mem::replace(&mut self.bytes, rest))
    }
}

fn carry(
    client: TcpStream,
    server: TcpStream,
    messages: Messages,
    (cut_at, after): (usize, bool),
    freeze: Arc<Freeze>,
) {
    let is_mute = Arc::new(AtomicBool::new(false));
    let is_frozen = Arc::new(AtomicBool::new(false));
    let (mut from_server, mut to_client) =
        (server.try_clone().expect("a stream"), client.try_clone().expect("a stream"));
    let (mute, frozen) = (is_mute.clone(), is_frozen.clone());
    std::thread::spawn(move || {
        let mut buffer = [0; 1 << 16];
        while let Ok(read @ 1..) = from_server.read(&mut buffer) {
            if frozen.load(Ordering::SeqCst) {
                continue;
            }
            if mute.load(Ordering::SeqCst) || to_client.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        if !frozen.load(Ordering::SeqCst) {
            let _ = to_client.shutdown(Shutdown::Both);
        }
    });
    std::thread::spawn(move || {
        let (mut client, mut server, mut messages, mut buffer) = (client, server, messages, [0; 1 << 16]);
        let mut nth = 0;
        'wire: while let Ok(read @ 1..) = client.read(&mut buffer) {
            messages.bytes.extend_from_slice(&buffer[..read]);
            while let Some(message) = messages.next() {
                nth += 1;
                let statement = freeze.after.lock().expect("a statement").clone();
                let freezes = !statement.is_empty() && String::from_utf8_lossy(&message).contains(&statement);
                is_frozen.fetch_or(freezes, Ordering::SeqCst);
                is_mute.fetch_or(nth == cut_at, Ordering::SeqCst);
                if nth == cut_at && !after || server.write_all(&message).is_err() {
                    break 'wire;
                }
                if freezes {
                    // The server has done what the statement says before anybody looks.
                    std::thread::sleep(Duration::from_millis(500));
                    freeze.is_frozen.store(true, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_secs(90));
                    break 'wire;
                }
                if nth == cut_at {
                    std::thread::sleep(Duration::from_millis(60));
                    break 'wire;
                }
            }
        }
        let _ = server.shutdown(Shutdown::Both);
        let _ = client.shutdown(Shutdown::Both);
    });
}
