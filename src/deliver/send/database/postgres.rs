//! The protocol of PostgreSQL, version 3, as far as loading needs it: login, statements as text, COPY.
//!
//! Its own client and not the crate `postgres`: that one switches on features of tokio that Polars is built without,
//! and all that is needed of the protocol is here.

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use ring::{digest, hmac, pbkdf2};

use super::connection::{Connection, LoadTrouble, StatementOutcome, held, lock_seconds};
use super::wire::{Login, MessageParts, Wire};
use crate::deliver::rows::DeliveredRows;
use crate::error::words;
use crate::store::hex;

/// A connection that is logged in.
pub struct Postgres<'a> {
    wire: Wire,
    login: &'a Login<'a>,
}

impl<'a> Postgres<'a> {
    pub fn connect(login: &'a Login<'a>) -> Result<Postgres<'a>, LoadTrouble> {
        let mut wire = Wire::connect(login)?;
        if login.address.encrypted {
            wire.send(&[0, 0, 0, 8, 4, 210, 22, 47])?;
            if wire.receive(1)? != b"S" {
                return Err(LoadTrouble::Wrong(words!(
                    "服务器不支持加密连接",
                    "the server offers no encrypted connection"
                )));
            }
            wire.encrypt(login)?;
        }
        let mut this = Postgres { wire, login };
        let mut start = Vec::from(196_608u32.to_be_bytes());
        let settings = [
            ("user", login.user()),
            ("database", &login.address.database),
            ("client_encoding", "UTF8"),
            ("application_name", "xinhui"),
        ];
        for (name, value) in settings {
            start.extend([name.as_bytes(), &[0], value.as_bytes(), &[0]].concat());
        }
        start.push(0);
        let length = (start.len() as u32 + 4).to_be_bytes();
        this.wire.send(&[&length[..], &start].concat())?;
        this.authenticate()?;
        this.set_limits()?;
        Ok(this)
    }

    /// Whoever holds a table keeps this session waiting for seconds and not for hours, and whatever becomes of this
    /// machine, the server lets go of what the session holds. Servers that speak the same protocol lack some of these
    /// settings; numbers and days are written so that they can be compared.
    fn set_limits(&mut self) -> Result<(), LoadTrouble> {
        let (timeout, lock) = (self.login.timeout.as_secs(), lock_seconds(self.login.timeout));
        let settings = [
            ("lock_timeout", format!("{lock}s")),
            ("statement_timeout", format!("{timeout}s")),
            ("idle_in_transaction_session_timeout", format!("{timeout}s")),
            ("tcp_keepalives_idle", "60".to_owned()),
            ("tcp_keepalives_interval", "10".to_owned()),
            ("tcp_keepalives_count", "6".to_owned()),
            ("extra_float_digits", "3".to_owned()),
            ("DateStyle", "ISO".to_owned()),
        ];
        let values: Vec<String> = settings.iter().map(|(name, value)| format!("('{name}', '{value}')")).collect();
        let values = values.join(", ");
        self.run(&format!(
            "SELECT set_config(s.name, w.value, false) FROM pg_settings s JOIN (VALUES {values}) w (name, value) \
             ON w.name = s.name"
        ))
        .map(drop)
    }

    fn authenticate(&mut self) -> Result<(), LoadTrouble> {
        let mut scram: Option<Scram> = None;
        loop {
            let (kind, body) = self.message()?;
            match kind {
                b'E' => return Err(self.said(&body)),
                b'Z' => return Ok(()),
                b'R' => {}
                _ => continue,
            }
            let mut parts = MessageParts(&body);
            let method = number(parts.take(4)?);
            if method == 0 {
                continue;
            }
            let password = self.login.password.clone().ok_or_else(no_password)?;
            match method {
                3 => {
                    if !self.wire.is_encrypted() && !self.login.address.is_here() {
                        return Err(LoadTrouble::Wrong(words!(
                            "服务器要求在未加密的连接上以明文发送密码",
                            "the server wants the password in clear over an open connection"
                        )));
                    }
                    self.send(b'p', &[password.as_bytes(), &[0]].concat())?;
                }
                5 => {
                    let inner = hex(&Md5::digest([password.as_bytes(), self.login.user().as_bytes()].concat()));
                    let outer = hex(&Md5::digest([inner.as_bytes(), parts.take(4)?].concat()));
                    self.send(b'p', format!("md5{outer}\0").as_bytes())?;
                }
                10 if parts.0.split(|b| *b == 0).any(|m| m == b"SCRAM-SHA-256") => {
                    let new = Scram::new()?;
                    let first = new.first();
                    let length = (first.len() as u32).to_be_bytes();
                    self.send(b'p', &[b"SCRAM-SHA-256\0", &length[..], first.as_bytes()].concat())?;
                    scram = Some(new);
                }
                11 | 12 => {
                    let state = scram.as_mut().ok_or_else(broken)?;
                    let text = std::str::from_utf8(parts.0).map_err(|_| broken())?;
                    if method == 11 {
                        let last = state.last(text, &password)?;
                        self.send(b'p', last.as_bytes())?;
                    } else if !state.is_of_server(text) {
                        return Err(LoadTrouble::Wrong(words!(
                            "服务器也不知道该密码",
                            "the server does not know the password either"
                        )));
                    }
                }
                other => {
                    return Err(LoadTrouble::Wrong(words!(
                        "服务器要求的登录方式为 {other}，常用驱动均不支持：请将账号设为 scram-sha-256 或 md5",
                        "the server asks for a login of kind {other}, which no standard driver has: set the account to \
                         scram-sha-256 or md5"
                    )));
                }
            }
        }
    }

    fn send(&mut self, kind: u8, body: &[u8]) -> Result<(), LoadTrouble> {
        let length = (body.len() as u32 + 4).to_be_bytes();
        self.wire.send(&[&[kind][..], &length, body].concat())
    }

    fn message(&mut self) -> Result<(u8, Vec<u8>), LoadTrouble> {
        let head = self.wire.receive(5)?;
        let length = (number(&head[1..]) as usize).checked_sub(4).ok_or_else(broken)?;
        Ok((head[0], self.wire.receive(length)?))
    }

    /// An error of the server: its code and its words.
    fn said(&self, body: &[u8]) -> LoadTrouble {
        let (mut code, mut words) = (String::new(), String::new());
        for field in body.split(|b| *b == 0).filter(|f| !f.is_empty()) {
            let text = String::from_utf8_lossy(&field[1..]).into_owned();
            match field[0] {
                b'C' => code = text,
                b'M' => words = text,
                _ => {}
            }
        }
        // A lock that is not to be had.
        if code == "55P03" {
            return held(
                "SELECT pid, state, xact_start, query FROM pg_stat_activity",
                "SELECT pg_terminate_backend(pid)",
            );
        }
        let message = words!(
            "数据库返回：「{}」（{code}）",
            "the database said: {} ({code})",
            self.login.without_secrets(&words)
        );
        // Out of resources, stopped by somebody, in the way of another transaction: all that passes.
        match ["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class)) {
            true => LoadTrouble::Lost(message),
            false => LoadTrouble::Wrong(message),
        }
    }

    /// What the server answers to a statement, up to where it is ready for the next one; rows as they come.
    fn answer(&mut self, each: &mut dyn FnMut(Vec<Option<String>>)) -> Result<Option<u64>, LoadTrouble> {
        let (mut affected, mut failed) = (None, None);
        loop {
            let (kind, body) = self.message()?;
            match kind {
                b'E' => failed = failed.or(Some(self.said(&body))),
                b'D' => each(row(&body)?),
                b'C' => {
                    let tag = String::from_utf8_lossy(&body);
                    affected = tag.trim_end_matches('\0').rsplit(' ').next().unwrap_or_default().parse().ok();
                }
                b'G' => return Ok(affected),
                b'Z' => return failed.map_or(Ok(affected), Err),
                _ => {}
            }
        }
    }
}

