//! What the values of other tables are called and stand for: labels, so that who reads a snapshot needs no other
//! source. Those that follow from declarations and reference data alone are public; what was sent, and sites, are not.

use super::table::{Column, ColumnRole, ColumnType, Edition, Key, PublishedTable};
use super::words::CatalogueWords;

/// A column: name, type, Chinese name, English words, further Chinese words.
type Described = (&'static str, ColumnType, [&'static str; 3]);

const TEXT: ColumnType = ColumnType::Text;
const WHOLE: ColumnType = ColumnType::Whole;
const DAY: ColumnType = ColumnType::Day;
const FLAG: ColumnType = ColumnType::Flag;

/// Columns of labels; those whose type is followed by `or null` in words are named in `nullable`.
fn labels(described: &[Described], nullable: &[&str]) -> Vec<Column> {
    let column = |(name, ty, [zh, en, more]): &Described| {
        let column = Column::described(name, *ty, ColumnRole::Label, CatalogueWords::named(zh, en, more));
        if nullable.contains(name) { column.or_null() } else { column }
    };
    described.iter().map(column).collect()
}

fn table(name: &str, editions: &[Edition], [zh, en, more]: [&str; 3], columns: Vec<Column>) -> PublishedTable {
    PublishedTable {
        name: format!("labels/{name}"),
        file: format!("labels/{name}.parquet"),
        editions: editions.to_vec(),
        title: CatalogueWords::named(zh, en, more),
        sorted_by: columns.iter().take_while(|c| c.as_key().is_some()).count(),
        columns,
        crossed: Vec::new(),
    }
}

fn with_key(keys: Vec<Column>, rest: Vec<Column>) -> Vec<Column> {
    keys.into_iter().chain(rest).collect()
}

fn key(name: &str, [zh, en, more]: [&str; 3]) -> Column {
    Column::described(name, TEXT, ColumnRole::Key(Key::Place), CatalogueWords::named(zh, en, more))
}

/// All tables of labels.
pub(super) fn all() -> Vec<PublishedTable> {
    vec![indicators(), indicator_datasets(), codes(), divisions(), datasets()]
}

fn indicators() -> PublishedTable {
    let rest = [
        ("name_zh", TEXT, ["名称", "Name in Chinese", ""]),
        ("name_en", TEXT, ["英文名称", "Name in English", ""]),
        ("definition_zh", TEXT, ["定义", "Definition in Chinese", ""]),
        ("definition_en", TEXT, ["英文定义", "Definition in English", ""]),
        ("unit", TEXT, ["单位", "percent, permille, count or percent_change", ""]),
        ("unit_zh", TEXT, ["单位（中文）", "Unit in Chinese", ""]),
        ("unit_en", TEXT, ["单位（英文）", "Unit in English", ""]),
        ("direction", TEXT, ["方向", "higher or lower: which values are better", "higher 越高越好、lower 越低越好"]),
        ("counted", TEXT, ["所计", "What the numerator counts: person, site, school and so on", "分子所计的事物"]),
        ("counted_zh", TEXT, ["所计（中文）", "The same in Chinese, with its measure word", "含量词"]),
        ("counted_en", TEXT, ["所计（英文）", "The same in English", ""]),
        (
            "window",
            TEXT,
            [
                "窗口",
                "The days that it looks at, all up to E: at, t12m, ytd or period",
                "at 期末时点、t12m 截至期末 12 个月、ytd 当年至期末、period 本期",
            ],
        ),
        ("levels", TEXT, ["层级", "Levels that it is counted for, with spaces between", "用空格分隔"]),
        ("source", TEXT, ["出处", "Plans and standards that it comes from", ""]),
    ];
    let columns = with_key(vec![Column::key("indicator", Key::Indicator)], labels(&rest, &[]));
    let title =
        ["指标说明", "Indicators by name, with definition, unit and direction", "每项指标一行：名称、定义、单位、方向"];
    table("indicators", &Edition::ALL, title, columns)
}

