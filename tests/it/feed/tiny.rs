//! A store with a few hand-written rows: a feed sees files of a snapshot and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use sha2::{Digest, Sha256};
use xinhui::catalogue::{Catalogue, ColumnType, Edition};
use xinhui::deliver::manifest::PackageManifest;
use xinhui::schema::Schemas;

use crate::night::store::{bytes_below, expect, xinhui};

/// A row of a table, cells by column as text; what is not named is null or has a default.
pub type Row = BTreeMap<&'static str, String>;

pub struct TinyStore {
    pub dir: tempfile::TempDir,
    nights: u32,
}

/// An indicator cell of a village's month; `None` is a hidden one.
pub fn cell(indicator: &'static str, division: &str, period: &str, numbers: Option<(i64, i64)>) -> Row {
    let names = [("3708", "济宁市"), ("370832", "梁山县"), ("370832001", "水泊街道"), ("370832001001", "一村, \"甲\"")];
    let name = names.iter().find(|(code, _)| *code == division).map_or("某地", |(_, name)| name);
    let (level, kind) = (
        match division.len() {
            4 => "city",
            6 => "county",
            9 => "town",
            _ => "village",
        },
        if period.len() == 4 { "year" } else { "month" },
    );
    let mut row = Row::from([
        ("indicator", indicator.to_owned()),
        ("level", level.to_owned()),
        ("division_code", division.to_owned()),
        ("division_name", name.to_owned()),
        ("period_kind", kind.to_owned()),
        ("period", period.to_owned()),
        ("period_start", if kind == "year" { format!("{period}-01-01") } else { format!("{period}-01") }),
        ("period_end", if kind == "year" { format!("{period}-12-31") } else { format!("{period}-28") }),
        ("complete", "true".to_owned()),
        ("unit", "percent".to_owned()),
    ]);
    match numbers {
        None => drop(row.insert("status", "suppressed".to_owned())),
        Some((n, d)) => {
            row.insert("numerator", n.to_string());
            row.insert("denominator", d.to_string());
            row.insert("status", if d == 0 { "no_data" } else { "ok" }.to_owned());
            if d > 0 {
                row.insert("value", (n as f64 / d as f64 * 100.0).to_string());
            }
        }
    }
    row
}

/// A row of the rollup `warnings`.
pub fn warned(division: &str, level: &str, persons: Option<i64>) -> Row {
    let mut row = cell("", division, "2023", Some((0, 1)));
    row.retain(|name, _| {
        matches!(*name, "level" | "division_code" | "division_name" | "period_kind" | "period" | "complete")
    });
    row.insert("warning_level", level.to_owned());
    row.insert("status", if persons.is_some() { "ok" } else { "suppressed" }.to_owned());
    if let Some(persons) = persons {
        row.insert("persons", persons.to_string());
        row.insert("planned_persons", "0".to_owned());
    }
    row
}

/// The rate that most rows are of.
pub const RATE: &str = "smi_standard_management_rate";

/// Tables that fit into a small package.
pub fn few_rows() -> Vec<(&'static str, Vec<Row>)> {
    vec![
        (
            "indicators/year",
            vec![
                cell(RATE, "3708", "2023", Some((43, 57))),
                cell(RATE, "370832", "2023", Some((43, 57))),
                cell(RATE, "370832001001", "2023", Some((0, 0))),
            ],
        ),
        ("rollups/warnings", vec![warned("370832", "_all", Some(7)), warned("370832", "red", Some(2))]),
    ]
}

impl TinyStore {
    /// A config with feeds, and no snapshot yet.
    pub fn new(feeds: &str) -> TinyStore {
        let dir = tempfile::tempdir().expect("a folder");
        for folder in ["inbox", "reference", "store/snapshots", "drop"] {
            std::fs::create_dir_all(dir.path().join(folder)).expect("a folder");
        }
        let store = TinyStore { dir, nights: 0 };
        expect(xinhui().args(["key", "new", "--out"]).arg(store.path("xinhui.key")), 0);
        expect(xinhui().args(["feed", "key", "--out"]).arg(store.path("feed.key")), 0);
        store.configure(feeds);
        store
    }

