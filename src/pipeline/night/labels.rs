//! Labels of a snapshot, what each county sent, and its sites.

use super::context::Night;
use super::judge::JudgedNight;
use crate::catalogue::Catalogue;
use crate::error::Result;
use crate::ledger::Partition;
use crate::numbers::stations::Station;
use crate::pipeline::outputs::Outputs;
use crate::publish::{LabelValues, label_batch, labels};
use crate::schema::Table;
use crate::schema::disclosing::shown_key;
use crate::schema::divisions::Level;

/// Writes the labels and the sites.
pub fn write(night: &Night<'_>, judged: &JudgedNight, stations: &[Station], outputs: &mut Outputs) -> Result<()> {
    let (schemas, divisions) = (&night.schemas, &judged.read.prepared.divisions);
    let mut add = |name: &str, columns: Vec<LabelValues>| {
        let table = Catalogue::labels(name);
        let rows = label_batch(&table, columns);
        outputs.add(&table, [rows])
    };
    add("labels/indicators", labels::indicators(schemas))?;
    add("labels/indicator_datasets", labels::indicator_datasets(schemas))?;
    add("labels/codes", labels::codes(schemas, &night.config.norms))?;
    add("labels/divisions", labels::divisions(divisions))?;
    add("labels/datasets", deliveries(night, judged))?;
    add("stations", of_stations(night, judged, stations))
}

/// What a county sent of a dataset.
struct DatasetDelivery<'a> {
    county: &'a str,
    county_name: &'a str,
    table: &'a Table,
    partition: Option<&'a Partition>,
    expected: i64,
}

impl DatasetDelivery<'_> {
    fn newest(&self) -> Option<i32> {
        self.partition.and_then(Partition::newest_usable)
    }

    /// The newest export of which anything could be used: its day, and its path below the inbox.
    fn last_export(&self) -> Option<(i32, &str)> {
        self.partition?.deliveries().map(|table| (table.export_day, table.file.as_str())).max()
    }

    /// A file may bear a date that is still to come: it is no older than today's.
    fn age(&self, as_of: i32) -> Option<i64> {
        self.newest().map(|newest| (i64::from(as_of) - i64::from(newest)).max(0))
    }

    fn state(&self, as_of: i32) -> &'static str {
        match self.age(as_of) {
            None if self.partition.is_some() => "unusable",
            None => "never",
            Some(age) if age > self.expected => "late",
            Some(_) => "current",
        }
    }
}

fn deliveries(night: &Night<'_>, judged: &JudgedNight) -> Vec<LabelValues> {
    let (config, divisions) = (&night.config, &judged.read.prepared.divisions);
    let mut tables: Vec<&Table> = night.schemas.exported().collect();
    tables.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let of_county = |(county, county_name)| {
        tables.iter().map(move |table| DatasetDelivery {
            county,
            county_name,
            table,
            partition: judged.ledger.partitions.iter().find(|p| p.county == county && p.dataset == table.name),
            expected: i64::from(config.data.stale_days_of(table)),
        })
    };
    let all: Vec<DatasetDelivery<'_>> = divisions.of_level(Level::County).flat_map(of_county).collect();
    let as_of = config.as_of;
    let texts = |of: &dyn Fn(&DatasetDelivery<'_>) -> String| LabelValues::texts(all.iter().map(of));
    let wholes = |of: &dyn Fn(&DatasetDelivery<'_>) -> Option<i64>| LabelValues::Wholes(all.iter().map(of).collect());
    let days = |of: &dyn Fn(&DatasetDelivery<'_>) -> Option<i32>| LabelValues::Days(all.iter().map(of).collect());
    vec![
        texts(&|d| d.county.to_owned()),
        texts(&|d| d.table.name.clone()),
        texts(&|d| d.county_name.to_owned()),
        texts(&|d| d.table.source.as_str().to_owned()),
        texts(&|d| d.table.title.clone()),
        texts(&|d| d.table.title_en.clone()),
        days(&|_| Some(as_of)),
        days(&|_| Some(config.data.from_day)),
        texts(&|d| d.state(as_of).to_owned()),
        wholes(&|d| Some(d.partition.map_or(0, |p| p.tables.len() as i64))),
        wholes(&|d| Some(d.partition.map_or(0, |p| p.accepted_rows as i64))),
        LabelValues::Texts(all.iter().map(|d| d.last_export().map(|(_, file)| file.to_owned())).collect()),
        days(&|d| d.last_export().map(|(day, _)| day)),
        days(&|d| d.partition.and_then(Partition::newest_event)),
        days(&|d| d.newest()),
        wholes(&|d| d.age(as_of)),
        wholes(&|d| Some(d.expected)),
        wholes(&|d| d.age(as_of).map(|age| (age - d.expected).max(0))),
    ]
}

fn of_stations(night: &Night<'_>, judged: &JudgedNight, stations: &[Station]) -> Vec<LabelValues> {
    let divisions = &judged.read.prepared.divisions;
    let texts = |of: &dyn Fn(&Station) -> String| LabelValues::texts(stations.iter().map(of));
    let days = |of: &dyn Fn(&Station) -> Option<i32>| LabelValues::Days(stations.iter().map(of).collect());
    vec![
        texts(&|s| s.county.clone()),
        texts(&|s| s.dataset.clone()),
        texts(&|s| shown_key(&s.site_id)),
        texts(&|s| s.site_kind.clone()),
        texts(&|s| s.division_code.clone()),
        texts(&|s| divisions.name(&s.division_code).unwrap_or_default().to_owned()),
        LabelValues::Flags(stations.iter().map(|s| s.stands).collect()),
        days(&|s| s.built),
        days(&|s| s.closed),
        LabelValues::Wholes(stations.iter().map(|s| Some(s.contacts)).collect()),
        days(&|s| s.last_contact),
        days(&|s| s.last_activity),
        days(&|_| Some(night.config.as_of)),
    ]
}