fn indicator_datasets() -> PublishedTable {
    let dataset = key("dataset", ["数据集", "Dataset that the number needs", "该指标所需的数据集"]);
    let title = [
        "指标所需数据集",
        "Datasets that each indicator needs: without one from a county, its numbers are partial",
        "每项指标和数据集一行；缺少某县的某个数据集时数字为 partial",
    ];
    table("indicator_datasets", &Edition::ALL, title, vec![Column::key("indicator", Key::Indicator), dataset])
}

fn codes() -> PublishedTable {
    let keys = vec![
        key(
            "list",
            [
                "代码表",
                "Code list: of a dimension or a column of published tables the name of the column, of the columns of datasets field (dataset.column), of the origins of indicators indicator_source; otherwise as declared",
                "已发布各表的维度和列以列名为代码表名，各数据集的字段为 field（数据集.字段），指标出处为 indicator_source，其余按声明",
            ],
        ),
        key("code", ["代码", "Code as the tables have it", ""]),
    ];
    let rest = [
        ("position", WHOLE, ["次序", "Place in the list, from 1", "从 1 开始"]),
        ("label_zh", TEXT, ["名称", "What it is called in Chinese", ""]),
        ("label_en", TEXT, ["英文名称", "What it is called in English", ""]),
        ("standard", TEXT, ["标准", "The standard that the codes come from", "代码所依据的标准"]),
    ];
    let title = ["代码", "Codes with their labels", "每个代码一行"];
    table("codes", &Edition::ALL, title, with_key(keys, labels(&rest, &["standard"])))
}

fn divisions() -> PublishedTable {
    let rest = [
        ("level", TEXT, ["层级", "village, town, county or city", ""]),
        ("name", TEXT, ["名称", "Name", ""]),
        ("full_name", TEXT, ["全称", "Name with those of what it lies in", "含所属各级名称"]),
        ("parent_code", TEXT, ["上级代码", "Code of what it lies in; null for the city", "地市为空"]),
        ("town_code", TEXT, ["乡镇代码", "Code of its town, of towns and villages", "乡镇和村"]),
        ("county_code", TEXT, ["县代码", "Code of its county, of counties and below", "县及以下"]),
        ("city_code", TEXT, ["市代码", "Code of its city", ""]),
    ];
    let rest = labels(&rest, &["parent_code", "town_code", "county_code"]);
    let title = ["区划", "Divisions with their parents and levels", "每个区划一行：名称、层级、上级"];
    table("divisions", &Edition::ALL, title, with_key(vec![Column::key("division_code", Key::Division)], rest))
}

fn datasets() -> PublishedTable {
    let keys = vec![
        Column::key("county", Key::Place),
        key("dataset", ["数据集", "Dataset that the county is to send", "该县应报送的数据集"]),
    ];
    let rest = [
        ("county_name", TEXT, ["县名", "Name of the county", ""]),
        (
            "source",
            TEXT,
            [
                "来源",
                "Who sends it: station, school, hospital, police",
                "station 站点、school 学校、hospital 医疗机构、police 政法公安",
            ],
        ),
        ("title_zh", TEXT, ["数据集名称", "Title in Chinese", ""]),
        ("title_en", TEXT, ["数据集英文名称", "Title in English", ""]),
        ("as_of", DAY, ["统计截止日", "The day that the numbers look back from", ""]),
        (
            "data_from",
            DAY,
            ["数据起始日", "The day from which the counties have sent events ([data] from)", "配置 [data] from"],
        ),
        (
            "state",
            TEXT,
            [
                "报送状态",
                "current, late (older than is expected), unusable (sent, but nothing of it could be used) or never",
                "current 正常、late 逾期（超过预期天数）、unusable 已报送但无一行可用、never 从未报送",
            ],
        ),
        ("files", WHOLE, ["文件数", "Files and sheets of it that were read", "已读取的文件和工作表数"]),
        ("accepted", WHOLE, ["接收行数", "Rows that count", ""]),
        ("last_file", TEXT, ["最近文件", "Path below the inbox of the newest export", "收件箱下的路径"]),
        (
            "last_export",
            DAY,
            [
                "最近导出日",
                "Date of the newest export, without those held back and those of which every row is rejected",
                "暂缓采用的、全部退回的不计",
            ],
        ),
        ("last_event", DAY, ["最近事件日", "Day of the newest accepted event", ""]),
        ("newest", DAY, ["最新日期", "The later of both: the newest that could be used", "以上两者中较晚者"]),
        (
            "age_days",
            WHOLE,
            [
                "距今天数",
                "Days from the newest that could be used to as_of, at least 0",
                "最新日期距统计截止日的天数，最小为 0",
            ],
        ),
        (
            "expected_days",
            WHOLE,
            [
                "预期天数",
                "How old it may be ([data] stale_days, of sites stale_site_days)",
                "配置 [data] stale_days，站点类为 stale_site_days",
            ],
        ),
        (
            "late_days",
            WHOLE,
            ["逾期天数", "Days beyond what is expected; null where nothing usable was sent", "从未报送可用数据的为空"],
        ),
    ];
    let nullable = ["last_file", "last_export", "last_event", "newest", "age_days", "late_days"];
    let title = [
        "报送情况",
        "What each county sent of each dataset, how old it is, and who never sent",
        "每个县和数据集一行：最近报送、距今天数、逾期天数、从未报送",
    ];
    table("datasets", &[Edition::Internal], title, with_key(keys, labels(&rest, &nullable)))
}

