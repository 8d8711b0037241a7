//! New datasets from declarations alone: what they are is told by their role, and no Rust knows their names.

use std::path::Path;

use serde_json::{Value, json};

use super::hand::{HandStore, sites};
use super::published::{int, table, text};
use super::quality::{self, Fates};
use super::store::{copy_tree, expect, xinhui};

const NO: Fates = Fates { accepted: 0, rejected: 0, duplicate: 0, superseded: 0, void: 0 };

/// A store beside a copy of the declarations.
struct Declared {
    hand: HandStore,
}

impl Declared {
    fn new() -> Self {
        let hand = HandStore::new();
        copy_tree(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas")), &hand.store.path().join("schemas"));
        Declared { hand }
    }

    fn declare(&self, file: &str, text: &str) -> &Self {
        let path = self.hand.store.path().join("schemas").join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.hand.store.path().join("schemas").join(file)).expect("a declaration")
    }

    /// Runs a command with these declarations.
    #[track_caller]
    fn xinhui(&self, args: &[&str], code: i32) -> String {
        let schemas = self.hand.store.path().join("schemas");
        let output = expect(xinhui().args(args).arg("--schemas").arg(schemas).args(["--lang", "en"]), code);
        String::from_utf8(output.stdout).expect("text")
    }

    #[track_caller]
    fn night(&self, code: i32) {
        self.xinhui(&["run", "--config", self.hand.store.config().to_str().expect("a path")], code);
    }

    /// Problems that `xinhui check` finds.
    #[track_caller]
    fn problems(&self) -> String {
        self.xinhui(&["check"], 2)
    }
}

fn field(name: &str, title: &str, ty: &str, required: bool, extra: &Value) -> Value {
    json!({"name": name, "title": title, "type": ty, "constraints": {"required": required}, "xinhui": extra})
}

fn division(name: &str, title: &str) -> Value {
    let rule = json!({"levels": [6, 9, 12], "insideCounty": true, "severity": "error"});
    field(name, title, "string", true, &json!({"role": "division", "division": rule}))
}

/// Care homes with a service point, which their own department exports.
fn care_homes() -> Value {
    json!({
        "name": "care_home",
        "title": "养老机构心理服务点台账",
        "fields": [
            field("home_no", "养老机构编号", "string", true, &json!({"role": "key"})),
            field("home_name", "养老机构名称", "string", true, &json!({"freeText": true})),
            division("place_code", "养老机构区划"),
            field("opened_date", "启用日期", "date", true, &json!({"notAfter": "as_of"})),
            field("closed_date", "停用日期", "date", false, &json!({"notBefore": "opened_date"})),
            field("carers", "护理员数", "integer", false, &json!({})),
        ],
        "primaryKey": ["home_no"],
        "xinhui": {
            "titleEn": "Care homes with a service point",
            "source": "civil_affairs",
            "role": "site",
            "load": "snapshot",
            "personBearing": false,
            "divisionField": "place_code",
            "countsAs": {
                "table": "station_site",
                "fields": {"site_name": "home_name", "built_date": "opened_date", "full_time_staff": "carers"},
                "values": {"site_kind": "care_home_site", "status": "built"},
            },
        },
    })
}

const CARE_HOME_INDICATOR: &str = r#"
[[indicator]]
id = "care_homes_with_staff"
zh = "有护理员的养老机构服务点数"
en = "Care homes whose service point has staff"
unit = "count"
window = "at"
count_of = "site"
levels = ["village", "town", "county", "city"]
datasets = ["care_home"]
definition = "care homes standing at E with staff >= 1"
fact = "standing"
numerator = { rows = true, where = "site_kind = 'care_home_site' AND staff >= 1", counts = "nobody" }
"#;

/// Sites and staff of a kind in a county at the end of 2023.
fn sites_of(hand: &HandStore, kind: &str) -> Option<(i64, i64)> {
    table(&hand.internal().join("rollups/sites")).into_iter().find_map(|b| {
        let here = |row: &usize| {
            text(&b, "division_code", *row) == "370832"
                && text(&b, "period", *row) == "2023"
                && text(&b, "site_kind", *row) == kind
        };
        let row = (0..b.num_rows()).find(here)?;
        Some((int(&b, "sites", row).expect("sites"), int(&b, "staff", row).expect("staff")))
    })
}

