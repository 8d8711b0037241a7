//! What a table or column is called and holds, in both languages.

/// Words of a table or column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueWords {
    pub zh: String,
    pub en: String,
    /// What the file itself says of it, both languages in one line.
    pub in_files: String,
}

impl CatalogueWords {
    /// Words that stand in files one after the other.
    pub fn new(zh: &str, en: &str) -> CatalogueWords {
        CatalogueWords { zh: zh.to_owned(), en: en.to_owned(), in_files: format!("{zh} {en}").trim().to_owned() }
    }

    /// Words of a status that may say as well that numbers of the row are not shown as they are.
    pub(super) fn and_hidden(&self) -> CatalogueWords {
        CatalogueWords {
            zh: format!("{}；suppressed 已隐去；rounded 已取整", self.zh),
            en: format!("{}; suppressed or rounded to protect small numbers", self.en),
            in_files: format!("{}; suppressed or rounded to protect small numbers", self.in_files),
        }
    }

    /// Words of the status of a table whose exact edition has none.
    pub(super) fn of_shown_rows() -> CatalogueWords {
        let en = "ok, or suppressed or rounded to protect small numbers";
        CatalogueWords::named("状态", en, "ok 原值；suppressed 已隐去；rounded 已取整")
    }

    /// A short name in Chinese, as files say it, with what else the Chinese pages say.
    pub(super) fn named(name: &str, en: &str, more: &str) -> CatalogueWords {
        let zh = match (name, more) {
            ("", _) => more.to_owned(),
            (_, "") => name.to_owned(),
            _ => format!("{name}：{more}"),
        };
        CatalogueWords { zh, ..CatalogueWords::new(name, en) }
    }
}

/// Words of the columns that more than one table has, or that no declaration brings along: what a file says in
/// both languages, and what the Chinese pages say beside.
const COLUMNS: [[&str; 4]; 35] = [
    ["indicator", "指标", "Indicator id", "指标代码"],
    [
        "level",
        "层级",
        "village, town, county or city",
        "village 村（居）、town 乡镇（街道）、county 县（市、区）、city 地市",
    ],
    ["division_code", "区划代码", "Division code of 4, 6, 9 or 12 digits", "4、6、9 或 12 位"],
    ["division_name", "区划名称", "Division name", ""],
    ["period_kind", "周期类型", "month, quarter, half or year", "month 月、quarter 季、half 半年、year 年"],
    ["period", "周期", "2023-05, 2023-Q2, 2023-H1 or 2023", "2023-05、2023-Q2、2023-H1 或 2023"],
    ["period_start", "起始日", "First day of the calendar period", "周期的第一天"],
    ["period_end", "截止日", "Last day of the calendar period", "周期的最后一天"],
    ["complete", "是否完整", "The period had ended on as_of", "统计截止日（as_of）时周期已结束"],
    ["numerator", "分子", "Numerator", ""],
    [
        "denominator",
        "分母",
        "Denominator; null for counts and where the population is missing",
        "计数类指标和缺少人口数时为空",
    ],
    [
        "value",
        "指标值",
        "percent 0..100, permille 0..1000, count, or percent change; unrounded",
        "百分比 0..100、千分比 0..1000、计数或变化百分比，不舍入",
    ],
    ["unit", "单位", "percent, permille, count or percent_change", "percent、permille、count 或 percent_change"],
    [
        "status",
        "状态",
        "ok, no_data (0/0 or no population) or partial (a county never sent, or no longer sends, a dataset; or the window \
         begins before the counties sent events)",
        "ok 正常；no_data 无数据（0/0 或缺少人口数）；partial 数据不全（有县区从未报送、或久未报送所需数据集；或回看区间早于 [data] from）",
    ],
    ["profile", "方案", "Plan", "方案名称"],
    ["op", "比较符", "Comparison of value and target", "指标值与目标值的比较方式"],
    ["target", "目标值", "Target in the indicator's unit", "以指标的单位计"],
    ["due", "期限", "Due date of the target", "目标的截止日期"],
    ["evaluated_on", "评估日", "The earlier of due date and as_of", "期限与统计截止日中较早的一天"],
    [
        "verdict",
        "结论",
        "met, not_met, on_track, behind, no_data or incomplete (the numbers are partial)",
        "met 达标、not_met 未达标、on_track 进度正常、behind 滞后、no_data 无数据、incomplete 数据不全",
    ],
    ["county", "报送县区", "Submitting county", "县区代码"],
    [
        "source",
        "来源",
        "station, school, hospital or police",
        "station 站点、school 学校、hospital 医疗机构、police 政法公安",
    ],
    ["dataset", "数据集", "Dataset; empty where none was recognised", "未能识别时为空文本"],
    ["file", "文件", "Path below the inbox", "收件箱下的路径"],
    ["sheet", "工作表", "Sheet; empty where there is none", "没有时为空文本"],
    ["sha256", "", "SHA-256 of the file or archive member", "文件或压缩包内文件的 SHA-256"],
    [
        "state",
        "办理状态",
        "open, or mended: a later version of the row stands, or the file was sent anew",
        "open 待办；mended 已办：该行的后来版本已接收，或文件已重新报送",
    ],
    [
        "row_number",
        "行号",
        "Line as the spreadsheet shows it; null for a whole file",
        "电子表格显示的行号；针对整个文件时为空",
    ],
    ["record_key", "记录主键", "Key of the row; masked where it looks like an identity", "像身份信息时已脱敏"],
    ["field", "字段", "Field name", "字段名"],
    ["code", "问题代码", "Finding code", ""],
    ["severity", "严重程度", "error or warning", "error 错误、warning 警告"],
    ["message_zh", "说明", "What is wrong and how to mend it, in Chinese", "问题和改正办法，中文"],
    ["message_en", "", "The same in English", "同上，英文"],
    [
        "value_masked",
        "脱敏值",
        "The value of a date, number, code or division; of all else its shape, and of an identity nothing",
        "日期、数字、代码、区划照实显示；其余只显示形状，身份信息一概不显示",
    ],
];

/// Words of a column by its name.
///
/// # Panics
/// Where the list has no such column: tables of the catalogue name only these.
pub(super) fn of_column(name: &str) -> CatalogueWords {
    let [_, zh, en, more] = COLUMNS.into_iter().find(|[n, ..]| *n == name).expect("a column that has words");
    CatalogueWords::named(zh, en, more)
}
