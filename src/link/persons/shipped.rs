//! The model and weights of a night: those of the binary, or of a folder of declarations.

use super::fields;
use crate::error::{Error, Result, Words, words};
use crate::fingerprint::Fingerprint;
use crate::link::engine::model::{Model, Trained, Weights};
use crate::link::identities::policy::NightPolicy;
use crate::schema::SchemaFiles;

/// File of the model below the declarations.
pub const MODEL: &str = "link.toml";
/// File of its weights.
pub const WEIGHTS: &str = "link-weights.json";

/// A model with its weights, ready for a night.
#[derive(Clone, Debug)]
pub struct LinkModel {
    pub model: Model,
    pub policy: NightPolicy,
    pub weights: Weights,
    pub trained: Trained,
    /// SHA-256 over both files, hexadecimal.
    pub fingerprint: String,
}

impl LinkModel {
    /// The ones compiled into the binary.
    ///
    /// # Errors
    /// `Schema`; the compiled ones are held right by a test.
    pub fn embedded() -> Result<Self> {
        Self::from_files(&SchemaFiles::embedded(), None)
    }

    /// The model of declarations, with their weights or with others, as text.
    ///
    /// # Errors
    /// `Schema`, with every problem.
    pub fn from_files(files: &SchemaFiles, weights: Option<&str>) -> Result<Self> {
        let text = |name: &str| {
            let place = format!("{}/{name}", files.origin);
            files.files.get(name).map(String::as_str).ok_or_else(|| Error::schema(place, words!("缺失", "is missing")))
        };
        let weights = match weights {
            Some(weights) => weights,
            None => text(WEIGHTS)?,
        };
        let model = Self::parse(text(MODEL)?, weights)?;
        let is_dataset = |name: &str| files.files.contains_key(&format!("tables/{name}.json"));
        let unknown = model.policy.lists.unknown(&is_dataset);
        if unknown.is_empty() { Ok(model) } else { Err(Error::schema(MODEL, Words::joined(&unknown, "\n"))) }
    }

    /// Reads a model and its weights.
    ///
    /// # Errors
    /// `Schema`, with every problem.
    pub fn parse(model_text: &str, weights_text: &str) -> Result<Self> {
        let NightModel { model, policy } = parse_model(model_text)?;
        let weights = Weights::parse(weights_text).map_err(|e| Error::schema(WEIGHTS, e))?;
        let trained = weights.of(&model).map_err(|e| {
            Error::schema(WEIGHTS, e).hint(words!("请运行 `xinhui link train`", "run `xinhui link train`"))
        })?;
        let fingerprint = Fingerprint::new("link model").text(model_text).text(weights_text).hex();
        Ok(LinkModel { model, policy, weights, trained, fingerprint })
    }
}

/// A model of nights, without weights.
#[derive(Clone, Debug)]
pub struct NightModel {
    pub model: Model,
    pub policy: NightPolicy,
}

/// Reads a model of nights.
///
/// # Errors
/// `Schema`, with every problem.
pub fn parse_model(text: &str) -> Result<NightModel> {
    let read = |text: &str| {
        let model = Model::parse(text)?;
        fields::check(&model)?;
        let policy = NightPolicy::parse(model.night.as_ref())?;
        Ok(NightModel { model, policy })
    };
    read(text).map_err(|problems: Vec<Words>| Error::schema(MODEL, Words::joined(&problems, "\n")))
}