#[test]
fn a_new_dataset_of_sites_counts_among_the_sites_and_is_a_place_of_contacts() {
    let declared = Declared::new();
    let hand = &declared.hand;
    declared.declare("tables/care_home.json", &care_homes().to_string());
    declared.declare("indicators/care_homes.toml", CARE_HOME_INDICATOR);
    declared.xinhui(&["check", "--config", hand.store.config().to_str().expect("a path")], 0);
    hand.put("370832/station/站点_20230601.csv", sites(&[("S1", "370832101001"), ("S2", "370832101002")]));
    let homes = "370832/civil_affairs/养老机构_20230601.csv";
    hand.put(
        homes,
        "养老机构编号,养老机构名称,养老机构区划,启用日期,停用日期,护理员数\n\
         H1,松柏苑,370832101002,2021-05-01,,3\nH2,夕阳红,370832101,2022-01-01,2023-02-01,2\nH3,康乐,370832101,2023-03-01,,\n\
         S1,同号,370832101002,2023-03-01,,4\nH5,错地,370811001,2023-03-01,,4\n",
    );
    let contacts = "370832/station/服务_20230701.csv";
    hand.put(
        contacts,
        "记录编号,站点编号,姓名,性别,服务类型,服务日期\n\
         R1,H1,张三丰,男,心理咨询,2023-08-01\nR2,S1,张三丰,男,心理咨询,2023-08-02\nR3,H9,张三丰,男,心理咨询,2023-08-02\n",
    );
    let events = "370832/station/活动_20230701.csv";
    hand.put(
        events,
        "活动编号,站点编号,所在区划代码,活动类型,进入场所,活动日期,参与人数\n\
         A1,H3,370832101,讲座,社区,2023-05-01,30\nA2,H9,370832101,讲座,社区,2023-05-01,30\n",
    );
    declared.night(0);
    assert_eq!(hand.fates(homes), Fates { accepted: 4, rejected: 1, ..NO });
    // H9 is nowhere: a key of either dataset of sites is known, another one is not.
    assert_eq!(hand.fates(contacts), Fates { accepted: 2, rejected: 1, ..NO });
    // Of an activity an unknown site is a warning.
    assert_eq!(hand.fates(events), Fates { accepted: 2, ..NO });
    let orphans: Vec<_> = quality::rejects(&hand.internal()).into_iter().filter(|l| l["code"] == "orphan").collect();
    assert!(orphans.iter().any(|l| l["file"] == contacts && l["record_key"] == "R3"), "{orphans:?}");
    assert!(orphans.iter().all(|l| l["record_key"] != "R1" && l["record_key"] != "A1"), "{orphans:?}");
    assert_eq!(hand.numerator("care_homes_with_staff", "370832"), 2);
    assert_eq!(hand.numerator("care_homes_with_staff", "370832101002"), 2);
    assert_eq!(sites_of(hand, "care_home_site"), Some((3, 7)));
    assert_eq!(sites_of(hand, "village_room"), Some((2, 0)));
    assert_eq!(hand.measure("sites", "3708", "sites"), 5);
    // A contact is counted where its site lies: of a key that both know, at the dataset's own.
    let at = |division: &str| hand.measure("services", division, "contacts");
    assert_eq!((at("370832"), at("370832101001"), at("370832101002")), (2, 1, 1));
    assert_eq!(contacts_of(hand, "station_site"), ["S1 1", "S2 0"]);
    assert_eq!(contacts_of(hand, "care_home"), ["H1 1", "H2 0", "H3 0", "S1 0"]);
    let config = hand.store.config();
    let of_store = ["--config", config.to_str().expect("a path"), "--period", "2023"];
    let listed = ["explain", "post_standard_rate", "--division", "370832", "--list"];
    let listed = declared.xinhui(&[&listed[..], &of_store].concat(), 0);
    assert!(listed.contains("370832/care_home/H1") && listed.contains("370832/station_site/S1"), "{listed}");
    // What was worked out is taken over as long as the places are the same, and no longer.
    hand.put(
        "370832/civil_affairs/养老机构_20230801.csv",
        "养老机构编号,养老机构名称,养老机构区划,启用日期\nH1,松柏苑,370832101001,2021-05-01\n",
    );
    declared.night(0);
    assert_eq!((at("370832"), at("370832101001"), at("370832101002")), (2, 2, 0));
    assert_eq!(sites_of(hand, "care_home_site"), Some((1, 0)));
    // What is explained is plain SQL over both datasets.
    let said = declared.xinhui(&["explain", "care_homes_with_staff", "--sql"], 0);
    assert!(said.contains("UNION ALL") && said.contains("FROM care_home") && !said.contains("$all_"), "{said}");
}

