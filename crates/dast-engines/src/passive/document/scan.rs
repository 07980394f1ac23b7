//! From text to tags: html5ever's tokenizer, fed so that the place of every tag in the source is known.
//!
//! The tokenizer tells no offsets. It is therefore fed in pieces, cut before each `<` and after each `>`: whatever
//! it emits for a piece ends where the piece ends, and begins with the first piece since the last token that could
//! begin markup.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Separators (white space, quotes and slashes) that a tag may have. Every attribute but the first needs one, and
/// the tokenizer compares each new attribute with all earlier ones of its tag: without a limit, one huge tag would
/// take time quadratic in its length. A tag with more is text.
const MOST_SEPARATORS: usize = 4096;

/// Something that the source marks up, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Markup {
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A start tag: its lower-case name, and its attributes with lower-case names and decoded values.
    Start { name: Box<str>, attributes: Vec<(Box<str>, Box<str>)> },
    /// An end tag: its lower-case name.
    End { name: Box<str> },
    /// A comment or a document type.
    Other,
}

/// Everything that `source` marks up, in order.
pub(super) fn all(source: &str) -> Vec<Markup> {
    let mut scan = Scan::new(source, 0, source.len());
    std::iter::from_fn(|| scan.next_markup()).collect()
}

/// The start tags called `name` (lower case) wherever they are written outside comments and CDATA sections, even in
/// the text of a script or the value of an attribute, in order.
///
/// Tags may overlap (`<meta <meta >` writes two), so the work is bounded by twice the length of the source; what
/// is written beyond that is not found.
pub(super) fn written(source: &str, name: &str) -> Vec<Markup> {
    let mut found = Vec::new();
    let mut hidden = Sections::new(&[("<!--", "-->"), ("<![CDATA[", "]]>")]);
    let mut budget = source.len().saturating_mul(2);
    let mut at = 0;
    while let Some(rest) = source.get(at..) {
        let Some(ahead) = rest.find('<') else { break };
        at += ahead;
        let Some(rest) = source.get(at..) else { break };
        if let Some(end) = hidden.end(source, at).filter(|_| !is_conditional(rest)) {
            at = end;
            continue;
        }
        if names(rest, name) {
            let mut scan = Scan::new(source, at, at.saturating_add(budget));
            found.extend(scan.next_markup().filter(|markup| matches!(markup.kind, Kind::Start { .. })));
            budget = budget.saturating_sub(scan.position - at);
        }
        at += 1;
    }
    found
}

/// Whether `rest` begins with a start tag called `name`.
fn names(rest: &str, name: &str) -> bool {
    let Some(after) = rest.get(1 + name.len()..) else { return false };
    rest.get(1..=name.len()).is_some_and(|written| written.eq_ignore_ascii_case(name))
        && after.starts_with(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
}

/// Whether `rest` begins with a conditional comment for old browsers. What it holds counts as part of the page.
fn is_conditional(rest: &str) -> bool {
    rest.get(.."<!--[if".len()).is_some_and(|start| start.eq_ignore_ascii_case("<!--[if"))
}

/// A tokenizer somewhere in its source.
struct Scan<'a> {
    source: &'a str,
    /// How far it has been fed.
    position: usize,
    /// Where it stops being fed.
    limit: usize,
    tokenizer: Tokenizer<Sink>,
    queue: BufferQueue,
    /// Where the markup begins that the tokenizer is in the midst of.
    open: Option<usize>,
    /// The separators fed since.
    separators: usize,
    /// Whether it is in the midst of a script's text.
    script: bool,
    opaque: Sections,
    comments: Sections,
}

impl<'a> Scan<'a> {
    fn new(source: &'a str, position: usize, limit: usize) -> Self {
        Self {
            source,
            position,
            limit: limit.min(source.len()),
            tokenizer: new_tokenizer(),
            queue: BufferQueue::default(),
            open: None,
            separators: 0,
            script: false,
            opaque: Sections::new(&[("<%", "%>"), ("<?", "?>"), ("<![CDATA[", "]]>")]),
            comments: Sections::new(&[("<!--", "-->")]),
        }
    }

