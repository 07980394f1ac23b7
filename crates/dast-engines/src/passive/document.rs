//! A page's markup as it was written: tags with their exact source, and what belongs together.
//!
//! No tree is built. A browser repairs what it reads; evidence has to show what was sent. Where ZAP reads markup
//! differently from a browser, this follows ZAP, so that both tell the same of a page.

mod scan;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use self::scan::{Kind, Markup};

/// Elements without content (WHATWG HTML, section 13.1.2).
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Elements that cannot contain themselves: the next one ends the one before.
const NEVER_NESTED: &[&str] =
    &["a", "button", "form", "iframe", "label", "legend", "optgroup", "select", "textarea", "title"];

/// Elements that end a paragraph by beginning (WHATWG HTML, section 13.1.2.4).
const ENDS_PARAGRAPH: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "search",
    "section",
    "table",
    "ul",
];

/// The markup of one page.
///
/// ```
/// use dast_engines::passive::Document;
///
/// let page = Document::parse("<body><FORM method=post><input name=q></FORM></body>");
/// let forms = page.forms();
/// assert_eq!(page.source_of(forms[0].tag), "<FORM method=post>");
/// assert_eq!(forms[0].inputs[0].attribute("name"), Some("q"));
/// ```
#[derive(Debug, Clone)]
pub struct Document {
    source: Arc<str>,
    tags: Vec<Tag>,
}

/// A start tag.
#[derive(Debug, Clone)]
pub struct Tag {
    name: Box<str>,
    /// Of repeated attributes the first; those without a value are left out.
    attributes: Vec<(Box<str>, Box<str>)>,
    span: Range<usize>,
    /// Where its end tag stands; empty where something else ends the element.
    end: Option<Range<usize>>,
}

/// A form and what is sent with it.
#[derive(Debug)]
pub struct Form<'a> {
    /// Its start tag.
    pub tag: &'a Tag,
    /// The `input` elements between its tags; none where it has no end.
    pub inputs: Vec<&'a Tag>,
    /// Whether some element encloses it.
    pub has_parent: bool,
}

impl Tag {
    /// The element's name in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The decoded value of the attribute called `name` (lower case); `None` if it is absent or has no value.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All attributes that have a value, in order: lower-case names and decoded values.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (&**name, &**value))
    }
}

impl Form<'_> {
    /// Whether it is sent with GET: no method says so too.
    pub fn is_get(&self) -> bool {
        is_get(self.tag)
    }
}

fn is_get(form: &Tag) -> bool {
    form.attribute("method").is_none_or(|method| method.eq_ignore_ascii_case("get"))
}

impl Document {
    /// Reads `source`. Every text is a document; the time it takes is linear in its length.
    pub fn parse(source: impl Into<Arc<str>>) -> Self {
        let source = source.into();
        let mut tags = Vec::new();
        let mut open = OpenElements::default();
        for Markup { span, kind } in scan::all(&source) {
            match kind {
                Kind::Start { name, attributes } => {
                    open.start(&name, span.start, tags.len(), &mut tags);
                    tags.push(Tag::new(&source, name, attributes, span));
                }
                Kind::End { name } => open.end(&name, &span, &mut tags),
                Kind::Other => {}
            }
        }
        open.end_of_page(source.len(), &mut tags);
        Self { source, tags }
    }

    /// The text that was read.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// All start tags in order, but for those in comments, scripts and server code.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The start tag as it was written.
    pub fn source_of(&self, tag: &Tag) -> &str {
        self.source.get(tag.span.clone()).unwrap_or_default()
    }

    /// The start tags called `name` (lower case) wherever they are written outside comments, even in the text of
    /// scripts or the values of attributes: what ZAP's early rules see.
    pub fn written_tags(&self, name: &str) -> Vec<Tag> {
        let tag = |markup: Markup| match markup.kind {
            Kind::Start { name, attributes } => Some(Tag::new(&self.source, name, attributes, markup.span)),
            _ => None,
        };
        scan::written(&self.source, name).into_iter().filter_map(tag).collect()
    }

