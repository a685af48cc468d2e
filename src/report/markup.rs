//! Plain text as part of HTML and SVG.

/// `text` with what has a meaning in markup written as entities. What no document may hold is
/// left out.
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

/// Whether XML can hold the character at all.
pub(super) fn is_printable(character: char) -> bool {
    let noncharacter = matches!(character, '\u{fffe}' | '\u{ffff}');
    matches!(character, '\n' | '\t') || !(character.is_control() || noncharacter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped_and_what_no_document_holds_is_left_out() {
        assert_eq!(
            escape("<a href=\"x\">O'Hara & \u{0}co\u{b}</a>\n"),
            "&lt;a href=&quot;x&quot;&gt;O&#39;Hara &amp; co&lt;/a&gt;\n"
        );
    }
}
