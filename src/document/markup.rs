//! Plain text and Markdown for HTML and SVG.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// `text` with the special characters of markup as entities. Characters that no document may
/// contain are removed.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars().filter(|&character| is_printable(character)) {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Whether XML can contain the character at all.
pub(super) fn is_printable(character: char) -> bool {
    let noncharacter = matches!(character, '\u{fffe}' | '\u{ffff}');
    matches!(character, '\n' | '\t') || !(character.is_control() || noncharacter)
}

/// The content of the PNG file that an image in Markdown links to, if it is at hand.
pub(super) type Pictures<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// Converts Markdown to HTML below a second-level heading. HTML in it is treated as text, nothing
/// is fetched, and links lead to pages and files only. Images become part of the HTML, or are replaced by their
/// descriptions.
pub(super) fn from_markdown(text: &str, pictures: Pictures) -> String {
    let text: String = text.chars().filter(|c| is_printable(*c)).collect();
    // Of the images that are open, whether they are embedded.
    let mut open: Vec<bool> = Vec::new();
    let events = Parser::new_ext(&text, Options::ENABLE_TABLES).map(|event| match event {
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => {
            let picture = pictures(&dest_url);
            open.push(picture.is_some());
            Event::Start(match picture {
                None => Tag::Emphasis,
                Some(png) => Tag::Image {
                    link_type,
                    dest_url: format!("data:image/png;base64,{}", BASE64_STANDARD.encode(png))
                        .into(),
                    title,
                    id,
                },
            })
        }
        Event::End(TagEnd::Image) if open.pop() != Some(true) => Event::End(TagEnd::Emphasis),
        other => safe(other),
    });
    let mut written = String::new();
    html::push_html(&mut written, events);
    written
}

fn safe(event: Event) -> Event {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
            level: lowered(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lowered(level))),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: harmless(dest_url),
            title,
            id,
        }),
        other => other,
    }
}

/// Two levels down: the page and its sections use the first two.
fn lowered(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

/// Keeps a link to a page or to a file beside this one; any other leads nowhere.
fn harmless(link: CowStr) -> CowStr {
    let web = ["https://", "http://"]
        .iter()
        .any(|scheme| link.starts_with(scheme));
    if web || !link.contains(':') {
        link
    } else {
        CowStr::Borrowed("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_html_and_html_in_it_text() {
        let html = from_markdown(
            "# A & b\n\nSome *notes* and `code < 1`:\n\n- one\n- **two**\n\n| a | b |\n| - | - |\n| 1 | 2 |\n",
            &|_| None,
        );
        for part in [
            "<h3>A &amp; b</h3>",
            "<em>notes</em>",
            "<code>code &lt; 1</code>",
            "<li><strong>two</strong></li>",
            "<td>2</td>",
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        let html = from_markdown(
            "<script>alert(1)</script>\n\nA <b onclick=\"x\">b</b> [c](javascript:alert(1)) \
             [d](JavaScript:x) ![e](https://example.org/e.png) [f](runs.csv) [g](https://example.org)\n",
            &|_| None,
        );
        for part in [
            "<script",
            "<b ",
            "javascript:",
            "JavaScript:",
            "<img",
            "src=",
        ] {
            assert!(!html.contains(part), "{part} is in {html}");
        }
        assert_eq!(from_markdown("a\u{0}b\u{fffe}", &|_| None), "<p>ab</p>\n");
        for part in [
            "&lt;script&gt;",
            "href=\"runs.csv\"",
            "href=\"https://example.org\"",
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
    }

    #[test]
    fn images_at_hand_are_embedded() {
        let pictures = |link: &str| (link == "a.png").then(|| b"PNG".to_vec());
        let html = from_markdown("![one *&*](a.png) ![two](b.png)", &pictures);
        assert_eq!(
            html,
            "<p><img src=\"data:image/png;base64,UE5H\" alt=\"one &amp;\" /> <em>two</em></p>\n"
        );
    }

    #[test]
    fn markup_is_escaped_and_invalid_characters_are_removed() {
        assert_eq!(
            escape("<a href=\"x\">O'Hara & \u{0}co\u{b}</a>\n"),
            "&lt;a href=&quot;x&quot;&gt;O&#39;Hara &amp; co&lt;/a&gt;\n"
        );
    }
}
