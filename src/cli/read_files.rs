//! `xinhui read-files`: the reader process of a nightly run, never started by hand.

use std::path::Path;

use super::printer::Printer;
use crate::error::Result;
use crate::pipeline::reader::serve;

pub fn run(schemas: Option<&Path>, printer: &Printer) -> Result<u8> {
    serve(schemas, &mut std::io::stdin().lock(), &mut |line| printer.raw(line))?;
    Ok(0)
}