impl Connection for Postgres<'_> {
    fn run(&mut self, sql: &str) -> Result<StatementOutcome, LoadTrouble> {
        let mut rows = Vec::new();
        self.send(b'Q', &[sql.as_bytes(), &[0]].concat())?;
        let affected = self.answer(&mut |row| rows.push(row))?;
        Ok(StatementOutcome { rows, affected })
    }

    fn each_row(&mut self, sql: &str, row: &mut dyn FnMut(Vec<Option<String>>)) -> Result<(), LoadTrouble> {
        self.send(b'Q', &[sql.as_bytes(), &[0]].concat())?;
        self.answer(row).map(drop)
    }

    fn begin_load(&mut self, table: &str, columns: &str) -> Result<(), LoadTrouble> {
        self.run(&format!("COPY {table} ({columns}) FROM STDIN")).map(drop)
    }

    fn load(&mut self, rows: &DeliveredRows) -> Result<(), LoadTrouble> {
        let (mut text, mut cell) = (String::new(), String::new());
        for row in 0..rows.len() {
            for column in 0..rows.names().len() {
                if column > 0 {
                    text.push('\t');
                }
                if rows.is_null(column, row) {
                    text.push_str("\\N");
                    continue;
                }
                cell.clear();
                rows.write_cell(column, row, &mut cell);
                for c in cell.chars() {
                    match c {
                        '\\' => text.push_str("\\\\"),
                        '\t' => text.push_str("\\t"),
                        '\n' => text.push_str("\\n"),
                        '\r' => text.push_str("\\r"),
                        c => text.push(c),
                    }
                }
            }
            text.push('\n');
            if text.len() > 1 << 16 {
                self.send(b'd', text.as_bytes())?;
                text.clear();
            }
        }
        if text.is_empty() { Ok(()) } else { self.send(b'd', text.as_bytes()) }
    }

    fn end_load(&mut self) -> Result<(), LoadTrouble> {
        self.send(b'c', &[])?;
        self.answer(&mut |_| {}).map(drop)
    }
}

