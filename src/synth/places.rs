//! Divisions and the places in them: sites, schools, hospitals and units. The divisions are real, the places invented.

use crate::error::{Error, Result, words};
use crate::schema::day;
use crate::schema::known_divisions::known_divisions;

use super::chance::Chance;
use super::identity;

/// A village or community.
pub struct Village {
    pub code: String,
    pub name: String,
    /// Index into the county's towns.
    pub town: usize,
    pub residents: u32,
}

/// A town or street; `villages` is its range in [`County::villages`].
pub struct Town {
    pub code: String,
    pub name: String,
    pub villages: std::ops::Range<usize>,
}

/// A service site.
pub struct Site {
    pub id: String,
    pub name: String,
    pub kind: &'static str,
    pub division: String,
    pub host_unit: Option<usize>,
    pub status: &'static str,
    pub built: Option<i32>,
    pub closed: Option<i32>,
}

impl Site {
    /// Whether the site is open on a day.
    pub fn is_open(&self, on: i32) -> bool {
        matches!(self.status, "built" | "closed")
            && self.built.is_some_and(|b| b <= on)
            && self.closed.is_none_or(|c| c > on)
    }
}

/// A school.
pub struct School {
    pub id: String,
    pub name: String,
    pub stage: &'static str,
    pub division: String,
    pub town: usize,
}

/// A health institution.
pub struct Hospital {
    pub id: String,
    pub name: String,
    pub kind: &'static str,
    pub grade: &'static str,
    pub division: String,
}

/// An employer or office.
pub struct Employer {
    pub id: String,
    pub name: String,
    pub kind: &'static str,
    pub division: String,
    pub employees: u32,
}

/// A county with all its places.
pub struct County {
    pub index: usize,
    pub code: String,
    pub name: String,
    pub towns: Vec<Town>,
    pub villages: Vec<Village>,
    pub sites: Vec<Site>,
    pub schools: Vec<School>,
    pub hospitals: Vec<Hospital>,
    pub units: Vec<Employer>,
    /// Indexes into `sites`: the room of each village, the station of each town, the centre of the county.
    pub village_rooms: Vec<usize>,
    pub town_stations: Vec<usize>,
    pub centre: usize,
}

/// The part of the country that is generated.
pub struct Region {
    pub city: String,
    pub city_name: String,
    pub counties: Vec<County>,
    pub from: i32,
    pub as_of: i32,
}

impl Region {
    /// The counties of a city (all if `counties` is empty), with at most `towns` towns each.
    ///
    /// # Errors
    /// `Usage` if the embedded divisions do not contain the city or a county.
    pub fn new(
        seed: u64,
        city: &str,
        counties: &[String],
        towns: Option<usize>,
        from: i32,
        as_of: i32,
    ) -> Result<Region> {
        let mut city_name = None;
        let mut found: Vec<County> = Vec::new();
        for (code, name) in known_divisions() {
            if !code.starts_with(city) {
                continue;
            }
            match code.len() {
                4 => city_name = Some(name.to_owned()),
                6 if counties.is_empty() || counties.contains(&code) => {
                    found.push(County::empty(code, name));
                }
                9 | 12 => {
                    let Some(county) = found.last_mut().filter(|c| code.starts_with(&c.code)) else { continue };
                    county.add(code, name, towns.unwrap_or(usize::MAX));
                }
                _ => {}
            }
        }
        let Some(city_name) = city_name else {
            return Err(Error::usage(
                "--city",
                words!("`{city}` 不在内置区划的地市之列", "`{city}` is none of the cities with embedded divisions"),
            )
            .hint(words!(
                "内置的有 3101 上海、3704 枣庄、3708 济宁、4416 河源",
                "3101 Shanghai, 3704 Zaozhuang, 3708 Jining and 4416 Heyuan are there"
            )));
        };
        if let Some(missing) = counties.iter().find(|c| !found.iter().any(|f| f.code == **c)) {
            return Err(Error::usage(
                "--counties",
                words!("`{missing}` 不是地市 {city} 的县", "`{missing}` is no county of city {city}"),
            ));
        }
        found.retain(|c| !c.villages.is_empty());
        for (index, county) in found.iter_mut().enumerate() {
            county.index = index;
            county.furnish(seed, from, as_of);
        }
        Ok(Region { city: city.to_owned(), city_name, counties: found, from, as_of })
    }

    pub fn villages(&self) -> usize {
        self.counties.iter().map(|c| c.villages.len()).sum()
    }
}

impl County {
    fn empty(code: String, name: &str) -> Self {
        County {
            index: 0,
            code,
            name: name.to_owned(),
            towns: Vec::new(),
            villages: Vec::new(),
            sites: Vec::new(),
            schools: Vec::new(),
            hospitals: Vec::new(),
            units: Vec::new(),
            village_rooms: Vec::new(),
            town_stations: Vec::new(),
            centre: 0,
        }
    }

