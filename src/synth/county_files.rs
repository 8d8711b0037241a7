//! Writes the exports of a county with the faults and habits of real ones.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::schema::{Load, Role, Source, day};

use super::SynthOptions;
use super::chance::Chance;
use super::clean::{self, ExportFormat};
use super::emit::RowSink;
use super::expected::Expected;
use super::inbox_parts::{InboxPart, export_day, inbox, part_path, write_truth};
use super::live::every_household;
use super::odd_files;
use super::place_rows::write_places;
use super::record::{Dataset, Record};
use super::resends::{ArrivingRow, Resends};
use super::sheet_layout::{SheetPlan, lay_out};
use super::world::World;
use super::write_csv::{TextEncoding, encode, sheet_text};
use super::write_parquet::{ParquetStream, json_line};
use super::written_sheet::WrittenSheet;
use super::{SOURCES, write_xls, write_xlsx};

#[derive(Default)]
struct RowsOfCounty<'a>(BTreeMap<Dataset, Vec<Record<'a>>>);

impl<'a> RowSink<'a> for RowsOfCounty<'a> {
    fn take(&mut self, _county: usize, record: Record<'a>) -> Result<()> {
        self.0.entry(record.dataset).or_default().push(record);
        Ok(())
    }
}

/// Rows that go into one file or sheet.
struct FileOfRows<'a> {
    dataset: Dataset,
    night: u32,
    date: i32,
    suffix: &'static str,
    entries: Vec<ArrivingRow<'a>>,
}

/// Days between the older and the newest export of a register.
const OLDER: i32 = 184;

/// Writes one county's exports with faults; holds all of that county's rows at once.
pub fn write_county(world: &World<'_>, options: &SynthOptions, index: usize) -> Result<InboxPart> {
    let county = &world.region.counties[index];
    let mut collected = RowsOfCounty::default();
    write_places(world, county, &mut |record| collected.take(index, record))?;
    let persons = every_household(world, index, &mut collected)?;
    let mut writer = CountyWriter {
        world,
        options,
        index,
        chance: Chance::of(world.seed, &[0x0f11e5, county.code.parse().unwrap_or(0)]),
        turn: index * 3,
        expected: String::new(),
        part: InboxPart { persons, ..InboxPart::default() },
    };
    let truth_path = part_path(&options.out, "truth", &county.code);
    let wrong = |e: std::io::Error| Error::output(&truth_path, e);
    let mut truth = BufWriter::new(File::create(&truth_path).map_err(wrong)?);
    let mut faults = Resends::new(world, options, index);
    let mut workbooks = BTreeMap::new();
    for (dataset, records) in collected.0 {
        let load = records.first().map_or(Load::Upsert, |r| r.table.load);
        let entries = faults.befall(dataset, records);
        for entry in entries.iter().filter(|e| e.stands) {
            write_truth(&mut truth, &county.code, &entry.record).map_err(wrong)?;
        }
        let older = if load == Load::Snapshot { faults.older_export(&entries) } else { Vec::new() };
        for batch in batches(options, dataset, entries, older) {
            writer.write(batch, &mut workbooks)?;
        }
    }
    truth.flush().map_err(wrong)?;
    writer.write_workbooks(workbooks)?;
    if index == 0 {
        writer.odd_files()?;
    }
    let path = part_path(&options.out, "expected", &county.code);
    std::fs::write(&path, &writer.expected).map_err(|e| Error::output(&path, e))?;
    Ok(writer.part)
}

fn batches<'a>(
    options: &SynthOptions,
    dataset: Dataset,
    entries: Vec<ArrivingRow<'a>>,
    older: Vec<ArrivingRow<'a>>,
) -> Vec<FileOfRows<'a>> {
    let mut groups: BTreeMap<(u32, bool), Vec<ArrivingRow<'a>>> = BTreeMap::new();
    for entry in entries {
        groups.entry((entry.night, entry.supplement)).or_default().push(entry);
    }
    let date = |night: u32| export_day(options, night);
    let mut all = Vec::new();
    if !older.is_empty() {
        let on = if options.nights > 1 { date(0) } else { date(0) - OLDER };
        all.push(FileOfRows { dataset, night: 0, date: on, suffix: "", entries: older });
    }
    for ((night, supplement), mut entries) in groups {
        let suffix = if supplement { "补报" } else { "" };
        // A long list is split into two files of the same day.
        if !supplement && entries.len() > 150 && entries.len() % 2 == 0 {
            let rest = entries.split_off(entries.len() / 2);
            all.push(FileOfRows { dataset, night, date: date(night), suffix: "下册", entries: rest });
        }
        all.push(FileOfRows { dataset, night, date: date(night), suffix, entries });
    }
    all
}

