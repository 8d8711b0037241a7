//! What a new store needs, in one folder: config, key, folders of the counties, divisions, a sheet for the population,
//! and what the system's scheduler takes.

mod config_text;
mod meant_city;
mod new_store;
mod population_sheet;
mod services;

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, Words, words};
use crate::pipeline::config::Config;
use crate::pipeline::readiness::of_tree;
use crate::pipeline::reference_data::divisions_of;
use crate::schema::divisions::{Divisions, Level};
use crate::schema::known_divisions::{known_cities, known_divisions};
use crate::schema::{Schemas, Source};
use crate::store::key::SecretKey;
use crate::store::private_file;
use meant_city::meant_city;
pub use new_store::NewStore;
use services::Service;
pub use services::in_shell;

/// What was made.
#[derive(Debug)]
pub struct MadeStore {
    pub dir: PathBuf,
    pub city_name: String,
    /// `(code, name)`
    pub counties: Vec<(String, String)>,
    pub divisions: usize,
    pub user: String,
}

/// Makes the folder of a new store. It appears under its name when it is complete, or not at all.
///
/// # Errors
/// `Usage` if the folder is in use, or the city or a county is unknown; `Schema` if the given file of divisions is
/// faulty; `Output` if something cannot be written.
pub fn make(new: &NewStore<'_>, schemas: &Schemas, schemas_dir: Option<&Path>) -> Result<MadeStore> {
    let dir = std::path::absolute(new.dir).map_err(|e| Error::output(new.dir, e))?;
    if fs::symlink_metadata(&dir).is_ok() && !fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_none()) {
        return Err(Error::usage(
            dir.display(),
            words!("已有内容，不能在此新建", "is in use: a store is made in a new or an empty folder"),
        )
        .hint(words!("请另指定一个新的或空的文件夹", "name another folder")));
    }
    if dir.to_string_lossy().contains(char::is_control) {
        return Err(Error::usage(dir.display(), words!("路径中有控制字符", "the path holds control characters")));
    }
    let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let partial = dir.with_file_name(format!(".{name}.partial-{}", std::process::id()));
    let made = fill(new, &dir, &partial, schemas, schemas_dir)
        .and_then(|made| fs::rename(&partial, &dir).map_err(|e| Error::output(&dir, e)).map(|()| made));
    if made.is_err() {
        let _ = fs::remove_dir_all(&partial);
    }
    made
}

fn fill(
    new: &NewStore<'_>,
    dir: &Path,
    partial: &Path,
    schemas: &Schemas,
    schemas_dir: Option<&Path>,
) -> Result<MadeStore> {
    // Others of the account's group may look at what is published; inbox, log and key are closed below.
    fs::create_dir_all(partial).map_err(|e| Error::output(partial, e))?;
    let closed = |folder: &str| {
        let folder = partial.join(folder);
        private_file::make_dirs(&folder).map_err(|e| Error::output(&folder, e))
    };
    ["inbox", "log"].into_iter().try_for_each(closed)?;
    SecretKey::create(&partial.join("xinhui.key"))?;
    let reference = partial.join("reference");
    fs::create_dir_all(&reference).map_err(|e| Error::output(&reference, e))?;
    if let Some(given) = new.divisions {
        let file = given.file_name().ok_or_else(|| Error::usage(given.display(), words!("不是文件", "is no file")))?;
        fs::copy(given, reference.join(file)).map_err(|e| Error::input(given, e))?;
    } else {
        write(&reference.join("divisions.csv"), &built_in_divisions(new, schemas)?)?;
    }
    let config_path = partial.join("xinhui.toml");
    // The plans are laid over whatever they name; the city's name is known after the divisions are read.
    write(&config_path, &config_text::config(new, ""))?;
    let config = Config::read(&config_path, schemas)?;
    let divisions = divisions_of(&config, schemas, schemas_dir).map_err(|e| of_given(e, new, schemas))?;
    if let (Some(given), Some(problem)) = (new.divisions, of_tree(&config, &divisions).into_iter().next()) {
        return Err(Error::usage(given.display(), problem.message));
    }
    let city_name = divisions.name(new.city).unwrap_or_default().to_owned();
    write(&config_path, &config_text::config(new, &city_name))?;

    let counties = counties(new, &divisions)?;
    for (county, _) in &counties {
        for source in Source::as_told(&schemas.sources()) {
            closed(&format!("inbox/{county}/{}", source.as_str()))?;
        }
    }
    let sheet = partial.join(population_sheet::file_name(new.lang));
    population_sheet::write(&sheet, &divisions, schemas, new)?;
    let service = Service { dir, user: new.user, program: new.program, at: new.at };
    for (file, text) in service.files() {
        let path = partial.join("ops").join(file);
        write(&path, &text)?;
        #[cfg(unix)]
        if file.ends_with(".sh") {
            let runnable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs::set_permissions(&path, runnable).map_err(|e| Error::output(&path, e))?;
        }
    }
    Ok(MadeStore {
        dir: dir.to_owned(),
        city_name,
        counties,
        divisions: divisions.iter().count(),
        user: new.user.to_owned(),
    })
}

