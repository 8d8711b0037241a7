//! A hand-made inbox of one or two counties, run by the real binary.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::night::hand::set_mode;
use crate::night::published;
use crate::night::store::{expect, xinhui};

const DIVISIONS: &str = "\
区划代码,区划名称
3708,济宁市
370832,梁山县
370811,任城区
370832100,梁山街道
370832101,水泊街道
370832100001,甲村
370832100002,乙村
370832101001,丙村
370811001,南苑街道
370811001001,丁村
";

/// Headers of a service record's required fields, and its two row fields.
pub const SERVICE: &str = "记录编号,站点编号,姓名,性别,服务类型,服务日期,录入时间,作废标志";
/// Headers of a site's required fields, and the two row fields.
pub const SITE: &str = "站点编号,站点名称,站点类别,所在区划代码,建设状态,建成日期,录入时间,作废标志";
/// A site that every test may name.
pub const SITE_S1: &str = "S1,站一,村（居）社会心理服务室,370832100001,已建成,2020-01-01,,";

/// An inbox with its config, as of the last day of 2023; gone when dropped.
pub struct Inbox {
    dir: tempfile::TempDir,
}

/// A finding: row number, record key, field, code, severity.
pub type Finding = (i64, String, String, String, String);

impl Inbox {
    pub fn new() -> Self {
        let inbox = Inbox { dir: tempfile::tempdir().expect("a folder") };
        inbox.write("reference/division.csv", DIVISIONS);
        inbox.write("key", "5a".repeat(32));
        set_mode(&inbox.path("key"), 0o600);
        inbox.write(
            "xinhui.toml",
            "as_of = \"2023-12-31\"\nstore = \"store\"\ninbox = \"inbox\"\nreference = \"reference\"\ncity = \"3708\"\n\
             max_rejected_share = 1.0\n[periods]\nfrom = \"2023-01\"\nkinds = [\"year\"]\n[identity]\nkey_file = \"key\"\n",
        );
        inbox
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    /// Writes a file below the whole folder.
    pub fn write(&self, below: &str, content: impl AsRef<[u8]>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    /// Sends a file of Liangshan's stations.
    pub fn station(&self, name: &str, lines: &[&str]) {
        self.write(&format!("inbox/370832/station/{name}"), lines.join("\n") + "\n");
    }

    /// Runs a night that must end with an exit code.
    #[track_caller]
    pub fn run(&self, code: i32) {
        expect(xinhui().arg("run").arg("--config").arg(self.path("xinhui.toml")), code);
    }

    /// Runs a night that must publish, whether or not something was left.
    #[track_caller]
    pub fn publish(&self) {
        let output =
            xinhui().arg("run").arg("--config").arg(self.path("xinhui.toml")).output().expect("the binary starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    }

    fn quality(&self, table: &str) -> PathBuf {
        self.path("store/current/internal/quality").join(table)
    }

    /// Findings of the files whose path ends so, by row and field.
    pub fn findings(&self, file: &str) -> Vec<Finding> {
        let mut found = Vec::new();
        for b in published::table(&self.quality("rejects.parquet")) {
            for row in 0..b.num_rows() {
                if published::text(&b, "file", row).ends_with(file) {
                    let [key, field, code, severity] =
                        ["record_key", "field", "code", "severity"].map(|c| published::text(&b, c, row));
                    found.push((published::int(&b, "row_number", row).unwrap_or(0), key, field, code, severity));
                }
            }
        }
        found.sort();
        found
    }

    /// Fields and codes of the findings of one record, with the severity's first letter.
    pub fn of_record(&self, file: &str, key: &str) -> Vec<String> {
        let of = self.findings(file).into_iter().filter(|(_, k, ..)| k == key);
        of.map(|(_, _, field, code, severity)| format!("{field} {code} {}", &severity[..1])).collect()
    }

    /// A column of the reconciliation, by file and hash, of the files whose path ends so.
    pub fn counts(&self, file: &str, column: &str) -> BTreeMap<(String, String), i64> {
        let mut counts = BTreeMap::new();
        for b in published::table(&self.quality("reconciliation.parquet")) {
            for row in 0..b.num_rows() {
                let path = published::text(&b, "file", row);
                if path.ends_with(file) {
                    let key = (path, published::text(&b, "sha256", row));
                    counts.insert(key, published::int(&b, column, row).expect("a count"));
                }
            }
        }
        counts
    }

    /// The same, by sheet of one file.
    pub fn by_sheet(&self, file: &str, column: &str) -> Vec<(String, i64)> {
        let mut counts = Vec::new();
        for b in published::table(&self.quality("reconciliation.parquet")) {
            for row in (0..b.num_rows()).filter(|row| published::text(&b, "file", *row).ends_with(file)) {
                counts.push((published::text(&b, "sheet", row), published::int(&b, column, row).expect("a count")));
            }
        }
        counts
    }

    /// The same, of the one file whose path ends so.
    #[track_caller]
    pub fn count(&self, file: &str, column: &str) -> i64 {
        let counts = self.counts(file, column);
        assert_eq!(counts.len(), 1, "files that end in {file}: {counts:?}");
        *counts.values().next().expect("one file")
    }

    /// Fates of the one file whose path ends so: accepted, rejected, duplicate, superseded, void.
    #[track_caller]
    pub fn fates(&self, file: &str) -> [i64; 5] {
        ["accepted", "rejected", "duplicate", "superseded", "void"].map(|c| self.count(file, c))
    }

    /// SHA-256 of a file, as the reconciliation writes it.
    pub fn sha256(&self, below: &str) -> String {
        use sha2::{Digest, Sha256};
        let bytes = fs::read(self.path(below)).expect("a file");
        Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// A service record of site S1 with these cells changed, by their place in [`SERVICE`].
pub fn service(id: &str, changes: &[(usize, &str)]) -> String {
    let mut cells = [id, "S1", "张三", "男", "心理咨询", "2023-08-01", "", ""];
    for (at, cell) in changes {
        cells[*at] = cell;
    }
    cells.join(",")
}