/// Sites of a dataset in `stations`, each with its contacts.
fn contacts_of(hand: &HandStore, dataset: &str) -> Vec<String> {
    let tables = table(&hand.internal().join("stations"));
    let mut sites: Vec<String> = tables
        .iter()
        .flat_map(|b| {
            let of = move |row: &usize| text(b, "dataset", *row) == dataset;
            let site = |row| format!("{} {}", text(b, "site_id", row), int(b, "contacts", row).expect("contacts"));
            (0..b.num_rows()).filter(of).map(site)
        })
        .collect();
    sites.sort();
    sites
}

/// A dataset more is no reason to refuse a night whose files were read and taken away.
#[test]
fn rows_of_a_file_that_is_gone_stand_when_a_dataset_is_added() {
    let declared = Declared::new();
    let hand = &declared.hand;
    let gone = "370832/station/站点_20230601.csv";
    hand.put(gone, sites(&[("S1", "370832101001"), ("S2", "370832101002")]));
    declared.night(0);
    std::fs::remove_file(hand.store.path().join("inbox").join(gone)).expect("removed");
    declared.declare("tables/care_home.json", &care_homes().to_string());
    let config = hand.store.config();
    let said = declared.xinhui(&["run", "--config", config.to_str().expect("a path")], 0);
    assert_eq!(contacts_of(hand, "station_site"), ["S1 0", "S2 0"]);
    assert!(said.contains(gone), "{said}");
}

#[test]
fn the_model_of_persons_names_datasets_that_exist() {
    let declared = Declared::new();
    let model = declared.read("link.toml");
    let wrong = model
        .replace("register = \"hospital_patient\"", "register = \"no_such_register\"")
        .replace("\"school_counselling\"", "\"nursery\"")
        .replace("screening = \"school_screening\"", "screening = \"gone\"");
    declared.declare("link.toml", &wrong);
    let said = declared.problems();
    for name in ["no_such_register", "nursery", "gone"] {
        assert!(said.contains(name), "{name}: {said}");
    }
}

#[test]
fn a_role_and_what_a_site_counts_as_are_checked() {
    let declared = Declared::new();
    let mut homes = care_homes();
    homes["xinhui"]["countsAs"] = json!({
        "table": "station_site",
        "fields": {"built_date": "carers", "no_such": "carers", "site_name": "home_names"},
        "values": {"site_kind": "care_home", "status": 7},
    });
    homes["xinhui"]["load"] = json!("upsert");
    declared.declare("tables/care_home.json", &homes.to_string());
    let patients =
        declared.read("tables/hospital_patient.json").replace("\"role\": \"register\"", "\"role\": \"contacts\"");
    declared.declare("tables/hospital_patient.json", &patients);
    let police = declared.read("tables/police_incident.json").replace("\"role\": \"event\"", "\"role\": \"contact\"");
    declared.declare("tables/police_incident.json", &police);
    let rule = declared.read("facts/window/managed_prorata.sql").replace("= prorata", "= month_gap");
    declared.declare("facts/window/managed_prorata.sql", &rule);
    let norms = declared.read("norms.toml").replace("managed_rule = \"month_gap\"", "managed_rule = \"often\"");
    declared.declare("norms.toml", &norms);
    let said = declared.problems();
    for problem in [
        "tables/care_home.json: countsAs: `station_site` has no field `no_such`",
        "tables/care_home.json: countsAs: there is no field `home_names`",
        "tables/care_home.json: countsAs: `carers` is of another type or code list than `station_site.built_date`",
        "tables/care_home.json: countsAs: \"care_home\" is no value of `site_kind`",
        "tables/care_home.json: countsAs: 7 is no value of `status`",
        "tables/care_home.json: countsAs: `station_site.site_name` is required, and has neither field nor value",
        "tables/care_home.json: a table of the role `site` is sent whole: `load` is `snapshot`",
        "tables/hospital_patient.json: unknown variant `contacts`",
        "tables/police_incident.json: a table of the role `contact` bears persons",
        "facts/window/managed_prorata.sql: is not the only choice for `managed` where managed_rule = month_gap",
        "norms.toml: `managed_rule` is `often`, which no fact is for: interval, month_gap, month_gap, visits_and_checkup",
    ] {
        assert!(said.contains(problem), "not found: {problem}\nin:\n{said}");
    }
}

