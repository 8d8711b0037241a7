//! Indicators of a kind of period, and the scorecard.

use super::table::{Column, ColumnRole, ColumnType, Edition, FractionSide, Key, PublishedTable};
use super::words::CatalogueWords;
use crate::schema::PeriodKind;

/// The indicators of a kind of period.
pub(super) fn indicators(kind: PeriodKind) -> PublishedTable {
    let label = |name, ty| Column::new(name, ty, ColumnRole::Label);
    PublishedTable {
        name: format!("indicators/{}", kind.as_str()),
        file: format!("indicators/{}.parquet", kind.as_str()),
        editions: Edition::ALL.to_vec(),
        title: CatalogueWords::named(
            "指标值",
            "Indicators: one row an indicator, division and period",
            "每个指标、区划和周期一行，零值也在内",
        ),
        columns: vec![
            Column::key("indicator", Key::Indicator),
            Column::key("level", Key::Level),
            Column::key("division_code", Key::Division),
            label("division_name", ColumnType::Text),
            Column::key("period_kind", Key::PeriodKind),
            Column::key("period", Key::Period),
            label("period_start", ColumnType::Day),
            label("period_end", ColumnType::Day),
            label("complete", ColumnType::Flag),
            Column::new("numerator", ColumnType::Whole, ColumnRole::Cell(FractionSide::Numerator)),
            Column::new("denominator", ColumnType::Whole, ColumnRole::Cell(FractionSide::Denominator)).or_null(),
            Column::new("value", ColumnType::Number, ColumnRole::Value).or_null(),
            label("unit", ColumnType::Text),
            Column::new("status", ColumnType::Text, ColumnRole::Status),
        ],
        crossed: Vec::new(),
        sorted_by: 1,
    }
}

/// How far each target of the scorecard is: its rows stand as those do.
pub(super) fn gaps() -> PublishedTable {
    let described = |name: &str, ty, role, zh: &str, en: &str, more: &str| {
        Column::described(name, ty, role, CatalogueWords::named(zh, en, more))
    };
    let scorecard = scorecard().columns.into_iter();
    let mut columns: Vec<Column> = scorecard.filter(|c| c.as_key().is_some() || c.name == "division_name").collect();
    columns.extend([
        Column::new("verdict", ColumnType::Text, ColumnRole::Verdict),
        described(
            "gap",
            ColumnType::Whole,
            ColumnRole::Value,
            "差额",
            "How many more the numerator must count to meet the target, or how many fewer where it must not exceed it; \
             0 where it is met, null where there is no data or no numerator meets it",
            "分母不变时，分子还差多少个（“<”“<=”目标为超出多少个）；已达到为 0，无数据或无法达到为空",
        )
        .or_null(),
        described(
            "counted",
            ColumnType::Text,
            ColumnRole::Label,
            "所计",
            "What the gap counts: person, site, school, village, town, unit, contact, item and so on",
            "差额所计的事物：person 人、site 站点、school 学校、village 村（居）、town 乡镇（街道）、unit 单位、contact 人次、item 项等",
        ),
        described("counted_zh", ColumnType::Text, ColumnRole::Label, "所计（中文）", "The same in Chinese, with its measure word", "含量词"),
        described("counted_en", ColumnType::Text, ColumnRole::Label, "所计（英文）", "The same in English", ""),
    ]);
    PublishedTable {
        name: "gaps".to_owned(),
        file: "gaps/gaps.parquet".to_owned(),
        editions: vec![Edition::Internal],
        title: CatalogueWords::named(
            "目标差额",
            "Gaps: one row a target of a plan and division, with what it takes to meet it in whole things",
            "方案的每个目标和区划一行，以整数列出还差多少人、站点或学校",
        ),
        columns,
        crossed: Vec::new(),
        sorted_by: 0,
    }
}

/// Where the scorecard lies in an edition.
pub const SCORECARD: &str = "scorecard/scorecard.parquet";

/// The scorecard: its rows stand in the order of the plans and their targets.
pub(super) fn scorecard() -> PublishedTable {
    let label = |name, ty| Column::new(name, ty, ColumnRole::Label);
    let target = |name, ty| Column::new(name, ty, ColumnRole::Key(Key::Target));
    PublishedTable {
        name: "scorecard".to_owned(),
        file: SCORECARD.to_owned(),
        editions: Edition::ALL.to_vec(),
        title: CatalogueWords::named(
            "目标记分卡",
            "Scorecard: one row a target of a plan and division",
            "方案的每个目标和区划一行",
        ),
        columns: vec![
            Column::key("profile", Key::Profile),
            Column::key("indicator", Key::Indicator),
            Column::key("level", Key::Level),
            Column::key("division_code", Key::Division),
            label("division_name", ColumnType::Text),
            target("op", ColumnType::Text),
            target("target", ColumnType::Number),
            target("due", ColumnType::Day),
            label("evaluated_on", ColumnType::Day),
            Column::new("numerator", ColumnType::Whole, ColumnRole::Cell(FractionSide::Numerator)).copying("numerator"),
            Column::new("denominator", ColumnType::Whole, ColumnRole::Cell(FractionSide::Denominator))
                .or_null()
                .copying("denominator"),
            Column::new("value", ColumnType::Number, ColumnRole::Value).or_null().copying("value"),
            label("unit", ColumnType::Text),
            Column::new("status", ColumnType::Text, ColumnRole::Status).copying("status"),
            Column::new("verdict", ColumnType::Text, ColumnRole::Verdict),
        ],
        crossed: Vec::new(),
        sorted_by: 0,
    }
}
