//! Writing a linkage model for tables that nobody has described.

use std::path::{Path, PathBuf};

use super::link_table::records_of;
use super::people_table::PeopleTable;
use crate::diag::Lang;
use crate::error::{Error, Result, Words, words};
use crate::link::engine::block::Blocks;
use crate::link::engine::model::Model;
use crate::link::propose::{Draft, LeftOut, Sheet, reason};
use crate::store::table_file::write_atomic;

/// Rows that pairs are counted among, at most; of larger tables the pairs are estimated.
const MOST_ROWS: usize = 400_000;

/// What `xinhui link model` is asked.
pub struct ModelOptions<'a> {
    pub tables: &'a [PathBuf],
    pub id: Option<&'a str>,
    /// The file that is written; `None`: none is.
    pub out: Option<&'a Path>,
    /// A file that is there is written over.
    pub overwrite: bool,
    pub lang: Lang,
}

/// A model that was written.
pub struct WrittenModel {
    pub text: String,
    /// Field by field: what it is, and the columns that hold it.
    pub fields: Vec<(String, Words)>,
    pub left_out: Vec<(String, &'static str)>,
    pub rules: usize,
    /// Pairs of all rules; a pair of two rules is counted twice.
    pub pairs: u64,
    /// Every table has a column that `link table` takes as the name of records.
    pub names_records: bool,
}

/// Writes a model for one or two tables.
///
/// # Errors
/// `Input`, `Usage`: a table has no rows, none of its columns tells people apart, no two rows have anything alike, or
/// the file is there. `Output`.
pub fn propose_model(options: &ModelOptions<'_>) -> Result<WrittenModel> {
    if let Some(out) = options.out.filter(|out| out.exists() && !options.overwrite) {
        return Err(Error::usage(out.display(), words!("已经存在，保持不变", "is there already and is left as it is"))
            .hint(words!(
                "请换一个名称，或用 --overwrite 覆盖",
                "choose another name, or write over it: --overwrite"
            )));
    }
    let mut tables = Vec::new();
    let mut names_records = true;
    for path in options.tables {
        let (table, is_named) = PeopleTable::read_any(path, options.id)?;
        names_records &= is_named;
        tables.push((table, is_named));
    }
    let sheets: Vec<Sheet<'_>> = tables
        .iter()
        .map(|(t, is_named)| Sheet { header: &t.header, columns: &t.columns, id: is_named.then_some(t.id) })
        .collect();
    let zh = options.lang == Lang::Zh;
    let names: Vec<String> = tables.iter().map(|t| t.0.name.clone()).collect();
    let draft = Draft::of(names, &sheets, zh).ok_or_else(|| {
        let paths: Vec<String> = options.tables.iter().map(|p| p.display().to_string()).collect();
        Error::usage(
            Words::listed(&paths),
            words!("各表中没有任何一列可以区分人员", "no column, in all of the tables, tells people apart"),
        )
        .hint(words!(
            "如何手工编写模型，见 docs/linkage.zh-CN.md",
            "docs/linkage.md tells how to write a model by hand"
        ))
    })?;
    let tables: Vec<PeopleTable> = tables.into_iter().map(|t| t.0).collect();
    let pairs = pairs_of(&draft.text(), &tables)?;
    let proposal = draft.propose(&pairs);
    if proposal.rules.is_empty() {
        let paths: Vec<String> = options.tables.iter().map(|p| p.display().to_string()).collect();
        let rows = tables.iter().map(PeopleTable::rows).sum::<usize>();
        return Err(Error::usage(
            Words::listed(&paths),
            words!(
                "共 {rows} 行，没有两行在任何一项上相同，写不出比较哪些记录对的规则",
                "no two of the {rows} rows have any value alike, so that no rule can say which of them to compare"
            ),
        )
        .hint(words!(
            "请用行数较多、有人出现多次的表；手工编写模型见 docs/linkage.zh-CN.md",
            "take tables of more rows, in which some people stand more than once; docs/linkage.md tells how to write a \
             model by hand"
        )));
    }
    // What is handed out is what `link table` takes.
    parsed(&proposal.text)?;
    if let Some(out) = options.out {
        write_atomic(out, proposal.text.as_bytes())?;
    }
    let label = |f: &crate::link::propose::ProposedField| if zh { f.role.zh() } else { f.role.name().1 };
    let left_out = |of: &LeftOut| (of.column.clone(), reason(of.reason, zh));
    Ok(WrittenModel {
        fields: proposal
            .fields
            .iter()
            .map(|f| (label(f).to_owned(), Words::listed(&[&f.columns[..], &f.parts, &f.guardian_columns].concat())))
            .collect(),
        left_out: proposal.left_out.iter().map(left_out).collect(),
        rules: proposal.rules.len(),
        pairs: proposal.rules.iter().map(|r| r.pairs).sum(),
        names_records,
        text: proposal.text,
    })
}

fn parsed(text: &str) -> Result<Model> {
    let bug = |problems: Vec<Words>| Error::bug("a proposed model").caused_by(Words::joined(&problems, "\n"));
    Model::parse(text).map_err(bug)
}

/// The pairs that each rule of a model puts together, of a large table estimated from some of its rows.
fn pairs_of(text: &str, tables: &[PeopleTable]) -> Result<Vec<u64>> {
    let mut model = parsed(text)?;
    // Blocks that are cut would hide what a rule asks for.
    model.bounds.cap = usize::MAX;
    let all: usize = tables.iter().map(PeopleTable::rows).sum();
    let step = all.div_ceil(MOST_ROWS).max(1);
    let rows = tables.iter().enumerate().flat_map(|(t, table)| (0..table.rows()).map(move |row| (t, row)));
    let order: Vec<(usize, usize)> = rows.step_by(step).collect();
    let (table_records, _) = records_of(&model, tables, &order)?;
    let records = table_records.records();
    let blocks = Blocks::new(&model, &records);
    let times = (step * step) as u64;
    Ok(blocks.rules.iter().map(|r| (r.report.pairs + r.report.cut_pairs).saturating_mul(times)).collect())
}
