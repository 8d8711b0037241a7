//! Writes what a store needs besides exports: config, key, divisions and population.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::schema::day;
use crate::schema::divisions::Level;

use super::places::{Region, population_years, reference_rows};

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| Error::output(folder, e))?;
    }
    std::fs::write(path, text).map_err(|e| Error::output(path, e))
}

/// Writes `xinhui.toml`, `xinhui.key` and `reference/`.
pub fn write_surroundings(dir: &Path, region: &Region, seed: u64) -> Result<()> {
    let counties: Vec<String> = region.counties.iter().map(|c| format!("\"{}\"", c.code)).collect();
    let config = format!(
        "as_of = \"{as_of}\"\nstore = \"store\"\ninbox = \"inbox\"\nreference = \"reference\"\ncity = \"{city}\"\nprofiles = \"all\"\n\
         max_rejected_share = 0.2\nkeep_snapshots = 7\n\n[periods]\nfrom = \"{from}\"\nkinds = [\"month\", \"quarter\", \"half\", \"year\"]\n\n\
         [norms]\nmanaged_rule = \"month_gap\"\n\n[identity]\n# A key of its own for invented people: never use it for others.\nkey_file = \"xinhui.key\"\nhash = \"sha256\"\n\n\
         [[profile_scope]]\nprofile = \"liangshan-2023\"\ndivisions = [{counties}]\n",
        as_of = day::to_iso(region.as_of),
        city = region.city,
        from = &day::to_iso(region.from)[..7],
        counties = counties.join(", "),
    );
    write(&dir.join("xinhui.toml"), &config)?;
    let digest = Sha256::digest(format!("xinhui synth key {seed}"));
    let key: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    let path = dir.join("xinhui.key");
    write(&path, &format!("{key}\n"))?;
    // A key file that others may read would be refused.
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .map_err(|e| Error::output(&path, e))?;

    let mut divisions = String::from("code,name\n");
    for (code, name) in reference_rows(region) {
        divisions.push_str(&format!("{code},{name}\n"));
    }
    write(&dir.join("reference/divisions.csv"), &divisions)?;
    write(&dir.join("reference/population.csv"), &population(region))
}

/// Residents of each division and year; one percent less for each earlier year. In one county of three, towns have no
/// row of their own: their number is the sum of their villages.
fn population(region: &Region) -> String {
    let mut text = String::from("division_code,year,residents\n");
    for year in population_years(region) {
        let back = i64::from(*population_years(region).end() - year);
        let mut city = 0;
        let mut lines = Vec::new();
        for county in &region.counties {
            let mut total = 0;
            for town in &county.towns {
                let mut in_town = 0;
                for village in &county.villages[town.villages.clone()] {
                    let residents = i64::from(village.residents) * (100 - back) / 100;
                    in_town += residents;
                    lines.push((village.code.clone(), residents));
                }
                if county.index % 3 != 2 {
                    lines.push((town.code.clone(), in_town));
                }
                total += in_town;
            }
            lines.push((county.code.clone(), total));
            city += total;
        }
        lines.push((region.city.clone(), city));
        lines.sort();
        for (code, residents) in lines {
            debug_assert!(Level::of(&code).is_some());
            text.push_str(&format!("{code},{year},{residents}\n"));
        }
    }
    text
}
