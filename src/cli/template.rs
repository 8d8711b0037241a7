//! `xinhui template`: an empty workbook of a dataset.

use std::path::{Path, PathBuf};

use super::printer::Printer;
use crate::error::{Error, Result, words};
use crate::pipeline::template::template;

#[derive(Debug, clap::Args)]
pub struct TemplateArgs {
    /// The dataset, by its id or its Chinese title
    #[arg(value_name = "DATASET")]
    dataset: String,
    /// The workbook to write, which must not exist; by default it is named by the dataset's title
    #[arg(long, value_name = "FILE.xlsx")]
    out: Option<PathBuf>,
}

pub fn run(args: &TemplateArgs, schemas: Option<&Path>, p: &Printer) -> Result<u8> {
    let made = template(&args.dataset, schemas)?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}.xlsx", made.title)));
    write_new(&out, &made.bytes)?;
    p.line(words!("已写出 {}", "wrote {}", out.display()).say(p.lang));
    Ok(0)
}

/// Writes a workbook that does not exist yet: what somebody has filled in is never written over.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    may_write(path)?;
    crate::store::write_private(path, bytes)
}

/// Whether a workbook may be written there: spreadsheets open nothing else under another ending.
pub(super) fn may_write(path: &Path) -> Result<()> {
    if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx")) {
        return Err(Error::usage(
            path.display(),
            words!("写出的是工作簿，文件名须以 .xlsx 结尾", "a workbook is written: its name must end in .xlsx"),
        ));
    }
    if path.exists() {
        return Err(Error::usage(path.display(), words!("文件已存在，不覆盖", "the file exists and is not replaced"))
            .hint(words!("请换一个文件名，或先移走该文件", "choose another name, or move that file away")));
    }
    Ok(())
}
