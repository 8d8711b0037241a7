//! `datapackage.json`: what the tables of a package hold, as a Frictionless Data Package (version 2).

use serde_json::{Value, json};

use super::form::{Format, PackageContext};
use crate::catalogue::{DataPackage as Package, field_of};
use crate::deliver::census::Census;
use crate::deliver::changes::{ACTION, package_schema};
use crate::deliver::edition::FeedTable;
use crate::deliver::output::Folder;
use crate::deliver::rows::DeliveredRows;
use crate::deliver::settings::{CsvEncoding, FormatName};
use crate::error::Result;

/// Describes the tables as they pass.
#[derive(Default)]
pub struct DataPackageFile {
    of_changes: bool,
    resources: Vec<Value>,
}

impl Format for DataPackageFile {
    fn takes(&self, _: &FeedTable) -> bool {
        true
    }

    fn begin(&mut self, _: &PackageContext<'_>, _: &FeedTable, of_changes: bool, _: &mut Folder) -> Result<()> {
        self.of_changes = of_changes;
        Ok(())
    }

    fn rows(&mut self, _: &PackageContext<'_>, _: &FeedTable, _: &DeliveredRows, _: &mut Folder) -> Result<()> {
        Ok(())
    }

    fn end(&mut self, context: &PackageContext<'_>, table: &FeedTable, _: u64, folder: &mut Folder) -> Result<()> {
        let formats = &context.feed.formats;
        for (format, path) in [(FormatName::Csv, table.csv_path()), (FormatName::Parquet, table.parquet_path())] {
            if !formats.contains(&format) {
                continue;
            }
            let Some(note) = folder.notes.iter().find(|n| n.path == path) else { continue };
            let mut name = table.file_stem();
            if formats.contains(&FormatName::Csv) && format == FormatName::Parquet {
                name.push_str("_parquet");
            }
            let mut resource = json!({
                "name": name,
                "type": "table",
                "path": path,
                "format": format.as_str(),
                "mediatype": if format == FormatName::Csv { "text/csv" } else { "application/vnd.apache.parquet" },
                "title": table.table.title.zh,
                "description": table.table.title.en,
                "bytes": note.bytes,
                "hash": format!("sha256:{}", note.sha256),
                "schema": schema(table, self.of_changes),
            });
            if format == FormatName::Csv {
                let gb18030 = context.feed.encoding == CsvEncoding::Gb18030;
                resource["encoding"] = json!(if gb18030 { "gb18030" } else { "utf-8" });
                resource["dialect"] = json!({ "delimiter": ",", "lineTerminator": "\n", "quoteChar": "\"" });
            }
            self.resources.push(resource);
        }
        Ok(())
    }

    fn finish(&mut self, context: &PackageContext<'_>, _: &Census, folder: &mut Folder) -> Result<()> {
        let note = &context.edition.note;
        let resources = std::mem::take(&mut self.resources);
        let mut package = Package { name: &context.feed.name, version: &note.as_of, resources }.to_json();
        package["created"] = json!(note.published);
        folder.json("datapackage.json", "datapackage", &package)
    }
}

fn schema(table: &FeedTable, of_changes: bool) -> Value {
    let arrow = package_schema(table, of_changes);
    let mut fields = Vec::new();
    for field in arrow.fields() {
        let column = table.columns.iter().find(|c| c.name == *field.name());
        let mut described = match column {
            Some(column) => field_of(column),
            None => json!({
                "name": ACTION,
                "type": "string",
                "title": "变化",
                "description": "new, corrected or withdrawn since the package before",
            }),
        };
        if field.is_nullable()
            && let Some(described) = described.as_object_mut()
        {
            described.remove("constraints");
        }
        fields.push(described);
    }
    let mut schema = json!({
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": fields,
        "missingValues": [""],
    });
    let keys = table.keys();
    if !keys.is_empty() {
        schema["primaryKey"] = json!(keys);
    }
    schema
}
