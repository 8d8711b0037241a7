//! Tables of a session on the server.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::error::ArrowError;

use super::messages::{SparkPlan, SparkRelation};
use super::server::SparkServer;
use super::shapes::TableShape;
use super::{answer, convert};
use crate::engine::frame::Frame;
use crate::error::{Error, Result};

/// What all tables of a session share.
pub(super) struct TablesThere {
    server: SparkServer,
    /// The folder of this session within the one that both sides see.
    folder: Option<PathBuf>,
    next: AtomicU64,
}

impl TablesThere {
    /// No tables yet.
    ///
    /// # Errors
    /// `Output`: the shared folder cannot be written.
    pub fn new(server: SparkServer, shared: Option<&Path>) -> Result<Self> {
        let folder = shared.map(|shared| shared.join(format!("xinhui-{}", server.session())));
        if let Some(folder) = &folder {
            fs::create_dir_all(folder).map_err(|e| Error::output(folder, e))?;
        }
        Ok(TablesThere { server, folder, next: AtomicU64::new(0) })
    }

    pub fn server(&self) -> &SparkServer {
        &self.server
    }

    pub fn version(&self) -> &str {
        &self.server.version
    }
}

impl Drop for TablesThere {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // What is left in a shared folder is told in the documentation, with how to remove it.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// A table of a session; a clone is the same one.
#[derive(Clone)]
pub struct SparkTable(Arc<HeldThere>);

struct HeldThere {
    there: Arc<TablesThere>,
    number: u64,
    shape: Arc<TableShape>,
    rows: SparkRows,
    /// What a query on the server names it by, once it stands there; and the views that hold it.
    stands: Mutex<Option<Standing>>,
}

/// How a table stands on the server.
#[derive(Clone)]
struct Standing {
    relation: String,
    views: Vec<String>,
    folder: Option<PathBuf>,
}

/// The rows of a table.
pub(super) enum SparkRows {
    /// They are here.
    Given(Frame),
    /// They are what a query gives over other tables, by the names that it has for them.
    Made { sql: String, reads: Vec<(String, SparkTable)> },
}

impl SparkTable {
    pub(super) fn new(there: &Arc<TablesThere>, shape: Arc<TableShape>, rows: SparkRows) -> Self {
        let number = there.next.fetch_add(1, Ordering::Relaxed);
        SparkTable(Arc::new(HeldThere { there: there.clone(), number, shape, rows, stands: Mutex::new(None) }))
    }

    pub(super) fn shape(&self) -> &TableShape {
        &self.0.shape
    }

    pub(super) fn rows(&self) -> &SparkRows {
        &self.0.rows
    }

    /// The query that gives the rows of the table, over tables that stand on the server: what is asked of a fact is
    /// asked many times, so that the fact is not worked out each time.
    ///
    /// # Errors
    /// `Input`: the server does not take, or compute, a table that it reads. `Output`: nor does the shared folder.
    pub(super) fn query(&self) -> Result<String> {
        self.definition(&|table| table.stand())
    }

    /// The query that gives the rows of the table, with those of the tables that queries made on the way to it.
    fn query_from_given(&self) -> Result<String> {
        let made = RefCell::new(BTreeMap::new());
        let own = self.definition(&|table| table.named_within(&made))?;
        let made = made.into_inner();
        if made.is_empty() {
            return Ok(own);
        }
        // A table reads only tables that were there before it: in order of their numbers, each stands before its readers.
        let made: Vec<String> = made.into_iter().map(|(number, sql)| format!("made_{number} AS (\n{sql}\n)")).collect();
        Ok(format!("WITH {}\nSELECT * FROM (\n{own}\n) AS of_these", made.join(",\n")))
    }

    /// The SQL as declared, below the names that it reads.
    fn definition(&self, name_of: &dyn Fn(&SparkTable) -> Result<String>) -> Result<String> {
        let SparkRows::Made { sql, reads } = self.rows() else {
            return Ok(format!("SELECT * FROM {}", self.stand()?));
        };
        let mut names = Vec::with_capacity(reads.len());
        for (name, table) in reads {
            names.push(format!("{name} AS (SELECT * FROM {})", name_of(table)?));
        }
        if names.is_empty() {
            return Ok(sql.clone());
        }
        Ok(format!("WITH {}\nSELECT * FROM (\n{sql}\n) AS declared", names.join(", ")))
    }

