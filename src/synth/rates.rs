//! How often each fault occurs.

/// The presets of [`Rates`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dirt {
    /// Every row valid and accepted exactly once, every identity whole.
    #[default]
    None,
    Light,
    Normal,
    Heavy,
}

impl Dirt {
    /// The preset of a name as the command line writes it.
    pub fn parse(name: &str) -> Option<Dirt> {
        Some(match name {
            "none" => Dirt::None,
            "light" => Dirt::Light,
            "normal" => Dirt::Normal,
            "heavy" => Dirt::Heavy,
            _ => return None,
        })
    }
}

/// Probabilities of faults: of identities per row (those marked "person" once a person), of rows per
/// row, of files per file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    pub id_missing: f64,
    pub id_digit_wrong: f64,
    pub id_swapped: f64,
    pub id_fifteen: f64,
    pub id_lower_x: f64,
    pub id_full_width: f64,
    pub id_masked: f64,
    pub id_excel: f64,
    /// A guardian's number on a child's row.
    pub id_guardian: f64,
    /// One invented number for many.
    pub id_placeholder: f64,
    /// Person: has another document than the resident ID card.
    pub other_document: f64,
    pub phone_missing: f64,
    /// The number of another member of the household.
    pub phone_shared: f64,
    pub phone_placeholder: f64,
    pub phone_bad: f64,
    pub name_homophone: f64,
    pub name_lookalike: f64,
    pub name_traditional: f64,
    /// Of rows of people with a dotted name.
    pub name_dot: f64,
    /// Of rows of people with a rare character in their name.
    pub name_lost: f64,
    /// Person: took another given name within the window.
    pub name_change: f64,
    /// Person: one source keeps the lunar birthday.
    pub birth_lunar: f64,
    pub birth_new_year: f64,
    pub birth_digit: f64,
    pub birth_missing: f64,
    pub birth_year_only: f64,
    /// Rows that no validation accepts, as a share of a dataset's rows.
    pub row_error: f64,
    /// Rows that are sent again unchanged.
    pub resent: f64,
    /// Rows that an older version precedes.
    pub corrected: f64,
    /// Rows that are withdrawn later.
    pub voided: f64,
    /// How wildly files are laid out, 0 to 1.
    pub layout: f64,
}

impl Rates {
    /// No fault at all.
    pub const NONE: Rates = Rates {
        id_missing: 0.0,
        id_digit_wrong: 0.0,
        id_swapped: 0.0,
        id_fifteen: 0.0,
        id_lower_x: 0.0,
        id_full_width: 0.0,
        id_masked: 0.0,
        id_excel: 0.0,
        id_guardian: 0.0,
        id_placeholder: 0.0,
        other_document: 0.0,
        phone_missing: 0.0,
        phone_shared: 0.0,
        phone_placeholder: 0.0,
        phone_bad: 0.0,
        name_homophone: 0.0,
        name_lookalike: 0.0,
        name_traditional: 0.0,
        name_dot: 0.0,
        name_lost: 0.0,
        name_change: 0.0,
        birth_lunar: 0.0,
        birth_new_year: 0.0,
        birth_digit: 0.0,
        birth_missing: 0.0,
        birth_year_only: 0.0,
        row_error: 0.0,
        resent: 0.0,
        corrected: 0.0,
        voided: 0.0,
        layout: 0.0,
    };

    /// The rates of `normal`, about what a county's first export looks like.
    pub const NORMAL: Rates = Rates {
        id_missing: 0.12,
        id_digit_wrong: 0.015,
        id_swapped: 0.008,
        id_fifteen: 0.012,
        id_lower_x: 0.3,
        id_full_width: 0.01,
        id_masked: 0.01,
        id_excel: 0.006,
        id_guardian: 0.03,
        id_placeholder: 0.006,
        other_document: 0.002,
        phone_missing: 0.2,
        phone_shared: 0.08,
        phone_placeholder: 0.01,
        phone_bad: 0.01,
        name_homophone: 0.025,
        name_lookalike: 0.008,
        name_traditional: 0.006,
        name_dot: 0.5,
        name_lost: 0.4,
        name_change: 0.004,
        birth_lunar: 0.01,
        birth_new_year: 0.008,
        birth_digit: 0.008,
        birth_missing: 0.06,
        birth_year_only: 0.02,
        row_error: 0.01,
        resent: 0.02,
        corrected: 0.015,
        voided: 0.005,
        layout: 0.7,
    };

    /// The rates of a preset: `light` is a quarter of `normal`, `heavy` two and a half times it.
    pub fn preset(dirt: Dirt) -> Rates {
        match dirt {
            Dirt::None => Rates::NONE,
            Dirt::Light => Rates { layout: 0.4, ..Rates::NORMAL.scaled(0.25) },
            Dirt::Normal => Rates::NORMAL,
            Dirt::Heavy => Rates { layout: 1.0, ..Rates::NORMAL.scaled(2.5) },
        }
    }

    fn scaled(self, by: f64) -> Rates {
        let s = |p: f64| (p * by).min(0.9);
        Rates {
            id_missing: s(self.id_missing),
            id_digit_wrong: s(self.id_digit_wrong),
            id_swapped: s(self.id_swapped),
            id_fifteen: s(self.id_fifteen),
            id_lower_x: s(self.id_lower_x),
            id_full_width: s(self.id_full_width),
            id_masked: s(self.id_masked),
            id_excel: s(self.id_excel),
            id_guardian: s(self.id_guardian),
            id_placeholder: s(self.id_placeholder),
            other_document: s(self.other_document),
            phone_missing: s(self.phone_missing),
            phone_shared: s(self.phone_shared),
            phone_placeholder: s(self.phone_placeholder),
            phone_bad: s(self.phone_bad),
            name_homophone: s(self.name_homophone),
            name_lookalike: s(self.name_lookalike),
            name_traditional: s(self.name_traditional),
            name_dot: s(self.name_dot),
            name_lost: s(self.name_lost),
            name_change: s(self.name_change),
            birth_lunar: s(self.birth_lunar),
            birth_new_year: s(self.birth_new_year),
            birth_digit: s(self.birth_digit),
            birth_missing: s(self.birth_missing),
            birth_year_only: s(self.birth_year_only),
            row_error: s(self.row_error),
            resent: s(self.resent),
            corrected: s(self.corrected),
            voided: s(self.voided),
            layout: self.layout,
        }
    }

    /// Whether any identity can be touched.
    pub fn touches_identities(&self) -> bool {
        *self
            != Rates {
                row_error: self.row_error,
                resent: self.resent,
                corrected: self.corrected,
                voided: self.voided,
                layout: self.layout,
                ..Rates::NONE
            }
    }
}