    fn add(&mut self, code: String, name: &str, towns: usize) {
        if code.len() == 9 {
            if self.towns.len() < towns {
                let at = self.villages.len();
                self.towns.push(Town { code, name: name.to_owned(), villages: at..at });
            }
        } else if let Some(town) = self.towns.last_mut().filter(|t| code.starts_with(&t.code)) {
            town.villages.end += 1;
            self.villages.push(Village { code, name: name.to_owned(), town: self.towns.len() - 1, residents: 0 });
        }
    }

    fn furnish(&mut self, seed: u64, from: i32, as_of: i32) {
        let mut chance = Chance::of(seed, &[0x91ace, self.code.parse().unwrap_or(0)]);
        self.found_units(&mut chance);
        self.found_schools(&mut chance);
        self.found_hospitals(&mut chance);
        self.found_sites(&mut chance, from, as_of);
    }

    fn found_units(&mut self, chance: &mut Chance) {
        let county = (self.code.clone(), self.name.clone());
        let mut add = |kind, name: String, division: &str, employees: i32| {
            let id = format!("DW{}{:04}", county.0, self.units.len() + 1);
            self.units.push(Employer { id, name, kind, division: division.to_owned(), employees: employees as u32 });
        };
        add("government", format!("{}人民政府", county.1), &county.0, chance.between(500, 1200));
        add("petition", format!("{}信访局接待大厅", county.1), &county.0, chance.between(12, 60));
        for k in 1..=3 {
            add("enterprise", format!("{}第{k}机械厂", county.1), &county.0, chance.between(480, 2600));
        }
        for (i, town) in self.towns.iter().enumerate() {
            add("government", format!("{}政府", town.name), &town.code, chance.between(40, 180));
            add("institution", format!("{}中心校", town.name), &town.code, chance.between(30, 640));
            if i % 2 == 0 {
                add("petition", format!("{}信访接待室", town.name), &town.code, chance.between(3, 20));
            }
            if i % 2 == 1 {
                add("care_home", format!("{}敬老院", town.name), &town.code, chance.between(8, 60));
            }
            add("enterprise", format!("{}纺织有限公司", town.name), &town.code, chance.between(60, 1500));
            if i % 4 == 3 {
                add("other", format!("{}商会", town.name), &town.code, chance.between(5, 40));
            }
        }
    }

    fn found_schools(&mut self, chance: &mut Chance) {
        let code = self.code.clone();
        let mut add = |stage, name: String, division: &str, town| {
            let id = format!("2{}{:03}", code, self.schools.len() + 1);
            self.schools.push(School { id, name, stage, division: division.to_owned(), town });
        };
        for (t, town) in self.towns.iter().enumerate() {
            for k in 1..=1 + town.villages.len() / 30 {
                // Half of the primary schools have the code of their village, the rest that of the town.
                let at = town.villages.start + (k * 7) % town.villages.len().max(1);
                let division = match self.villages.get(at).filter(|_| chance.yes(0.5)) {
                    Some(village) => village.code.clone(),
                    None => town.code.clone(),
                };
                add("primary", format!("{}第{k}小学", town.name), &division, t);
            }
            add("junior", format!("{}初级中学", town.name), &town.code, t);
            add("kindergarten", format!("{}中心幼儿园", town.name), &town.code, t);
        }
        let last = self.towns.len() - 1;
        for (stage, name) in [
            ("senior", "第一中学"),
            ("senior", "第二中学"),
            ("nine_year", "实验学校"),
            ("full_secondary", "育才中学"),
            ("vocational", "职业中等专业学校"),
            ("special", "特殊教育学校"),
        ] {
            let division = if stage == "special" { self.code.clone() } else { self.towns[last.min(1)].code.clone() };
            add(stage, format!("{}{name}", self.name), &division, last.min(1));
        }
    }

    fn found_hospitals(&mut self, chance: &mut Chance) {
        let (code, name, index) = (self.code.clone(), self.name.clone(), self.index);
        let mut add = |kind, grade, title: String, division: &str, credit: bool| {
            let n = self.hospitals.len();
            let id = if credit { identity::credit_code(index, n) } else { format!("H{code}{:03}", n + 1) };
            self.hospitals.push(Hospital { id, name: title, kind, grade, division: division.to_owned() });
        };
        let seat = self.towns[0].code.clone();
        add("psychiatric", "2", format!("{name}精神病医院"), &code, true);
        add("general", if index == 0 { "3" } else { "2" }, format!("{name}人民医院"), &seat, true);
        add("general", "2", format!("{name}第二人民医院"), &seat, true);
        add("tcm", "2", format!("{name}中医院"), &code, true);
        add("maternal", "2", format!("{name}妇幼保健院"), &code, true);
        add("general", "1", format!("{name}康宁医院"), &seat, false);
        add("other", "0", format!("{name}疾病预防控制中心"), &code, false);
        for town in &self.towns {
            let (kind, what) = if town.name.ends_with("街道") {
                ("community", "社区卫生服务中心")
            } else {
                ("township", "卫生院")
            };
            add(
                kind,
                if chance.yes(0.8) { "1" } else { "" },
                format!("{}{what}", town.name),
                &town.code,
                chance.yes(0.7),
            );
        }
    }