fn row(body: &[u8]) -> Result<Vec<Option<String>>, LoadTrouble> {
    let mut parts = MessageParts(body);
    let columns = u16::from_be_bytes(parts.take(2)?.try_into().map_err(|_| broken())?);
    let mut cells = Vec::new();
    for _ in 0..columns {
        cells.push(match number(parts.take(4)?) {
            u32::MAX => None,
            length => Some(String::from_utf8_lossy(parts.take(length as usize)?).into_owned()),
        });
    }
    Ok(cells)
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |n, b| (n << 8) | u32::from(*b))
}

fn broken() -> LoadTrouble {
    LoadTrouble::Lost(words!("服务器的应答不符合 PostgreSQL 协议", "the server does not speak as PostgreSQL does"))
}

fn no_password() -> LoadTrouble {
    LoadTrouble::Wrong(words!(
        "服务器要求密码：请用 `password_file` 或 `password_env` 指明",
        "the server asks for a password: name it with `password_file` or `password_env`"
    ))
}

/// SCRAM-SHA-256 of RFC 7677: the password does not cross the wire, and the server proves that it knows it.
struct Scram {
    nonce: String,
    proof_of_server: Vec<u8>,
}

impl Scram {
    fn new() -> Result<Scram, LoadTrouble> {
        let mut nonce = [0; 18];
        getrandom::fill(&mut nonce)
            .map_err(|e| LoadTrouble::Lost(words!("无法取得随机数（「{e}」）", "no random numbers: {e}")))?;
        Ok(Scram { nonce: STANDARD.encode(nonce), proof_of_server: Vec::new() })
    }

    fn first(&self) -> String {
        format!("n,,n=,r={}", self.nonce)
    }

    fn last(&mut self, from_server: &str, password: &str) -> Result<String, LoadTrouble> {
        let part = |name: &str| from_server.split(',').find_map(|p| p.strip_prefix(name)).ok_or_else(broken);
        let (nonce, salt, rounds) = (part("r=")?, part("s=")?, part("i=")?);
        let salt = STANDARD.decode(salt).map_err(|_| broken())?;
        let rounds = rounds.parse().ok().and_then(NonZeroU32::new).ok_or_else(broken)?;
        if !nonce.starts_with(&self.nonce) {
            return Err(broken());
        }
        let mut salted = [0; 32];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, password.as_bytes(), &mut salted);
        let mac = |key: &[u8], message: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
        let without_proof = format!("c=biws,r={nonce}");
        let spoken = format!("n=,r={},{from_server},{without_proof}", self.nonce);
        let client_key = mac(&salted, b"Client Key");
        let stored = digest::digest(&digest::SHA256, client_key.as_ref());
        let signature = mac(stored.as_ref(), spoken.as_bytes());
        let proof: Vec<u8> = client_key.as_ref().iter().zip(signature.as_ref()).map(|(a, b)| a ^ b).collect();
        let server_key = mac(&salted, b"Server Key");
        self.proof_of_server = mac(server_key.as_ref(), spoken.as_bytes()).as_ref().to_vec();
        Ok(format!("{without_proof},p={}", STANDARD.encode(proof)))
    }

    fn is_of_server(&self, last: &str) -> bool {
        let proof = last.split(',').find_map(|p| p.strip_prefix("v=")).and_then(|p| STANDARD.decode(p).ok());
        !self.proof_of_server.is_empty() && proof.is_some_and(|p| p == self.proof_of_server)
    }
}