#[test]
fn a_new_rule_of_who_is_managed_is_a_file_and_a_word() {
    let declared = Declared::new();
    declared.declare(
        "facts/window/seen_at_all.sql",
        "-- Managed: seen at all in the twelve months.\n-- by: person\n-- choice: managed, managed_rule = seen\n\
         SELECT DISTINCT person_key FROM seen\n",
    );
    let hand = &declared.hand;
    hand.store.edit_config("max_rejected_share", "norms.managed_rule = \"seen\"\nmax_rejected_share");
    hand.put(
        "370832/hospital/名册_20231201.csv",
        "患者编号,姓名,性别,出生日期,管理地区划代码,诊断编码,建档日期,居住状况\n\
         P1,王建国,1,1960-01-02,370832101001,F20.0,2020-01-01,home\nP2,李秀英,2,1971-05-06,370832101001,F20.0,2020-01-01,home\n",
    );
    hand.put(
        "370832/hospital/随访_20231201.csv",
        "随访编号,患者编号,随访日期,随访方式,危险性评估\nF1,P1,2023-02-01,home,0\n",
    );
    declared.night(0);
    assert_eq!(hand.numerator("smi_standard_management_rate", "370832"), 1);
}

#[test]
fn a_new_norm_is_a_value_of_the_declarations_and_a_config_may_override_it() {
    let declared = Declared::new();
    let norms = declared.read("norms.toml").replacen("\n[about]", "fewest_visits = 2\n\n[about]", 1);
    declared.declare("norms.toml", &(norms + "fewest_visits = { least = 1 }\n"));
    declared.declare(
        "facts/window/seen_enough.sql",
        "-- Managed: seen so often in the twelve months.\n-- by: person\n-- choice: managed, managed_rule = often\n\
         SELECT person_key FROM seen GROUP BY person_key HAVING COUNT(*) >= $fewest_visits\n",
    );
    let hand = &declared.hand;
    hand.store.edit_config("max_rejected_share", "norms.managed_rule = \"often\"\nmax_rejected_share");
    hand.put(
        "370832/hospital/名册_20231201.csv",
        "患者编号,姓名,性别,出生日期,管理地区划代码,诊断编码,建档日期,居住状况\n\
         P1,王建国,1,1960-01-02,370832101001,F20.0,2020-01-01,home\nP2,李秀英,2,1971-05-06,370832101001,F20.0,2020-01-01,home\n",
    );
    hand.put(
        "370832/hospital/随访_20231201.csv",
        "随访编号,患者编号,随访日期,随访方式,危险性评估\nF1,P1,2023-02-01,home,0\nF2,P1,2023-03-01,home,0\n\
         F3,P2,2023-03-01,home,0\n",
    );
    declared.night(0);
    let managed = || hand.numerator("smi_standard_management_rate", "370832");
    assert_eq!(managed(), 1);
    for (value, said) in [
        ("0", "`fewest_visits` must be at least 1"),
        ("\"often\"", "`fewest_visits` is \"often\", which is not a whole number from 0"),
    ] {
        hand.store.edit_config("max_rejected_share", &format!("norms.fewest_visits = {value}\nmax_rejected_share"));
        let config = hand.store.config();
        let problems = declared.xinhui(&["check", "--config", config.to_str().expect("a path")], 2);
        assert!(problems.contains(said), "{said}:\n{problems}");
        hand.store.edit_config(&format!("norms.fewest_visits = {value}\n"), "");
    }
    hand.store.edit_config("max_rejected_share", "norms.fewest_visits = 1\nmax_rejected_share");
    declared.night(0);
    assert_eq!(managed(), 2);
    declared.declare("norms.toml", &(declared.read("norms.toml") + "no_norm = { codes = \"room\" }\n"));
    let said = declared.problems();
    assert!(said.contains("norms.toml: [about] names `no_norm`, which is no norm"), "{said}");
}

