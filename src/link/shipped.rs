//! The model and weights of a night: those of the binary, or of a folder of declarations.

use super::model::{Model, Trained, Weights};
use super::night;
use crate::error::{Error, Result};

/// File of the model below the declarations.
pub const MODEL: &str = "link.toml";
/// File of its weights.
pub const WEIGHTS: &str = "link-weights.json";

/// A model with its weights, ready for a night.
#[derive(Clone, Debug)]
pub struct LinkModel {
    pub model: Model,
    pub weights: Weights,
    pub trained: Trained,
}

impl LinkModel {
    /// The ones compiled into the binary.
    ///
    /// # Errors
    /// `Schema`; the compiled ones are held right by a test.
    pub fn embedded() -> Result<Self> {
        Self::parse(include_str!("../../schemas/link.toml"), include_str!("../../schemas/link-weights.json"))
    }

    /// Reads a model and its weights.
    ///
    /// # Errors
    /// `Schema`, with every problem.
    pub fn parse(model: &str, weights: &str) -> Result<Self> {
        let model = Model::parse(model)
            .and_then(|m| night::check(&m).map(|()| m))
            .map_err(|problems| Error::schema(MODEL, problems.join("\n")))?;
        let weights = Weights::parse(weights).map_err(|e| Error::schema(WEIGHTS, e))?;
        let trained = weights.of(&model).map_err(|e| Error::schema(WEIGHTS, e).hint("run `xinhui link train`"))?;
        Ok(LinkModel { model, weights, trained })
    }
}
