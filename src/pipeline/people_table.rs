//! People tables of any kind, as columns of text, and as rows of identities.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray, UInt8Array, UInt32Array};
use arrow::compute::{cast, concat};
use arrow::datatypes::DataType;
use rayon::prelude::*;

use crate::error::{Error, ErrorKind, Result, Words, words};
use crate::link::engine::records::date;
use crate::link::identities::IdentityRows;
use crate::read::undeclared;
use crate::schema::layout::{BIRTH_PRECISION, ID_STATE};
use crate::validate::resident_number_state;

/// A table of people.
pub struct PeopleTable {
    /// The file's name without its ending: the `source` of its records.
    pub name: String,
    pub header: Vec<String>,
    pub columns: Vec<StringArray>,
    /// Index of the column that names records.
    pub id: usize,
}

/// Columns that name records, the first that a table has.
const ID_COLUMNS: [&str; 5] = ["id", "rec_id", "record_id", "unique_id", "编号"];

impl PeopleTable {
    /// Reads a .csv (UTF-8 or GB18030) or .parquet file whose records are named by a column of one of the usual names.
    ///
    /// # Errors
    /// `Input`: it cannot be read. `Usage`: it has no such column, or names a record twice.
    pub fn read(path: &Path) -> Result<Self> {
        let [zh, en] = [ID_COLUMNS.join("、"), ID_COLUMNS.join(", ")];
        let hint = words!("编号列的列名须为 {zh} 之一", "that column is called one of {en}");
        Self::read_by(path, None, hint)
    }

    /// Reads one for a command that can be told with `--id` which column names records.
    ///
    /// # Errors
    /// `Input`: it cannot be read. `Usage`: it has no column of that name, or names a record twice.
    pub fn read_named(path: &Path, id_column: Option<&str>) -> Result<Self> {
        Self::read_by(path, id_column, words!("请指明编号列：--id 列名", "name it: --id COLUMN"))
    }

    fn read_by(path: &Path, id_column: Option<&str>, hint: Words) -> Result<Self> {
        let (name, header, columns) = read_columns(path)?;
        let Some(id) = id_among(&header, id_column) else {
            let wanted = id_column.map_or_else(|| Words::listed(&ID_COLUMNS), Words::plain).in_brackets();
            return Err(Error::usage(
                path.display(),
                words!("缺少记录编号列", "has no column that names records").and(&wanted),
            )
            .hint(hint));
        };
        let ids = &columns[id];
        let mut seen = hashbrown::HashSet::with_capacity(ids.len());
        let again = (0..ids.len()).find(|&row| !seen.insert(ids.value(row)));
        drop(seen);
        if let Some(row) = again {
            return Err(Error::usage(
                path.display(),
                words!("第 {} 行的记录编号与前面的行重复", "row {} names a record that was named before", row + 2),
            ));
        }
        Ok(PeopleTable { name, header, columns, id })
    }

    /// Reads a table of which it need not be known what names its records; says whether it is known.
    ///
    /// # Errors
    /// `Input`: it cannot be read. `Usage`: it has no columns or no rows, or not the column that is named.
    pub fn read_any(path: &Path, id_column: Option<&str>) -> Result<(Self, bool)> {
        let (name, header, columns) = read_columns(path)?;
        if columns.first().is_none_or(|c| c.is_empty()) {
            return Err(Error::usage(path.display(), words!("没有数据行", "has no rows")));
        }
        let id = id_among(&header, id_column);
        if let (Some(wanted), None) = (id_column, id) {
            return Err(Error::usage(path.display(), words!("缺少列 `{wanted}`", "has no column `{wanted}`")));
        }
        Ok((PeopleTable { name, header, columns, id: id.unwrap_or(0) }, id.is_some()))
    }

    pub fn rows(&self) -> usize {
        self.columns[self.id].len()
    }

    /// A column of one of some names.
    pub fn column(&self, names: &[&str]) -> Option<&StringArray> {
        names.iter().find_map(|n| self.header.iter().position(|h| h == n)).map(|i| &self.columns[i])
    }

    /// The record's name.
    pub fn id(&self, row: usize) -> &str {
        self.columns[self.id].value(row)
    }

    /// Forgets all columns but the one that names records.
    pub fn keep_names(&mut self) {
        let ids = self.columns.swap_remove(self.id);
        (self.header, self.columns, self.id) = (vec![self.header.swap_remove(self.id)], vec![ids], 0);
    }

