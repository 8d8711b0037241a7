//! A model's file to a checked model.

use hashbrown::{HashMap, HashSet};
use sha2::{Digest, Sha256};

use super::declared::{
    Absorption, Adjustment, BlockBounds, BlockingKey, BlockingRule, Comparison, ComparisonGroup, ComparisonLevel,
    Condition, MOST_COMPARISONS, MOST_GROUPS, MOST_LEVELS, Model, ModelField, Thresholds,
};
use super::raw::{RawAdjust, RawComparison, RawLevel, RawModel, RawModelField, RawThresholds};
use crate::error::{Words, words};
use crate::link::engine::block::Feature;
use crate::link::engine::compare::ComparisonKind;
use crate::link::engine::records::{FieldKind, Normaliser};
use crate::schema::parse_fault::of_toml;

/// How a condition names level 0: the value is not given on one side.
const NOT_GIVEN: &str = "not given";

impl Model {
    /// Reads a model.
    ///
    /// # Errors
    /// Every problem, as messages.
    pub fn parse(text: &str) -> Result<Model, Vec<Words>> {
        let raw: RawModel = toml::from_str(text).map_err(|e| vec![of_toml(&e)])?;
        let mut checker = ModelChecker { problems: Vec::new(), fields: HashMap::new() };
        let model = checker.model(raw);
        if checker.problems.is_empty() { Ok(model) } else { Err(checker.problems) }
    }
}