    /// All forms in order.
    pub fn forms(&self) -> Vec<Form<'_>> {
        let mut forms = Vec::new();
        // How far the elements reach that began so far.
        let mut enclosed = 0;
        for (index, tag) in self.tags.iter().enumerate() {
            let end = tag.end.as_ref().map_or(tag.span.start, |end| end.start);
            if &*tag.name == "form" {
                let later = self.tags.iter().skip(index + 1);
                let inputs =
                    later.take_while(|inner| inner.span.start < end).filter(|inner| &*inner.name == "input");
                forms.push(Form { tag, inputs: inputs.collect(), has_parent: tag.span.start < enclosed });
            }
            enclosed = enclosed.max(end);
        }
        forms
    }

    /// What relative links are relative to, if the page says so: the first `base` with a `href`.
    pub fn base(&self) -> Option<&str> {
        self.tags.iter().filter(|tag| &*tag.name == "base").find_map(|tag| tag.attribute("href"))
    }

    /// Where the page leads, as written and in order: links, frames, scripts, style sheets, images, redirections
    /// and forms that are sent with GET.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().filter_map(|tag| match &*tag.name {
            "a" | "area" | "link" => tag.attribute("href"),
            "frame" | "iframe" | "img" | "script" => tag.attribute("src"),
            "form" if is_get(tag) => tag.attribute("action"),
            "meta"
                if tag.attribute("http-equiv").is_some_and(|kind| kind.eq_ignore_ascii_case("refresh")) =>
            {
                tag.attribute("content").and_then(redirection)
            }
            _ => None,
        })
    }
}

/// The target in `5; url='/next'` (WHATWG HTML, section 4.2.5.3, "refresh state").
fn redirection(content: &str) -> Option<&str> {
    let (_seconds, target) = content.split_once([';', ','])?;
    let target = target.trim();
    let (word, rest) = target.split_at_checked(3).unwrap_or(("", target));
    let named = rest.trim_start().strip_prefix('=').filter(|_| word.eq_ignore_ascii_case("url"));
    let target = named.unwrap_or(target).trim();
    Some(target.trim_matches(['\'', '"'])).filter(|target| !target.is_empty())
}

impl Tag {
    fn new(
        source: &str,
        name: Box<str>,
        mut attributes: Vec<(Box<str>, Box<str>)>,
        span: Range<usize>,
    ) -> Self {
        if attributes.iter().any(|(_, value)| value.is_empty()) {
            let bare = bare_attributes(source.get(span.clone()).unwrap_or_default());
            attributes.retain(|(name, value)| !value.is_empty() || !bare.contains(&**name));
        }
        Self { name, attributes, span, end: None }
    }
}

/// The names, in lower case, of the attributes of the start tag `written` that have no value where they first
/// stand. The tokenizer does not tell `a` from `a=""`, so that this steps through the tag as it does (WHATWG HTML,
/// sections 13.2.5.32 to 39).
fn bare_attributes(written: &str) -> HashSet<String> {
    let is_gap = |c: char| c.is_ascii_whitespace() || c == '/';
    let mut seen: HashMap<String, bool> = HashMap::new();
    let mut rest = split_before(written, 1, |c| is_gap(c) || c == '>').1;
    loop {
        rest = rest.trim_start_matches(is_gap);
        if rest.is_empty() || rest.starts_with('>') {
            return seen.into_iter().filter_map(|(name, is_bare)| is_bare.then_some(name)).collect();
        }
        // The first character belongs to the name whatever it is.
        let (name, after) = split_before(rest, 1, |c| is_gap(c) || matches!(c, '>' | '='));
        let value = after.trim_ascii_start().strip_prefix('=').map(str::trim_ascii_start);
        seen.entry(name.to_ascii_lowercase()).or_insert(value.is_none());
        rest = match value {
            None => after,
            Some(value) => match value.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    split_before(value, 1, |c| c == quote).1.get(1..).unwrap_or_default()
                }
                _ => split_before(value, 0, |c| c.is_ascii_whitespace() || c == '>').1,
            },
        };
    }
}

