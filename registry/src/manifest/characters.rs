//! Characters that a reader cannot see, and that can make a text read differently from what it says
//! (Unicode Technical Report 36; the "Trojan Source" reorderings).

/// The first character of `text` that is a control, changes the direction of writing, or has no width.
pub fn hidden_character(text: &str) -> Option<char> {
    text.chars().find(|c| {
        c.is_control()
            || matches!(*c,
                // Soft hyphen, Arabic letter mark, Mongolian vowel separator.
                '\u{ad}' | '\u{61c}' | '\u{180e}'
                // Zero-width spaces and joiners, left-to-right and right-to-left marks.
                | '\u{200b}'..='\u{200f}'
                // Line and paragraph separators, embeddings and overrides.
                | '\u{2028}'..='\u{202e}'
                // Word joiner, invisible operators, isolates, deprecated format characters.
                | '\u{2060}'..='\u{206f}'
                // Fillers that look empty.
                | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                // Variation selectors and tags.
                | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
    })
}