    /// What a query names the table by that works it out itself.
    fn named_within(&self, made: &RefCell<BTreeMap<u64, String>>) -> Result<String> {
        if matches!(self.rows(), SparkRows::Given(_)) || self.is_standing() {
            return self.stand();
        }
        if !made.borrow().contains_key(&self.0.number) {
            let sql = self.definition(&|table| table.named_within(made))?;
            made.borrow_mut().insert(self.0.number, sql);
        }
        Ok(format!("made_{}", self.0.number))
    }

    fn is_standing(&self) -> bool {
        self.0.stands.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Sees that the table stands on the server, and says under what name.
    fn stand(&self) -> Result<String> {
        let mut stands = self.0.stands.lock().unwrap_or_else(PoisonError::into_inner);
        let standing = match stands.as_ref() {
            Some(standing) => standing.clone(),
            None => self.put()?,
        };
        Ok(stands.insert(standing).relation.clone())
    }

    fn put(&self) -> Result<Standing> {
        let (there, number) = (&self.0.there, self.0.number);
        let Some(shared) = &there.folder else {
            return match self.rows() {
                SparkRows::Given(frame) => self.put_as_views(frame),
                SparkRows::Made { .. } => {
                    self.put_as_views(&answer::fetched(&there.server, &self.query_from_given()?, &self.0.shape.schema)?)
                }
            };
        };
        let folder = shared.join(number.to_string());
        match self.rows() {
            SparkRows::Given(frame) => {
                write_rows(&folder, frame)?;
            }
            SparkRows::Made { .. } => {
                there
                    .server
                    .execute(SparkPlan::write(SparkRelation::sql(&self.query()?), &folder.to_string_lossy()))?;
                // Some servers write no file at all for no rows, and know no columns then.
                if !holds_rows(&folder) {
                    write_rows(&folder, &Frame::new(self.0.shape.schema.clone(), Vec::new()))?;
                }
            }
        }
        let relation = format!("parquet.`{}`", folder.display());
        Ok(Standing { relation, views: Vec::new(), folder: Some(folder) })
    }

    /// Sends rows, in as many parts as they need.
    fn put_as_views(&self, frame: &Frame) -> Result<Standing> {
        let (server, name) = (&self.0.there.server, format!("given_{}", self.0.number));
        let streams = convert::for_spark(frame).and_then(|frame| convert::streams(&frame));
        let streams = streams.map_err(|e| unfit(&e))?;
        if let [stream] = streams.as_slice() {
            server.execute(SparkPlan::view(&name, SparkRelation::local(stream)))?;
            return Ok(Standing { relation: name.clone(), views: vec![name], folder: None });
        }
        let mut views = Vec::with_capacity(streams.len() + 1);
        for (part, stream) in streams.iter().enumerate() {
            let view = format!("{name}_{part}");
            server.execute(SparkPlan::view(&view, SparkRelation::local(stream)))?;
            views.push(view);
        }
        let parts: Vec<String> = views.iter().map(|view| format!("SELECT * FROM {view}")).collect();
        server.execute(SparkPlan::view(&name, SparkRelation::sql(&parts.join(" UNION ALL "))))?;
        views.insert(0, name.clone());
        Ok(Standing { relation: name, views, folder: None })
    }
}

impl Drop for HeldThere {
    fn drop(&mut self) {
        let stands = self.stands.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let Some(standing) = stands else { return };
        standing.views.iter().for_each(|view| self.there.server.forget(view));
        if let Some(folder) = standing.folder {
            // The folder of the session goes at the end.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// Rows that Spark has no types for.
fn unfit(e: &ArrowError) -> Error {
    Error::bug(format!("rows cannot be given to the Spark server: {e}"))
}

/// Writes rows where the server reads them.
fn write_rows(folder: &Path, rows: &Frame) -> Result<()> {
    let bytes = convert::for_spark(rows).map_err(|e| unfit(&e))?.to_file()?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(folder.join("rows.parquet"), bytes))
        .map_err(|e| Error::output(folder, e))
}

/// Whether a server wrote any file of rows.
fn holds_rows(folder: &Path) -> bool {
    let is_rows = |entry: fs::DirEntry| entry.path().extension().is_some_and(|extension| extension == "parquet");
    fs::read_dir(folder).is_ok_and(|files| files.flatten().any(is_rows))
}