/// What weights that people trained name their model by: another way to hash would disown them.
fn digest(fields: &[ModelField], comparisons: &[Comparison]) -> String {
    let mut hasher = Sha256::new();
    let mut add = |text: &str| {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    for c in comparisons {
        add(&c.name);
        add(c.kind.as_str());
        for &f in &c.fields {
            add(&fields[f].name);
            add(fields[f].kind.as_str());
        }
        for level in &c.levels {
            add(&level.name);
            add(&level.tf.to_string());
        }
    }
    crate::store::hex(&hasher.finalize())
}

struct ModelChecker {
    problems: Vec<Words>,
    fields: HashMap<String, usize>,
}

impl ModelChecker {
    fn wrong(&mut self, message: Words) {
        self.problems.push(message);
    }

    fn model(&mut self, raw: RawModel) -> Model {
        let fields: Vec<ModelField> =
            raw.field.into_iter().enumerate().map(|(index, f)| self.field(index, f)).collect();
        let groups: Vec<ComparisonGroup> = raw
            .group
            .into_iter()
            .map(|g| ComparisonGroup { name: g.name, at_most_with_prior: g.at_most_with_prior })
            .collect();
        if groups.len() > MOST_GROUPS {
            self.wrong(words!("一个模型最多 {MOST_GROUPS} 个组", "a model has at most {MOST_GROUPS} groups"));
        }
        let comparisons = self.comparisons(raw.comparison, &fields, &groups);
        if raw.block.is_empty() {
            self.wrong(words!("没有定义分块规则", "no blocking rule is declared"));
        }
        let rules = raw
            .block
            .into_iter()
            .map(|r| BlockingRule {
                keys: self.keys(&words!("规则 `{}`", "rule `{}`", r.name), &r.keys, &fields),
                name: r.name,
            })
            .collect();
        let bounds = BlockBounds {
            cap: raw.blocks.cap.max(2),
            split: self.keys(&Words::plain("blocks.split"), &raw.blocks.split, &fields),
            window: raw.blocks.window.max(1),
            order: self.keys(&Words::plain("blocks.order"), &raw.blocks.order, &fields),
        };
        let absorptions = raw
            .absorb
            .into_iter()
            .map(|a| Absorption {
                when: self.conditions(&Words::plain("absorb"), &a.when, &comparisons),
                comparisons: a
                    .comparisons
                    .iter()
                    .filter_map(|n| self.comparison_named(&Words::plain("absorb"), n, &comparisons))
                    .collect(),
            })
            .collect();
        let adjustments = self.adjustments(raw.adjust, &comparisons);
        let sure: Vec<Vec<Condition>> = raw
            .training
            .sure
            .iter()
            .map(|rule| self.conditions(&Words::plain("training.sure"), rule, &comparisons))
            .collect();
        if ![0, 2].contains(&sure.len()) || sure.iter().any(Vec::is_empty) {
            self.wrong(words!(
                "training.sure：须有两条规则，每条至少一个条件",
                "training.sure: two rules are needed, of one condition or more"
            ));
        }
        let thresholds = self.thresholds(raw.thresholds);
        self.problems.extend(raw.nobody.problems());
        Model {
            title: raw.title,
            version: raw.version,
            digest: digest(&fields, &comparisons),
            thresholds,
            fields,
            rules,
            bounds,
            comparisons,
            groups,
            absorptions,
            adjustments,
            nobody: raw.nobody,
            night: raw.night,
            random_pairs: raw.training.random_pairs,
            counts_people: raw.training.people,
            sure: sure.try_into().ok(),
            least_population: raw.population.least,
        }
    }

    fn field(&mut self, index: usize, f: RawModelField) -> ModelField {
        if self.fields.insert(f.name.clone(), index).is_some() {
            self.wrong(words!("字段 `{}` 定义了两次", "the field `{}` is declared twice", f.name));
        }
        let kind = FieldKind::parse(&f.kind).unwrap_or_else(|| {
            let known: Vec<&str> = FieldKind::ALL.iter().map(|k| k.as_str()).collect();
            let wrong =
                words!("字段 `{}`：类型 `{}` 不在可用之列：", "field `{}`: the type `{}` is none of ", f.name, f.kind);
            self.wrong(wrong.and(&Words::listed(&known)));
            FieldKind::Text
        });
        let normalisers = f
            .normalise
            .iter()
            .filter_map(|name| {
                let normaliser = Normaliser::parse(name);
                if normaliser.is_none() {
                    self.wrong(words!(
                        "字段 `{}`：没有规范化方法 `{name}`",
                        "field `{}`: there is no normaliser `{name}`",
                        f.name
                    ));
                }
                normaliser
            })
            .collect();
        let columns = if f.columns.is_empty() { vec![f.name.clone()] } else { f.columns };
        ModelField {
            name: f.name,
            kind,
            columns,
            parts: f.parts,
            guardian_columns: f.guardian_columns,
            normalisers,
            nothing: f.nothing,
        }
    }

    fn comparisons(
        &mut self,
        raw: Vec<RawComparison>,
        fields: &[ModelField],
        groups: &[ComparisonGroup],
    ) -> Vec<Comparison> {
        if raw.is_empty() || raw.len() > MOST_COMPARISONS {
            self.wrong(words!(
                "一个模型有 1 至 {MOST_COMPARISONS} 项比较",
                "a model has 1 to {MOST_COMPARISONS} comparisons"
            ));
        }
        let comparisons: Vec<Comparison> = raw.into_iter().map(|c| self.comparison(c, fields, groups)).collect();
        for (index, c) in comparisons.iter().enumerate() {
            // Weights are by name.
            if comparisons[..index].iter().any(|earlier| earlier.name == c.name) {
                self.wrong(words!("比较 `{}` 定义了两次", "the comparison `{}` is declared twice", c.name));
            }
        }
        comparisons
    }

    fn adjustments(&mut self, raw: Vec<RawAdjust>, comparisons: &[Comparison]) -> Vec<Adjustment> {
        let adjustments: Vec<Adjustment> = raw
            .into_iter()
            .map(|a| Adjustment {
                when: self.conditions(&Words::plain(format!("adjust `{}`", a.name)), &a.when, comparisons),
                name: a.name,
                bits: a.bits,
                at_most: a.at_most,
            })
            .collect();
        for adjustment in adjustments.iter().filter(|a| a.when.is_empty()) {
            self.wrong(words!("adjust `{}`：`when` 为空", "adjust `{}`: `when` is empty", adjustment.name));
        }
        adjustments
    }

    fn thresholds(&mut self, t: RawThresholds) -> Thresholds {
        if ![t.join, t.review, t.bridge.unwrap_or(0.0), t.mean.unwrap_or(0.0)].iter().all(|bits| bits.is_finite()) {
            self.wrong(words!("thresholds：阈值不是数字", "thresholds: a threshold is no number"));
        }
        if t.review > t.join {
            self.wrong(words!("thresholds：review 高于 join", "thresholds: review is above join"));
        }
        if t.looser.is_some_and(|l| l > t.join || l < t.review) {
            self.wrong(words!(
                "thresholds：looser 不在 review 与 join 之间",
                "thresholds: looser is not between review and join"
            ));
        }
        if t.stricter.is_some_and(|s| s < t.join) {
            self.wrong(words!("thresholds：stricter 低于 join", "thresholds: stricter is below join"));
        }
        Thresholds {
            join: t.join,
            review: t.review,
            bridge: t.bridge.unwrap_or(f32::NEG_INFINITY),
            mean: t.mean,
            sure: t.sure.unwrap_or(f32::INFINITY),
            looser: t.looser.unwrap_or(t.join),
            stricter: t.stricter.unwrap_or(t.join),
        }
    }

    fn comparison(&mut self, raw: RawComparison, fields: &[ModelField], groups: &[ComparisonGroup]) -> Comparison {
        let place = words!("比较 `{}`", "comparison `{}`", raw.name);
        let kind = ComparisonKind::parse(&raw.kind).unwrap_or_else(|| {
            let known: Vec<&str> = ComparisonKind::ALL.iter().map(|k| k.as_str()).collect();
            let wrong = words!("种类 `{}` 不在可用之列：", "the kind `{}` is none of ", raw.kind);
            self.wrong(wrong.and(&Words::listed(&known)).at(place.clone()));
            ComparisonKind::Text
        });
        let indices: Vec<usize> = raw
            .fields
            .iter()
            .filter_map(|name| {
                let index = self.fields.get(name).copied();
                if index.is_none() {
                    self.wrong(words!("没有字段 `{name}`", "there is no field `{name}`").at(place.clone()));
                }
                index
            })
            .collect();
        let kinds: Vec<FieldKind> = indices.iter().map(|&i| fields[i].kind).collect();
        if indices.len() == raw.fields.len()
            && let Err(message) = kind.takes(&kinds)
        {
            self.wrong(message.at(place.clone()));
        }
        let group = raw.group.as_ref().and_then(|name| {
            let index = groups.iter().position(|g| g.name == *name);
            if index.is_none() {
                self.wrong(words!("没有组 `{name}`", "there is no group `{name}`").at(place.clone()));
            }
            index
        });
        if raw.levels.len() < 2 || raw.levels.len() > MOST_LEVELS {
            self.wrong(
                words!("一项比较有 2 至 {MOST_LEVELS} 个等级", "a comparison has 2 to {MOST_LEVELS} levels")
                    .at(place.clone()),
            );
        }
        let last = raw.levels.len().saturating_sub(1);
        let mut level_of = [last as u8 + 1; 16];
        let mut levels = Vec::new();
        let mut order = 0;
        let mut named = HashSet::new();
        for (index, level) in raw.levels.into_iter().enumerate() {
            let mut relations = Vec::new();
            for text in &level.is {
                if !named.insert(text.clone()) {
                    self.wrong(words!("`{text}` 出现在两个等级中", "`{text}` stands in two levels").at(place.clone()));
                    continue;
                }
                match kind.relation(text, order) {
                    Some(relation) => {
                        order += 1;
                        level_of[usize::from(relation.number)] = index as u8 + 1;
                        relations.push(relation);
                    }
                    None => self.wrong(
                        words!("`{text}` 不是 {} 的关系", "`{text}` is no relation of {}", kind.as_str())
                            .at(place.clone()),
                    ),
                }
            }
            if relations.is_empty() && index != last {
                self.wrong(
                    words!("只有最后一个等级可以不写 `is`", "only the last level may leave `is` out").at(place.clone()),
                );
            }
            let name = if level.is.is_empty() { "else".to_owned() } else { level.is.join(", ") };
            let RawLevel { tf, at_least, at_most, aside, .. } = level;
            levels.push(ComparisonLevel { relations, name, tf, at_least, at_most, aside });
        }
        level_of[0] = if raw.missing_differs { last as u8 + 1 } else { 0 };
        let uses_frequencies = levels.iter().any(|l: &ComparisonLevel| l.tf > 0.0);
        Comparison { name: raw.name, kind, fields: indices, group, levels, level_of, uses_frequencies }
    }

    fn keys(&mut self, place: &Words, texts: &[String], fields: &[ModelField]) -> Vec<BlockingKey> {
        texts
            .iter()
            .filter_map(|text| {
                let (name, feature) = text.split_once('.').unwrap_or((text, "value"));
                let Some(&field) = self.fields.get(name) else {
                    self.wrong(words!("没有字段 `{name}`", "there is no field `{name}`").at(place.clone()));
                    return None;
                };
                let kind = fields[field].kind;
                match Feature::parse(kind, feature) {
                    Some(feature) => Some(BlockingKey { field, feature }),
                    None => {
                        self.wrong(
                            words!(
                                "类型为 {} 的字段没有特征 `{feature}`",
                                "a field of type {} has no feature `{feature}`",
                                kind.as_str()
                            )
                            .at(place.clone()),
                        );
                        None
                    }
                }
            })
            .collect()
    }

    fn comparison_named(&mut self, place: &Words, name: &str, comparisons: &[Comparison]) -> Option<usize> {
        let index = comparisons.iter().position(|c| c.name == name);
        if index.is_none() {
            self.wrong(words!("没有比较 `{name}`", "there is no comparison `{name}`").at(place.clone()));
        }
        index
    }

    fn conditions(&mut self, place: &Words, texts: &[String], comparisons: &[Comparison]) -> Vec<Condition> {
        texts
            .iter()
            .filter_map(|text| {
                let Some((name, relations)) = text.split_once(':') else {
                    self.wrong(
                        words!(
                            "`{text}` 应写作 `比较: 关系 | 关系`",
                            "`{text}` is not of the form `comparison: relation | relation`"
                        )
                        .at(place.clone()),
                    );
                    return None;
                };
                let index = self.comparison_named(place, name.trim(), comparisons)?;
                let comparison = &comparisons[index];
                let mut levels = 0;
                for wanted in relations.split('|').map(str::trim) {
                    if wanted == NOT_GIVEN {
                        levels |= 1;
                        continue;
                    }
                    let found = comparison.levels.iter().position(|l| l.name.split(", ").any(|n| n == wanted));
                    match found {
                        Some(level) => levels |= 1 << (level + 1),
                        None => self.wrong(
                            words!(
                                "`{}` 没有含 `{wanted}` 的等级",
                                "`{}` has no level with `{wanted}`",
                                comparison.name
                            )
                            .at(place.clone()),
                        ),
                    }
                }
                Some(Condition { comparison: index, levels })
            })
            .collect()
    }
}