/// People whom a department visits at home, from the day on which it takes them on.
fn home_care() -> Value {
    let identity = |name: &str, title: &str, ty: &str, required: bool, extra: Value| {
        let mut of = json!({"role": format!("identity.{name}")});
        of.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        field(name, title, ty, required, &of)
    };
    json!({
        "name": "home_care",
        "title": "居家照护名册",
        "fields": [
            field("care_no", "照护编号", "string", true, &json!({"role": "key"})),
            identity("name", "姓名", "string", true, json!({"freeText": true})),
            identity("id_type", "证件类型", "string", false, json!({"codes": "id_type"})),
            identity("id_number", "证件号码", "string", false, json!({"kind": "id_number"})),
            identity("sex", "性别", "string", true, json!({"codes": "sex", "kind": "sex"})),
            identity("birth_date", "出生日期", "date", false, json!({"partial": true, "kind": "birth_date"})),
            identity("phone", "联系电话", "string", false, json!({"kind": "phone"})),
            identity("residence_code", "现住址区划代码", "string", false, json!({
                "division": {"levels": [2, 4, 6, 9, 12], "insideCounty": false, "severity": "warning"},
            })),
            identity("address", "现住址", "string", false, json!({"freeText": true})),
            division("care_code", "照护地区划代码"),
            field("taken_on_date", "建立照护日期", "date", true, &json!({"role": "event_date", "notAfter": "as_of"})),
        ],
        "primaryKey": ["care_no"],
        "xinhui": {
            "titleEn": "People cared for at home",
            "source": "disabled_federation",
            "role": "register",
            "load": "snapshot",
            "personBearing": true,
            "eventDate": "taken_on_date",
            "divisionField": "care_code",
        },
    })
}

/// Visits to them; whom a row is about stands in the register.
fn home_visits() -> Value {
    json!({
        "name": "home_visit",
        "title": "居家照护上门记录",
        "fields": [
            field("visit_no", "上门编号", "string", true, &json!({"role": "key"})),
            field("care_no", "照护编号", "string", true, &json!({})),
            field("came_date", "上门日期", "date", true, &json!({
                "role": "event_date",
                "notBeforeParent": {"foreignKey": "care_no", "field": "taken_on_date"},
            })),
        ],
        "primaryKey": ["visit_no"],
        "foreignKeys": [{
            "fields": ["care_no"],
            "reference": {"resource": "home_care", "fields": ["care_no"]},
            "xinhui": {"scope": "county", "severity": "error"},
        }],
        "xinhui": {
            "titleEn": "Visits at home",
            "source": "disabled_federation",
            "role": "event",
            "load": "upsert",
            "personBearing": false,
            "eventDate": "came_date",
        },
    })
}

const VISITED_INDICATOR: &str = r#"
[[indicator]]
id = "home_care_visited_rate"
zh = "居家照护上门率"
en = "People cared for at home who were visited"
unit = "percent"
window = "t12m"
count_of = "person"
levels = ["town", "county", "city"]
datasets = ["home_care", "home_visit"]
definition = "people on the register at E with a visit in t12m / people on the register at E"
fact = "cared_for"
numerator = { distinct = "person_key", where = "visited", counts = "persons" }
denominator = { distinct = "person_key", counts = "persons" }
"#;

