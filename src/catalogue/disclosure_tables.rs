//! What is kept of a public edition and shows that it is safe: for the office itself alone, and never for the public.

use super::table::{Column, ColumnRole, ColumnType, Edition, Key, PublishedTable, Sensitivity};
use super::words::CatalogueWords;
use crate::schema::Counts;

/// The file of all hidden cells, below the folder of what is kept of an edition.
pub const HIDDEN_CELLS: &str = "cells.parquet";
/// That of tables that would look the same to the public.
pub const POSSIBLE_TABLES: &str = "tables.parquet";
/// That of moves which hidden cells leave open.
pub const OPEN_MOVES: &str = "moves.parquet";

/// A column: name, type, Chinese name, English words, further Chinese words.
type DescribedColumn = (&'static str, ColumnType, [&'static str; 3]);

const TEXT: ColumnType = ColumnType::Text;
const WHOLE: ColumnType = ColumnType::Whole;

fn column((name, ty, [zh, en, more]): &DescribedColumn, role: ColumnRole) -> Column {
    Column::described(name, *ty, role, CatalogueWords::named(zh, en, more))
}

fn keys(described: &[DescribedColumn]) -> Vec<Column> {
    described.iter().map(|of| column(of, ColumnRole::Key(Key::Place))).collect()
}

/// A number that is hidden, or that stands in the place of one that is: as sensitive as one of persons.
fn number(described: &DescribedColumn) -> Column {
    column(described, ColumnRole::Measure(Sensitivity::of(Counts::Persons)))
}

fn table(file: &str, [zh, en, more]: [&str; 3], columns: Vec<Column>, sorted_by: usize) -> PublishedTable {
    PublishedTable {
        name: format!("disclosure/{}", file.trim_end_matches(".parquet")),
        file: format!("disclosure/{file}"),
        editions: vec![Edition::Internal],
        title: CatalogueWords::named(zh, en, more),
        columns,
        crossed: Vec::new(),
        sorted_by,
    }
}

/// All tables of this kind.
pub(super) fn all() -> Vec<PublishedTable> {
    vec![cells(), tables(), moves()]
}

fn cells() -> PublishedTable {
    let mut columns = keys(&[
        ("table", TEXT, ["表", "Published table that the cell stands in", "该数值所在的发布表"]),
        ("indicator", TEXT, ["指标或汇总", "Indicator id, or the name of the rollup", "指标代码，或汇总表名"]),
    ]);
    columns.push(Column::key("level", Key::Level));
    columns.push(Column::key("division_code", Key::Division));
    let kinds = ["周期类型", "month, quarter, half or year; day in the scorecard", "计分卡为 day"];
    columns.extend(keys(&[("period_kind", TEXT, kinds)]));
    columns.push(Column::key("period", Key::Period));
    columns.extend(keys(&[
        (
            "dimensions",
            TEXT,
            ["维度", "Dimension=value; of a rollup, or the plan of a scorecard row", "汇总的 维度=值，或计分卡的方案"],
        ),
        ("measure", TEXT, ["度量", "numerator, denominator, or a measure of the rollup", "分子、分母或汇总的度量"]),
    ]));
    columns.push(number(&("value", WHOLE, ["数值", "The number that is hidden", "被隐去的数字"])).or_null());
    let reasons = [
        "原因",
        "small; complementary: hidden to protect another; earlier: hidden before and little changed",
        "small 数值小、complementary 为保护其他数值、earlier 以往已隐去且变化不大",
    ];
    columns.push(column(&("reason", TEXT, reasons), ColumnRole::Note));
    let groups = [
        "组",
        "What keeps it open: block and division of disclosure/tables, or table and move of disclosure/moves",
        "其证明所在：disclosure/tables 的块号/区划，或 disclosure/moves 的表名/变动号",
    ];
    columns.push(column(&("group", TEXT, groups), ColumnRole::Note).or_null());
    let title = ["隐去数值", "Hidden cells of the public edition, and why", "公开版隐去的每个数字一行，附原因"];
    table(HIDDEN_CELLS, title, columns, 0)
}

fn tables() -> PublishedTable {
    let mut columns = keys(&[
        (
            "block",
            WHOLE,
            [
                "块",
                "An indicator on one last day; `group` of disclosure/cells begins with it",
                "同一截止日的一个指标，即 disclosure/cells 组列的开头",
            ],
        ),
        (
            "table",
            WHOLE,
            ["方案表", "Number of a table that agrees with all that is shown", "与所有已显示数字相符的一张表的编号"],
        ),
    ]);
    columns.push(Column::key("division_code", Key::Division));
    let numerator = ["分子", "Numerator that an outsider must think possible", "外人必须认为可能的分子"];
    let denominator = ["分母", "The same of the denominator", "外人必须认为可能的分母"];
    columns.push(number(&("numerator", WHOLE, numerator)));
    columns.push(number(&("denominator", WHOLE, denominator)).or_null());
    let title = [
        "可能的表",
        "Tables of indicators that agree with all that is shown: they keep every small cell open",
        "与已显示数字相符、使每个小数值都无法推出的各张表",
    ];
    table(POSSIBLE_TABLES, title, columns, 2)
}

fn moves() -> PublishedTable {
    let mut columns = keys(&[
        ("rollup", TEXT, ["汇总", "Rollup, or indicator of periods", "汇总表，或按周期计的指标"]),
        ("move", WHOLE, ["变动", "Number of the move: rows that change together", "一组同时变化的行的编号"]),
        (
            "row",
            WHOLE,
            [
                "行",
                "Row of the exact table, from 0; those after its last came late",
                "原值表中的行，从 0 起；超出末行的为迟到数据",
            ],
        ),
    ]);
    let times =
        ["倍数", "How many times the number the row changes, down where negative", "该行变化的倍数，负数为减少"];
    columns.push(column(&("sign", WHOLE, times), ColumnRole::Note));
    let leading =
        ["仅主度量", "Whether the measures that the row stands by move alone", "是否只有该行赖以存在的度量变化"];
    columns.push(column(&("leading", ColumnType::Flag, leading), ColumnRole::Note));
    columns.push(column(&("up", WHOLE, ["上移", "How far it can go up", "可增加多少"]), ColumnRole::Note));
    columns.push(column(&("down", WHOLE, ["下移", "How far it can go down", "可减少多少"]), ColumnRole::Note));
    let title = [
        "变动",
        "Rows of rollups, and periods, that can change together so that every sum stays",
        "可同时变化而各合计不变的汇总行与周期",
    ];
    table(OPEN_MOVES, title, columns, 0)
}
