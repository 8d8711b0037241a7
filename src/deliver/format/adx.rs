//! ADX (IHE QRPH): a group for each division and period. Hidden cells have no data value.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use super::elements::{SIDES, data_set_code, element_code, remark};
use super::form::{Format, PackageContext};
use super::names::{adx_period, xml};
use crate::deliver::census::Census;
use crate::deliver::edition::{FeedTable, TableGroup};
use crate::deliver::output::Folder;
use crate::deliver::rows::DeliveredRows;
use crate::error::Result;

/// Values come by indicator and leave by division and period; kept in numbers, since there may be millions.
#[derive(Default)]
pub struct Adx {
    names: NumberedNames,
    /// By division and by kind and period.
    groups: BTreeMap<(u32, u32), Vec<DataValue>>,
}

/// A value of a group; names as numbers.
struct DataValue {
    element: u32,
    value: i64,
    remark: u32,
}

#[derive(Default)]
struct NumberedNames {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl NumberedNames {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        number
    }

    fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }
}

impl Format for Adx {
    fn takes(&self, table: &FeedTable) -> bool {
        table.group() == Some(TableGroup::Indicators)
    }

    fn begin(&mut self, _: &PackageContext<'_>, _: &FeedTable, _: bool, _: &mut Folder) -> Result<()> {
        Ok(())
    }

    fn rows(&mut self, _: &PackageContext<'_>, _: &FeedTable, rows: &DeliveredRows, _: &mut Folder) -> Result<()> {
        for row in 0..rows.len() {
            let text = |name: &str| rows.text(name, row).unwrap_or_default();
            let (indicator, kind) = (text("indicator"), text("period_kind"));
            let division = self.names.number(text("division_code"));
            let period = self.names.number(&format!("{kind} {}", text("period")));
            let remark = self.names.number(remark(rows, row).unwrap_or_default());
            for (column, side) in SIDES {
                let Some(value) = rows.whole(column, row) else { continue };
                let element = self.names.number(&element_code(indicator, kind, side));
                self.groups.entry((division, period)).or_default().push(DataValue { element, value, remark });
            }
        }
        Ok(())
    }

    fn end(&mut self, _: &PackageContext<'_>, _: &FeedTable, _: u64, _: &mut Folder) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self, context: &PackageContext<'_>, _: &Census, folder: &mut Folder) -> Result<()> {
        let mut file = folder.create("adx/data.xml", "adx")?;
        file.text(&format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<adx xmlns=\"urn:ihe:qrph:adx:2015\" exported=\"{}\">\n",
            xml(&context.edition.note.published)
        ))?;
        let (mut rows, mut text) = (0, String::new());
        for ((division, period), values) in &self.groups {
            let (kind, period) = self.names.name(*period).split_once(' ').unwrap_or_default();
            let _ = writeln!(
                text,
                "<group orgUnit=\"{}\" period=\"{}\" dataSet=\"{}\">",
                xml(self.names.name(*division)),
                adx_period(period),
                data_set_code(kind)
            );
            for DataValue { element, value, remark } in values {
                let element = xml(self.names.name(*element));
                let _ = match self.names.name(*remark) {
                    "" => writeln!(text, "<dataValue dataElement=\"{element}\" value=\"{value}\"/>"),
                    remark => writeln!(
                        text,
                        "<dataValue dataElement=\"{element}\" value=\"{value}\"><annotation>{remark}</annotation></dataValue>"
                    ),
                };
                rows += 1;
            }
            text.push_str("</group>\n");
            file.text(&text)?;
            text.clear();
        }
        file.text("</adx>\n")?;
        folder.close(file, None, rows)
    }
}
