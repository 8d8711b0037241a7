//! What decides about identities beside the engine's model: the section `[night]` of `link.toml`.

use serde::{Deserialize, Serialize};

use crate::error::{Words, words};
use crate::fingerprint::Fingerprint;
use crate::schema::parse_fault::of_toml;

/// The section, checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NightPolicy {
    pub lists: DatasetLists,
    pub sharing: Sharing,
}

/// Datasets of which it matters what they are lists of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetLists {
    /// The register of patients: it names nobody twice, and a related person is a patient on it.
    pub register: String,
    /// Datasets about pupils.
    pub pupils: Vec<String>,
    /// Age in years from which an ID number on a pupil's row is a parent's.
    pub grown_up: u16,
    /// The list of screenings, which go through a school round by round.
    pub screening: String,
    /// Days within which two screenings are of one round, which sees everybody once.
    pub round_days: u32,
    /// The month in which a school year begins.
    pub school_year_begins: u32,
    /// A spelling is a slip beside one that is written on more than so many times as many days.
    pub slip: usize,
}

/// How many people a value may have before it says nothing. People are told apart by name and birth date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sharing {
    /// Of a mobile number: above it, an institution's.
    pub phone: u32,
    /// Of a number on a line: a home's has few, an office's all who call from there.
    pub line: u32,
    /// Of a document number that no check digit guards.
    pub document: u32,
    /// Of an address: above it, an institution's or a filler.
    pub address: u32,
    /// Distinct names with the first of one January for their birth date: above it, and above one of so many of all
    /// identities with a birth date, what a form was filled with.
    pub default_birth_names: usize,
    pub default_birth_one_of: usize,
    /// Clearly different people under one ID or student number: above it, the number is a placeholder.
    pub people: usize,
    /// Distinct names of one birth date and sex under one number: a person changes the name, but hardly twice.
    pub names: usize,
    /// Distinct (name, sex, birth date) under one number that are compared with each other; more are a placeholder's.
    pub compared: usize,
    /// Years between the birth date typed and that inside an ID number from which on the number is a relative's.
    pub generation: i32,
}

impl NightPolicy {
    /// Reads the section.
    ///
    /// # Errors
    /// Every problem, as messages.
    pub fn parse(section: Option<&toml::Table>) -> Result<Self, Vec<Words>> {
        let section = section.ok_or_else(|| vec![words!("缺少 [night] 一节", "there is no section [night]")])?;
        let policy: NightPolicy =
            toml::Value::Table(section.clone()).try_into().map_err(|e| vec![of_toml(&e).at("[night]")])?;
        let problems = policy.problems();
        if problems.is_empty() { Ok(policy) } else { Err(problems) }
    }

    fn problems(&self) -> Vec<Words> {
        let NightPolicy { lists, sharing: s } = self;
        let mut problems = Vec::new();
        let mut wrong = |is: bool, message: Words| {
            if is {
                problems.push(message.at("[night]"));
            }
        };
        wrong(
            lists.register.is_empty() || lists.screening.is_empty(),
            words!("lists：register 和 screening 须写明数据集", "lists: register and screening need a dataset"),
        );
        wrong(
            !(10..=60).contains(&lists.grown_up),
            words!("lists.grown_up 不在 10 至 60 岁之间", "lists.grown_up is no age from 10 to 60 years"),
        );
        wrong(
            !(1..=12).contains(&lists.school_year_begins),
            words!("lists.school_year_begins 不是月份", "lists.school_year_begins is no month"),
        );
        wrong(
            lists.slip == 0,
            words!("lists.slip 为 0：没有任何写法会算作笔误", "lists.slip is 0: no spelling would be a slip"),
        );
        let limits = [s.phone, s.line, s.document, s.address];
        wrong(
            limits.contains(&0),
            words!("sharing：上限为 0 人会使所有的值失效", "sharing: a limit of 0 people would silence every value"),
        );
        let counts = [s.people, s.names, s.compared, s.default_birth_names, s.default_birth_one_of];
        wrong(
            counts.contains(&0),
            words!("sharing：数目为 0 不能判定任何情况", "sharing: a count of 0 decides nothing"),
        );
        wrong(
            s.compared > 1000,
            words!(
                "sharing.compared 超过 1000：须两两比较",
                "sharing.compared is above 1000: each is compared with each"
            ),
        );
        wrong(
            !(5..=60).contains(&s.generation),
            words!("sharing.generation 不在 5 至 60 年之间", "sharing.generation is no distance from 5 to 60 years"),
        );
        problems
    }

    /// Tells what was found of identities under this policy from what was found under another.
    pub fn digest(&self) -> u64 {
        let text = serde_json::to_string(self).unwrap_or_default();
        let [a, b, c, d, e, f, g, h, ..] = Fingerprint::new("policy of identities").text(&text).digest();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

impl DatasetLists {
    /// What names no dataset: without it its rules would silently hold of nothing.
    pub fn unknown(&self, is_dataset: &dyn Fn(&str) -> bool) -> Vec<Words> {
        let lists = [("register", &self.register), ("screening", &self.screening)];
        let lists = lists.into_iter().chain(self.pupils.iter().map(|name| ("pupils", name)));
        let unknown = lists.filter(|(_, name)| !is_dataset(name)).map(|(key, name)| {
            words!("[night] lists.{key}：没有数据集 `{name}`", "[night] lists.{key}: there is no dataset `{name}`")
        });
        unknown.collect()
    }

    /// Whether a dataset is about pupils.
    pub fn is_of_pupils(&self, dataset: &str) -> bool {
        self.pupils.iter().any(|name| name == dataset)
    }
}
