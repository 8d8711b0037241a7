//! Where declarations come from: compiled into the binary, or a folder that replaces them.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::error::{Error, Result, words};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/schemas");

/// Declaration files by path below `schemas/`, such as `tables/school_site.json`.
#[derive(Clone, Debug)]
pub struct SchemaFiles {
    /// `schemas/` or the folder given, for messages.
    pub origin: String,
    pub files: BTreeMap<String, String>,
}

impl SchemaFiles {
    /// The declarations compiled into the binary.
    pub fn embedded() -> Self {
        let mut files = BTreeMap::new();
        collect_embedded(&EMBEDDED, &mut files);
        SchemaFiles { origin: "schemas".to_owned(), files }
    }

    /// The declarations of a folder, instead of the compiled ones.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Schema`] when the folder cannot be read or a file is not UTF-8.
    pub fn read(dir: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        collect_folder(dir, dir, &mut files)?;
        if files.is_empty() {
            return Err(Error::schema(dir.display(), words!("其中没有定义文件", "holds no declaration")).hint(words!(
                "请复制项目的 `schemas` 文件夹，在副本上修改",
                "copy the `schemas` folder of the project and change the copy"
            )));
        }
        Ok(SchemaFiles { origin: dir.display().to_string(), files })
    }

    /// Files directly inside a folder, such as `tables`.
    pub fn inside<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.rsplit_once('/').is_some_and(|(parent, _)| parent == folder))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

fn collect_embedded(dir: &Dir<'_>, files: &mut BTreeMap<String, String>) {
    for file in dir.files() {
        if let Some(text) = file.contents_utf8() {
            files.insert(file.path().to_string_lossy().replace('\\', "/"), text.to_owned());
        }
    }
    for sub in dir.dirs() {
        collect_embedded(sub, files);
    }
}

fn collect_folder(root: &Path, dir: &Path, files: &mut BTreeMap<String, String>) -> Result<()> {
    let wrong = |e: std::io::Error| Error::schema(dir.display(), words!("无法读取", "cannot be read")).caused_by(e);
    for entry in std::fs::read_dir(dir).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.')) {
            continue;
        }
        if path.is_dir() {
            collect_folder(root, &path, files)?;
        } else {
            let text = std::fs::read_to_string(&path).map_err(|e| {
                Error::schema(path.display(), words!("无法按 UTF-8 文本读取", "is not readable as UTF-8 text"))
                    .caused_by(e)
            })?;
            let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
            files.insert(name, text);
        }
    }
    Ok(())
}
