//! The source as files that use each other, and its functions, read from the text alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;

/// Modules by path (`link::engine::score`), with what each names.
pub struct Source {
    modules: BTreeMap<String, Module>,
}

#[derive(Default)]
struct Module {
    code: String,
    /// What a `use` brought in, by its name here: the path from the crate on.
    imports: BTreeMap<String, Vec<String>>,
    /// Those of them that are handed on, and modules that are handed on whole.
    handed_on: BTreeMap<String, Vec<String>>,
    handed_on_whole: Vec<Vec<String>>,
}

/// A function and its measures.
#[derive(Debug)]
pub struct Function {
    pub name: String,
    /// From its signature to its last brace.
    pub lines: usize,
    /// Without `self`.
    pub parameters: usize,
}

/// Code without comments and without what stands in quotes; lines stay lines.
pub fn bare(text: &str) -> String {
    let c: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    let blank = |out: &mut String, part: &[char]| out.extend(part.iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
    while i < c.len() {
        let from = i;
        let at = |k: usize| c.get(k).copied().unwrap_or('\0');
        let is_word = |k: usize| k > 0 && (c[k - 1].is_alphanumeric() || c[k - 1] == '_');
        if at(i) == '/' && at(i + 1) == '/' {
            while i < c.len() && c[i] != '\n' {
                i += 1;
            }
        } else if at(i) == '/' && at(i + 1) == '*' {
            while i < c.len() && !(c[i] == '*' && at(i + 1) == '/') {
                i += 1;
            }
            i += 2;
        } else if at(i) == 'r'
            && !is_word(i)
            && (at(i + 1) == '"' || (at(i + 1) == '#' && matches!(at(i + 2), '"' | '#')))
        {
            let hashes = c[i + 1..].iter().take_while(|c| **c == '#').count();
            i += hashes + 2;
            while i < c.len()
                && !(c[i] == '"' && c[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes)
            {
                i += 1;
            }
            i += 1 + hashes;
        } else if at(i) == '"' {
            i += 1;
            while i < c.len() && c[i] != '"' {
                i += if c[i] == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if at(i) == '\'' && at(i + 1) == '\\' {
            i += 3;
            while i < c.len() && c[i] != '\'' {
                i += 1;
            }
            i += 1;
        } else if at(i) == '\'' && at(i + 2) == '\'' {
            i += 3;
        } else {
            out.push(c[i]);
            i += 1;
            continue;
        }
        blank(&mut out, &c[from..i.min(c.len())]);
    }
    out
}

/// The paths of a `use` with braces, one by one.
fn each_path(text: &str) -> Vec<String> {
    let text = text.trim();
    let Some(open) = text.find('{') else { return vec![text.to_owned()] };
    let close = text.rfind('}').unwrap_or(text.len());
    let (before, inside) = (text[..open].trim(), &text[open + 1..close]);
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in inside.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 {
            parts.push(String::new());
        } else {
            parts.last_mut().expect("one at least").push(c);
        }
    }
    let parts = parts.iter().filter(|p| !p.trim().is_empty());
    parts.flat_map(|p| each_path(p)).map(|p| format!("{before}{p}")).collect()
}

fn segments(path: &str) -> Vec<String> {
    path.split("::").map(|s| s.trim().to_owned()).collect()
}

impl Source {
    /// Reads all files below `src`; `main.rs` and `lib.rs` are not among them.
    pub fn read(src: &Path, files: &[std::path::PathBuf]) -> Self {
        let mut source = Source { modules: BTreeMap::new() };
        for path in files {
            let below = path.strip_prefix(src).expect("below src").with_extension("");
            let name = below.to_string_lossy().replace('/', "::");
            let name = name.strip_suffix("::mod").unwrap_or(&name).to_owned();
            if name != "main" && name != "lib" {
                let code = bare(&std::fs::read_to_string(path).expect("a source file"));
                source.modules.insert(name, Module { code, ..Module::default() });
            }
        }
        let line = Regex::new(r"(?m)^\s*(pub(?:\([a-z ]+\))?\s+)?use\s+([^;]+);").unwrap();
        let names: Vec<String> = source.modules.keys().cloned().collect();
        for name in names {
            let code = source.modules[&name].code.clone();
            for found in line.captures_iter(&code) {
                for path in each_path(&found[2]) {
                    let (path, renamed) = path.split_once(" as ").map_or((path.as_str(), None), |(p, r)| (p, Some(r)));
                    let Some(mut path) = source.rooted_path(&name, segments(path)) else { continue };
                    let is_whole = path.last().is_some_and(|l| l == "*");
                    if is_whole || path.last().is_some_and(|l| l == "self") {
                        path.pop();
                    }
                    let module = source.modules.get_mut(&name).expect("a module");
                    let hands_on = found.get(1).is_some();
                    if is_whole {
                        module.handed_on_whole.extend(hands_on.then_some(path));
                        continue;
                    }
                    let here =
                        renamed.map_or_else(|| path.last().cloned().unwrap_or_default(), |r| r.trim().to_owned());
                    if hands_on {
                        module.handed_on.insert(here.clone(), path.clone());
                    }
                    module.imports.insert(here, path);
                }
            }
            let rest = line.replace_all(&code, "").into_owned();
            source.modules.get_mut(&name).expect("a module").code = rest;
        }
        source
    }

    /// A path as from the crate on; `None` where it leads out of it or begins with a name from here.
    fn rooted_path(&self, module: &str, path: Vec<String>) -> Option<Vec<String>> {
        let mut at = segments(module);
        match path[0].as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([at, path[1..].to_vec()].concat()),
            "super" => {
                let ups = path.iter().take_while(|s| *s == "super").count();
                at.truncate(at.len().saturating_sub(ups));
                Some([at, path[ups..].to_vec()].concat())
            }
            first => {
                let child = format!("{module}::{first}");
                self.modules.contains_key(&child).then(|| [at, path].concat())
            }
        }
    }

    /// The module that a path leads to, through what others hand on.
    fn module_of(&self, path: &[String], steps: usize) -> Option<String> {
        let mut count = path.len();
        while count > 0 && !self.modules.contains_key(&path[..count].join("::")) {
            count -= 1;
        }
        let name = path[..count].join("::");
        let module = self.modules.get(&name)?;
        let Some(item) = path.get(count).filter(|_| steps < 8) else { return Some(name) };
        if let Some(further) = module.handed_on.get(item) {
            return self.module_of(&[further.clone(), path[count + 1..].to_vec()].concat(), steps + 1);
        }
        for whole in &module.handed_on_whole {
            let further = self.modules.get(&whole.join("::")).is_some_and(|m| m.declares(item));
            if further {
                return Some(whole.join("::"));
            }
        }
        Some(name)
    }

    /// Which files each file uses. What a file hands on is used by those who name it; a folder that is named as a
    /// whole is used as far as what is named of it.
    pub fn uses(&self) -> BTreeMap<String, BTreeSet<String>> {
        let path = Regex::new(r"[A-Za-z_]\w*(?:::[A-Za-z_]\w*)+").unwrap();
        let mut uses = BTreeMap::new();
        for (name, module) in &self.modules {
            let mut to = BTreeSet::new();
            for (here, imported) in &module.imports {
                let is_module = self.modules.contains_key(&imported.join("::"));
                if !is_module && !module.handed_on.contains_key(here) {
                    to.extend(self.module_of(imported, 0));
                }
            }
            for found in path.find_iter(&module.code) {
                let named = segments(found.as_str());
                let whole = match module.imports.get(&named[0]) {
                    Some(imported) => Some([imported.clone(), named[1..].to_vec()].concat()),
                    None => self.rooted_path(name, named),
                };
                to.extend(whole.and_then(|path| self.module_of(&path, 0)));
            }
            to.remove(name);
            uses.insert(name.clone(), to);
        }
        uses
    }
}

impl Module {
    fn declares(&self, item: &str) -> bool {
        let words = ["const", "static", "fn", "struct", "enum", "trait", "type"];
        words.iter().any(|word| self.code.contains(&format!("pub {word} {item}")))
    }
}

/// Groups of files each of which leads to each other of its group.
pub fn circles(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reach = |from: &str| {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            for to in uses.get(at).into_iter().flatten() {
                if seen.insert(to) {
                    open.push(to);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> = uses.keys().map(|name| (name.as_str(), reach(name))).collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut circles = Vec::new();
    for (name, of) in &reached {
        if of.contains(name) && !told.contains(name) {
            let group: Vec<&str> =
                of.iter().copied().filter(|other| reached.get(other).is_some_and(|back| back.contains(name))).collect();
            told.extend(&group);
            circles.push(group.into_iter().map(str::to_owned).collect());
        }
    }
    circles
}

/// Parts of a text between commas that no bracket holds.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut depth, mut before) = (0, ' ');
    for c in text.chars() {
        match c {
            '(' | '[' | '{' | '<' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '>' if !matches!(before, '-' | '=') => depth -= 1,
            _ => {}
        }
        before = c;
        if c == ',' && depth == 0 {
            parts.push(String::new());
        } else {
            parts.last_mut().expect("one at least").push(c);
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Where the bracket that a text begins with is closed.
fn closed(text: &str, open: char, close: char) -> Option<usize> {
    let (mut depth, mut before) = (0, ' ');
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close && !(c == '>' && matches!(before, '-' | '=')) {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
        before = c;
    }
    None
}

/// All functions with a body.
pub fn functions(text: &str) -> Vec<Function> {
    let code = bare(text);
    let begin = Regex::new(r"\bfn\s+(\w+)").unwrap();
    let measured = |found: regex::Captures<'_>| {
        let mut at = found.get(0)?.end();
        if code[at..].starts_with('<') {
            at += closed(&code[at..], '<', '>')? + 1;
        }
        let end = at + closed(&code[at..], '(', ')')?;
        let is_self = |part: &String| part.split(':').next().is_some_and(|name| name.trim_end().ends_with("self"));
        let parameters = parts(&code[at + 1..end]).iter().filter(|part| !is_self(part)).count();
        let body = end + code[end..].find(['{', ';']).filter(|k| code[end + k..].starts_with('{'))?;
        let last = body + closed(&code[body..], '{', '}')?;
        let lines = code[found.get(0)?.start()..=last].lines().count();
        Some(Function { name: found[1].to_owned(), lines, parameters })
    };
    begin.captures_iter(&code).filter_map(measured).collect()
}
