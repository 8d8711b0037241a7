//! Sites one by one, with their last contact: the table `stations`.

use super::base::BaseFacts;
use super::facts::Window;
use crate::error::Result;
use crate::schema::Schemas;

/// The fact that the table is made of; declarations without it publish no sites.
pub const FACT: &str = "station";

/// A site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Station {
    pub county: String,
    /// The dataset that it is a row of.
    pub dataset: String,
    pub site_id: String,
    /// A code of the list of its dataset; empty where that is not given.
    pub site_kind: String,
    pub division_code: String,
    /// It stands on the last day.
    pub stands: bool,
    /// Days since 1970-01-01.
    pub built: Option<i32>,
    pub closed: Option<i32>,
    pub contacts: i64,
    pub last_contact: Option<i32>,
    pub last_activity: Option<i32>,
}

/// The sites on a day, by county and key.
///
/// # Errors
/// `Schema`: the query does not fit its tables.
pub fn stations(base: &BaseFacts<'_>, schemas: &Schemas, as_of: i32) -> Result<Vec<Station>> {
    if base.book.fact(FACT).is_none() {
        return Ok(Vec::new());
    }
    let mut session = base.of(&[FACT])?;
    let window = Window { e_day: as_of, s_day: as_of };
    base.book.run_window(&mut session, &[FACT], window, &schemas.named_villages())?;
    let rows = session.table(FACT)?;
    let text = |name: &str| -> Result<Vec<String>> {
        Ok(rows.strings(name)?.into_iter().map(Option::unwrap_or_default).collect())
    };
    let (county, dataset, site_id) = (text("_county")?, text("dataset")?, text("site_id")?);
    let (site_kind, division_code) = (text("site_kind")?, text("division_code")?);
    let (stands, contacts) = (rows.ints("stands")?, rows.ints("contacts")?);
    let (built, closed) = (rows.ints("built_day")?, rows.ints("closed_day")?);
    let (last_contact, last_activity) = (rows.ints("last_contact_day")?, rows.ints("last_activity_day")?);
    let day = |days: &[Option<i64>], at: usize| days[at].and_then(|day| i32::try_from(day).ok());
    let station = |at: usize| Station {
        county: county[at].clone(),
        dataset: dataset[at].clone(),
        site_id: site_id[at].clone(),
        site_kind: site_kind[at].clone(),
        division_code: division_code[at].clone(),
        stands: stands[at] == Some(1),
        built: day(&built, at),
        closed: day(&closed, at),
        contacts: contacts[at].unwrap_or_default(),
        last_contact: day(&last_contact, at),
        last_activity: day(&last_activity, at),
    };
    let mut all: Vec<Station> = (0..county.len()).map(station).collect();
    all.sort_unstable();
    Ok(all)
}