    /// The next thing that is marked up; `None` at the end of the source. What the end leaves open is nothing.
    fn next_markup(&mut self) -> Option<Markup> {
        while self.position < self.limit {
            let start = self.position;
            let rest = self.source.get(start..)?;
            if let Some(len) = self.skipped(rest) {
                self.position += len;
                self.feed(" ");
                continue;
            }
            let piece = first_piece(rest);
            self.position += piece.len();
            if begins_markup(piece) && self.open.is_none() {
                self.open = Some(start);
                self.separators = 0;
            }
            if self.overflows(piece) {
                self.tokenizer = new_tokenizer();
                self.open = None;
                continue;
            }
            self.feed(piece);
            if self.tokenizer.sink.text.take() {
                // Text is never emitted within markup: what was open was text after all, or ended before this piece.
                self.open = (!self.script && begins_markup(piece)).then_some(start);
            }
            if let Some(kind) = self.tokenizer.sink.markup.take() {
                self.script = matches!(&kind, Kind::Start { name, .. } if &**name == "script");
                return Some(Markup { span: self.open.take().unwrap_or(start)..self.position, kind });
            }
        }
        None
    }

    /// The length of what begins here and is white space to the tokenizer: a section of server code or character
    /// data, the frame of a conditional comment, or the beginning of a comment that never ends.
    fn skipped(&mut self, rest: &str) -> Option<usize> {
        if self.open.is_some() || self.script || !rest.starts_with('<') {
            return None;
        }
        if let Some(end) = self.opaque.end(self.source, self.position) {
            return Some(end - self.position);
        }
        let comment = "<!--";
        let first = first_piece(rest);
        if is_conditional(rest) && first.ends_with("]>") {
            return Some(first.len());
        }
        let is_endless = rest.starts_with(comment) && self.comments.end(self.source, self.position).is_none();
        is_endless.then_some(comment.len())
    }

    /// Counts the separators of a tag; whether those of `piece` make them too many.
    fn overflows(&mut self, piece: &str) -> bool {
        let is_separator = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'"' | b'\'');
        let begins_tag = |start: usize| {
            let second = self.source.as_bytes().get(start + 1);
            second.is_some_and(|b| b.is_ascii_alphabetic() || *b == b'/')
        };
        if self.script || !self.open.is_some_and(begins_tag) {
            return false;
        }
        self.separators += piece.bytes().filter(is_separator).count();
        self.separators > MOST_SEPARATORS
    }

    fn feed(&self, piece: &str) {
        self.queue.push_back(StrTendril::from_slice(piece));
        // The sink never asks for a pause, so everything is taken in.
        let _ = self.tokenizer.feed(&self.queue);
    }
}

fn new_tokenizer() -> Tokenizer<Sink> {
    // A byte order mark is text like any other.
    Tokenizer::new(Sink::default(), TokenizerOpts { discard_bom: false, ..TokenizerOpts::default() })
}

/// `rest` up to its first `>`, or before its next `<`.
fn first_piece(rest: &str) -> &str {
    let end = rest.bytes().enumerate().find_map(|(at, byte)| match byte {
        b'>' => Some(at + 1),
        b'<' if at > 0 => Some(at),
        _ => None,
    });
    end.and_then(|end| rest.get(..end)).unwrap_or(rest)
}

/// Whether `piece` is the beginning of a tag, a comment or a document type wherever these may begin
/// (WHATWG HTML, section 13.2.5.6, "tag open state").
fn begins_markup(piece: &str) -> bool {
    let mut bytes = piece.bytes();
    let begins = bytes.next() == Some(b'<')
        && bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?'));
    begins && piece != "</>"
}

