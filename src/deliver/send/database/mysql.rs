//! The protocol of MySQL and MariaDB as far as loading needs it: login and statements as text.
//!
//! Its own client and not the crate `mysql`, which brings sixty others: what is needed of the protocol is here.

use arrow::datatypes::DataType;
use ring::digest;

use super::connection::{Connection, LoadTrouble, StatementOutcome, held, lock_seconds};
use super::wire::{Login, MessageParts, Wire};
use crate::deliver::rows::DeliveredRows;
use crate::error::words;

/// Bytes of one INSERT: far below the smallest packet that a server must take.
const MOST_INSERT: usize = 512 * 1024;

/// Long passwords, one database, protocol 4.1, transactions, safe logins, plugins.
const ABILITIES: u32 = 1 | 8 | 1 << 9 | 1 << 13 | 1 << 15 | 1 << 19;
const ENCRYPTED: u32 = 1 << 11;
const MOST_PACKET: u32 = 1 << 24;
/// utf8mb4.
const CHARACTERS: u8 = 45;

/// A connection that is logged in.
pub struct MySql<'a> {
    wire: Wire,
    login: &'a Login<'a>,
    number: u8,
    insert: String,
    begun: usize,
}

impl<'a> MySql<'a> {
    pub fn connect(login: &'a Login<'a>) -> Result<MySql<'a>, LoadTrouble> {
        let wire = Wire::connect(login)?;
        let mut this = MySql { wire, login, number: 0, insert: String::new(), begun: 0 };
        let greeting = this.packet()?;
        let mut parts = MessageParts(&greeting);
        match parts.byte()? {
            10 => {}
            0xff => return Err(this.said(&greeting)),
            _ => return Err(broken()),
        }
        parts.up_to_zero()?;
        parts.take(4)?;
        let mut salt = parts.take(8)?.to_vec();
        parts.take(1)?;
        let low = parts.take(2)?;
        parts.take(3)?;
        let high = parts.take(2)?;
        let offered = u32::from_le_bytes([low[0], low[1], high[0], high[1]]);
        parts.take(11)?;
        salt.extend(parts.take(12)?);
        parts.take(1)?;
        let plugin = String::from_utf8_lossy(parts.up_to_zero()?).into_owned();
        let mut head = Vec::from((ABILITIES | if login.address.encrypted { ENCRYPTED } else { 0 }).to_le_bytes());
        head.extend(MOST_PACKET.to_le_bytes());
        head.push(CHARACTERS);
        head.extend([0; 23]);
        if login.address.encrypted {
            if offered & ENCRYPTED == 0 {
                return Err(LoadTrouble::Wrong(words!(
                    "服务器不支持加密连接",
                    "the server offers no encrypted connection"
                )));
            }
            this.send(&head)?;
            this.wire.encrypt(login)?;
        }
        let proof = this.proof(&plugin, &salt)?;
        head.extend([login.user().as_bytes(), &[0, proof.len() as u8], &proof].concat());
        head.extend([login.address.database.as_bytes(), &[0], plugin.as_bytes(), &[0]].concat());
        this.send(&head)?;
        this.authenticate(&plugin)?;
        this.run(
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_BACKSLASH_ESCAPES,\
             NO_ENGINE_SUBSTITUTION', NAMES utf8mb4",
        )?;
        this.set_limits()?;
        Ok(this)
    }

    /// Whoever holds a table keeps this session waiting for seconds and not for hours, and whatever becomes of this
    /// machine, the server lets go of what the session holds.
    fn set_limits(&mut self) -> Result<(), LoadTrouble> {
        let (timeout, lock) = (self.login.timeout.as_secs(), lock_seconds(self.login.timeout));
        let settings = [("innodb_lock_wait_timeout", lock), ("lock_wait_timeout", lock), ("wait_timeout", timeout)];
        for (name, seconds) in settings {
            match self.run(&format!("SET SESSION {name} = {seconds}")) {
                // Servers that speak the same protocol lack some of them.
                Ok(_) | Err(LoadTrouble::Wrong(_)) => {}
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(())
    }

    /// What shows that the password is known.
    fn proof(&self, plugin: &str, salt: &[u8]) -> Result<Vec<u8>, LoadTrouble> {
        let Some(password) = self.login.password.as_deref().filter(|p| !p.is_empty()) else { return Ok(Vec::new()) };
        let mixed = |hash: &'static digest::Algorithm, salt_first: bool| {
            let once = digest::digest(hash, password.as_bytes());
            let twice = digest::digest(hash, once.as_ref());
            let both = if salt_first { [salt, twice.as_ref()].concat() } else { [twice.as_ref(), salt].concat() };
            let mask = digest::digest(hash, &both);
            once.as_ref().iter().zip(mask.as_ref()).map(|(a, b)| a ^ b).collect()
        };
        match plugin {
            "mysql_native_password" => Ok(mixed(&digest::SHA1_FOR_LEGACY_USE_ONLY, true)),
            "caching_sha2_password" => Ok(mixed(&digest::SHA256, false)),
            other => Err(LoadTrouble::Wrong(words!(
                "服务器要求的登录方式为 {}：请将账号设为 mysql_native_password 或 caching_sha2_password",
                "the server asks for a login of the kind {}: set the account to mysql_native_password or \
                 caching_sha2_password",
                self.login.without_secrets(other)
            ))),
        }
    }

    fn authenticate(&mut self, first: &str) -> Result<(), LoadTrouble> {
        let mut plugin = first.to_owned();
        loop {
            let answer = self.packet()?;
            match answer.first() {
                Some(0) => return Ok(()),
                Some(0xff) => return Err(self.said(&answer)),
                Some(0xfe) => {
                    let mut parts = MessageParts(&answer[1..]);
                    plugin = String::from_utf8_lossy(parts.up_to_zero()?).into_owned();
                    let salt = parts.0.strip_suffix(&[0]).unwrap_or(parts.0);
                    let proof = self.proof(&plugin, salt)?;
                    self.send(&proof)?;
                }
                // The server remembers the password: an OK follows.
                Some(1) if plugin == "caching_sha2_password" && answer.get(1) == Some(&3) => {}
                Some(1) if plugin == "caching_sha2_password" && answer.get(1) == Some(&4) => {
                    if !self.wire.is_encrypted() {
                        return Err(LoadTrouble::Wrong(words!(
                            "服务器要求经加密连接发送密码：请设 `encrypted = true`",
                            "the server wants the password over an encrypted connection: set `encrypted = true`"
                        )));
                    }
                    let password = self.login.password.clone().unwrap_or_default();
                    self.send(&[password.as_bytes(), &[0]].concat())?;
                }
                _ => return Err(broken()),
            }
        }
    }

    fn send(&mut self, body: &[u8]) -> Result<(), LoadTrouble> {
        let length = (body.len() as u32).to_le_bytes();
        let head = [length[0], length[1], length[2], self.number];
        self.number = self.number.wrapping_add(1);
        self.wire.send(&[&head[..], body].concat())
    }

    fn packet(&mut self) -> Result<Vec<u8>, LoadTrouble> {
        let head = self.wire.receive(4)?;
        self.number = head[3].wrapping_add(1);
        self.wire.receive(u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize)
    }

    fn said(&self, packet: &[u8]) -> LoadTrouble {
        let code = packet.get(1..3).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
        if code == 1205 {
            return in_the_way();
        }
        let words = packet.get(3..).unwrap_or_default();
        let words = if words.first() == Some(&b'#') { words.get(6..).unwrap_or_default() } else { words };
        let words = self.login.without_secrets(&String::from_utf8_lossy(words));
        let message = words!("数据库返回：「{words}」（{code}）", "the database said: {words} ({code})");
        // Too many connections, shut down, killed, in the way of another transaction: all that passes.
        match code {
            1040 | 1053 | 1077..=1079 | 1152..=1161 | 1213 | 1317 | 1927 | 3024 => LoadTrouble::Lost(message),
            _ => LoadTrouble::Wrong(message),
        }
    }

    /// Runs a statement: the number of rows that it has changed, or its rows as they come.
    fn answer(&mut self, sql: &str, each: &mut dyn FnMut(Vec<Option<String>>)) -> Result<Option<u64>, LoadTrouble> {
        self.number = 0;
        self.send(&[&[3], sql.as_bytes()].concat())?;
        let first = self.packet()?;
        let mut parts = MessageParts(&first);
        match parts.byte()? {
            0 => return Ok(Some(length(&mut parts)?.unwrap_or(0))),
            0xff => return Err(self.said(&first)),
            0xfb => return Err(broken()),
            _ => {}
        }
        // Descriptions of columns, an end, rows, an end.
        let mut ends = 0;
        while ends < 2 {
            let packet = self.packet()?;
            match packet.first() {
                Some(0xfe) if packet.len() < 9 => ends += 1,
                Some(0xff) => return Err(self.said(&packet)),
                _ if ends == 0 => {}
                _ => {
                    let (mut parts, mut cells) = (MessageParts(&packet), Vec::new());
                    while !parts.0.is_empty() {
                        cells.push(match length(&mut parts)? {
                            None => None,
                            Some(n) => Some(String::from_utf8_lossy(parts.take(n as usize)?).into_owned()),
                        });
                    }
                    each(cells);
                }
            }
        }
        Ok(None)
    }

    fn flush(&mut self) -> Result<(), LoadTrouble> {
        if self.insert.len() > self.begun {
            let sql = self.insert.clone();
            self.insert.truncate(self.begun);
            self.run(&sql)?;
        }
        Ok(())
    }
}