/// A fault of the given divisions, told of the file that was given: its copy is gone by then.
fn of_given(e: Error, new: &NewStore<'_>, schemas: &Schemas) -> Error {
    let Some(given) = new.divisions else { return e };
    let table = schemas.table("division");
    let titles: Vec<&str> = table.map(|t| t.fields.iter().map(|f| f.title.as_str()).collect()).unwrap_or_default();
    let names: Vec<&str> = table.map(|t| t.fields.iter().map(|f| f.name.as_str()).collect()).unwrap_or_default();
    let (titles, names) = (titles.join(", "), names.join(", "));
    let columns = titles.replace(", ", "、");
    Error::usage(given.display(), e.without_place()).hint(Words::new(
        format!("须有 {columns} 两列，列出市本身和各县、乡镇、村"),
        format!(
            "it needs the columns {titles} (or {names}), with the city itself and its counties, towns and villages"
        ),
    ))
}

/// The counties to make folders for.
fn counties(new: &NewStore<'_>, divisions: &Divisions) -> Result<Vec<(String, String)>> {
    let all: Vec<(String, String)> =
        divisions.of_level(Level::County).map(|(code, name)| (code.to_owned(), name.to_owned())).collect();
    if let Some(unknown) = new.counties.iter().find(|c| !all.iter().any(|(code, _)| code == *c)) {
        return Err(unknown_county(unknown, new.city, &all));
    }
    let chosen = |code: &String| new.counties.is_empty() || new.counties.contains(code);
    Ok(all.into_iter().filter(|(code, _)| chosen(code)).collect())
}

fn unknown_county(unknown: &str, city: &str, all: &[(String, String)]) -> Error {
    let list = listed(all);
    Error::usage("--counties", words!("{city} 没有区县 `{unknown}`", "`{unknown}` is no county of the city {city}"))
        .hint(words!("有：", "there are ").and(&list))
}

fn unknown_city(given: &str) -> Error {
    let cities: Vec<(String, String)> =
        known_cities().into_iter().map(|(code, name)| (code, name.to_owned())).collect();
    let known = listed(&cities);
    let all = Words::new(
        format!("内置的有：{}；其他市请用 --divisions 给出区划文件（区划代码、区划名称两列）", known.zh),
        format!("built in are {}; for another one give a file of codes and names with --divisions", known.en),
    );
    Error::usage(
        "--city",
        words!("`{given}` 不是内置区划的市", "`{given}` is none of the cities whose divisions are built in"),
    )
    .hint(meant_city(given).map_or_else(Words::default, |meant| meant.and(&words!("。", "; "))).and(&all))
}

/// Codes with names.
fn listed(divisions: &[(String, String)]) -> Words {
    Words::listed(&divisions.iter().map(|(code, name)| format!("{code} {name}")).collect::<Vec<_>>())
}

/// The built-in divisions of the city as a file of the reference folder.
fn built_in_divisions(new: &NewStore<'_>, schemas: &Schemas) -> Result<String> {
    let of_city: Vec<(String, &str)> = known_divisions().filter(|(code, _)| code.starts_with(new.city)).collect();
    if new.city.len() != 4 || of_city.is_empty() {
        return Err(unknown_city(new.city));
    }
    let counties: Vec<(String, String)> =
        of_city.iter().filter(|(c, _)| c.len() == 6).map(|(c, name)| (c.clone(), (*name).to_owned())).collect();
    if let Some(unknown) = new.counties.iter().find(|c| !counties.iter().any(|(code, _)| code == *c)) {
        return Err(unknown_county(unknown, new.city, &counties));
    }
    let wanted = |code: &str| {
        new.counties.is_empty() || code.len() == 4 || new.counties.iter().any(|county| code.starts_with(county))
    };
    let title = |field: &str| {
        let table = schemas.table("division");
        table.and_then(|t| t.field(field)).map_or_else(|| field.to_owned(), |f| f.title.clone())
    };
    // With a mark, so that a spreadsheet program takes it for UTF-8.
    let mut text = format!("\u{feff}{},{}\n", title("code"), title("name"));
    for (code, name) in of_city.iter().filter(|(code, _)| wanted(code)) {
        text.push_str(&format!("{code},{name}\n"));
    }
    Ok(text)
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|e| Error::output(folder, e))?;
    }
    fs::write(path, text).map_err(|e| Error::output(path, e))
}
