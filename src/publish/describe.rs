//! What lies beside the tables of an edition to say what they hold: a data package for programs, a data dictionary
//! for people. They follow from the catalogue and the tables alone.

use std::fs;
use std::path::Path;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use sha2::{Digest, Sha256};

use super::{ManifestDescription, ManifestOutput, WrittenFiles};
use crate::catalogue::{Catalogue, DataPackage, Edition, Resource, edition_dictionary};
use crate::diag::Lang;
use crate::error::{Error, Result};
use crate::store::hex;

/// Ending of the pages in a language.
const PAGES: [(Lang, &str); 2] = [(Lang::Zh, ".zh-CN"), (Lang::En, "")];

/// Describes the tables of an edition that were written below `snapshot`, and notes it; `as_of` is an ISO date.
pub fn describe(
    snapshot: &Path,
    catalogue: &Catalogue,
    edition: Edition,
    as_of: &str,
    written: &mut WrittenFiles,
) -> Result<()> {
    let outputs = &written.outputs;
    let folder = edition.folder();
    let mut files =
        vec![(format!("{folder}/datapackage.json"), data_package(snapshot, catalogue, edition, outputs, as_of)?)];
    let holds = |path: &str| outputs.iter().any(|output| output.path == path);
    files.extend(pages(catalogue, edition, holds).map(|(name, text)| (format!("{folder}/{name}"), text)));
    let write = |(path, text): (String, String)| {
        let at = snapshot.join(&path);
        fs::write(&at, &text).map_err(|e| Error::output(&at, e))?;
        Ok(ManifestDescription { path, sha256: hex(&Sha256::digest(text.as_bytes())) })
    };
    let described = files.into_iter().map(write).collect::<Result<Vec<_>>>()?;
    written.descriptions.extend(described);
    Ok(())
}

fn data_package(
    snapshot: &Path,
    catalogue: &Catalogue,
    edition: Edition,
    outputs: &[ManifestOutput],
    as_of: &str,
) -> Result<String> {
    let mut resources = Vec::new();
    for output in outputs {
        let Some((table, _)) = catalogue.at(&output.path).filter(|(_, of)| *of == edition) else { continue };
        let at = snapshot.join(&output.path);
        let keys: Vec<&str> = table.keys().map(|key| key.name.as_str()).collect();
        let resource = Resource {
            name: &table.name.replace('_', "-"),
            path: &table.file,
            title: &table.title.zh,
            description: &table.title.en,
            bytes: fs::metadata(&at).map_err(|e| Error::output(&at, e))?.len(),
            sha256: &output.sha256,
            rows: output.rows,
        };
        resources.push(resource.parquet(&table.columns_in(edition), &keys));
    }
    let name = format!("xinhui-{}", edition.folder());
    let package = DataPackage { name: &name, version: as_of, resources };
    Ok(serde_json::to_string_pretty(&package.to_json()).map_err(|e| Error::bug("datapackage.json").caused_by(e))?
        + "\n")
}

/// The data dictionary in both languages, in Markdown and as a web page: names and texts.
fn pages<'c>(
    catalogue: &'c Catalogue,
    edition: Edition,
    holds: impl Fn(&str) -> bool + Copy + 'c,
) -> impl Iterator<Item = (String, String)> + 'c {
    PAGES.into_iter().zip(PAGES.into_iter().rev()).flat_map(move |((lang, ending), (_, other))| {
        let name = |ending: &str, kind: &str| format!("data-dictionary{ending}.{kind}");
        let text = |kind: &str| edition_dictionary(catalogue, edition, holds, lang, &name(other, kind));
        [(name(ending, "md"), text("md")), (name(ending, "html"), web_page(&text("html"), lang))]
    })
}

/// How the pages look: nothing is fetched from anywhere.
const STYLE: &str = "body{font:15px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;\
max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}\
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th,td{border:1px solid #ddd;padding:.3rem .6rem;\
text-align:left;vertical-align:top}th{background:#f3f5f7}code{background:#f3f5f7;padding:0 .2em;border-radius:3px}\
nav{columns:16rem;margin:1rem 0}nav a{display:block}h2{margin-top:2.5rem;font-size:1.15rem}a{color:#0a5aa8}";

/// A page in Markdown as a web page, with links to its sections.
fn web_page(markdown: &str, lang: Lang) -> String {
    let mut title = String::new();
    let mut sections: Vec<String> = Vec::new();
    let mut heading: Option<(usize, HeadingLevel, String)> = None;
    let mut events: Vec<Event<'_>> = Vec::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match (&event, &mut heading) {
            (Event::Start(Tag::Heading { level, .. }), _) => heading = Some((events.len(), *level, String::new())),
            (Event::Text(part) | Event::Code(part), Some((_, _, text))) => text.push_str(part),
            (Event::End(TagEnd::Heading(_)), Some(_)) => {
                let (start, level, text) = heading.take().expect("a heading that has begun");
                if level == HeadingLevel::H1 {
                    title = text;
                } else if let Event::Start(Tag::Heading { id, .. }) = &mut events[start] {
                    sections.push(text);
                    *id = Some(CowStr::from(format!("s{}", sections.len())));
                }
            }
            _ => {}
        }
        events.push(event);
    }
    let (mut body, mut nav, mut escaped) = (String::new(), String::new(), String::new());
    html::push_html(&mut body, events.into_iter());
    for (index, section) in sections.iter().enumerate() {
        let link = Tag::Link {
            link_type: pulldown_cmark::LinkType::Inline,
            dest_url: CowStr::from(format!("#s{}", index + 1)),
            title: CowStr::from(""),
            id: CowStr::from(""),
        };
        let link = [Event::Start(link), Event::Text(section.as_str().into()), Event::End(TagEnd::Link)];
        html::push_html(&mut nav, link.into_iter());
        nav.push('\n');
    }
    html::push_html(&mut escaped, [Event::Text(title.into())].into_iter());
    // After the title and the link to the other language.
    let at = body.find("</p>").map_or(0, |at| at + "</p>".len());
    body.insert_str(at, &format!("\n<nav>\n{nav}</nav>"));
    let lang = match lang {
        Lang::Zh => "zh-CN",
        Lang::En => "en",
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{escaped}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n{body}</body>\n</html>\n"
    )
}
