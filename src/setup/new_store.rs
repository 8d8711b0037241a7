//! What a new store is to be.

use std::path::Path;

use crate::error::Lang;
use crate::store::key::HashName;

/// A store to be made.
#[derive(Debug)]
pub struct NewStore<'a> {
    /// A folder that does not exist yet, or is empty.
    pub dir: &'a Path,
    /// Division code of the city, 4 digits.
    pub city: &'a str,
    /// Only these counties; all of the city if there are none.
    pub counties: &'a [String],
    /// A file of divisions (code and name), for a city that is not built in.
    pub divisions: Option<&'a Path>,
    pub hash: HashName,
    /// Language of the comments, and of what the store's nights say.
    pub lang: Lang,
    /// The account that will run the nights.
    pub user: &'a str,
    /// The binary that the scheduler starts.
    pub program: &'a Path,
    /// Hour and minute of the night's run.
    pub at: (u8, u8),
    /// First year of the periods.
    pub year: i16,
}
