//! Indicators of a kind of period, and the scorecard.

use super::table::{Column, ColumnType, Edition, Key, PublishedTable, Role, Side};
use super::words::Words;
use crate::schema::PeriodKind;

/// The indicators of a kind of period.
pub(super) fn indicators(kind: PeriodKind) -> PublishedTable {
    let label = |name, ty| Column::new(name, ty, Role::Label);
    PublishedTable {
        name: format!("indicators/{}", kind.as_str()),
        file: format!("indicators/{}.parquet", kind.as_str()),
        editions: Edition::ALL.to_vec(),
        title: Words::named(
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
            Column::new("numerator", ColumnType::Whole, Role::Cell(Side::Numerator)),
            Column::new("denominator", ColumnType::Whole, Role::Cell(Side::Denominator)).or_null(),
            Column::new("value", ColumnType::Number, Role::Value).or_null(),
            label("unit", ColumnType::Text),
            Column::new("status", ColumnType::Text, Role::Status),
        ],
        crossed: Vec::new(),
        sorted_by: 1,
    }
}

/// The scorecard: its rows stand in the order of the plans and their targets.
pub(super) fn scorecard() -> PublishedTable {
    let label = |name, ty| Column::new(name, ty, Role::Label);
    let target = |name, ty| Column::new(name, ty, Role::Key(Key::Target));
    PublishedTable {
        name: "scorecard".to_owned(),
        file: "scorecard/scorecard.parquet".to_owned(),
        editions: Edition::ALL.to_vec(),
        title: Words::named(
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
            Column::new("numerator", ColumnType::Whole, Role::Cell(Side::Numerator)).copying("numerator"),
            Column::new("denominator", ColumnType::Whole, Role::Cell(Side::Denominator))
                .or_null()
                .copying("denominator"),
            Column::new("value", ColumnType::Number, Role::Value).or_null().copying("value"),
            label("unit", ColumnType::Text),
            Column::new("status", ColumnType::Text, Role::Status).copying("status"),
            Column::new("verdict", ColumnType::Text, Role::Verdict),
        ],
        crossed: Vec::new(),
        sorted_by: 0,
    }
}
