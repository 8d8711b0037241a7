//! Reuse from one run to the next: one word for each decision, one way to compare, one switch.
//!
//! A run leaves things that the next one need not make again: each kind of them is a [`Layer`]. What a layer
//! keeps is kept with a key, which names all that it was made of. The next run works its own key out and
//! compares: [`Reuse`] says what follows. Reuse saves time and changes nothing that is published.

use crate::words::logged;
use std::sync::OnceLock;

/// What follows from comparing tonight's key with that of the last run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Unchanged since the last run: used as it is.
    Same,
    /// Differs in few rows: put right by the difference.
    Patch,
    /// Made anew.
    Fresh,
}

/// A kind of thing that a run leaves for the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The whole published snapshot.
    Night,
    /// Validated rows of each file of the inbox.
    Files,
    /// Fates and accepted rows of each county and dataset.
    Ledger,
    /// Who the accepted rows are about, as identities of the linkage.
    People,
    /// Pairs of identities that were compared.
    Pairs,
    /// Parts of `persons.parquet`.
    PersonRows,
    /// Base facts of each county.
    CountyFacts,
    /// Sets of numbers: an indicator or a rollup in a period.
    Numbers,
    /// Sets of numbers that are put right by the persons whose rows changed.
    NumberPatches,
    /// Published files of rollups.
    RollupFiles,
}

/// The environment variable with the names of layers that are switched off, with commas between them. It is for
/// developers who measure what each layer saves: `docs/architecture.md` has the table.
const SWITCH: &str = "XINHUI_REUSE_OFF";

impl Layer {
    pub const ALL: [Layer; 10] = [
        Layer::Night,
        Layer::Files,
        Layer::Ledger,
        Layer::People,
        Layer::Pairs,
        Layer::PersonRows,
        Layer::CountyFacts,
        Layer::Numbers,
        Layer::NumberPatches,
        Layer::RollupFiles,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Layer::Night => "night",
            Layer::Files => "files",
            Layer::Ledger => "ledger",
            Layer::People => "people",
            Layer::Pairs => "pairs",
            Layer::PersonRows => "person-rows",
            Layer::CountyFacts => "county-facts",
            Layer::Numbers => "numbers",
            Layer::NumberPatches => "number-patches",
            Layer::RollupFiles => "rollup-files",
        }
    }

    /// What it is called in a Chinese log.
    fn called(self) -> &'static str {
        match self {
            Layer::Night => "整晚",
            Layer::Files => "文件",
            Layer::Ledger => "核对",
            Layer::People => "人员",
            Layer::Pairs => "比对",
            Layer::PersonRows => "人员对照",
            Layer::CountyFacts => "各县事实",
            Layer::Numbers => "数字",
            Layer::NumberPatches => "数字修正",
            Layer::RollupFiles => "汇总表文件",
        }
    }

    /// Whether the layer is switched off, so that all of it is made anew.
    pub fn is_off(self) -> bool {
        static OFF: OnceLock<Vec<Layer>> = OnceLock::new();
        OFF.get_or_init(switched_off).contains(&self)
    }

    /// Compares the key of the last run, where there is one, with tonight's.
    pub fn compare<K: PartialEq + ?Sized>(self, last: Option<&K>, tonight: &K) -> Reuse {
        if last == Some(tonight) && !self.is_off() { Reuse::Same } else { Reuse::Fresh }
    }
}

fn switched_off() -> Vec<Layer> {
    let names = std::env::var(SWITCH).unwrap_or_default();
    let names = names.split(',').filter(|name| !name.is_empty());
    let layers = names.filter_map(|name| {
        let layer = Layer::ALL.into_iter().find(|l| l.name() == name);
        match layer {
            Some(_) => {
                let said = logged("已停用此层，运行时间会更长", "the layer is switched off: the run takes longer");
                tracing::warn!(layer = name, by = SWITCH, "{said}");
            }
            None => {
                let said = logged("没有这样的层", "there is no such layer");
                tracing::warn!(layer = name, by = SWITCH, "{said}");
            }
        }
        layer
    });
    layers.collect()
}

/// How many things of a layer were reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reused {
    pub same: usize,
    pub patch: usize,
    pub fresh: usize,
}

impl Reused {
    pub fn note(&mut self, reuse: Reuse) {
        match reuse {
            Reuse::Same => self.same += 1,
            Reuse::Patch => self.patch += 1,
            Reuse::Fresh => self.fresh += 1,
        }
    }

    /// Writes a line to the log.
    pub fn log(self, layer: Layer) {
        tracing::info!(
            layer = logged(layer.called(), layer.name()),
            same = self.same,
            patch = self.patch,
            fresh = self.fresh,
            "{}",
            logged("沿用", "reuse")
        );
    }
}

impl FromIterator<Reuse> for Reused {
    fn from_iter<I: IntoIterator<Item = Reuse>>(all: I) -> Self {
        let mut reused = Reused::default();
        all.into_iter().for_each(|reuse| reused.note(reuse));
        reused
    }
}