/// Sites with their last contact: no label, but what questions about single sites are answered from.
pub(super) fn stations() -> PublishedTable {
    let keys = vec![
        Column::key("county", Key::Place),
        key(
            "dataset",
            [
                "数据集",
                "Dataset that the site is a row of: station_site, school_site or hospital_site",
                "station_site 服务站点、school_site 学校、hospital_site 医疗卫生机构",
            ],
        ),
        key("site_id", ["站点编号", "Key of the site; masked where it looks like an identity", "像身份信息时已脱敏"]),
    ];
    let rest = [
        (
            "site_kind",
            TEXT,
            [
                "站点类型",
                "Kind of site, a code of labels/codes: list site_kind, of schools school_stage, of institutions org_kind",
                "见 labels/codes 的 site_kind，学校为 school_stage，医疗卫生机构为 org_kind",
            ],
        ),
        ("division_code", TEXT, ["区划代码", "Division that it stands in", "所在区划"]),
        ("division_name", TEXT, ["区划名称", "Division name", ""]),
        (
            "stands",
            FLAG,
            [
                "运行中",
                "It stands on as_of; of a school its counselling room, of an institution its psychiatric clinic",
                "统计截止日时已建成且未关闭；学校看心理辅导室，医疗卫生机构看心理门诊",
            ],
        ),
        ("built", DAY, ["建成日", "Day from which it stands", "学校为心理辅导室建成日，医疗卫生机构为心理门诊开设日"]),
        ("closed", DAY, ["关闭日", "Day from which it no longer stands", ""]),
        ("contacts", WHOLE, ["人次合计", "Contacts of all time", "历来全部服务人次"]),
        (
            "last_contact",
            DAY,
            ["最近服务日", "Day of the last contact; null where there never was one", "从无服务为空"],
        ),
        (
            "last_activity",
            DAY,
            ["最近活动日", "Day of the last activity; null where there never was one", "从无活动为空"],
        ),
        ("as_of", DAY, ["统计截止日", "The day that the numbers look back from", ""]),
    ];
    let nullable = ["built", "closed", "last_contact", "last_activity"];
    let columns = with_key(keys, labels(&rest, &nullable));
    let title = [
        "站点",
        "Sites, schools and health institutions with their last contact and last activity",
        "每个服务站点、学校、医疗卫生机构一行：最近服务、最近活动",
    ];
    PublishedTable {
        name: "stations".to_owned(),
        file: "stations/stations.parquet".to_owned(),
        ..table("stations", &[Edition::Internal], title, columns)
    }
}
