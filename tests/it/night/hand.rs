//! A store whose exports are written by hand.

use std::path::{Path, PathBuf};
use std::process::Output;

use super::quality::{self, Fates};
use super::store::TestStore;

/// Divisions of the hand-made city: two counties, a town and two villages each.
const DIVISIONS: &str = "code,name
3708,济宁市
370811,任城区
370811001,古槐街道
370811001001,古槐社区
370832,梁山县
370832101,韩岗镇
370832101001,韩岗一村
370832101002,韩岗二村
";

const CONFIG: &str = "as_of = \"2023-12-31\"
store = \"store\"
inbox = \"inbox\"
reference = \"reference\"
city = \"3708\"
max_rejected_share = 1.0

[periods]
from = \"2023\"
kinds = [\"year\"]

[identity]
key_file = \"xinhui.key\"
";

pub struct HandStore {
    pub store: TestStore,
}

impl HandStore {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        for folder in ["inbox", "reference"] {
            std::fs::create_dir(dir.path().join(folder)).expect("a folder");
        }
        std::fs::write(dir.path().join("reference/divisions.csv"), DIVISIONS).expect("a file");
        std::fs::write(dir.path().join("xinhui.toml"), CONFIG).expect("a file");
        let key = dir.path().join("xinhui.key");
        std::fs::write(&key, [7; 32]).expect("a file");
        set_mode(&key, 0o600);
        HandStore { store: TestStore { dir } }
    }

    /// Writes a file below the inbox.
    pub fn put(&self, file: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.store.path().join("inbox").join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, content).expect("a file");
        self
    }

    /// A night that must end well.
    #[track_caller]
    pub fn night(&self) -> Output {
        self.store.run(0)
    }

    pub fn internal(&self) -> PathBuf {
        self.store.internal()
    }

    #[track_caller]
    pub fn fates(&self, file: &str) -> Fates {
        quality::fates(&self.internal(), file)
    }

    pub fn findings(&self, file: &str) -> Vec<String> {
        quality::findings(&self.internal(), file)
    }

    /// Numerator of an indicator of the year 2023 in a division.
    #[track_caller]
    pub fn numerator(&self, indicator: &str, division: &str) -> i64 {
        super::published::indicators(&self.internal())
            .into_iter()
            .find(|r| r.indicator == indicator && r.division_code == division && r.period == "2023")
            .unwrap_or_else(|| panic!("{indicator} of {division}"))
            .numerator
    }

    /// A measure of a rollup's totals of the year 2023 in a division; 0 where there is nothing to count.
    pub fn measure(&self, rollup: &str, division: &str, measure: &str) -> i64 {
        use super::published::{int, table, text};
        let mut found = 0;
        for b in table(&self.internal().join("rollups").join(rollup)) {
            let fixed = ["level", "division_code", "division_name", "period_kind", "period"];
            let dimensions: Vec<String> = b
                .schema()
                .fields()
                .iter()
                .filter(|f| *f.data_type() == arrow::datatypes::DataType::Utf8)
                .map(|f| f.name().clone())
                .filter(|name| !fixed.contains(&name.as_str()))
                .collect();
            for row in 0..b.num_rows() {
                let here = text(&b, "division_code", row) == division && text(&b, "period", row) == "2023";
                if here && dimensions.iter().all(|d| text(&b, d, row) == "_all") {
                    found += int(&b, measure, row).expect("a measure");
                }
            }
        }
        found
    }
}

pub fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

/// Sites of the county, as `site_id` and village.
pub fn sites(rows: &[(&str, &str)]) -> String {
    let mut text = "站点编号,站点名称,站点类别,所在区划代码,建设状态,建成日期\n".to_owned();
    for (id, division) in rows {
        text += &format!("{id},{id}号站,village_room,{division},built,2020-01-01\n");
    }
    text
}

/// Incidents with their versions: key, date, severity, `entered_at`, void mark.
pub fn incidents(rows: &[(&str, &str, &str, &str, &str)]) -> String {
    let mut text = "案事件编号,发生地区划代码,发生日期,严重程度,录入时间,作废标志\n".to_owned();
    for (key, date, severity, entered, void) in rows {
        text += &format!("{key},370832101,{date},{severity},{entered},{void}\n");
    }
    text
}