    /// The rows as identities, a batch for each `source` and `county` where the table has such columns, with the
    /// rows' indices.
    /// Pupils are known by a source that begins with `school`; the day that their age is judged on is
    /// the birth date of the youngest.
    pub fn identities(&self) -> Result<Vec<(Vec<u32>, IdentityRows)>> {
        let n = self.rows();
        let empty = || -> StringArray { std::iter::repeat_n("", n).map(Some).collect() };
        let text = |names: &[&str]| self.column(names).cloned().unwrap_or_else(empty);
        let births = text(&["birth_date", "出生日期"]);
        let births: Vec<Option<(i32, u32)>> = (0..n).into_par_iter().map(|r| date(births.value(r))).collect();
        let newest = births.iter().flatten().map(|b| b.0).max().unwrap_or_default();
        let numbers = text(&["id_number", "证件号码"]);
        let types = text(&["id_type", "证件类型"]);
        let state = |row: usize| resident_number_state(numbers.value(row), types.value(row));
        let (forms, states): (Vec<_>, Vec<u8>) =
            (0..n).into_par_iter().map(state).map(|(form, state)| (form, state as u8)).unzip();
        let names = |list: &[&str]| -> ArrayRef { Arc::new(text(list)) };
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("name", names(&["name", "姓名"])),
            ("id_number", Arc::new(StringArray::from_iter_values(forms))),
            ("sex", Arc::new(sexes(&text(&["sex", "性别"])))),
            ("birth_day", Arc::new(births.iter().map(|b| b.map(|b| b.0)).collect::<Int32Array>())),
            ("phone", names(&["phone", "联系电话"])),
            ("residence_code", names(&["residence_code", "现住址区划代码"])),
            ("address", names(&["address", "现住址"])),
            ("guardian_name", names(&["guardian_name", "监护人姓名"])),
            ("guardian_phone", names(&["guardian_phone", "监护人电话"])),
            ("student_no", names(&["student_no", "学籍号"])),
            (ID_STATE, Arc::new(UInt8Array::from(states))),
            (
                BIRTH_PRECISION,
                Arc::new(UInt8Array::from_iter_values(births.iter().map(|b| b.map_or(0, |b| b.1 as u8)))),
            ),
        ];
        let wrong = |e| Error::bug("a people table").caused_by(e);
        let whole =
            RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).map_err(wrong)?;
        let (sources, counties) = (text(&["source"]), text(&["county"]));
        let place = |row: u32| (sources.value(row as usize), counties.value(row as usize));
        let mut rows_of: BTreeMap<(&str, &str), Vec<u32>> = BTreeMap::new();
        let all: Vec<u32> = (0..n as u32).collect();
        for rows in all.chunk_by(|&a, &b| place(a) == place(b)) {
            rows_of.entry(place(rows[0])).or_default().extend(rows);
        }
        rows_of
            .into_par_iter()
            .map(|((source, county), rows)| {
                let taken = UInt32Array::from(rows);
                let identities = IdentityRows {
                    dataset: if source.is_empty() { self.name.clone() } else { source.to_owned() },
                    county: county.to_owned(),
                    record_keys: taken.values().iter().map(|&r| Some(self.id(r as usize))).collect(),
                    event_days: Int32Array::from(vec![newest; taken.len()]),
                    identities: arrow::compute::take_record_batch(&whole, &taken).map_err(wrong)?,
                };
                Ok((taken.values().to_vec(), identities))
            })
            .collect()
    }
}

/// Sexes as GB/T 2261.1 codes them.
fn sexes(column: &StringArray) -> StringArray {
    (0..column.len())
        .map(|row| {
            Some(match column.value(row).trim() {
                "男" | "男性" | "M" | "m" | "male" => "1",
                "女" | "女性" | "F" | "f" | "female" => "2",
                other => other,
            })
        })
        .collect()
}

type TextColumns = (Vec<String>, Vec<StringArray>);

/// The table's name, its header and its columns.
fn read_columns(path: &Path) -> Result<(String, Vec<String>, Vec<StringArray>)> {
    let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let (header, columns) = match path.extension().and_then(|e| e.to_str()) {
        Some("parquet") => read_parquet(path)?,
        _ => read_csv(path)?,
    };
    Ok((name, header, columns))
}

/// The column that names records.
fn id_among(header: &[String], id_column: Option<&str>) -> Option<usize> {
    let at = |name: &str| header.iter().position(|h| h == name);
    match id_column {
        Some(name) => at(name),
        None => ID_COLUMNS.iter().find_map(|n| at(n)),
    }
}

fn read_csv(path: &Path) -> Result<TextColumns> {
    let bytes = std::fs::read(path).map_err(|e| Error::input(path, e))?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let decoded;
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => {
            decoded = encoding_rs::GB18030.decode(bytes).0;
            &decoded
        }
    };
    Ok(undeclared(text))
}

fn read_parquet(path: &Path) -> Result<TextColumns> {
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let file = File::open(path).map_err(|e| Error::input(path, e))?;
    let wrong = || {
        let said = words!("不是 Parquet 文件，或文件已损坏", "is no Parquet file, or is damaged");
        Error::new(ErrorKind::Input, path.display(), said)
    };
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|_| wrong())?;
    let header: Vec<String> = builder.schema().fields().iter().map(|f| f.name().clone()).collect();
    let batches: Vec<RecordBatch> =
        builder.build().map_err(|_| wrong())?.collect::<std::result::Result<_, _>>().map_err(|_| wrong())?;
    let columns = (0..header.len())
        .map(|i| {
            let texts: Vec<ArrayRef> = batches
                .iter()
                .map(|b| cast(b.column(i), &DataType::Utf8))
                .collect::<std::result::Result<_, _>>()
                .map_err(|e| Error::input(path, e))?;
            let parts: Vec<&dyn Array> = texts.iter().map(AsRef::as_ref).collect();
            let whole = if parts.is_empty() {
                Arc::new(StringArray::new_null(0)) as ArrayRef
            } else {
                concat(&parts).map_err(|e| Error::input(path, e))?
            };
            let column = whole.as_any().downcast_ref::<StringArray>().expect("text").clone();
            // An empty cell and none are one here.
            Ok(column.iter().map(|v| Some(v.unwrap_or_default())).collect())
        })
        .collect::<Result<_>>()?;
    Ok((header, columns))
}
