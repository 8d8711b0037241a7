//! One session on a Spark Connect server.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;

use super::address::SparkAddress;
use super::grpc::{CallFailure, GrpcConnection, GrpcPlace};
use super::messages::{SessionName, SparkPlan, SparkRelation, rows_of, version_of};
use crate::error::{Error, ErrorKind, Result, words};

/// How long the end of a session, or of a table, is waited for.
const FAREWELL: Duration = Duration::from_secs(5);

/// gRPC's words for a server that is there and cannot be used: cancelled, too late, exhausted, unavailable.
const AWAY: [u32; 4] = [1, 4, 8, 14];

/// A session; it ends with this value.
pub(super) struct SparkServer {
    connection: GrpcConnection,
    session: SessionName,
    address: SparkAddress,
    pub version: String,
}

impl SparkServer {
    /// Connects and asks for the server's version.
    ///
    /// # Errors
    /// `Input`: nobody answers there, or what answers is no Spark Connect server or does not let us in; or the token cannot
    /// be read.
    pub fn connect(address: &SparkAddress, token_file: Option<&Path>) -> Result<Self> {
        let token = token_file.map(|file| fs::read_to_string(file).map_err(|e| Error::input(file, e))).transpose()?;
        let (host, port, encrypted) = (address.host.as_str(), address.port, address.encrypted);
        let place = GrpcPlace { host, port, encrypted, token: token.as_deref().map(str::trim) };
        let connection = GrpcConnection::open(&place).map_err(|e| unreachable(address, e))?;
        let session = SessionName(session_name()?);
        let answer = connection.call("AnalyzePlan", &session.ask_version()).map_err(|e| unreachable(address, e))?;
        let version = answer.first().and_then(version_of).unwrap_or_default();
        Ok(SparkServer { connection, session, address: address.clone(), version })
    }

    /// The name of the session, which no other has.
    pub fn session(&self) -> &str {
        &self.session.0
    }

    /// The Arrow IPC streams of rows that the server computes.
    ///
    /// # Errors
    /// `Input`: the server did not compute them.
    pub fn rows(&self, of: SparkRelation) -> Result<Vec<Bytes>> {
        Ok(self.execute(SparkPlan::rows(of))?.iter().filter_map(rows_of).collect())
    }

    /// Has the server do something.
    ///
    /// # Errors
    /// `Input`: the server did not do it.
    pub fn execute(&self, plan: SparkPlan) -> Result<Vec<Bytes>> {
        self.connection.call("ExecutePlan", &self.session.execute(plan)).map_err(|e| self.failed(e))
    }

    /// Forgets a view, if the server still listens.
    pub fn forget(&self, view: &str) {
        let plan = SparkPlan::statement(&format!("DROP VIEW IF EXISTS {view}"));
        self.connection.call_within(FAREWELL, "ExecutePlan", &self.session.execute(plan));
    }

    fn failed(&self, e: CallFailure) -> Error {
        let place = self.address.to_string();
        match e {
            CallFailure::Refused { status, message } if !AWAY.contains(&status) => {
                let message = words!(
                    "Spark 服务器未能完成查询（状态 {status}，「{message}」）",
                    "the Spark server did not run a query (status {status}: {message})"
                );
                Error::new(ErrorKind::Input, place, message).hint(words!(
                    "已发布的数据不受影响；请查看服务器日志，排除原因后重新运行，或把 [engine] kind 改为 \"embedded\" 在本机计算",
                    "what is published is not touched; see the server's log, mend the cause and run again, or count on \
                     this machine: [engine] kind = \"embedded\""
                ))
            }
            e => {
                let said = said_of(e);
                let message = words!("与 Spark 服务器的连接中断（「{said}」）", "the Spark server went away ({said})");
                Error::new(ErrorKind::Input, place, message).hint(remedy())
            }
        }
    }
}

impl Drop for SparkServer {
    fn drop(&mut self) {
        self.connection.call_within(FAREWELL, "ReleaseSession", &self.session.release());
    }
}

fn unreachable(address: &SparkAddress, e: CallFailure) -> Error {
    let said = said_of(e);
    let message = words!("无法连接 Spark 服务器（「{said}」）", "the Spark server cannot be reached ({said})");
    Error::new(ErrorKind::Input, address.to_string(), message).hint(remedy())
}

fn remedy() -> crate::error::Words {
    words!(
        "已发布的数据不受影响；请启动服务器（或改正 [engine] url）后重新运行，或把 [engine] kind 改为 \"embedded\" 在本机计算",
        "what is published is not touched; start the server (or correct [engine] url) and run again, or count on this \
         machine: [engine] kind = \"embedded\""
    )
}

fn said_of(e: CallFailure) -> String {
    match e {
        CallFailure::Lost(said) => said,
        CallFailure::Refused { status, message } => format!("gRPC {status}: {message}"),
    }
}

/// An identifier as Spark wants it: a random UUID.
fn session_name() -> Result<String> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|e| Error::bug("no random numbers").caused_by(e.to_string()))?;
    random[6] = random[6] & 0x0f | 0x40;
    random[8] = random[8] & 0x3f | 0x80;
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}
