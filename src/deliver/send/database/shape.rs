//! Makes the tables of a receiver, or looks whether those that are there can take a package.

use super::connection::{Connection, LoadTrouble, StatementOutcome};
use crate::deliver::sql::{Dialect, SqlTable};
use crate::error::{Words, words};

/// Makes a table where there is none; one that is there must have every column, of a type that holds the values, and
/// the same key. Columns of the receiver's own are left alone, as long as rows may go without them.
pub fn make_or_check(connection: &mut dyn Connection, dialect: Dialect, table: &SqlTable) -> Result<(), LoadTrouble> {
    let found = columns(connection, dialect, table)?;
    if found.rows.is_empty() {
        return connection.run(&dialect.create(table)).map(drop);
    }
    let wrong = |column: &str, what: Words| {
        Err(LoadTrouble::Wrong(what.at(words!("表 {}，列 {column}", "table {}, column {column}", table.name))))
    };
    for column in &table.columns {
        let Some(row) = (0..found.rows.len()).find(|r| found.text(*r, 0) == column.name) else {
            let add = dialect.column(column, &table.keys).replace(" NOT NULL", "");
            let name = dialect.name(&table.name);
            return wrong(
                &column.name,
                words!(
                    "缺失；可执行「ALTER TABLE {name} ADD COLUMN {add}」",
                    "is missing; ALTER TABLE {name} ADD COLUMN {add}"
                ),
            );
        };
        let (is, accepted) = (found.text(row, 1), dialect.accepted_types(column.ty));
        if !accepted.contains(&is) {
            let should = dialect.type_of(column.ty, table.keys.contains(&column.name));
            return wrong(&column.name, words!("类型为 {is}，应为 {should}", "is {is} and should be {should}"));
        }
        if column.nullable && found.text(row, 2) == "NO" {
            return wrong(
                &column.name,
                words!("须允许 NULL：数字可能隐去或缺失", "must take NULL: a number may be hidden or missing"),
            );
        }
    }
    for row in 0..found.rows.len() {
        let name = found.text(row, 0);
        let is_ours = table.columns.iter().any(|c| c.name == name);
        if !is_ours && found.text(row, 2) == "NO" && found.rows[row][3].is_none() {
            return wrong(
                name,
                words!(
                    "不属于本推送，却要求有值：请允许 NULL，或设默认值",
                    "is none of this feed's and wants a value: let it take NULL or give it a default"
                ),
            );
        }
    }
    let mut keys = primary_key(connection, dialect, table)?;
    let mut expected = table.keys.clone();
    keys.sort();
    expected.sort();
    if keys != expected {
        let column = expected.iter().find(|k| !keys.contains(k)).or(keys.iter().find(|k| !expected.contains(k)));
        let column = column.cloned().unwrap_or_default();
        return wrong(
            &column,
            Words::new(
                format!("主键为（{}），应为（{}）", keys.join("、"), expected.join("、")),
                format!("the primary key is ({}) and should be ({})", keys.join(", "), expected.join(", ")),
            ),
        );
    }
    Ok(())
}

fn schema(dialect: Dialect) -> &'static str {
    if dialect == Dialect::MySql { "database()" } else { "current_schema()" }
}

/// Name, type, whether it takes null, default.
fn columns(
    connection: &mut dyn Connection,
    dialect: Dialect,
    table: &SqlTable,
) -> Result<StatementOutcome, LoadTrouble> {
    connection.run(&format!(
        "SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns \
         WHERE table_schema = {} AND table_name = {} ORDER BY ordinal_position",
        schema(dialect),
        dialect.text(&table.name)
    ))
}

fn primary_key(
    connection: &mut dyn Connection,
    dialect: Dialect,
    table: &SqlTable,
) -> Result<Vec<String>, LoadTrouble> {
    let found = connection.run(&format!(
        "SELECT k.column_name FROM information_schema.table_constraints c \
         JOIN information_schema.key_column_usage k ON k.constraint_name = c.constraint_name \
         AND k.table_schema = c.table_schema AND k.table_name = c.table_name \
         WHERE c.constraint_type = 'PRIMARY KEY' AND c.table_schema = {} AND c.table_name = {}",
        schema(dialect),
        dialect.text(&table.name)
    ))?;
    Ok((0..found.rows.len()).map(|r| found.text(r, 0).to_owned()).collect())
}
