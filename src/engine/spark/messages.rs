//! What is said to a Spark Connect server, and what of its answers is read.
//!
//! The numbers are those of `spark/connect/{base,commands,relations}.proto`.

use bytes::Bytes;

use super::wire::{WireMessage, bytes_of};

/// Who asks: in the server's logs.
const CLIENT: &str = concat!("xinhui/", env!("CARGO_PKG_VERSION"));

/// Overwrite, of the modes in which a relation is written.
const OVERWRITE: u64 = 2;

/// Rows on the server, not yet computed.
pub(super) struct SparkRelation(WireMessage);

impl SparkRelation {
    /// The rows of a query.
    pub fn sql(query: &str) -> Self {
        SparkRelation(WireMessage::default().message(10, WireMessage::default().bytes(1, query)))
    }

    /// Rows that come with it, as an Arrow IPC stream.
    pub fn local(stream: &[u8]) -> Self {
        SparkRelation(WireMessage::default().message(11, WireMessage::default().bytes(1, stream)))
    }
}

/// What the server does.
pub(super) struct SparkPlan(WireMessage);

impl SparkPlan {
    /// Computes rows and sends them.
    pub fn rows(of: SparkRelation) -> Self {
        SparkPlan(WireMessage::default().message(1, of.0))
    }

    /// Gives rows a name within the session.
    pub fn view(name: &str, of: SparkRelation) -> Self {
        SparkPlan::command(3, WireMessage::default().message(1, of.0).bytes(2, name).number(4, 1))
    }

    /// Runs a statement for what it does.
    pub fn statement(sql: &str) -> Self {
        SparkPlan::command(5, WireMessage::default().message(6, SparkRelation::sql(sql).0))
    }

    /// Computes rows and writes them into a folder that the server sees, as Parquet.
    pub fn write(of: SparkRelation, folder: &str) -> Self {
        let operation = WireMessage::default().message(1, of.0).bytes(2, "parquet").bytes(3, folder);
        SparkPlan::command(2, operation.number(5, OVERWRITE))
    }

    fn command(field: u32, command: WireMessage) -> Self {
        SparkPlan(WireMessage::default().message(2, WireMessage::default().message(field, command)))
    }
}

/// A session on the server: an identifier that this program makes.
pub(super) struct SessionName(pub String);

impl SessionName {
    fn user() -> WireMessage {
        WireMessage::default().bytes(1, "xinhui").bytes(2, "xinhui")
    }

    /// The request of `ExecutePlan`.
    pub fn execute(&self, plan: SparkPlan) -> Vec<u8> {
        let request = WireMessage::default().bytes(1, &self.0).message(2, Self::user());
        request.message(3, plan.0).bytes(4, CLIENT).finished()
    }

    /// The request of `AnalyzePlan` that asks for the server's version.
    pub fn ask_version(&self) -> Vec<u8> {
        let request = WireMessage::default().bytes(1, &self.0).message(2, Self::user());
        request.bytes(3, CLIENT).message(10, WireMessage::default()).finished()
    }

    /// The request of `ReleaseSession`.
    pub fn release(&self) -> Vec<u8> {
        WireMessage::default().bytes(1, &self.0).message(2, Self::user()).bytes(3, CLIENT).finished()
    }
}

/// The Arrow IPC stream of an answer of `ExecutePlan`, where it has rows.
pub(super) fn rows_of(response: &Bytes) -> Option<Bytes> {
    bytes_of(response, 2).map(|batch| bytes_of(&batch, 2).unwrap_or_default())
}

/// The version that an answer of `AnalyzePlan` says.
pub(super) fn version_of(response: &Bytes) -> Option<String> {
    let version = bytes_of(&bytes_of(response, 8)?, 1)?;
    String::from_utf8(version.to_vec()).ok()
}
