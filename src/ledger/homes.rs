//! Who sent the files whose rows marked workbooks mend.

use std::collections::{BTreeSet, HashMap};

use super::register::{Mends, Register};
use crate::schema::mending::FILE_DIGITS;

/// County and folder of the senders of each file, by the first digits of its SHA-256.
pub struct Homes<'r>(HashMap<&'r str, BTreeSet<(&'r str, String)>>);

/// Where the rows that a workbook mends are at home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MendedHome {
    /// The county sent them.
    Here,
    /// Only others did: the folder of one of them below the inbox, `370832/station`.
    Elsewhere(String),
    Unknown,
}

impl<'r> Homes<'r> {
    pub fn of(register: &'r Register) -> Self {
        let mut homes: HashMap<&str, BTreeSet<(&str, String)>> = HashMap::new();
        for file in &register.files {
            for table in file.tables.iter().filter(|t| t.mends.is_none()) {
                let Some(digits) = table.sha256.get(..FILE_DIGITS) else { continue };
                let folder = format!("{}/{}", file.county, file.source.as_str());
                homes.entry(digits).or_default().insert((&file.county, folder));
            }
        }
        Homes(homes)
    }

    /// Where the rows that a table of a county mends are at home; a county that is not known (empty) is any.
    pub fn find(&self, mends: &Mends, county: &str) -> MendedHome {
        let all = || mends.files().filter_map(|digits| self.0.get(digits)).flatten();
        if all().any(|(of, _)| county.is_empty() || *of == county) {
            return MendedHome::Here;
        }
        all().next().map_or(MendedHome::Unknown, |(_, folder)| MendedHome::Elsewhere(folder.clone()))
    }
}