    pub fn configure(&self, feeds: &str) {
        let text = format!(
            "as_of = \"2023-12-31\"\nstore = \"store\"\ninbox = \"inbox\"\nreference = \"reference\"\ncity = \"3708\"\n\n\
             [identity]\nkey_file = \"xinhui.key\"\n\n{feeds}"
        );
        std::fs::write(self.path("xinhui.toml"), text).expect("a config");
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    /// Publishes a snapshot of tables, in an edition, with more of another edition beside.
    pub fn publish_both(&mut self, internal: &[(&str, Vec<Row>)], public: &[(&str, Vec<Row>)]) {
        self.nights += 1;
        let id = format!("2024010{}T000000Z-0000000{}", self.nights, self.nights);
        let dir = self.path("store/snapshots").join(&id);
        let catalogue = Catalogue::of(&Schemas::embedded().expect("declarations"));
        let mut outputs = Vec::new();
        for (edition, tables) in [(Edition::Internal, internal), (Edition::Public, public)] {
            for (name, rows) in tables {
                let table = catalogue.table(name).expect("a table");
                let path = table.path(edition);
                let sha256 = write(&dir.join(&path), &catalogue, name, edition, rows);
                outputs.push(serde_json::json!({ "path": path, "sha256": sha256, "rows": rows.len() }));
            }
        }
        let manifest = serde_json::json!({
            "tool": "xinhui", "snapshot": id, "as_of": "2023-12-31", "published": "2024-01-01T00:00:00Z",
            "hashes": { "schemas": "aa", "indicators": "bb", "profiles": "cc", "norms": "dd", "disclosure": "ee" },
            "outputs": outputs,
        });
        std::fs::write(dir.join("manifest.json"), manifest.to_string()).expect("a manifest");
        let current = self.path("store/current");
        let _ = std::fs::remove_file(&current);
        std::os::unix::fs::symlink(Path::new("snapshots").join(id), current).expect("a link");
    }

    pub fn publish(&mut self, internal: &[(&str, Vec<Row>)]) {
        self.publish_both(internal, &[]);
    }

    pub fn feed(&self, words: &[&str]) -> Command {
        let mut command = xinhui();
        command.arg("feed").args(words).arg("--config").arg(self.path("xinhui.toml")).arg("--lang").arg("en");
        command
    }

    /// Makes a package and gives its path.
    #[track_caller]
    pub fn build(&self, name: &str, into: &str) -> PathBuf {
        let out = self.path(into);
        expect(self.feed(&["build", name]).arg("--out").arg(&out), 0);
        let mut packages: Vec<PathBuf> =
            std::fs::read_dir(&out).expect("a folder").map(|e| e.expect("an entry").path()).collect();
        packages.sort();
        packages.pop().expect("a package")
    }

    /// `feed verify` over packages that must end with an exit code; gives what it printed.
    #[track_caller]
    pub fn verify(&self, packages: &[&Path], code: i32) -> String {
        let mut command = xinhui();
        command.args(["feed", "verify", "--lang", "en", "--key"]).arg(self.path("feed.key.pub")).args(packages);
        String::from_utf8(expect(&mut command, code).stdout).expect("UTF-8")
    }

    /// Packages in the drop folder, by name.
    pub fn dropped(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("drop")).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The receipts of a feed.
    pub fn receipts(&self, name: &str) -> Vec<serde_json::Value> {
        let text =
            std::fs::read_to_string(self.path(&format!("store/feeds/{name}/receipts.jsonl"))).unwrap_or_default();
        text.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect()
    }
}

pub fn manifest(package: &Path) -> PackageManifest {
    let text = std::fs::read(package.join("manifest.json")).expect("a manifest");
    serde_json::from_slice(&text).expect("a manifest")
}

/// All bytes of a package, one file after the other.
pub fn all_bytes(package: &Path) -> Vec<u8> {
    bytes_below(package).into_iter().flat_map(|(name, bytes)| [name.into_bytes(), bytes].concat()).collect()
}

pub fn text(path: PathBuf) -> String {
    String::from_utf8(std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).expect("UTF-8")
}

fn write(path: &Path, catalogue: &Catalogue, name: &str, edition: Edition, rows: &[Row]) -> String {
    let table = catalogue.table(name).expect("a table");
    let schema = table.schema(edition);
    let columns = table.columns_in(edition).into_iter().map(|column| -> ArrayRef {
        let cells = || rows.iter().map(|r| r.get(column.name.as_str()).map(String::as_str));
        match column.ty {
            ColumnType::Text => Arc::new(cells().collect::<StringArray>()),
            ColumnType::Whole => {
                Arc::new(cells().map(|c| c.map(|c| c.parse::<i64>().expect("a number"))).collect::<Int64Array>())
            }
            ColumnType::Number => {
                Arc::new(cells().map(|c| c.map(|c| c.parse::<f64>().expect("a number"))).collect::<Float64Array>())
            }
            ColumnType::Flag => Arc::new(cells().map(|c| c.map(|c| c == "true")).collect::<BooleanArray>()),
            ColumnType::Day => {
                let day = |c: &str| xinhui::schema::day::parse_iso(c).expect("a day");
                Arc::new(cells().map(|c| c.map(day)).collect::<Date32Array>())
            }
        }
    });
    let batch = RecordBatch::try_new(schema.clone(), columns.collect()).expect("a batch");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let mut writer =
        ArrowWriter::try_new(std::fs::File::create(path).expect("a file"), schema, None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a file");
    Sha256::digest(std::fs::read(path).expect("a file")).iter().map(|b| format!("{b:02x}")).collect()
}