impl Connection for MySql<'_> {
    fn run(&mut self, sql: &str) -> Result<StatementOutcome, LoadTrouble> {
        let mut rows = Vec::new();
        let affected = self.answer(sql, &mut |row| rows.push(row))?;
        Ok(StatementOutcome { rows, affected })
    }

    fn each_row(&mut self, sql: &str, row: &mut dyn FnMut(Vec<Option<String>>)) -> Result<(), LoadTrouble> {
        self.answer(sql, row).map(drop)
    }

    fn begin_load(&mut self, table: &str, columns: &str) -> Result<(), LoadTrouble> {
        self.insert = format!("INSERT INTO {table} ({columns}) VALUES ");
        self.begun = self.insert.len();
        Ok(())
    }

    fn load(&mut self, rows: &DeliveredRows) -> Result<(), LoadTrouble> {
        let schema = rows.batch.schema();
        let quoted: Vec<bool> =
            schema.fields().iter().map(|f| matches!(f.data_type(), DataType::Utf8 | DataType::Date32)).collect();
        let mut cell = String::new();
        for row in 0..rows.len() {
            self.insert.push_str(if self.insert.len() == self.begun { "(" } else { ",(" });
            for (column, quoted) in quoted.iter().enumerate() {
                if column > 0 {
                    self.insert.push(',');
                }
                cell.clear();
                rows.write_cell(column, row, &mut cell);
                if rows.is_null(column, row) {
                    self.insert.push_str("NULL");
                } else if *quoted {
                    self.insert.push_str(&format!("'{}'", cell.replace('\'', "''")));
                } else {
                    self.insert.push_str(&cell);
                }
            }
            self.insert.push(')');
            if self.insert.len() > MOST_INSERT {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn end_load(&mut self) -> Result<(), LoadTrouble> {
        self.flush()
    }
}

/// A number of varying length; `None` stands for NULL.
fn length(parts: &mut MessageParts<'_>) -> Result<Option<u64>, LoadTrouble> {
    let bytes = match parts.byte()? {
        0xfb => return Ok(None),
        0xfc => 2,
        0xfd => 3,
        0xfe => 8,
        small => return Ok(Some(u64::from(small))),
    };
    Ok(Some(parts.take(bytes)?.iter().rev().fold(0, |n, b| (n << 8) | u64::from(*b))))
}

/// What another session holds is not to be had.
pub fn in_the_way() -> LoadTrouble {
    held("SHOW FULL PROCESSLIST", "KILL id")
}

fn broken() -> LoadTrouble {
    LoadTrouble::Lost(words!("服务器的应答不符合 MySQL 协议", "the server does not speak as MySQL does"))
}