/// `text` parted before the first character that `ends` it, not counting its first `skip` characters.
fn split_before(text: &str, skip: usize, ends: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.char_indices().skip(skip).find(|(_, c)| ends(*c)).map_or(text.len(), |(at, _)| at);
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Elements whose end has not come yet: indices of their tags, by name. End tags are matched by name only, as ZAP
/// does it; so elements may overlap, and one whose end tag is missing is its start tag only.
#[derive(Default)]
struct OpenElements(HashMap<Box<str>, Vec<usize>>);

impl OpenElements {
    fn start(&mut self, name: &str, at: usize, index: usize, tags: &mut [Tag]) {
        if ENDS_PARAGRAPH.contains(&name) {
            self.take("p").into_iter().for_each(|p| close(tags, p, at..at));
        }
        if !VOID.contains(&name) {
            self.0.entry(name.into()).or_default().push(index);
        }
    }

    fn end(&mut self, name: &str, span: &Range<usize>, tags: &mut [Tag]) {
        if !NEVER_NESTED.contains(&name) {
            let last = self.0.get_mut(name).and_then(Vec::pop);
            last.into_iter().for_each(|index| close(tags, index, span.clone()));
            return;
        }
        let mut end = span.clone();
        for index in self.take(name).into_iter().rev() {
            close(tags, index, end);
            let start = tags.get(index).map_or(0, |tag| tag.span.start);
            end = start..start;
        }
    }

    /// A page need not say where it ends.
    fn end_of_page(&mut self, at: usize, tags: &mut [Tag]) {
        for name in ["html", "body"] {
            self.take(name).into_iter().for_each(|index| close(tags, index, at..at));
        }
    }

    fn take(&mut self, name: &str) -> Vec<usize> {
        self.0.get_mut(name).map(std::mem::take).unwrap_or_default()
    }
}

fn close(tags: &mut [Tag], index: usize, end: Range<usize>) {
    if let Some(tag) = tags.get_mut(index) {
        tag.end = Some(end);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn links(source: &str) -> Vec<String> {
        Document::parse(source).links().map(str::to_owned).collect()
    }

    /// For every form: whether it has a parent, and the names of its inputs.
    fn forms(source: &str) -> Vec<(bool, Vec<String>)> {
        let page = Document::parse(source);
        let name = |tag: &&Tag| tag.attribute("name").unwrap_or_default().to_owned();
        page.forms().iter().map(|form| (form.has_parent, form.inputs.iter().map(name).collect())).collect()
    }

    #[test]
    fn the_first_of_repeated_attributes_counts_and_one_without_value_is_absent() {
        let page =
            Document::parse("<a title=\"rel='\" Href='/&amp;&#58;' href=x REL target = '' rel=x ID/alt=>");
        let tag = &page.tags()[0];
        assert_eq!((tag.attribute("href"), tag.attribute("target")), (Some("/&:"), Some("")));
        assert_eq!((tag.attribute("rel"), tag.attribute("title")), (None, Some("rel='")));
        assert_eq!((tag.attribute("id"), tag.attribute("alt")), (None, Some("")));
    }

    #[test]
    fn a_form_owns_the_inputs_up_to_its_end_or_the_next_form() {
        assert_eq!(forms("<form><input name=a></form><input name=b>"), [(false, vec!["a".into()])]);
        assert_eq!(
            forms("<form><input name=a><form><input name=b></form><input name=c>"),
            [(false, vec!["a".into()]), (false, vec!["b".into()])]
        );
        assert_eq!(forms("<div><form><input name=a></div>"), [(true, vec![])]);
    }

    #[test]
    fn an_element_is_a_parent_if_it_ends_after_the_form_begins() {
        for (source, has_parent) in [
            ("<div><form></form></div>", true),
            ("<div></div><form></form>", false),
            ("<div><form></form>", false),
            ("<div><div></div><form></form></div>", true),
            ("<p>text<form></form></p>", false),
            ("<br><form></form>", false),
            ("<html><form></form>", true),
            ("</div><form></form></div>", false),
            ("<script>'<div>'</script><form></form></div>", false),
        ] {
            assert_eq!(forms(source), [(has_parent, vec![])], "{source}");
        }
    }

    #[test]
    fn links_lead_where_a_browser_goes_without_sending_anything() {
        let page = "<base><base href=/b/><a href=1><area href=2><link href=3><iframe src=4><script src=5></script>\
                    <img src=6><form action=7></form><form method=POST action=no></form><a name=x>";
        assert_eq!(links(page), ["1", "2", "3", "4", "5", "6", "7"]);
        assert_eq!(Document::parse(page).base(), Some("/b/"));
        let refresh = |content: &str| links(&format!("<meta http-equiv=Refresh content=\"{content}\">"));
        assert_eq!(refresh("0; URL = '/next'"), ["/next"]);
        assert_eq!(refresh("5,/next"), ["/next"]);
        assert_eq!(refresh("5; ürl"), ["ürl"]);
        assert_eq!(refresh("5"), [""; 0]);
    }

    proptest! {
        #[test]
        fn any_text_is_a_document(source in ".{0,200}|(<|>|form|/|input| |p|div|=|'|!--|a|script){0,80}") {
            let page = Document::parse(source.as_str());
            for tag in page.tags() {
                prop_assert!(page.source_of(tag).starts_with('<'));
                prop_assert!(tag.end.as_ref().is_none_or(|end| end.start >= tag.span.end && end.end <= source.len()));
            }
            prop_assert!(page.forms().len() <= page.tags().len());
            prop_assert!(page.links().count() <= page.tags().len());
        }
    }
}