/// Sections of a source that end with the first mark that follows. Marks that no longer follow are remembered, so
/// that looking for all ends takes time linear in the source.
struct Sections {
    marks: &'static [(&'static str, &'static str)],
    gone: Vec<&'static str>,
}

impl Sections {
    fn new(marks: &'static [(&'static str, &'static str)]) -> Self {
        Self { marks, gone: Vec::new() }
    }

    /// The end of the section that begins at `at`.
    fn end(&mut self, source: &str, at: usize) -> Option<usize> {
        let rest = source.get(at..)?;
        let (start, end) = self.marks.iter().find(|(start, _)| rest.starts_with(start))?;
        if self.gone.contains(end) {
            return None;
        }
        let inside = at + start.len();
        let found = source.get(inside..)?.find(end);
        if found.is_none() {
            self.gone.push(end);
        }
        Some(inside + found? + end.len())
    }
}

/// What the tokenizer emitted since it was last asked.
#[derive(Default)]
struct Sink {
    text: Cell<bool>,
    markup: RefCell<Option<Kind>>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let kind = match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let attribute = |a: html5ever::Attribute| (Box::from(&*a.name.local), Box::from(&*a.value));
                Kind::Start {
                    name: Box::from(&*tag.name),
                    attributes: tag.attrs.into_iter().map(attribute).collect(),
                }
            }
            Token::TagToken(tag) => Kind::End { name: Box::from(&*tag.name) },
            Token::CommentToken(_) | Token::DoctypeToken(_) => Kind::Other,
            Token::CharacterTokens(_) | Token::NullCharacterToken => {
                self.text.set(true);
                return TokenSinkResult::Continue;
            }
            Token::EOFToken | Token::ParseError(_) => return TokenSinkResult::Continue,
        };
        // ZAP sees the tags in every other kind of raw text: titles, text areas, styles.
        let is_script = matches!(&kind, Kind::Start { name, .. } if &**name == "script");
        self.markup.replace(Some(kind));
        if is_script { TokenSinkResult::RawData(RawKind::ScriptData) } else { TokenSinkResult::Continue }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The exact source of every start tag.
    fn start_tags(source: &str) -> Vec<&str> {
        let is_start = |markup: &Markup| matches!(markup.kind, Kind::Start { .. });
        all(source).into_iter().filter(is_start).map(|markup| source.get(markup.span).unwrap()).collect()
    }

    #[test]
    fn a_tag_is_its_exact_source() {
        for (source, tags) in [
            ("<p class=a>text</p>", &["<p class=a>"][..]),
            ("\u{feff}<P\nID = 'x' >", &["<P\nID = 'x' >"]),
            ("<a title='>'><b title=\"<i>\">", &["<a title='>'>", "<b title=\"<i>\">"]),
            ("1 < 2 <3 << <em> &am<i>&lt<u>", &["<em>", "<i>", "<u>"]),
            ("</><b></ x><i>", &["<b>", "<i>"]),
            ("<a<b>", &["<a<b>"]),
            ("<<a>\0<b>\r\n<c>", &["<a>", "<b>", "<c>"]),
            ("<b title='never closed>", &[]),
            ("<b", &[]),
            ("é<ü><é><a ü='é'>", &["<a ü='é'>"]),
        ] {
            assert_eq!(start_tags(source), tags, "{source}");
        }
    }

    #[test]
    fn comments_and_server_code_hide_tags_and_conditional_comments_do_not() {
        assert_eq!(start_tags("<!-- <a> --><b><!--><c><!-- <d> "), ["<b>", "<c>", "<d>"]);
        assert_eq!(start_tags("<? '<a>' ?><b><% <c> %><d><![CDATA[<e>]]><f>"), ["<b>", "<d>", "<f>"]);
        assert_eq!(start_tags("<!--[if IE]><a><![endif]--><b>"), ["<a>", "<b>"]);
        assert_eq!(start_tags("<!--><a><!---><b>"), ["<a>", "<b>"]);
        assert_eq!(start_tags("<<% %>b>"), [""; 0]);
        assert_eq!(start_tags("<a title='<% x'><b title='%>'>"), ["<a title='<% x'>", "<b title='%>'>"]);
    }

    #[test]
    fn a_script_hides_tags_and_other_raw_text_does_not() {
        assert_eq!(start_tags("<script>'<a>' < </b> </scr<script></SCRIPT ><c>"), ["<script>", "<c>"]);
        assert_eq!(start_tags("<script/><a>"), ["<script/>"]);
        assert_eq!(
            start_tags("<title><a></title><textarea><b></textarea>"),
            ["<title>", "<a>", "<textarea>", "<b>"]
        );
    }

    #[test]
    fn end_tags_have_their_place_too() {
        let source = "<script>a<b</script ><i>x</i>";
        let ends: Vec<_> = all(source).into_iter().filter(|m| matches!(m.kind, Kind::End { .. })).collect();
        let ends: Vec<_> = ends.into_iter().map(|markup| source.get(markup.span).unwrap()).collect();
        assert_eq!(ends, ["</script >", "</i>"]);
    }

    #[test]
    fn a_written_tag_is_found_in_scripts_and_attributes_but_not_in_comments() {
        let source =
            "<script>x='<META a=1>'</script><p title='<meta b>'><!-- <meta c> --><meta-x><!--[if IE]><meta/>";
        let tags: Vec<_> =
            written(source, "meta").into_iter().map(|markup| source.get(markup.span).unwrap()).collect();
        assert_eq!(tags, ["<META a=1>", "<meta b>", "<meta/>"]);
    }

    #[test]
    fn a_tag_with_too_many_separators_is_text() {
        let huge: String = (0..10_000).map(|n| format!(" a{n}")).collect();
        assert_eq!(start_tags(&format!("<a><b{huge}><i>")), ["<a>", "<i>"]);
        let words = "word ".repeat(10_000);
        assert_eq!(start_tags(&format!("<!-- {words} -->{words}<i>")), ["<i>"]);
    }

    #[test]
    fn hostile_sources_come_to_an_end() {
        let size = 1 << 18;
        for part in
            ["<", "<meta ", "<meta a='", "<!--", "<%", "<? ", "<![CDATA[", "</", "&", "<script", "<a b=\"<"]
        {
            let source = part.repeat(size / part.len());
            assert!(all(&source).len() < size, "{part}");
            // Overlapping tags are read for no longer than the bound allows.
            let read: usize = written(&source, "meta").iter().map(|markup| markup.span.len()).sum();
            assert!(read <= 2 * source.len(), "{part}");
        }
        let overlapping = "<meta ".repeat(1000) + ">";
        let read: usize = written(&overlapping, "meta").iter().map(|markup| markup.span.len()).sum();
        assert!((overlapping.len()..=2 * overlapping.len()).contains(&read));
    }

    proptest! {
        #[test]
        fn spans_lie_in_the_source_one_after_another(
            source in r#"(<|>|/|!--|--|!|\?|%|'|"| |=|a|script|</script>|meta|&amp|é|\[if|\]|\r|\x00){0,60}"#,
        ) {
            let mut last = 0;
            for markup in all(&source) {
                prop_assert!(markup.span.start >= last);
                last = markup.span.end;
                let text = source.get(markup.span);
                prop_assert!(text.is_some_and(|text| text.starts_with('<') && text.ends_with('>')));
                if let Kind::Start { name, .. } = &markup.kind {
                    let written = text.unwrap_or_default().to_ascii_lowercase().replace('\0', "\u{fffd}");
                    prop_assert!(written.get(1..).is_some_and(|written| written.starts_with(&**name)));
                }
            }
            for markup in written(&source, "meta") {
                prop_assert!(source.get(markup.span).is_some_and(|text| text.starts_with("<meta")));
            }
        }
    }
}
