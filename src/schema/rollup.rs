//! Rollups: dimensions and measures over a fact.

use serde::Deserialize;

use super::fact;

/// A dimension, and the fact that it is counted over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    pub name: String,
    /// Differs from the rollup's own for a field with several values.
    pub fact: String,
}

/// One rollup table.
#[derive(Clone, Debug)]
pub struct Rollup {
    pub name: String,
    pub fact: String,
    pub dimensions: Vec<Dimension>,
    /// Pairs of dimensions that are crossed.
    pub cross: Vec<[String; 2]>,
    /// Name and SQL aggregate, in published order.
    pub measures: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    rollup: Vec<RawRollup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRollup {
    name: String,
    fact: String,
    dimensions: Vec<RawDimension>,
    #[serde(default)]
    cross: Vec<[String; 2]>,
    measures: toml::Table,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawDimension {
    Own(String),
    Elsewhere { name: String, fact: String },
}

/// Reads one file of rollups; problems name the rollup.
pub(super) fn parse(text: &str) -> (Vec<Rollup>, Vec<String>) {
    let raw: RawFile = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(e) => return (Vec::new(), vec![e.to_string().trim_end().to_owned()]),
    };
    let mut problems = Vec::new();
    let mut rollups = Vec::new();
    for r in raw.rollup {
        let dimensions: Vec<Dimension> = r
            .dimensions
            .into_iter()
            .map(|d| match d {
                RawDimension::Own(name) => Dimension { name, fact: r.fact.clone() },
                RawDimension::Elsewhere { name, fact } => Dimension { name, fact },
            })
            .collect();
        for name in r.cross.iter().flatten() {
            if !dimensions.iter().any(|d| &d.name == name && d.fact == r.fact) {
                problems.push(format!("rollup `{}`: `{name}` is crossed but is no dimension of its fact", r.name));
            }
        }
        let mut measures = Vec::new();
        for (name, sql) in r.measures {
            match sql.as_str().map(|s| (s, fact::check_expression(s))) {
                Some((sql, Ok(()))) => measures.push((name, sql.to_owned())),
                Some((_, Err(e))) => problems.push(format!("rollup `{}`: `{name}` does not parse: {e}", r.name)),
                None => problems.push(format!("rollup `{}`: measure `{name}` is no text", r.name)),
            }
        }
        rollups.push(Rollup { name: r.name, fact: r.fact, dimensions, cross: r.cross, measures });
    }
    (rollups, problems)
}