#[test]
fn a_new_register_has_its_people_linked_and_its_visits_followed() {
    let declared = Declared::new();
    let hand = &declared.hand;
    declared.declare("tables/home_care.json", &home_care().to_string());
    declared.declare("tables/home_visit.json", &home_visits().to_string());
    declared.declare(
        "facts/base/home_care_place.sql",
        "-- People cared for at home, at their place.\n-- by: county\n\
         SELECT h.person_key, h._county, h.care_no, d.village, d.town, d.county, d.city, h.taken_on_day\n\
         FROM home_care AS h\nJOIN place AS d ON d.code = h.care_code\n",
    );
    declared.declare(
        "facts/base/home_visited.sql",
        "-- Visits with the person of the register.\n-- day: came_day\n-- by: county\n\
         SELECT h.person_key, v.came_day\nFROM home_visit AS v\n\
         JOIN home_care AS h ON h._county = v._county AND h.care_no = v.care_no\n",
    );
    declared.declare(
        "facts/window/cared_for.sql",
        "-- People cared for at the end of the window, with whether they were visited.\n-- by: person\n\
         SELECT c.person_key, c.village, c.town, c.county, c.city,\n\
         CASE WHEN v.person_key IS NULL THEN FALSE ELSE TRUE END AS visited\nFROM home_care_place AS c\n\
         LEFT JOIN (SELECT DISTINCT person_key FROM home_visited WHERE came_day >= $t12m_day AND came_day <= $e_day) AS v\n\
         ON v.person_key = c.person_key\nWHERE c.taken_on_day <= $e_day\n",
    );
    declared.declare("indicators/home_care.toml", VISITED_INDICATOR);
    declared.xinhui(&["check", "--config", hand.store.config().to_str().expect("a path")], 0);
    let head = "照护编号,姓名,性别,出生日期,证件号码,照护地区划代码,建立照护日期\n";
    // One person under two numbers, in two villages, and one whom the patients' register knows, too.
    let (one, two) = ("370832/disabled_federation/照护_20230601.csv", "370832/disabled_federation/照护_20231201.csv");
    let id = "990101196001020010";
    let first = format!(
        "{head}C1,王建国,1,1960-01-02,{id},370832101001,2022-01-01\nC2,王建国,1,1960-01-02,{id},370832101002,2022-03-01\n\
         C3,李秀英,2,1971-05-06,,370832101001,2022-01-01\n"
    );
    hand.put(one, &first);
    hand.put(
        "370832/hospital/名册_20231201.csv",
        format!(
            "患者编号,姓名,性别,出生日期,证件号码,管理地区划代码,诊断编码,建档日期,居住状况\n\
             P1,王建国,1,1960-01-02,{id},370832101001,F20.0,2020-01-01,home\n"
        ),
    );
    let visits = "370832/disabled_federation/上门_20231201.csv";
    hand.put(visits, "上门编号,照护编号,上门日期\nV1,C2,2023-05-01\nV2,C9,2023-05-01\nV3,C3,2021-05-01\n");
    declared.night(0);
    assert_eq!(hand.fates(one), Fates { accepted: 3, ..NO });
    assert_eq!(hand.fates(visits), Fates { accepted: 2, rejected: 1, ..NO });
    let rate = |division: &str| {
        let rows = super::published::indicators(&hand.internal());
        let of = |r: &&crate::reference::indicators::IndicatorRow| {
            r.indicator == "home_care_visited_rate" && r.division_code == division
        };
        let row = rows.iter().filter(of).find(|r| r.period == "2023").expect("a row");
        (row.numerator, row.denominator)
    };
    assert_eq!(rate("370832"), (1, Some(2)));
    let persons = std::fs::read_to_string(hand.store.path().join("store/current/manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_str(&persons).expect("JSON");
    assert_eq!(manifest["persons"], 2);
    // A newer export replaces the list: C3 left it.
    hand.put(two, first.lines().take(3).map(|line| format!("{line}\n")).collect::<String>());
    declared.night(0);
    assert_eq!((hand.fates(one), rate("370832")), (Fates { duplicate: 2, superseded: 1, ..NO }, (1, Some(1))));
    // One that lost most of its people is held back.
    let many: String =
        (0..30).map(|n| format!("D{n},赵敏,2,19{:02}-01-01,,370832101001,2022-01-01\n", 50 + n)).collect();
    let (large, small) =
        ("370832/disabled_federation/照护_20231210.csv", "370832/disabled_federation/照护_20231220.csv");
    hand.put(large, format!("{head}{many}"));
    hand.put(small, format!("{head}{}", many.lines().take(3).map(|line| format!("{line}\n")).collect::<String>()));
    declared.night(1);
    assert_eq!(hand.fates(small), Fates { superseded: 3, ..NO });
    assert_eq!(rate("370832").1, Some(30));
    let shrunk = quality::rejects(&hand.internal()).into_iter().filter(|l| l["code"] == "register-shrunk").count();
    assert_eq!(shrunk, 1);
}
