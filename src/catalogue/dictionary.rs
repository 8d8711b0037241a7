//! The data dictionary: the catalogue as a page in Markdown, beside the documents or in a snapshot.

use std::fmt::Write;

use super::table::{Column, ColumnRole, Edition, Key, PublishedTable, Sensitivity};
use super::{Catalogue, CatalogueWords, IndicatorEntry};
use crate::diag::Lang;
use crate::schema::{AddsUp, Counts};

/// Every table that there can be, with its columns in the exact edition, and the indicators: the page of the
/// documents.
pub fn data_dictionary(catalogue: &Catalogue, lang: Lang) -> String {
    let mut page = String::new();
    line(&mut page, lang, "# Data dictionary\n", "# 数据字典\n");
    line(&mut page, lang, "[中文](data-dictionary.zh-CN.md)\n", "[English](data-dictionary.md)\n");
    line(
        &mut page,
        lang,
        "Every table of a snapshot, made from the catalogue that the tables are written by. What the numbers mean is in\n\
         [what comes out](outputs.md) and [what the numbers count](definitions.md).\n",
        "快照中的每张表，由写表所用的目录生成。数字的含义见[产出](outputs.zh-CN.md)和[口径](definitions.zh-CN.md)。\n",
    );
    body(&mut page, &catalogue.tables.iter().collect::<Vec<_>>(), &catalogue.indicators, Edition::Internal, lang);
    page
}

/// The tables of an edition of a snapshot, those that `holds` says of their path below the snapshot: the page that
/// lies beside them. `twin` is the name of the page in the other language.
pub fn edition_dictionary(
    catalogue: &Catalogue,
    edition: Edition,
    holds: impl Fn(&str) -> bool,
    lang: Lang,
    twin: &str,
) -> String {
    let mut page = String::new();
    let title = match edition {
        Edition::Internal => pick(lang, "# Data dictionary: exact numbers\n", "# 数据字典：原值数据\n"),
        Edition::Public => pick(lang, "# Data dictionary: public edition\n", "# 数据字典：公开数据\n"),
    };
    let _ = writeln!(page, "{title}\n[{}]({twin})\n", pick(lang, "中文", "English"));
    match edition {
        Edition::Internal => line(
            &mut page,
            lang,
            "The tables of this folder. They hold exact numbers, small ones too: for the office itself and for the office \
             above it. What may be shown to everybody is in `public/`, where the office publishes it.\n",
            "本文件夹中的各张表。表中为原值，含小数目，仅供本单位和上级单位使用；可对外公开的数据在 `public/`（本单位发布时才有）。\n",
        ),
        Edition::Public => line(
            &mut page,
            lang,
            "The tables of this folder. Small numbers of persons, and numbers that would give them away, are not shown: their \
             status says so.\n",
            "本文件夹中的各张表。人数过少的数字以及可据以推算它们的数字不予显示，见“状态”列。\n",
        ),
    }
    let tables: Vec<&PublishedTable> =
        catalogue.tables.iter().filter(|t| t.editions.contains(&edition) && holds(&t.path(edition))).collect();
    body(&mut page, &tables, &catalogue.indicators, edition, lang);
    page
}

fn body(page: &mut String, all: &[&PublishedTable], of_indicators: &[IndicatorEntry], edition: Edition, lang: Lang) {
    line(
        page,
        lang,
        "A number counts **persons**, things **of persons** (contacts, tests, visits, responses, incidents) or things that\n\
         are **nobody**'s (sites, staff, schools, activities, participants in sum, employers; and residents, who stand in a\n\
         public census table). It adds up over divisions or periods where the whole is the sum of its parts; distinct\n\
         persons never do.\n",
        "数字所计的是**人**、**人的事项**（人次、测评、就诊、答卷、案事件），或**不属于任何人**的事物（站点、工作人员、学校、活动、\
         合计参与人数、单位，以及来自公开人口表的常住人口）。整体等于各部分之和的数字可按区划或周期相加；去重人数从不可加。\n",
    );
    let mut left = all;
    while let Some(first) = left.first() {
        // Tables that differ in nothing but the kind of period are told once.
        let alike = left.iter().take_while(|t| t.columns == first.columns && t.title == first.title).count();
        tables(page, &left[..alike], edition, lang);
        left = &left[alike..];
    }
    indicators(page, of_indicators, lang);
}

fn line(page: &mut String, lang: Lang, en: &str, zh: &str) {
    page.push_str(pick(lang, en, zh));
    page.push('\n');
}

fn pick<'w>(lang: Lang, en: &'w str, zh: &'w str) -> &'w str {
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}

fn words(words: &CatalogueWords, lang: Lang) -> &str {
    pick(lang, &words.en, &words.zh)
}