    fn found_sites(&mut self, chance: &mut Chance, from: i32, as_of: i32) {
        let mut sites: Vec<Site> = Vec::new();
        let code = self.code.clone();
        // A third was built before the period, the others during it, so that rates change from month to month.
        let built = |chance: &mut Chance| {
            if chance.yes(0.45) { chance.between(from - 900, from - 1) } else { chance.between(from, as_of) }
        };
        let mut add =
            |kind, name: String, division: &str, host_unit, status: &'static str, days: (Option<i32>, Option<i32>)| {
                let id = format!("ZD{code}{:05}", sites.len() + 1);
                let (built, closed) = days;
                sites.push(Site { id, name, kind, division: division.to_owned(), host_unit, status, built, closed });
                sites.len() - 1
            };
        let opened = Some(from - chance.between(30, 700));
        self.centre =
            add("county_center", format!("{}心理健康中心", self.name), &self.code, None, "built", (opened, None));
        for town in &self.towns {
            let fate = chance.below(20);
            let (status, days) = match fate {
                0 => ("building", (None, None)),
                _ => ("built", (Some(built(chance)), None)),
            };
            let at = add("town_station", format!("{}社会心理服务站", town.name), &town.code, None, status, days);
            self.town_stations.push(at);
        }
        for village in &self.villages {
            let (status, days) = match chance.below(20) {
                0 => ("planned", (None, None)),
                1 => ("building", (None, None)),
                2 => {
                    let b = built(chance);
                    ("closed", (Some(b), Some(chance.between(b + 30, (b + 900).max(from + 60)))))
                }
                _ => ("built", (Some(built(chance)), None)),
            };
            // A room that closes after `as_of` is still recorded as open.
            let (status, days) = match days.1 {
                Some(closed) if closed > as_of => ("built", (days.0, None)),
                _ => (status, days),
            };
            let name = format!("{}社会心理服务室", village.name);
            let at = add("village_room", name, &village.code, None, status, days);
            self.village_rooms.push(at);
        }
        for (u, unit) in self.units.iter().enumerate() {
            let kind = match unit.kind {
                "petition" if chance.yes(0.6) => "petition_room",
                "care_home" if chance.yes(0.6) => "care_home_site",
                "enterprise" | "government" | "institution" if unit.employees >= 500 && chance.yes(0.6) => {
                    "employer_site"
                }
                "enterprise" if chance.yes(0.1) => "employer_site",
                _ => continue,
            };
            let day = built(chance);
            add(kind, format!("{}心理服务站点", unit.name), &unit.division, Some(u), "built", (Some(day), None));
        }
        for (t, town) in self.towns.iter().enumerate() {
            for (kind, what, every) in [
                ("phc_room", "心理咨询室", 1),
                ("justice_site", "司法所心理服务室", 2),
                ("detox_site", "社区戒毒社区康复工作站", 3),
            ] {
                if t % every == 0 && chance.yes(0.7) {
                    let day = built(chance);
                    add(kind, format!("{}{what}", town.name), &town.code, None, "built", (Some(day), None));
                }
            }
        }
        for (kind, what) in [
            ("custody_site", "看守所心理服务室"),
            ("rescue_site", "救助管理站心理服务室"),
            ("agency_site", "心语社会心理服务中心"),
        ] {
            let day = built(chance);
            add(kind, format!("{}{what}", self.name), &self.code, None, "built", (Some(day), None));
        }
        self.sites = sites;
    }

    /// The site that serves a village on a day: its own room if open, else the town's station, else the county's
    /// centre.
    pub fn site_for(&self, village: usize, on: i32) -> &Site {
        let room = &self.sites[self.village_rooms[village]];
        if room.is_open(on) {
            return room;
        }
        let station = &self.sites[self.town_stations[self.villages[village].town]];
        if station.is_open(on) { station } else { &self.sites[self.centre] }
    }

    /// The county's mental hospital.
    pub fn psychiatric(&self) -> &Hospital {
        &self.hospitals[0]
    }
}

/// The `(code, name)` rows of the reference data, the city first.
pub fn reference_rows(region: &Region) -> Vec<(String, String)> {
    let mut rows = vec![(region.city.clone(), region.city_name.clone())];
    for county in &region.counties {
        rows.push((county.code.clone(), county.name.clone()));
        for town in &county.towns {
            rows.push((town.code.clone(), town.name.clone()));
            rows.extend(county.villages[town.villages.clone()].iter().map(|v| (v.code.clone(), v.name.clone())));
        }
    }
    rows
}

/// The years for which the reference data contain population numbers.
pub fn population_years(region: &Region) -> std::ops::RangeInclusive<i16> {
    day::to_date(region.from).year() - 1..=day::to_date(region.as_of).year()
}
