//! The date of an export, taken from its name.

use crate::schema::day;

/// Years that are accepted as the date of an export.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2099;

/// The date in a file's name: the last run of 8 digits that is a valid date. A run of 12 or 14 digits counts if it
/// begins with one (a time stamp). The extension is searched too.
pub(super) fn in_name(name: &str) -> Option<i32> {
    name.split(|c: char| !c.is_ascii_digit()).filter_map(of_run).next_back()
}

fn of_run(run: &str) -> Option<i32> {
    let stamp = match run.len() {
        8 => true,
        12 => is_time(&run[8..], &[24, 60]),
        14 => is_time(&run[8..], &[24, 60, 60]),
        _ => false,
    };
    if !stamp {
        return None;
    }
    let year: i32 = run[..4].parse().ok()?;
    if !YEARS.contains(&year) {
        return None;
    }
    day::from_ymd(year, run[4..6].parse().ok()?, run[6..8].parse().ok()?)
}

fn is_time(digits: &str, limits: &[u32]) -> bool {
    limits.iter().enumerate().all(|(i, limit)| digits[i * 2..i * 2 + 2].parse::<u32>().is_ok_and(|n| n < *limit))
}

/// The date of a member of an archive: from its own name, else from the folders above it inside the archive (innermost
/// first), else from the archive's name, else the modification time of the member.
pub(super) fn of_member(member: &str, archive: &str, member_day: Option<i32>, archive_day: i32) -> i32 {
    member.rsplit('/').find_map(in_name).or_else(|| in_name(base_name(archive))).or(member_day).unwrap_or(archive_day)
}

/// The last component of a path.
pub(super) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