/// Sheets that go into one workbook, each with the findings that are expected; by the place of the source among
/// [`SOURCES`].
type Workbooks = BTreeMap<(usize, u32, bool), Vec<(WrittenSheet, Vec<Expected>)>>;

struct CountyWriter<'w, 'a> {
    world: &'w World<'a>,
    options: &'w SynthOptions,
    index: usize,
    chance: Chance,
    turn: usize,
    expected: String,
    part: InboxPart,
}

impl<'a> CountyWriter<'_, 'a> {
    /// The path of a file relative to the inbox, and on disk.
    fn place(&self, source: Source, night: u32, name: &str) -> Result<(String, PathBuf)> {
        let code = &self.world.region.counties[self.index].code;
        let folder = inbox(self.options, night).join(code).join(source.as_str());
        std::fs::create_dir_all(&folder).map_err(|e| Error::output(&folder, e))?;
        Ok((format!("{code}/{}/{name}", source.as_str()), folder.join(name)))
    }

    fn save(&mut self, source: Source, night: u32, name: &str, bytes: &[u8]) -> Result<String> {
        let (file, path) = self.place(source, night, name)?;
        std::fs::write(&path, bytes).map_err(|e| Error::output(&path, e))?;
        self.part.files += 1;
        Ok(file)
    }

    fn expect(&mut self, file: &str, expected: &[Expected]) {
        for e in expected {
            let row = e.row_number.map(|n| n.to_string()).unwrap_or_default();
            // No comma occurs in names of files, sheets and headers here, so nothing needs quotes; the list always has
            // the same line ends.
            self.expected.push_str(&[file, e.sheet.as_str(), &row, &e.field, e.code].join(","));
            self.expected.push('\n');
            self.part.findings += 1;
        }
    }

    fn write(&mut self, batch: FileOfRows<'a>, workbooks: &mut Workbooks) -> Result<()> {
        *self.part.rows.entry(batch.dataset).or_default() += batch.entries.len() as u64;
        let table = self.world.catalog.table(batch.dataset);
        let format = self.options.formats[self.turn % self.options.formats.len()];
        self.turn += 1;
        let date = day::to_iso(batch.date).replace('-', "");
        let stem = format!("{}{}_{date}", table.title, batch.suffix);
        let job = SheetPlan {
            table,
            codes: &self.world.catalog.schemas.codes,
            name: &table.title,
            county: &self.world.region.counties[self.index].name,
            entries: &batch.entries,
            as_of: batch.date,
            wild: self.world.rates.layout,
            workbook: matches!(format, ExportFormat::Xlsx | ExportFormat::Xls),
        };
        match format {
            ExportFormat::Csv | ExportFormat::Zip => {
                let (sheet, expected) = lay_out(&job, &mut self.chance);
                let separator = *self.chance.weighted(&[(',', 7), ('\t', 2), (';', 1)]);
                let encoding = *self.chance.weighted(&[
                    (TextEncoding::Utf8, 2),
                    (TextEncoding::Utf8Bom, 2),
                    (TextEncoding::Gb18030, 4),
                    (TextEncoding::Utf16, 1),
                ]);
                let bytes = encode(&sheet_text(&sheet, separator), encoding);
                let file = if format == ExportFormat::Csv {
                    self.save(table.source, batch.night, &format!("{stem}.csv"), &bytes)?
                } else {
                    let name = format!("{stem}.zip");
                    let member = format!("{stem}.csv");
                    let bytes = clean::archive(&[(member.clone(), bytes)])
                        .map_err(|e| Error::bug("an archive in memory").caused_by(e))?;
                    let file = self.save(table.source, batch.night, &name, &bytes)?;
                    format!("{file}/{member}")
                };
                self.expect(&file, &expected);
                Ok(())
            }
            ExportFormat::Xlsx | ExportFormat::Xls => {
                let laid = lay_out(&job, &mut self.chance);
                let old = format == ExportFormat::Xls;
                // Some clerks keep all their lists in one workbook; an older export stays in its own file.
                if batch.suffix.is_empty()
                    && batch.date == export_day(self.options, batch.night)
                    && self.chance.yes(0.6 * self.world.rates.layout)
                {
                    let source = SOURCES.iter().position(|s| *s == table.source).unwrap_or(SOURCES.len() - 1);
                    workbooks.entry((source, batch.night, old)).or_default().push(laid);
                    return Ok(());
                }
                self.workbook(table.source, batch.night, &stem, old, vec![laid])
            }
            ExportFormat::Jsonl | ExportFormat::Parquet => self.records(&batch, format, &stem),
        }
    }

    fn workbook(
        &mut self,
        source: Source,
        night: u32,
        stem: &str,
        old: bool,
        laid: Vec<(WrittenSheet, Vec<Expected>)>,
    ) -> Result<()> {
        let (sheets, expected): (Vec<WrittenSheet>, Vec<Vec<Expected>>) = laid.into_iter().unzip();
        let bytes = if old {
            write_xls::workbook(&sheets).map_err(|e| Error::bug("a workbook in memory").caused_by(e))?
        } else {
            write_xlsx::workbook(&sheets).map_err(|e| Error::bug("a workbook in memory").caused_by(e))?
        };
        let name = format!("{stem}.{}", if old { "xls" } else { "xlsx" });
        let file = self.save(source, night, &name, &bytes)?;
        for expected in expected {
            self.expect(&file, &expected);
        }
        Ok(())
    }

    fn write_workbooks(&mut self, workbooks: Workbooks) -> Result<()> {
        for ((source, night, old), laid) in workbooks {
            let source = SOURCES[source];
            let date = day::to_iso(export_day(self.options, night)).replace('-', "");
            let name = self.world.region.counties[self.index].name.clone();
            let whose = match source {
                Source::STATION => "站点",
                Source::SCHOOL => "学校",
                Source::HOSPITAL => "医院",
                _ => "公安",
            };
            let stem = format!("{name}{whose}数据汇总_{date}");
            self.workbook(source, night, &stem, old, laid)?;
        }
        Ok(())
    }

    /// Writes a format of records instead of sheets: no header to lay out, and values in canonical form.
    fn records(&mut self, batch: &FileOfRows<'a>, format: ExportFormat, stem: &str) -> Result<()> {
        let table = self.world.catalog.table(batch.dataset);
        let mut columns = clean::columns(table);
        let void = table.fields.iter().position(|f| f.role == Role::Void);
        if batch.entries.iter().any(|e| e.void) {
            columns.extend(void);
        }
        let value = |entry: &ArrivingRow<'a>, column: usize| -> String {
            if Some(column) == void && entry.void { "true".to_owned() } else { entry.record.values[column].clone() }
        };
        let (file, path) = self.place(table.source, batch.night, &format!("{stem}.{}", format.extension()))?;
        let wrong = |e: std::io::Error| Error::output(&path, e);
        let out = File::create(&path).map_err(wrong)?;
        if format == ExportFormat::Parquet {
            // Damaged values do not fit typed columns, so the whole file is written as text, like an export without a
            // schema.
            let mut stream = ParquetStream::new(out, table, &columns, true).map_err(|e| Error::output(&path, e))?;
            for entry in &batch.entries {
                stream.row(columns.iter().map(|c| value(entry, *c))).map_err(|e| Error::output(&path, e))?;
            }
            stream.finish().map_err(|e| Error::output(&path, e))?;
        } else {
            let mut out = BufWriter::new(out);
            for entry in &batch.entries {
                let values: Vec<(usize, String)> = columns.iter().map(|c| (*c, value(entry, *c))).collect();
                json_line(&mut out, table, values.iter().map(|(c, v)| (*c, v.as_str()))).map_err(wrong)?;
            }
            out.flush().map_err(wrong)?;
        }
        self.part.files += 1;
        let expected: Vec<Expected> = batch
            .entries
            .iter()
            .enumerate()
            .flat_map(|(n, entry)| {
                entry.record.findings.iter().map(move |(field, code)| Expected {
                    sheet: String::new(),
                    row_number: Some(n + 1),
                    field: (*field).to_owned(),
                    code,
                })
            })
            .collect();
        self.expect(&file, &expected);
        Ok(())
    }

    fn odd_files(&mut self) -> Result<()> {
        let county = &self.world.region.counties[self.index];
        for odd in odd_files::odd_files(self.world, county) {
            let folder = match odd.folder {
                Some(folder) => folder.to_owned(),
                None => format!("{}/{}", county.code, odd.source.as_str()),
            };
            let dir = inbox(self.options, 0).join(&folder);
            std::fs::create_dir_all(&dir).map_err(|e| Error::output(&dir, e))?;
            let path = dir.join(odd.name);
            std::fs::write(&path, &odd.bytes).map_err(|e| Error::output(&path, e))?;
            self.part.files += 1;
            if odd.rows > 0 {
                *self.part.rows.entry(Dataset::StationActivity).or_default() += odd.rows;
            }
            let file = if odd.code == "unknown-folder" { folder } else { format!("{folder}/{}", odd.name) };
            self.expect(&file, &odd.expected(odd.code));
        }
        Ok(())
    }
}