/// A row of a table in Markdown.
fn row(page: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

fn tables(page: &mut String, tables: &[&PublishedTable], edition: Edition, lang: Lang) {
    let Some(first) = tables.first() else { return };
    let and = pick(lang, ", ", "、");
    let names: Vec<&str> = tables.iter().map(|t| t.name.as_str()).collect();
    let _ = writeln!(page, "## {}\n", names.join(", "));
    let paths: Vec<String> = tables.iter().map(|t| format!("`{}`", t.path(edition))).collect();
    let sorted = match (first.sorted_by, lang) {
        (0, Lang::En) => "In the order of the declarations.".to_owned(),
        (0, Lang::Zh) => "按声明的顺序排列。".to_owned(),
        (n, _) => {
            let columns: Vec<String> = first.columns[..n].iter().map(|c| format!("`{}`", c.name)).collect();
            pick(lang, "Sorted by {}.", "按 {} 排序。").replace("{}", &columns.join(and))
        }
    };
    let title = words(&first.title, lang);
    let _ = match lang {
        Lang::En => writeln!(page, "{title}. {}. {sorted}{}\n", paths.join(and), broken_down(first, lang)),
        Lang::Zh => writeln!(page, "{title}。{}。{sorted}{}\n", paths.join(and), broken_down(first, lang)),
    };
    let head = [("column", "列"), ("type", "类型"), ("what it is", "性质"), ("meaning", "含义")];
    row(page, &head.map(|(en, zh)| pick(lang, en, zh)));
    row(page, &["---"; 4]);
    for column in first.columns_in(edition) {
        let or_null = pick(lang, " or null", "，可空");
        let ty = format!("{}{}", column.ty.as_str(), if column.nullable { or_null } else { "" });
        row(page, &[&format!("`{}`", column.name), &ty, &role(&column, lang), words(&column.words, lang)]);
    }
    page.push('\n');
}

/// By which dimensions the rows of a rollup are broken down.
fn broken_down(table: &PublishedTable, lang: Lang) -> String {
    if !table.keys().any(|key| matches!(key.as_key(), Some(Key::Dimension { .. }))) {
        return String::new();
    }
    let crossed: Vec<String> = table.crossed.iter().map(|[a, b]| format!("`{a}` × `{b}`")).collect();
    let by_both = match (crossed.is_empty(), lang) {
        (true, _) => String::new(),
        (false, Lang::En) => format!(", and {}", crossed.join(", ")),
        (false, Lang::Zh) => format!("，以及 {}", crossed.join("、")),
    };
    match lang {
        Lang::En => format!(" Totals, each dimension by itself{by_both}."),
        Lang::Zh => format!("有合计和各单项维度{by_both}。"),
    }
}

fn role(column: &Column, lang: Lang) -> String {
    let mut said = match &column.role {
        ColumnRole::Key(Key::Dimension { single_valued: true }) => pick(lang, "key: dimension", "键：维度").to_owned(),
        ColumnRole::Key(Key::Dimension { single_valued: false }) => {
            pick(lang, "key: dimension of several values", "键：多值维度").to_owned()
        }
        ColumnRole::Key(_) => pick(lang, "key", "键").to_owned(),
        ColumnRole::Label => pick(lang, "label", "说明").to_owned(),
        ColumnRole::Cell(_) => pick(lang, "number of the indicator", "指标的数字").to_owned(),
        ColumnRole::Measure(sensitivity) => number(sensitivity, lang),
        ColumnRole::Value => pick(lang, "computed", "计算值").to_owned(),
        ColumnRole::Status => pick(lang, "status", "状态").to_owned(),
        ColumnRole::Verdict => pick(lang, "verdict", "结论").to_owned(),
        ColumnRole::Note => pick(lang, "note", "备注").to_owned(),
    };
    if column.copies.is_some() {
        said += pick(lang, ", of `indicators`", "，同 `indicators`");
    }
    said
}

/// Whom a number counts, and of what it is the sum.
fn number(sensitivity: &Sensitivity, lang: Lang) -> String {
    let mut said = vec![counts(sensitivity.counts, lang).to_owned()];
    if let Some(of) = &sensitivity.of {
        said.push(pick(lang, "from {}", "来自 {}").replace("{}", &format!("`{of}`")));
    }
    if let Some(whole) = &sensitivity.part_of {
        said.push(pick(lang, "part of {}", "{} 的一部分").replace("{}", &format!("`{whole}`")));
    }
    said.push(adds_up(sensitivity.adds_up, lang).to_owned());
    said.join(pick(lang, "; ", "；"))
}

fn counts(counts: Counts, lang: Lang) -> &'static str {
    match counts {
        Counts::Persons => pick(lang, "persons", "人"),
        Counts::OfPersons => pick(lang, "of persons", "人的事项"),
        Counts::Nobody => pick(lang, "nobody", "不属于任何人"),
    }
}

fn adds_up(of: AddsUp, lang: Lang) -> &'static str {
    match (of.over_divisions, of.over_periods) {
        (true, true) => pick(lang, "adds up over divisions and periods", "可按区划和周期相加"),
        (true, false) => pick(lang, "adds up over divisions", "可按区划相加"),
        (false, true) => pick(lang, "adds up over periods", "可按周期相加"),
        (false, false) => pick(lang, "does not add up", "不可相加"),
    }
}

fn indicators(page: &mut String, indicators: &[IndicatorEntry], lang: Lang) {
    line(page, lang, "## The indicators\n", "## 各项指标\n");
    let head =
        [("indicator", "指标"), ("name", "名称"), ("unit", "单位"), ("numerator", "分子"), ("denominator", "分母")];
    row(page, &head.map(|(en, zh)| pick(lang, en, zh)));
    row(page, &["---"; 5]);
    for i in indicators {
        let denominator = match &i.denominator {
            None => "–".to_owned(),
            Some(_) if i.of_population => pick(lang, "nobody; the census", "不属于任何人；人口表").to_owned(),
            Some(d) => number(d, lang),
        };
        row(page, &[&format!("`{}`", i.id), words(&i.words, lang), i.unit, &number(&i.numerator, lang), &denominator]);
    }
}
